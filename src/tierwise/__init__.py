"""Tierwise: customer value grading and key account management."""

__version__ = "0.1.0"
