"""Self-contained HTML reports: facts gathered from stored runs, panels, one page in two languages."""
