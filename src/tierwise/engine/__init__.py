"""The one door to a database driver: compile an expression, run it, hand back Arrow."""
