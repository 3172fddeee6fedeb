"""Fixtures of the linkage tests: a store in an empty workspace, and nights in which only id numbers and decisions link."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.derive import ddl
from schemas.model import schema
from warehouse.link.versions import SHIPPED
from warehouse.store import Store
from warehouse.workspace import Workspace


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "oncegrid.yaml").write_text("city: 测试市\n", "utf-8")
    workspace = Workspace.open(tmp_path)
    workspace.make()
    with Store(workspace, memory="1GB", threads=2) as opened:
        yield opened


@pytest.fixture
def unscored(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pair is scored: for tests of ids over many nights, in which scores say nothing."""

    def none(store: Store, *_: object) -> dict[str, int]:
        for name in ("link_edge", "link_capped"):
            store.con.execute(f"drop table if exists temp.{name}")
            store.con.execute(ddl(schema().tables[name])[0].replace("CREATE TABLE", "create temp table"))
        return {"pairs": 0, "edges": 0, "vetoed": 0}

    module = sys.modules["warehouse.link.graph"]
    monkeypatch.setattr(module, "score_pairs", none)
    monkeypatch.setattr(module, "model_of", lambda _: (None, SHIPPED))
