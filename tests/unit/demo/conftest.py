"""The sample company at its usual size, written once."""

from __future__ import annotations

import pytest

from tierwise.demo.company import CompanyFiles, write_company


@pytest.fixture(scope="session")
def company(tmp_path_factory) -> CompanyFiles:
    return write_company(tmp_path_factory.mktemp("company"))
