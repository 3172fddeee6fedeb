"""Reading single cells, and whole batches of tiny raw files, in tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from tiny_batches import AS_OF, Batches

from warehouse.normalize.codes import load_spellings
from warehouse.normalize.functions import name_functions
from warehouse.normalize.steps import Cell, Options, compose
from warehouse.normalize.types import reading

Cells = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect(config={"threads": 1})
    name_functions(con)
    load_spellings(con, {})
    yield con
    con.close()


@pytest.fixture(scope="session")
def cells(connection: duckdb.DuckDBPyConnection) -> Cells:
    """``cells(type, raws, long=False, **how)``: for each raw text its value, issue and further outputs."""

    def read(
        kind: str, raws: Sequence[str | None], *, long: bool = False, as_of: date | None = AS_OF, born: bool = False,
        field: str = "f", codes: str | None = None, area: str = "0411", city: str = "大连市",
        stated: str | None = None,
    ) -> list[dict[str, Any]]:  # fmt: skip
        raw = pa.table(
            {"n": pa.array(range(len(raws)), pa.int64()), "raw": pa.array(list(raws), pa.string())}
        )
        connection.register("raw_in", raw)
        connection.execute("create or replace temp table raw_cells as select * from raw_in")
        connection.unregister("raw_in")
        day = f"date '{as_of}'" if as_of else "null::date"
        made = reading(
            Cell(
                "f",
                "raw",
                "true" if long else "false",
                day,
                born,
                f"'{stated}'" if stated else "null::varchar",
            ),
            kind,
            Options(city, area),
            field=field,
            codes=codes,
        )
        select = {"n": "n", "value": made.value, "issue": made.issue, **made.outputs}
        connection.execute(
            f"create or replace temp table out_cells as {compose('select * from raw_cells', [made], select)}"
        )
        cursor = connection.execute("select * exclude n from out_cells order by n")
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    return read


@pytest.fixture
def batches(tmp_path: Path) -> Iterator[Batches]:
    (tmp_path / "oncegrid.yaml").write_text("city: 大连市\n", "utf-8")
    made = Batches(tmp_path)
    yield made
    made.store.close()
