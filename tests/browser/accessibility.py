"""axe-core over a page, where the machine has it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser.chromium import Chromium


def check_with_axe(page: Chromium) -> None:
    """Opens every fold of the page and asks axe for violations; skips where axe-core is missing."""
    source = _source()
    if source is None:
        pytest.skip("no axe-core here (npm install -g axe-core, or TIERWISE_AXE=axe.min.js)")
    page.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.run(source + "; undefined")
    told = "v => [v.id, v.nodes.slice(0, 3).map(n => n.html + ' ' + n.failureSummary)]"
    passed, found = page.run(f"axe.run(document).then(r => [r.passes.length, r.violations.map({told})])")
    assert passed > 20
    assert found == []


def _source() -> str | None:
    stated = os.environ.get("TIERWISE_AXE")
    if stated:
        return Path(stated).read_text(encoding="utf-8")
    npm = shutil.which("npm")
    if npm is None:
        return None
    root = subprocess.run([npm, "root", "-g"], capture_output=True, text=True, check=False).stdout.strip()
    file = Path(root) / "axe-core" / "axe.min.js"
    return file.read_text(encoding="utf-8") if file.is_file() else None
