"""Customers that stand under two codes: looked for, merged, and taken apart in the browser."""
