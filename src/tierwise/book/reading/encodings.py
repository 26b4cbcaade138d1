"""What is said of a file whose encoding was guessed."""

from __future__ import annotations

from tierwise.book.reading.scan import Scan
from tierwise.kernel.errors import Problem
from tierwise.kernel.text import Text

_READ_AS = Text(
    "{name} was read as GB18030, because it is not UTF-8",
    "{name} 不是 UTF-8，已按 GB18030 读取",
)
_DOUBTFUL = Text(
    "{name} was read as GB18030, because it is not UTF-8, but what came out is hardly Chinese: undo the import and name "
    "the encoding in a mapping file, such as `encoding: big5`",
    "{name} 不是 UTF-8，已按 GB18030 读取，但结果不像中文：请撤销导入，并在映射文件中写明编码，如 `encoding: big5`",
)


def doubts_of(scan: Scan) -> list[Problem]:
    """A warning where GB18030 is a guess, a stronger one where it is a bad guess."""
    if scan.encoding != "gb18030" or scan.stated:
        return []
    code, text = (
        ("file.doubtful-encoding", _DOUBTFUL) if scan.doubtful else ("file.read-as-gb18030", _READ_AS)
    )
    return [Problem(code, text, {"name": scan.path.name}, scan.path.name)]
