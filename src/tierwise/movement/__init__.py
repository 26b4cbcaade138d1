"""Grades that live from month to month: effective grades, overrides, the monthly cycle, migration. Source: spec 8, 11."""
