"""What came into the book, and how it went."""
