"""How long after installation into an empty environment the first page stands; the last line is one JSON object.

    python -m benchmarks.first_page

A virtual environment of its own, the application installed into it as its users do, a new book, ``tierwise serve``,
and the set-up page over HTTP. Installing is told apart: it depends on the connection.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
NEW_BOOK = (
    "import sys; from datetime import datetime, UTC; from tierwise import api; "
    "api.create_book(sys.argv[1], name='first', actor='first', at=datetime.now(UTC), base_currency='CNY')"
)


def main() -> None:
    """Measures, and prints what was measured."""
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder) / "env" / "bin"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("TIERWISE_", "DJANGO_", "PYTHON"))}
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "venv", inside.parent], check=True)
        subprocess.run([inside / "pip", "install", "--quiet", f"{HERE}[web]"], check=True, env=kept)
        installed = time.perf_counter()
        subprocess.run([inside / "python", "-c", NEW_BOOK, Path(folder) / "book"], check=True, env=kept)
        made = time.perf_counter()
        command = [inside / "tierwise", "serve", Path(folder) / "book", "--json"]
        serving = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=kept
        )
        try:
            assert serving.stdout is not None
            page_of(json.loads(serving.stdout.readline())["url"])
            shown = time.perf_counter()
        finally:
            serving.terminate()
            serving.wait()
    took = {"install": installed - began, "new_book": made - installed, "first_page": shown - made}
    print(json.dumps({f"{name}_seconds": round(seconds, 1) for name, seconds in took.items()}))


def page_of(address: str) -> None:
    """Waits until the page is there."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=20) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(address)


if __name__ == "__main__":
    main()
