"""Makes the pictures of the README from the demo: ``make screenshots``. Needs Chromium and Chinese fonts.

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
            out = REPO / "docs" / "images" / f"demo-report-{lang}.png"
            take(browser, (folder / "report.html").absolute(), lang, out)
            smaller(out)
            size = out.stat().st_size
            print(f"{out.relative_to(REPO)}: {size:,} bytes")
            if size > LARGEST:
                sys.exit(f"larger than {LARGEST:,} bytes; `apt-get install pngquant` makes it smaller")


def take(browser: str, report: Path, lang: str, out: Path) -> None:
    """One picture of the top of the report, in the light theme."""
    out.parent.mkdir(parents=True, exist_ok=True)
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
