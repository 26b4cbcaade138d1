"""The same grades on every engine."""
