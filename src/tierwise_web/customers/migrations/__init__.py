"""Schema of views of the list and of private notes."""
