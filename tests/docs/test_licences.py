"""The licence check accepts what CONTRIBUTING.md says and refuses the rest."""

from __future__ import annotations

import pytest

from scripts.check_licences import is_accepted, locked_names


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "Apache-2.0",
        "BSD-3-Clause",
        "ISC License (ISCL)",
        "Mozilla Public License 2.0 (MPL 2.0)",
        "Apache-2.0 OR GPL-3.0-only",
        "BSD-3-Clause AND 0BSD AND MIT",
    ],
)
def test_a_permissive_licence_is_accepted(licence: str):
    assert is_accepted(licence)


@pytest.mark.parametrize(
    "licence", ["", "GPL-3.0-only", "MIT AND GPL-2.0-or-later", "Proprietary", "UNKNOWN"]
)
def test_another_licence_is_refused(licence: str):
    assert not is_accepted(licence)


def test_the_lesser_gpl_is_accepted_only_for_listed_packages():
    assert not is_accepted("LGPL-3.0-only")
    assert is_accepted("LGPL-3.0-only", lesser_gpl_listed=True)


def test_the_lock_is_read_with_its_markers():
    lock = (
        "a==1 \\\n    --hash=sha256:00\nb==2 ; python_version < '3' \\\n    --hash=sha256:00\n    # via a\n"
    )
    assert locked_names(lock) == ["a"]
