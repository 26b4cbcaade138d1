"""From a folder of foreign files to a book: what they hold, how to read them, what they are good for."""
