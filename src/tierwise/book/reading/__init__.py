"""The way in for files: formats, headers, values, the mapping file, rejects and templates."""

from tierwise.book.reading.model import FileInfo, Limits, Staged
from tierwise.book.reading.pipeline import read_files
from tierwise.book.reading.rejects import Reject, RejectWriter, append_rejects

__all__ = ["FileInfo", "Limits", "Reject", "RejectWriter", "Staged", "append_rejects", "read_files"]
