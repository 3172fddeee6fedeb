"""A workspace with a source, and tiny raw files for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from schemas.located_yaml import load_yaml
from schemas.settings import Settings
from schemas.sources import Source, check_source
from warehouse.normalize import BatchResult, RawEdition, RawPart, normalize_batch
from warehouse.store import Store
from warehouse.workspace import Workspace

AS_OF = date(2026, 6, 1)


class Batches:
    """A workspace with a source, to which tiny raw files are given."""

    def __init__(self, root: Path) -> None:
        self.workspace = Workspace(root)
        self.workspace.make()
        self.store = Store(self.workspace, memory="1GB", threads=1)
        self.settings = Settings(city="大连市", landline_area_code="0411")
        self._parts = 0

    def source(self, text: str) -> Source:
        path = self.workspace.sources / f"{yaml.safe_load(text)['source']}.yaml"
        path.write_text(text, "utf-8")
        source, problems = check_source(load_yaml(path, path.name))
        assert source is not None, [str(p) for p in problems]
        return source

    def part(
        self, columns: Sequence[str], rows: Sequence[Sequence[str | None]], *, sheet: str | None = None, first: int = 2,
        long: Sequence[str | None] | None = None, file: str | None = None,
    ) -> RawPart:  # fmt: skip
        self._parts += 1
        path = self.workspace.raw / f"{self._parts}.parquet"
        data: dict[str, Any] = {
            "_file": pa.array([file] * len(rows), pa.string()),
            "_sheet": pa.array([sheet] * len(rows), pa.string()),
            "_row": pa.array(range(first, first + len(rows)), pa.int64()),
            "_long_numbers": pa.array(long or [None] * len(rows), pa.string()),
        }
        for n, name in enumerate(columns):
            data[name] = pa.array([row[n] for row in rows], pa.string())
        pq.write_table(pa.table(data), path)
        return RawPart(path, tuple(columns), sheet=sheet)

    def edition(self, *parts: RawPart, name: str = "e1", as_of: date = AS_OF) -> RawEdition:
        return RawEdition(name, as_of, f"{name}.csv", parts)

    def run(self, source: Source, *editions: RawEdition) -> BatchResult:
        return normalize_batch(self.store, source, editions, self.settings, "test")

    def rows(
        self, result: BatchResult, table: str, columns: str = "*", order: str = "all"
    ) -> list[tuple[Any, ...]]:
        return self.store.rows(f"select {columns} from {result.stage.scan(table)} order by {order}")
