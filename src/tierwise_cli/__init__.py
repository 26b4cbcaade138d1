"""The command line: a face that translates and makes one call."""
