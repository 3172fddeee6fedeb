from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from issues.told_city import HEALTH, POLICE, ToldCity


@pytest.fixture
def city(tmp_path: Path) -> Iterator[ToldCity]:
    """Two agencies that have not told anything yet."""
    made = ToldCity(tmp_path)
    made.source(POLICE)
    made.source(HEALTH)
    yield made
    made.store.close()
