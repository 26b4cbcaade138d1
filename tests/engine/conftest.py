"""The company that the engines grade."""

from __future__ import annotations

import pytest

from tests.engine.companies import Company, random_company


@pytest.fixture(scope="session")
def company() -> Company:
    """Twenty-four customers with everything that may go wrong."""
    return random_company(3, 24)
