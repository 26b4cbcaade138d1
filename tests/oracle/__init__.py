"""An independent reading of the specification in plain Python: slow, simple, exact.

Nothing here imports the arithmetic of ``tierwise.metrics`` or ``tierwise.grading``; only declarations
(the contract, the catalogue, the policy model) are shared. Property tests hold the engine to it.
"""
