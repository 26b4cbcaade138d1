"""Schema of the log."""
