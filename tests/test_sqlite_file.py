"""SQLite files made here: several tables, values, text in other encodings, damage."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.child import Reader
from connectors.databases.value_text import value_text
from connectors.reading import ReadTable, read_tables
from connectors.report import FileReport
from connectors.sniff import sniff
from schemas.problem import Problem


def made(folder: Path, script: str, *rows: tuple[str, list[Any]], name: str = "a.db") -> Path:
    path = folder / name
    with contextlib.closing(sqlite3.connect(path)) as con:
        con.executescript(script)
        for statement, values in rows:
            con.executemany(statement, values)
        con.commit()
    assert sniff(path).kind == "sqlite"
    return path


def read(path: Path, layout: object = None, **options: Any) -> tuple[FileReport, list[ReadTable]]:
    report, tables = read_tables(path, layout, **options)
    assert report.rows_read == report.n_rows + sum(report.skip_counts().values()) + report.rejected()
    return report, tables


def test_all_tables_are_read(tmp_path: Path) -> None:
    path = made(
        tmp_path,
        'create table "人 员" (编号 integer primary key, "姓名" text, h real, b blob); create table 街 (x); create table 空 (x);'
        "create view 视图 as select 姓名 from \"人 员\"; create index i on 街 (x);",
        ('insert into "人 员" values (?, ?, ?, ?)', [(1, "张伟", 0.1, b"\x00\xff"), (5, None, 1e300, None), (9, " ", 370602199003120113.0, b"")]),
        ("insert into 街 values (?)", [(2**62,), ("",), (None,), (1.0,)]),
    )  # fmt: skip
    path.chmod(stat.S_IRUSR)
    report, [people, streets] = read(path)
    assert (report.format, report.kind, report.encoding) == ("sqlite", "sqlite", "utf-8")
    assert (people.report.sheet, people.report.columns) == ("人 员", ["编号", "姓名", "h", "b"])
    assert people.rows[:2] == [["1", "张伟", "0.1", "00ff"], ["5", None, value_text(1e300), None]]
    assert people.rows[2][:2] == ["9", " "] and people.long == [None, "|h|", "|h|"]
    assert streets.rows == [[str(2**62)], ["1"]] and streets.numbers == [1, 4]
    assert streets.report.skip_counts == {"blank": 2} and report.empty_sheets == ["空"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.db"]


def test_tables_are_picked(tmp_path: Path) -> None:
    path = made(
        tmp_path,
        "create table a (x); create table b (y); insert into a values (1); insert into b values (2); create view v as select 3 as z;",
    )
    assert [t.rows for t in read(path, {"table": "B"})[1]] == [[["2"]]]
    assert [t.rows for t in read(path, {"table": "v"})[1]] == [[["3"]]]
    report, tables = read(path, {"sheets": "a"})
    assert [t.report.sheet for t in tables] == ["a"] and report.other_sheets == ["b"]
    with pytest.raises(Problem, match="asks for c, but the tables of the file are: a, b"):
        read(path, {"table": "c"})
    with pytest.raises(Problem, match="no tables"):
        read(made(tmp_path, "create table a (x); drop table a;", name="b.db"))


def test_text_that_is_no_utf8(tmp_path: Path) -> None:
    path = made(
        tmp_path, "create table a (x, y);",
        ("insert into a values (cast(? as text), ?)", [("中山区人民路街道居民委员会".encode("gbk"), "张伟"), ("东区".encode("gbk"), "x")]),
    )  # fmt: skip
    report, [table] = read(path)
    assert table.rows == [["中山区人民路街道居民委员会", "张伟"], ["东区", "x"]]
    assert report.encoding == "gb18030" and report.undecodable == 0
    assert read(path, encoding="gbk")[0].decided_by == "stated by the source"


@pytest.mark.parametrize("codec", ["UTF-16le", "UTF-16be"])
def test_files_in_utf16(tmp_path: Path, codec: str) -> None:
    path = made(tmp_path, f"pragma encoding='{codec}'; create table a (x); insert into a values ('张伟');")
    assert read(path)[1][0].rows == [["张伟"]]


def test_damage_is_a_problem(tmp_path: Path) -> None:
    path = made(tmp_path, "create table a (x);", ("insert into a values (?)", [("x" * 500,)] * 100))
    data = path.read_bytes()
    for broken in (
        data[:5000],
        data[:100] + os.urandom(len(data) - 100),
        data[:16] + bytes(200),
        data[:9000] + os.urandom(20_000),
    ):
        path.write_bytes(broken)
        with pytest.raises(Problem, match="damaged"):
            read(path)
    with Reader() as reader, pytest.raises(Problem, match="damaged"):
        reader.read_edition(path, tmp_path / "raw")


def test_a_hostile_schema_runs_nothing(tmp_path: Path) -> None:
    path = made(
        tmp_path,
        "create table a (x); insert into a values (1); create view v as select load_extension('x') as z;",
    )
    assert read(path)[1][0].rows == [["1"]]
    with pytest.raises(Problem, match="damaged or needs an extension"):
        read(path, {"table": "v"})


CELL = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.binary(max_size=4), st.text(st.characters(exclude_categories=("Cs",)), max_size=5))  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), max_size=6)))
def test_tables_come_through(rows: list[list[Any]]) -> None:
    width = len(rows[0]) if rows else 1
    with tempfile.TemporaryDirectory() as folder:
        path = made(
            Path(folder), f"create table t ({', '.join(f'c{n}' for n in range(width))})",
            (f"insert into t values ({', '.join('?' * width)})", rows),
        )  # fmt: skip
        report, tables = read(path)
    assert report.rows_read == len(rows)
    got = dict(zip(tables[0].numbers, tables[0].rows, strict=True)) if tables else {}
    for n, row in enumerate(rows, 1):
        wanted = [value_text(v) or None for v in row]
        assert got.get(n, [None] * width) == wanted or not "".join(w or "" for w in wanted).strip()
