"""A tiny city, and one session of Great Expectations for all tests of this folder (it takes seconds to load)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sync.conftest import city, empty_city

from warehouse.expectations.session import Session

__all__ = ["city", "empty_city", "session"]


@pytest.fixture(scope="session")
def session() -> Iterator[Session]:
    with Session() as opened:
        yield opened
