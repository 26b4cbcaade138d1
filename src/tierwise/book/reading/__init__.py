"""The way in for files: formats, headers, values, the mapping file, rejects and templates."""

from tierwise.book.reading.mapping import Mapping
from tierwise.book.reading.mapping_load import load_mapping
from tierwise.book.reading.model import FileInfo, Limits, Staged
from tierwise.book.reading.pipeline import read_files
from tierwise.book.reading.rejects import Reject, RejectWriter, append_rejects
from tierwise.book.reading.template import template_text, write_template

__all__ = [
    "FileInfo",
    "Limits",
    "Mapping",
    "Reject",
    "RejectWriter",
    "Staged",
    "append_rejects",
    "load_mapping",
    "read_files",
    "template_text",
    "write_template",
]
