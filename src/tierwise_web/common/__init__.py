"""What all parts of the application stand on: words, templates, protection, static files."""
