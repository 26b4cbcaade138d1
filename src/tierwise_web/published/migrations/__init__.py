"""Schema of the table of editions."""
