"""The deterministic sample company."""
