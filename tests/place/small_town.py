"""A small town: a tree of areas (invented), a list of grid cells, and records as short rows."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from schemas.derive import duckdb_type
from schemas.model import schema
from schemas.settings import Settings
from warehouse.place import PlaceInputs, place
from warehouse.store import Stage, Store, quoted
from warehouse.workspace import Workspace

KEY = b"a key of the tests, 32 bytes long"
Row = Mapping[str, Any]

# 甲区 with two streets, 乙区 with one of the same name; 阳光 is in three places; a village; a neighbouring city.
TREE: list[Row] = [
    {"area_code": code, "name": name}
    for code, name in (
        ("210000000000", "测试省"), ("210200000000", "测试市"), ("210202000000", "甲区"), ("210203000000", "乙区"),
        ("210202001000", "人民路街道"), ("210202002000", "解放镇"), ("210203001000", "人民路街道"),
        ("210202001001", "福寿社区居委会"), ("210202001002", "阳光社区居民委员会"), ("210202002001", "阳光居委会"),
        ("210202002201", "东村村委会"), ("210203001001", "阳光社区居委会"), ("210203001002", "海韵社区居委会"),
        ("370600000000", "近邻市"), ("370602000000", "丙区"), ("370602001000", "通伸街道"), ("370602001001", "西炮台社区居委会"),
    )
]  # fmt: skip
FUSHOU, YANGGUANG, VILLAGE, HAIYUN = "210202001001", "210202001002", "210202002201", "210203001002"
GRIDS: list[Row] = [
    {"grid_code": f"{FUSHOU}001", "grid_name": "福寿一格", "community_code": FUSHOU, "grid_worker": "赵一", "worker_phone": "13000000001"},
    {"grid_code": f"{FUSHOU}002", "grid_name": "福寿二格", "county": "甲区", "community": "福寿社区", "grid_type": "comprehensive"},
    {"grid_code": f"{HAIYUN}001", "grid_name": "海韵格", "community_code": HAIYUN},
]  # fmt: skip


def opened(root: Path, threads: int = 2) -> Store:
    """A store in a new workspace at ``root``."""
    (root / "oncegrid.yaml").write_text("city: 测试市\n", "utf-8")
    workspace = Workspace.open(root)
    workspace.make()
    return Store(workspace, memory="1GB", threads=threads)


class SmallTown:
    """Places rows; what a row leaves out is null. ``source`` and ``as_of`` have defaults."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.stage: Stage

    def place(
        self,
        *,
        shuffle: int | None = None,
        division: str | None = "2102",
        tree: Sequence[Row] | None = TREE,
        grids: Sequence[Row] | None = GRIDS,
        **kinds: Sequence[Row],
    ) -> Stage:
        """Place the rows of ``kinds``."""
        given: dict[str, Sequence[Row]] = dict(kinds)
        if tree is not None:
            given["area"] = tree
        if grids is not None:
            given["grid"] = grids
        records = {kind: self._table(kind, rows, shuffle) for kind, rows in given.items()}
        told = [sorted((kind, [repr(r) for r in rows]) for kind, rows in given.items()), shuffle]
        settings = Settings(city="测试市", division_code=division)
        self.stage = place(self.store, PlaceInputs(records, told), settings, KEY)
        return self.stage

    def _table(self, kind: str, rows: Sequence[Row], shuffle: int | None) -> str:
        name = f"t_{kind}"
        columns = {c.name: duckdb_type(c.field) for c in schema().tables[f"{kind}_core"].columns}
        told = ", ".join(f"{quoted(n)} {t}" for n, t in columns.items())
        self.store.con.execute(f"create or replace table {name} ({told})")
        full = []
        for number, row in enumerate(rows, start=1):
            one: dict[str, Any] = {
                "source": f"s_{kind}",
                "as_of": "2026-01-01",
                "row_number": number,
                "record_no": 0,
                **row,
            }
            one.setdefault("record_key", one.pop("key", f"{number:05d}"))
            one.setdefault("edition_id", f"{one['source']}-{one['as_of']}")
            full.append(one)
        if shuffle is not None:
            random.Random(shuffle).shuffle(full)
        for one in full:
            assert set(one) <= set(columns), set(one) - set(columns)
            marks = ", ".join("?" for _ in one)
            self.store.con.execute(
                f"insert into {name} ({', '.join(quoted(n) for n in one)}) values ({marks})",
                list(one.values()),
            )
        return name

    def rows(self, table: str, columns: str = "*", where: str = "true") -> list[tuple[Any, ...]]:
        """Rows of a table of the last placing, sorted."""
        return self.store.rows(f"select {columns} from {self.stage.scan(table)} where {where} order by all")

    def placed(self, kind: str, columns: str, number: int = 1) -> Any:
        """What is decided of a record (its only value where one column is asked)."""
        rows = self.rows(f"{kind}_placed", columns, f"record_key = '{number:05d}'")
        assert len(rows) == 1, rows
        return rows[0][0] if len(rows[0]) == 1 else rows[0]

    def issues(self, kind: str = "resident") -> list[tuple[Any, ...]]:
        """(row, field, code) of a kind's source."""
        return self.rows("issue", "row_number, field, code", f"source = 's_{kind}'")


def home(**parts: Any) -> dict[str, Any]:
    """A resident's live parts."""
    return {f"live_{name}": value for name, value in parts.items()}
