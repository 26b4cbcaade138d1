"""SQLite, looked at whether its file is still where it was."""
