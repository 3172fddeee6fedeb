"""Fixtures of the linkage tests: a store in an empty workspace, and records written as short rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse.store import Store
from warehouse.workspace import Workspace


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "oncegrid.yaml").write_text("city: 测试市\n", "utf-8")
    workspace = Workspace.open(tmp_path)
    workspace.make()
    with Store(workspace, memory="1GB", threads=2) as opened:
        yield opened
