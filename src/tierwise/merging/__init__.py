"""Customers that stand under two codes: found, merged, and taken apart again. Spec 4.2, 12.3; decision 0022."""
