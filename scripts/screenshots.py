"""Makes the pictures of all pages, and those of the README, from the demo: ``make screenshots``.

Needs Chromium and Chinese fonts. All pages go to ``build/screenshots``, outside version control; the README's to docs.

python scripts/screenshots.py [FOLDER OF A FINISHED DEMO]
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
PAGES = REPO / "build" / "screenshots"
WIDTH, HEIGHT = 1360, 1256
LARGEST = 250_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> None:
    """Builds the demo if no folder is given, and takes one picture a language."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        sys.exit("no Chromium here; on Debian: apt-get install chromium fonts-noto-cjk fonts-inter")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch) / "demo"
        if not (folder / "report.html").is_file():
            from tierwise.demo.run import run_demo

            run_demo(folder, at=datetime.now(UTC), actor="screenshots")
        for lang in ("en", "zh"):
            made = Path(scratch) / f"demo-report-{lang}.png"
            take(browser, (folder / "report.html").absolute(), lang, made)
            keep(made, made.name)
        pages(browser, folder / "book")


def pages(browser: str, book: Path) -> None:
    """All pages of the web application, and those that the README shows."""
    sys.path.insert(0, str(REPO))  # the driver of the browser is that of the tests
    from scripts.screenshots_web import LANGS, README_PAGES, take_pages

    count = take_pages(book, browser, PAGES)
    print(f"{PAGES.relative_to(REPO)}: {count} pictures")
    for name in README_PAGES:
        for lang in LANGS:
            keep(PAGES / f"readme-{name}-{lang}.png", f"web-{name}-{lang}.png")


def keep(picture: Path, name: str) -> None:
    """Puts a picture among those of the README, unless it is too heavy for a page of text: then the old one stays."""
    out = REPO / "docs" / "images" / name
    smaller(picture)
    size = picture.stat().st_size
    heavy = size > LARGEST
    hint = f" is more than {LARGEST:,}: the old one stays; `apt-get install pngquant` makes it smaller"
    print(f"{out.relative_to(REPO)}: {size:,} bytes{hint if heavy else ''}")
    if not heavy:
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(picture, out)


def take(browser: str, report: Path, lang: str, out: Path) -> None:
    """One picture of the top of the report, in the light theme."""
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--hide-scrollbars",
    ]
    flags += ["--virtual-time-budget=4000", f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={out}"]
    address = f"{report.as_uri()}?lang={lang}&theme=light"
    subprocess.run([browser, *flags, address], check=True, capture_output=True, timeout=180)


def smaller(picture: Path) -> None:
    """Fewer colours, where the tool for it is there."""
    tool = shutil.which("pngquant")
    if tool:
        subprocess.run(
            [tool, "--force", "--speed", "1", "--quality", "70-98", "--output", picture, picture], check=True
        )


if __name__ == "__main__":
    main()
