"""Runs and what people decide about them."""
