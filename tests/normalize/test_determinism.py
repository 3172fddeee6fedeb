"""The same rows in any order, with any number of threads, a second time: the same records and the same issues."""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tiny_batches import Batches

from warehouse.normalize import once
from warehouse.store import Store

ROWS = 4000
# Where a row stood: what shuffling changes and nothing else may.
PLACE = ("file", "sheet", "row_number")


def _benchmark() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "normalize.py"
    spec = importlib.util.spec_from_file_location("normalize_benchmark", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["normalize_benchmark"] = module
    spec.loader.exec_module(module)
    return module


def _raw(rows: int) -> tuple[list[str], list[list[str | None]]]:
    import duckdb

    con = duckdb.connect()
    con.execute(f"create table t as select range as i from range({rows})")
    made = con.sql(f"select * exclude n from ({_benchmark().raw_sql()}) order by n")
    return list(made.columns), [list(row) for row in made.fetchall()]


def _result(
    root: Path, columns: Sequence[str], rows: Sequence[Sequence[str | None]], threads: int
) -> dict[str, Any]:
    (root / "oncegrid.yaml").parent.mkdir(parents=True, exist_ok=True)
    (root / "oncegrid.yaml").write_text("city: 大连市\n", "utf-8")
    batches = Batches(root)
    batches.store.close()
    batches.store = Store(batches.workspace, memory="1GB", threads=threads)
    try:
        half = len(rows) // 2
        parts = batches.part(columns, rows[:half]), batches.part(columns, rows[half:], first=half + 2)
        result = batches.run(batches.source(_benchmark().SOURCE), batches.edition(*parts))
        found: dict[str, Any] = {"counts": result.counts}
        for table in ("resident_core", "issue", "row_outcome"):
            scan = result.stage.scan(table)
            kept = ", ".join(
                row[0] for row in batches.store.rows(f"describe select * from {scan}") if row[0] not in PLACE
            )
            found[table] = batches.store.rows(f"select {kept} from {scan} order by all")
        found["in order"] = batches.store.rows(f"select record_key from {result.stage.scan('resident_core')}")
        return found
    finally:
        batches.store.close()


@pytest.fixture(scope="module")
def raw() -> tuple[list[str], list[list[str | None]]]:
    columns, rows = _raw(ROWS)
    # A key that comes again with the same cells: whichever stands last, the record says the same.
    return columns, [*rows, *rows[:40]]


@pytest.fixture(scope="module")
def plain(
    tmp_path_factory: pytest.TempPathFactory, raw: tuple[list[str], list[list[str | None]]]
) -> dict[str, Any]:
    return _result(tmp_path_factory.mktemp("plain"), *raw, threads=1)


def test_there_is_something_to_compare(plain: dict[str, Any]) -> None:
    assert len(plain["resident_core"]) == ROWS and len(plain["row_outcome"]) == ROWS + 40
    assert len(set(plain["issue"])) > 5 and len(plain["issue"]) > ROWS / 20


@pytest.mark.parametrize(("threads", "seed"), [(1, 0), (2, 0), (1, 7), (2, 8)])
def test_the_same_whatever_order_and_threads(
    tmp_path: Path,
    raw: tuple[list[str], list[list[str | None]]],
    plain: dict[str, Any],
    threads: int,
    seed: int,
) -> None:
    columns, rows = raw
    rows = list(rows)
    if seed:
        random.Random(seed).shuffle(rows)
    assert _result(tmp_path, columns, rows, threads) == plain


@pytest.mark.parametrize("few", [once.FEW, -1], ids=["few words", "none"])
def test_values_read_once_read_the_same(
    tmp_path: Path,
    few: int,
    raw: tuple[list[str], list[list[str | None]]],
    plain: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(once, "FROM_ROWS", 0)
    monkeypatch.setattr(once, "AT_MOST", float("inf"))
    monkeypatch.setattr(once, "FEW", few)
    taken: list[str] = []
    join = once.Once.join

    def noted(self: once.Once, name: str, *rest: Any) -> Any:
        taken.append(name)
        return join(self, name, *rest)

    monkeypatch.setattr(once.Once, "join", noted)
    assert _result(tmp_path, *raw, threads=2) == plain
    assert {"sex", "birth_date", "live_address", "hukou_address", "name", "ethnicity", "phone"} <= set(taken)
    assert "id_number" not in taken
    # what costs no more than a join is joined for its few words alone
    assert ({"remark", "household_no"} <= set(taken)) is (few > 0)
