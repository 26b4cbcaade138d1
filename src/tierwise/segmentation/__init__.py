"""Segments 客户细分: slow, objective groups of customers, kept beside the grades and never mixed with them."""
