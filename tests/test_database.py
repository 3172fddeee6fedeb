"""connectors.databases.database: what lands and what is known, on every server; the cursor. Faults of an SQLite file."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from agency import DAY, Agency, agency_at, problem_of
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.databases import database_fetch
from connectors.databases.database import file_name
from connectors.databases.database_connection import reading
from connectors.databases.value_text import value_text
from connectors.landing import landed_file
from connectors.raw import read_edition
from connectors.reading import read_tables
from schemas.source_forms import Database


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def agency(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Agency]:
    with agency_at(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Agency]:
    with agency_at("sqlite", tmp_path) as made:
        yield made


# -- landing -----------------------------------------------------------------------------------------------
def test_a_table_lands_as_text_with_its_manifest(agency: Agency) -> None:
    agency.run("CREATE TABLE AC01 (AAC001 BIGINT PRIMARY KEY, AAC003 VARCHAR(20), amount DECIMAL(10, 2))")
    agency.run("INSERT INTO AC01 VALUES (?, ?, ?)", (370602199003120113, " 张伟𠮷 ", 1.5), (2, None, 3))
    arrival = agency.pull(table="AC01")
    columns, rows = agency.landed(arrival)
    assert [c.upper() for c in columns] == ["AAC001", "AAC003", "AMOUNT"]
    assert [r[:2] for r in rows] == [["2", None], ["370602199003120113", " 张伟𠮷 "]]
    assert [float(r[2] or 0) for r in rows] == [3, 1.5]
    edition = arrival.edition
    assert edition is not None and edition.edition_id == f"renshe-20241101-{edition.sha256[:10]}"
    assert (edition.file, edition.as_of, edition.replaces) == ("AC01.parquet", DAY, None)
    folder = agency.landing / edition.edition_id
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert (manifest["sha256"], manifest["pull"]["rows"], manifest["as_of"]) == (
        edition.sha256,
        2,
        "2024-11-01",
    )
    assert sorted(p.name for p in agency.landing.iterdir()) == [edition.edition_id]
    file = folder / "AC01.parquet"
    assert file.stat().st_mode & 0o777 == 0o400 and edition.size == file.stat().st_size


def test_what_landed_is_read(sqlite: Agency) -> None:
    sqlite.run("CREATE TABLE t (a, b)")
    sqlite.run("INSERT INTO t VALUES (?, ?)", (1, "x"), (2, None), (None, None))
    arrival = sqlite.pull(table="t")
    assert arrival.edition is not None
    path = landed_file(sqlite.landing / arrival.edition.edition_id)
    report, [table] = read_tables(path)
    assert (report.format, report.rows_read, report.skip_counts()) == ("database", 3, {"blank": 1})
    assert table.rows == [["1", "x"], ["2", None]] and table.report.header_rows == []
    raw = read_edition(path, sqlite.root / "raw", format="database")
    assert (raw.format, raw.kind, raw.n_rows) == ("database", "parquet", 2)


def test_the_same_rows_in_any_order_are_no_new_edition(agency: Agency) -> None:
    agency.run("CREATE TABLE t (a INTEGER, b VARCHAR(5))")
    agency.run("INSERT INTO t VALUES (?, ?)", (2, "b"), (1, "a"), (1, "a"))
    first = agency.pull(table="t")
    again = agency.pull(table="t", day=2)
    assert again.outcome == "known" and again.same_as is not None and first.edition is not None
    assert again.same_as.edition_id == first.edition.edition_id
    agency.run("DELETE FROM t")
    agency.run("INSERT INTO t VALUES (?, ?)", (1, "a"), (2, "b"), (1, "a"))
    assert agency.pull(table="t").outcome == "known"
    agency.run("DELETE FROM t WHERE a = 2")
    changed = agency.pull(table="t", day=2)
    assert agency.rows(changed) == [["1", "a"], ["1", "a"]]
    assert changed.edition is not None and changed.edition.replaces == first.edition.edition_id


def test_rows_that_change_and_change_back_are_news_each_time(sqlite: Agency) -> None:
    sqlite.run("CREATE TABLE t (a)")
    sqlite.run("INSERT INTO t VALUES (1)")
    first = sqlite.pull(table="t").edition
    sqlite.run("UPDATE t SET a = 2")
    second = sqlite.pull(table="t").edition
    sqlite.run("UPDATE t SET a = 1")
    third = sqlite.pull(table="t").edition  # on the same day
    assert first is not None and second is not None and third is not None
    assert third.sha256 == first.sha256 and third.edition_id == f"{first.edition_id}-2"
    assert third.replaces == second.edition_id and sqlite.pull(table="t").outcome == "known"
    sqlite.run("UPDATE t SET a = 2")
    fourth, seen = sqlite.pull(table="t").edition, sqlite.pull(table="t")
    assert fourth is not None and fourth.edition_id == f"{second.edition_id}-2" and seen.outcome == "known"
    sqlite.run("UPDATE t SET a = 1")
    fifth = sqlite.pull(table="t", day=2).edition
    assert fifth is not None and fifth.edition_id == first.edition_id.replace("1101", "1102")


def test_queries_and_their_names(sqlite: Agency) -> None:
    sqlite.run("CREATE TABLE t (a, b)")
    sqlite.run("INSERT INTO t VALUES (?, ?)", ("x:y", "100%"), ("z", ":a"))
    query = "WITH q AS (SELECT * FROM t) SELECT a, b AS A, b AS \"\", '12:30 :x \\:y %s %%' FROM q WHERE b LIKE '%0%' ;\n"
    arrival = sqlite.pull(query=query)
    columns, rows = sqlite.landed(arrival)
    assert arrival.file == "query.parquet" and columns[:3] == ["a", "A#2", "列3"]
    assert rows == [["x:y", "100%", "100%", "12:30 :x \\:y %s %%"]]


def test_a_query_with_percent_and_colon_signs(agency: Agency) -> None:
    agency.run("CREATE TABLE t (a VARCHAR(9))")
    agency.run("INSERT INTO t VALUES (?)", ("50%",), ("12:30",), ("x",))
    asked = "SELECT a FROM t WHERE a LIKE '%:%' OR a LIKE '5%' -- :x %s"
    assert agency.firsts(agency.pull(query=asked)) == ["12:30", "50%"]


@pytest.mark.parametrize("name", ["居民 信息", 'a"b', "order", "库.表", "x;--", "表:名%s"])
def test_names_of_tables_are_quoted(tmp_path: Path, name: str) -> None:
    with agency_at("sqlite", tmp_path, "a #%库.db") as agency:
        quoted = '"' + name.replace('"', '""') + '"'
        agency.run(f'CREATE TABLE {quoted} ("姓:名%s" TEXT)')
        agency.run(f"INSERT INTO {quoted} VALUES ('张伟')")
        asked: dict[str, Any] = {"table": name.upper(), "mode": "delta", "cursor": "姓:名%s"}
        arrival = agency.pull(**asked)
        assert agency.rows(arrival) == [["张伟"]] and "/" not in arrival.file and ":" not in arrival.file
        assert agency.pull(**asked).outcome == "known"


def test_file_names() -> None:
    assert file_name(Database(table="HR.AC01")) == "HR.AC01.parquet"
    assert file_name(Database(table="../a/b")) == "_a_b.parquet"
    assert len(file_name(Database(table="表" * 120)).encode()) < 255
    assert file_name(Database(table="表" * 120)) != file_name(Database(table="表" * 121))


def test_nothing_can_be_written(agency: Agency) -> None:
    agency.run("CREATE TABLE t (a INTEGER)")
    with reading(Database(url=agency.told, table="t"), agency.root) as con:
        for _ in range(2):  # nor after a rollback
            with pytest.raises(sa.exc.DBAPIError, match=r"readonly|read-only|READ ONLY"):
                con.exec_driver_sql("INSERT INTO t VALUES (1)")
            con.rollback()
    assert agency.value("SELECT count(*) FROM t") == 0


def test_a_pull_is_of_one_moment(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    # Rows that are added between the question for the highest cursor and the rows are not half in.
    agency.run("CREATE TABLE t (id INTEGER)")
    agency.run("INSERT INTO t VALUES (?)", (1,), (2,))
    real = database_fetch.question

    def meddled(*arguments: Any) -> Any:
        made = real(*arguments)
        if agency.engine.dialect.name != "sqlite":  # whose reader would keep the writer out
            agency.run("INSERT INTO t VALUES (3)")
        return made

    monkeypatch.setattr(database_fetch, "question", meddled)
    assert agency.firsts(agency.pull(table="t", cursor="id", mode="delta")) == ["1", "2"]


def test_bytes_that_are_no_utf8_keep_what_decodes(sqlite: Agency) -> None:
    sqlite.run("CREATE TABLE t (a TEXT)")
    sqlite.run("INSERT INTO t VALUES (CAST(x'41ff42' AS TEXT))")
    assert sqlite.rows(sqlite.pull(table="t")) == [["A\ufffdB"]]


def test_long_binary_numbers_are_told(sqlite: Agency) -> None:
    sqlite.run('CREATE TABLE t (a, b REAL, "c|d" REAL)')
    told = (("1", 370602199003120113.0, 2e15), (370602199003120113, 999999999999999.0, 1.5))
    sqlite.run("INSERT INTO t VALUES (?, ?, ?)", *told)
    columns, rows = sqlite.landed(sqlite.pull(table="t"))
    assert columns == ["a", "b", "c|d", "_long_numbers"]
    assert rows[0] == ["1", "370602199003120128", "2000000000000000", "1,2"] and rows[1][3] is None


def test_chunks_make_no_difference(sqlite: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    sqlite.run("CREATE TABLE t (a INTEGER, b)")
    sqlite.run(
        "INSERT INTO t VALUES (?, ?)", *((i * 7919 % 1000, None if i % 3 else "x") for i in range(1000))
    )
    whole = sqlite.pull(table="t")
    assert sqlite.rows(whole) == sorted(
        ([str(i * 7919 % 1000), None if i % 3 else "x"] for i in range(1000)),
        key=lambda r: (r[0], r[1] or "~"),
    )
    monkeypatch.setattr(database_fetch, "ROWS", 7)
    monkeypatch.setattr("connectors.databases.pulled_rows._BATCH", 11)
    assert sqlite.pull(table="t").outcome == "known"


# -- the cursor --------------------------------------------------------------------------------------------
def test_a_cursor_pulls_what_is_new(agency: Agency) -> None:
    asked: dict[str, Any] = {"table": "t", "cursor": "GXSJ", "mode": "delta"}
    kind = {"sqlite": "TEXT", "postgresql": "TIMESTAMP", "mysql": "DATETIME(6)"}[agency.engine.dialect.name]
    agency.run(f"CREATE TABLE t (id INTEGER, gxsj {kind})")
    insert = "INSERT INTO t VALUES (?, ?)"
    agency.run(insert, (1, "2024-10-01 00:00:00"), (2, "2024-10-02 08:00:00.500000"), (3, None))
    first = agency.pull(**asked)
    assert agency.firsts(first) == ["3", "1", "2"] and first.edition is not None  # by the cursor, none first
    told = agency.told_of_pull(first)["cursor"]
    assert told["column"] == "gxsj" and told["value"].startswith("2024-10-02 08:00:00.5")
    nothing = agency.pull(day=2, **asked)
    assert nothing.outcome == "known" and nothing.same_as is not None
    assert nothing.same_as.edition_id == first.edition.edition_id
    # Another row at the highest value is seen, and one without a value; what lies below is not asked for.
    agency.run(
        insert, (4, "2024-10-02 08:00:00.500000"), (5, "2024-10-03 00:00:00"), (6, "2024-09-01 00:00:00")
    )
    second = agency.pull(day=2, **asked)
    assert agency.firsts(second) == ["3", "2", "4", "5"]
    # A delta is added to what came before it: it takes the place of nothing.
    assert second.edition is not None and second.edition.replaces is None
    assert agency.pull(day=3, **asked).outcome == "known"
    agency.run("UPDATE t SET id = 7 WHERE gxsj IS NULL")
    assert agency.firsts(agency.pull(day=4, **asked)) == ["7", "5"]
    agency.run("DELETE FROM t")
    assert agency.pull(day=5, **asked).outcome == "known"


def test_a_numeric_cursor_is_compared_as_a_number(agency: Agency) -> None:
    asked: dict[str, Any] = {"query": "SELECT id + 0 AS n FROM t", "cursor": "n", "mode": "delta"}
    agency.run("CREATE TABLE t (id DECIMAL(30, 0))")
    agency.run("INSERT INTO t VALUES (?)", (9,), (10,))
    assert agency.firsts(agency.pull(**asked)) == ["9", "10"]
    agency.run("INSERT INTO t VALUES (100)")
    assert agency.firsts(agency.pull(**asked)) == ["10", "100"]
    agency.run("DELETE FROM t WHERE id >= 100")
    assert agency.pull(**asked).outcome == "known"  # nothing at or above what was reached


def test_ties_without_an_end_and_a_column_of_nulls(agency: Agency) -> None:
    asked: dict[str, Any] = {"table": "t", "cursor": "d", "mode": "delta"}
    agency.run("CREATE TABLE t (id INTEGER, d DATE)")
    agency.run("INSERT INTO t VALUES (?, ?)", *((i, None) for i in range(3)))
    first = agency.pull(**asked)
    assert agency.told_of_pull(first)["cursor"] is None  # no value was reached: all rows are asked for again
    assert agency.pull(day=2, **asked).outcome == "known"
    agency.run("UPDATE t SET d = '2024-10-01'")
    assert len(agency.rows(agency.pull(day=2, **asked))) == 3
    for day in (3, 4):
        agency.run("INSERT INTO t VALUES (?, ?)", (day, "2024-10-01"))
        assert len(agency.rows(agency.pull(day=day, **asked))) == day + 1
        assert agency.pull(day=day, **asked).outcome == "known"


def test_order_says_which_row_came_later(agency: Agency) -> None:
    agency.run(
        "CREATE TABLE t (id INTEGER, pch BIGINT, xh DECIMAL(6, 2), word VARCHAR(5), at TIMESTAMP NULL)"
    )
    agency.run(
        "INSERT INTO t VALUES (?, ?, ?, ?, ?)",
        (1, 10, 1, "b", "2024-01-02 00:00:00"), (2, 9, 10, "a", "2024-01-01 00:00:00"), (3, 9, 9.5, "B", None),
        (4, None, 1, "a", "2023-12-31 00:00:00"), (5, -1, 0, None, None), (6, 9223372036854775807, 1, "é", None),
        (7, 9223372036854775806, 1, "10", "2024-01-01 12:00:00"), (8, 9, -2.25, "9", None), (9, 9, -2, "z", None),
    )  # fmt: skip
    for order, expected in (
        (["PCH", "XH"], "458932176"),  # numbers as numbers, none first, the same on every server
        (["at", "id"], "356894271"),
        ("word", "578324196"),  # texts by code point, whatever the collation
    ):
        arrival = agency.pull(table="t", order=order, day=len(agency.known) + 1)
        assert "".join(map(str, agency.firsts(arrival))) == expected
        assert agency.pull(table="t", order=order).outcome == "known"


def test_a_fetched_flag_and_a_cursor(agency: Agency) -> None:
    asked: dict[str, Any] = {
        "table": "t",
        "cursor": "pch",
        "fetched": {"column": "SFCQ", "values": ["0", ""]},
    }
    agency.run("CREATE TABLE t (id INTEGER, pch INTEGER, sfcq CHAR(1))")
    agency.run("INSERT INTO t VALUES (?, ?, ?)", (1, 1, "1"), (2, 1, "0"), (3, 2, None), (4, 3, "1"))
    first = agency.pull("delta", **asked)
    assert agency.firsts(first) == ["2", "3"]
    assert agency.told_of_pull(first)["cursor"]["value"] == "2"  # the highest of those that were asked for
    assert agency.pull("delta", **asked).outcome == "known"
    agency.run("INSERT INTO t VALUES (?, ?, ?)", (5, 1, "0"), (6, 2, "0"), (7, 5, "1"))
    assert agency.firsts(agency.pull("delta", day=2, **asked)) == ["3", "6"]
    # Other values are another question.
    asked["fetched"]["values"] = ["1"]
    assert agency.firsts(agency.pull("delta", day=3, **asked)) == ["1", "4", "7"]


def test_a_full_source_takes_all_rows_whatever_the_cursor(agency: Agency) -> None:
    agency.run("CREATE TABLE t (id INTEGER)")
    agency.run("INSERT INTO t VALUES (?)", (1,), (2,))
    agency.pull(table="t", cursor="id", mode="delta")
    agency.run("INSERT INTO t VALUES (3)")
    assert agency.firsts(agency.pull(table="t", cursor="id")) == ["1", "2", "3"]


def test_a_changed_query_or_a_lost_manifest_starts_anew(agency: Agency) -> None:
    agency.run("CREATE TABLE t (id INTEGER, a VARCHAR(5))")
    agency.run("INSERT INTO t VALUES (?, ?)", (1, "x"), (2, "y"))
    first = agency.pull(query="SELECT id FROM t", cursor="id", mode="delta")
    assert len(agency.rows(agency.pull(query="SELECT id, a FROM t", cursor="id", mode="delta"))) == 2
    agency.run("INSERT INTO t VALUES (3, 'z')")
    assert first.edition is not None
    (agency.landing / first.edition.edition_id / "manifest.json").unlink()
    assert len(agency.rows(agency.pull(query="SELECT id FROM t", cursor="id", mode="delta"))) == 3


def test_an_empty_delta_is_no_edition(agency: Agency) -> None:
    agency.run("CREATE TABLE t (id INTEGER)")
    agency.run("INSERT INTO t VALUES (1)")
    first = agency.pull("delta", table="t")
    agency.run("DELETE FROM t")
    emptied = agency.pull("delta", table="t", day=2)
    assert emptied.outcome == "known" and emptied.same_as is not None and first.edition is not None
    assert emptied.same_as.edition_id == first.edition.edition_id


# -- faults ------------------------------------------------------------------------------------------------
def test_a_table_or_column_that_is_not_there(agency: Agency) -> None:
    agency.run(
        "CREATE TABLE ac01 (id INTEGER);\nCREATE TABLE ac02 (id INTEGER);\nCREATE VIEW ac0_v AS SELECT * FROM ac01"
    )
    missing = problem_of(agency.pull(table="ac3"))
    assert "ac01" in missing.en and "ac02" in missing.zh and missing.file == "ac3.parquet"
    for asked in ({"cursor": "GXSJ"}, {"order": ["GXSJ"]}, {"fetched": {"column": "GXSJ", "values": ["0"]}}):
        told = problem_of(agency.pull("delta", table="ac01", **asked))
        assert "GXSJ" in told.en and "id" in told.en and next(iter(asked)) in told.en
    query = problem_of(agency.pull(query="SELECT '370602199003120113' FROM"))
    assert "refused" in query.en and "370602" not in query.en
    assert not list(agency.landing.iterdir())


def test_faults_of_a_sqlite_file(sqlite: Agency) -> None:
    sqlite.run("CREATE TABLE t (a);\nDROP TABLE t")
    assert "no table t" in problem_of(sqlite.pull(table="t")).en  # and no other
    assert "no SQLite file" in problem_of(sqlite.pull(url="sqlite:///inbox/none.db", table="t")).en
    assert "no SQLite file" in problem_of(sqlite.pull(url="sqlite://", table="t")).en
    (sqlite.root / "x.db").write_bytes(b"no database" * 1000)
    assert "SQLite" in problem_of(sqlite.pull(url="sqlite:///x.db", table="t")).en


def test_what_a_killed_run_left_is_cleared(sqlite: Agency) -> None:
    sqlite.run("CREATE TABLE t (a);\nINSERT INTO t VALUES (1)")
    left = sqlite.landing / "pull-00000000.building"
    left.mkdir(parents=True)
    (left / "rough").write_bytes(b"half")
    arrival = sqlite.pull(table="t")
    assert arrival.edition is not None and [p.name for p in sqlite.landing.iterdir()] == [
        arrival.edition.edition_id
    ]


def test_a_landing_zone_that_cannot_be_written(sqlite: Agency) -> None:
    sqlite.run("CREATE TABLE t (a)")
    sqlite.landing.parent.mkdir(parents=True)
    sqlite.landing.write_text("in the way")
    assert "cannot be landed" in problem_of(sqlite.pull(table="t")).en


# -- properties --------------------------------------------------------------------------------------------
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)
VALUE = st.one_of(
    st.none(), TEXT, st.integers(-(2**63), 2**63 - 1), st.binary(max_size=4),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(VALUE, VALUE), min_size=1, max_size=8))
def test_values_come_through_whatever_they_are(rows: list[tuple[Any, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder, agency_at("sqlite", Path(folder)) as agency:
        agency.run("CREATE TABLE t (a, b)")
        agency.run("INSERT INTO t VALUES (?, ?)", *rows)
        first = agency.pull(table="t")
        landed = [row[:2] for row in agency.rows(first)]
        with agency.engine.connect() as con:
            stored = [tuple(row) for row in con.exec_driver_sql("SELECT a, b FROM t")]
        expected = [[value_text(v) for v in row] for row in stored]
        assert sorted(map(repr, landed)) == sorted(map(repr, expected))
        assert agency.pull(table="t").outcome == "known"
        # The same rows in another order: nothing is lost or doubled.
        ordered = agency.pull(table="t", order=["b", "a"], day=2)
        assert ordered.outcome == "known" or sorted(map(repr, agency.rows(ordered))) == sorted(
            map(repr, agency.rows(first))
        )


def test_no_day_before_the_first(sqlite: Agency) -> None:
    sqlite.run("CREATE TABLE t (a)")
    sqlite.run("INSERT INTO t VALUES (?)", (dt.date(1, 1, 1).isoformat(),))
    assert sqlite.rows(sqlite.pull(table="t")) == [["0001-01-01"]]
