"""What people edit, on its way to the book: kept, handed over as one import, taken back. Decision 0019."""
