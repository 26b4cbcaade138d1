"""Fails when a run-time dependency has a licence that Tierwise does not accept.

Run by `make check`. Reads the names in requirements/runtime.txt and what the installed packages say of
themselves; a package that says nothing is refused like one that says the wrong thing.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

LOCK = Path(__file__).resolve().parent.parent / "requirements" / "runtime.txt"

# Short names, as they begin an SPDX identifier or stand in a trove classifier.
ACCEPTED = (
    r"Apache(-2\.0| Software License)",
    r"(0BSD|BSD(-\d-Clause| License)?)",
    r"MIT(-0| License)?",
    r"ISC( License.*)?",
    r"(PSF-2\.0|Python-2\.0|Python Software Foundation License)",
    r"(MPL-2\.0|Mozilla Public License 2\.0 .*)",
)
LESSER_GPL = r"(LGPL-.*|GNU (Library or )?Lesser General Public License .*)"

# Packages under the LGPL that are used unmodified, each with a decision record. None so far.
LESSER_GPL_LISTED: frozenset[str] = frozenset()


def locked_names(lock: str) -> list[str]:
    """The packages that the lock file installs on this interpreter and system."""
    lines = (line.removesuffix("\\").strip() for line in lock.splitlines() if re.match(r"[A-Za-z0-9]", line))
    requirements = (Requirement(line) for line in lines)
    return sorted(r.name for r in requirements if r.marker is None or r.marker.evaluate())


def stated_licence(package: Distribution) -> str:
    """What a package says: its SPDX expression, else its classifiers, else the short licence field."""
    stated = package.metadata.json
    if "license_expression" in stated:
        return str(stated["license_expression"])
    classifiers = stated.get("classifier", [])
    # Several classifiers mean a choice: a dual licence.
    named = [c.rsplit(" :: ", 1)[1] for c in classifiers if c.startswith("License :: OSI Approved :: ")]
    return " OR ".join(named) or str(stated.get("license", "")).partition("\n")[0].strip()


def is_accepted(licence: str, lesser_gpl_listed: bool = False) -> bool:
    """Whether one alternative of an SPDX expression consists of accepted licences only.

    Nested expressions (with parentheses) are refused: read the licence and decide.
    """
    accepted = re.compile("|".join((*ACCEPTED, LESSER_GPL) if lesser_gpl_listed else ACCEPTED))
    return any(
        all(accepted.fullmatch(part) for part in alternative.split(" AND "))
        for alternative in licence.split(" OR ")
    )


def refusals(names: list[str]) -> list[str]:
    """One sentence for every package that may not be used."""
    found = []
    for name in names:
        try:
            licence = stated_licence(distribution(name))
        except PackageNotFoundError:
            found.append(f"{name}: locked but not installed; run make install")
            continue
        if not is_accepted(licence, name in LESSER_GPL_LISTED):
            found.append(f"{name}: {licence or 'states no licence'}")
    return found


def main() -> int:
    names = locked_names(LOCK.read_text(encoding="utf-8"))
    refused = refusals(names)
    for line in refused:
        print(f"Licence not accepted: {line}", file=sys.stderr)
    if not refused:
        print(f"Licences: {len(names)} run-time packages, all accepted.")
    return 1 if refused else 0


if __name__ == "__main__":
    raise SystemExit(main())
