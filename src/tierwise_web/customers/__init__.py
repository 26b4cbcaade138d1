"""Customers: finding them, listing them, taking lists along."""
