"""Pages that compose what several parts know."""
