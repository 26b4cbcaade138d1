"""Schema of the tables of people."""
