"""Parquet files made here: every type as text, names, damage."""

from __future__ import annotations

import datetime as dt
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.raw import read_edition
from connectors.reading import ReadTable, as_json, read_tables
from connectors.records import parquet_records
from connectors.report import FileReport
from connectors.views import as_csv
from schemas.problem import Problem


def read(
    folder: Path, table: pa.Table, layout: object = None, **options: Any
) -> tuple[FileReport, ReadTable]:
    path = folder / "a.parquet"
    pq.write_table(table, path, **options)
    report, [found] = read_tables(path, layout)
    assert report.rows_read == report.n_rows + sum(report.skip_counts().values()) + report.rejected()
    assert (report.format, report.kind, found.report.header_rows) == ("parquet", "parquet", [])
    return report, found


TYPED: list[tuple[str, pa.Array, list[str | None]]] = [
    ("text", pa.array([" 张 ", None]), [" 张 ", None]),
    ("large", pa.array(["a", ""], pa.large_string()), ["a", None]),
    ("view", pa.array(["a", None], pa.string()).dictionary_encode(), ["a", None]),
    ("whole", pa.array([370602199003120113, -1]), ["370602199003120113", "-1"]),
    ("double", pa.array([5.0, 1132.8700000000001]), ["5", "1132.87"]),
    ("single", pa.array([0.1, None], pa.float32()), ["0.1", None]),
    ("decimal", pa.array([Decimal("1.50"), Decimal("-0.01")]), ["1.50", "-0.01"]),
    ("day", pa.array([dt.date(1990, 3, 12), None]), ["1990-03-12", None]),
    (
        "moment",
        pa.array([dt.datetime(2024, 1, 2, 3, 4, 5), None], pa.timestamp("us")),
        ["2024-01-02 03:04:05", None],
    ),
    (
        "nanos",
        pa.array([1_704_164_645_000_000_001, None], pa.timestamp("ns")),
        ["2024-01-02 03:04:05.000000001", None],
    ),
    ("zone", pa.array([0, None], pa.timestamp("ms", "UTC")), ["1970-01-01 00:00:00+00:00", None]),
    ("beyond", pa.array([316_000_000_000, None], pa.timestamp("s")), ["11983-08-23 09:46:40.000", None]),
    ("time", pa.array([dt.time(3, 4, 5), None]), ["03:04:05", None]),
    ("truth", pa.array([True, False]), ["TRUE", "FALSE"]),
    ("bytes", pa.array([b"\x01\xff", None]), ["01ff", None]),
    ("list", pa.array([["张", None], []]), ['["张", null]', "[]"]),
    ("nested", pa.array([{"a": 1, "b": "张"}, None]), ['{"a": 1, "b": "张"}', None]),
    ("nothing", pa.nulls(2), [None, None]),
]


@pytest.mark.parametrize(("name", "array", "expected"), TYPED, ids=[t[0] for t in TYPED])
def test_types_as_text(tmp_path: Path, name: str, array: pa.Array, expected: list[str | None]) -> None:
    _, table = read(tmp_path, pa.table({name: array, "行": ["1", "2"]}))
    assert [r[0] for r in table.rows] == expected and table.numbers == [1, 2]
    assert table.report.columns == [name, "行"]


def test_row_groups_are_numbered_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_records, "_CELLS", 14)
    rows = pa.table({"a": list(range(100)), "b": [None if i % 2 else "x" for i in range(100)]})
    _, table = read(tmp_path, rows, row_group_size=9)
    assert table.numbers == list(range(1, 101)) and [r[0] for r in table.rows] == [str(i) for i in range(100)]
    assert table.report.first_data_row == 1 and table.report.rows_read == 100


def test_names_blank_rows_and_forward_fill(tmp_path: Path) -> None:
    table = pa.Table.from_arrays(
        [pa.array(["x", None, None]), pa.array(["1", None, "2"]), pa.nulls(3), pa.nulls(3)],
        ["户主", "A", "a", " "],
    )
    report, found = read(tmp_path, table, {"forward_fill": ["户主"]})
    assert found.report.columns == ["户主", "A", "a#2", "列4"] and report.skip_counts() == {"blank": 1}
    assert found.rows == [["x", "1", None, None], ["x", "2", None, None]] and found.numbers == [1, 3]
    with pytest.raises(Problem, match="forward_fill"):
        read(tmp_path, table, {"forward_fill": ["没有"]})


def test_long_binary_numbers_are_told(tmp_path: Path) -> None:
    _, table = read(
        tmp_path,
        pa.table(
            {"n": [370602199003120113.0, 1.0], "w": [370602199003120113] * 2, "_long_numbers": ["0", "1"]}
        ),
    )
    assert table.long == ["|n|", None] and table.report.columns == ["n", "w", "_long_numbers#2"]


def test_text_that_is_no_utf8(tmp_path: Path) -> None:
    # A writer that takes any bytes for text.
    broken = pa.Array.from_buffers(pa.string(), 2, pa.array([b"A\xffB", b"ok"]).buffers())
    report, table = read(tmp_path, pa.table({"a": broken}))
    assert [r[0] for r in table.rows] == ["A\ufffdB", "ok"] and report.undecodable == 1


def test_no_rows_and_no_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": pa.array([], pa.string())}), path)
    report, tables = read_tables(path)
    assert report.rows_read == 0 and not tables and report.tables[0].columns == ["a"]


def test_damage_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": [str(i) * 50 for i in range(5000)]}), path, compression="snappy")
    whole = path.read_bytes()
    for data in (whole[:-20], whole[:1000], b"PAR1", b"PAR1" + b"\xff" * 5000 + whole[5004:]):
        path.write_bytes(data)
        with pytest.raises(Problem) as caught:
            read_tables(path, name="inbox/a.parquet")
        assert (
            "broken" in caught.value.en
            and "损坏" in caught.value.zh
            and caught.value.file == "inbox/a.parquet"
        )


def test_read_shows_it(tmp_path: Path) -> None:
    path = tmp_path / "名单.csv"  # the content decides, not the extension
    pq.write_table(pa.table({"姓名": ["张伟", "李四"], "年龄": [1, None]}), path)
    [told] = as_json(path)
    assert (
        told["rows"] == [["张伟", "1"], ["李四", None]]
        and told["columns"] == ["姓名", "年龄"]
        and told["header_rows"] == []
    )
    as_csv(path, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text("utf-8") == "姓名,年龄\n张伟,1\n李四,\n"
    assert read_edition(path, tmp_path / "raw", format="parquet").n_rows == 2


CELL = st.one_of(st.none(), st.text(st.characters(exclude_categories=("Cs",)), max_size=5))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(CELL, CELL, st.none() | st.integers(-(2**63), 2**63 - 1)), max_size=12),
    st.integers(1, 5),
)
def test_text_and_numbers_come_through(rows: list[tuple[Any, Any, Any]], group: int) -> None:
    arrays = [pa.array([r[i] for r in rows], pa.int64() if i == 2 else pa.string()) for i in range(3)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.parquet"
        pq.write_table(pa.table(arrays, ["a", "b", "c"]), path, row_group_size=group)
        report, tables = read_tables(path)
    assert report.rows_read == len(rows)
    found = dict(zip(tables[0].numbers, tables[0].rows, strict=True)) if tables else {}
    blank = {s.row for s in report.tables[0].skipped}
    assert found.keys() | blank == set(range(1, len(rows) + 1)) and not found.keys() & blank
    for number, cells in found.items():
        a, b, c = rows[number - 1]
        assert cells == [a or None, b or None, None if c is None else str(c)]
