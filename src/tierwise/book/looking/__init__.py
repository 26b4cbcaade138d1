"""Looking at foreign files before anybody maps them: layout, headers, and what the values are."""

from tierwise.book.looking.desk import Dates, Desk, Numbers, Sheet
from tierwise.book.looking.layouts import Found, parts_of

__all__ = ["Dates", "Desk", "Found", "Numbers", "Sheet", "parts_of"]
