"""axe-core over a page: the file comes with a development dependency, or from where TIERWISE_AXE says."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from tests.browser.chromium import Chromium


def check_with_axe(page: Chromium) -> None:
    """Opens every fold of the page and asks axe for violations."""
    page.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    violations(page)


def violations(page: Chromium) -> None:
    """Asks axe for violations of the page as it stands."""
    page.run(_source() + "; undefined")
    told = "v => [v.id, v.nodes.slice(0, 3).map(n => n.html + ' ' + n.failureSummary)]"
    passed, found = page.run(f"axe.run(document).then(r => [r.passes.length, r.violations.map({told})])")
    assert passed > 10
    assert found == [], found


def _source() -> str:
    stated = os.environ.get("TIERWISE_AXE")
    if stated:
        return Path(stated).read_text(encoding="utf-8")
    package = find_spec("axe_playwright_python")
    assert package is not None
    assert package.origin is not None
    return (Path(package.origin).parent / "axe.min.js").read_text(encoding="utf-8")
