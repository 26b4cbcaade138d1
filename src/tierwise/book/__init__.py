"""The book of facts: declared tables, their versions on disk, and the way in for files."""
