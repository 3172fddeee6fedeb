"""A store in an empty workspace, and a small town whose records the tests write as short rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_town import SmallTown, opened

from warehouse.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as store:
        yield store


@pytest.fixture
def town(store: Store) -> SmallTown:
    return SmallTown(store)
