"""What lies beside the engines: databases, fonts for PDF, a browser."""

from __future__ import annotations

import os
import shutil
import sqlite3
from importlib.metadata import PackageNotFoundError, version

from tierwise.doctor.findings import Finding, advised
from tierwise.kernel.text import Text

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHINESE = ("CJK", "Han", "SimSun", "SimHei", "YaHei", "PingFang", "WenQuanYi", "Song", "Hei", "Kai", "Fang")


def machine() -> list[Finding]:
    """Databases, the web application, fonts and a browser."""
    return [_sqlite(), _postgres(), _web(), _fonts(), _browser()]


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _sqlite() -> Finding:
    subject = Text("database SQLite", "数据库 SQLite")
    try:
        with sqlite3.connect(":memory:") as connection:
            connection.execute("CREATE VIRTUAL TABLE t USING fts5(x)")
    except sqlite3.Error as error:
        return advised(
            "doctor.sqlite", subject, "broken",
            "the web application searches with FTS5, which this SQLite lacks: use a Python with another SQLite",
            "网页应用的搜索需要 FTS5，而此 SQLite 没有：请换用带其他 SQLite 的 Python",
            found=f"{sqlite3.sqlite_version}: {error}",
        )  # fmt: skip
    return Finding("doctor.sqlite", subject, "works", sqlite3.sqlite_version)


def _extra(extra: str, subject: Text, package: str, use: Text) -> Finding:
    """Whether the package of an optional part is installed; ``use`` says what it is for."""
    found = _installed(package)
    if found:
        return Finding(f"doctor.{extra}", subject, "works", f"{package} {found}")
    way = f"pip install 'tierwise[{extra}]'"
    return advised(f"doctor.{extra}", subject, "absent", f"{use.en}: {way}", f"{use.zh}：{way}")


def _postgres() -> Finding:
    use = Text("to import from PostgreSQL", "如需从 PostgreSQL 导入")
    return _extra("postgres", Text("database PostgreSQL", "数据库 PostgreSQL"), "psycopg", use)


def _web() -> Finding:
    return _extra(
        "web", Text("web application", "网页应用"), "Django", Text("to serve pages", "如需网页应用")
    )


def _fonts() -> Finding:
    import typst

    subject = Text("Chinese fonts for PDF", "PDF 所用的中文字体")
    found = sorted(name for name in typst.Fonts().families() if any(part in name for part in CHINESE))
    if found:
        return Finding("doctor.fonts", subject, "works", ", ".join(found[:3]))
    return advised(
        "doctor.fonts", subject, "absent",
        "Chinese reports as PDF need one (Debian and Ubuntu: apt-get install fonts-noto-cjk); .html and .xlsx do not",
        "中文 PDF 报告需要中文字体（Debian、Ubuntu：apt-get install fonts-noto-cjk）；.html 与 .xlsx 不需要",
    )  # fmt: skip


def _browser() -> Finding:
    subject = Text("browser", "浏览器")
    stated = os.environ.get("TIERWISE_CHROMIUM")
    found = stated or next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found and shutil.which(found):
        return Finding("doctor.browser", subject, "works", found)
    return advised(
        "doctor.browser", subject, "broken" if stated else "absent",
        "reports open in any browser; tests and screenshots want Chromium here (apt-get install chromium), or its path in "
        "TIERWISE_CHROMIUM",
        "报告可用任何浏览器打开；测试与截图需要本机的 Chromium（apt-get install chromium），或用 TIERWISE_CHROMIUM 指明其路径",
        found=stated or "",
    )  # fmt: skip
