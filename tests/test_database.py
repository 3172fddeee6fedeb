"""Pulls from databases: SQLite files made here; PostgreSQL where its driver is installed and a server answers."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import os
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import database as module
from connectors.database import file_name, pull
from connectors.database_connection import address, reading, shown_place
from connectors.landing import Arrival, Known, landed_file
from connectors.raw import read_edition
from connectors.reading import ReadTable, read_tables
from connectors.value_text import value_text
from schemas.problem import Problem
from schemas.source_forms import Database

DAY = dt.date(2024, 11, 1)
NOW = dt.datetime(2024, 11, 1, 3, 0, tzinfo=dt.UTC)


class Agency:
    """A SQLite database in a workspace, and the pulls from it."""

    def __init__(self, root: Path, name: str = "inbox/renshe/renshe.db") -> None:
        self.root, self.name = root, name
        self.landing = root / "landing" / "renshe"
        self.known: list[Known] = []
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        self.con = sqlite3.connect(root / name)

    def run(self, sql: str, *rows: tuple[Any, ...]) -> None:
        with self.con:
            if rows:
                self.con.executemany(sql, rows)
            else:
                self.con.execute(sql)

    def pull(self, mode: Literal["full", "delta"] = "full", day: dt.date = DAY, **asked: str) -> Arrival:
        told = Database(**{"url": f"sqlite:///{self.name}", **asked})  # type: ignore[arg-type]
        [arrival] = pull("renshe", told, self.root, self.landing, self.known, day=day, mode=mode, now=NOW)
        if arrival.edition is not None:
            new, at = arrival.edition, f"{len(self.known):03d}"
            self.known.append(Known(new.edition_id, new.file, new.sha256, at))
        return arrival

    def rows(self, arrival: Arrival) -> ReadTable:
        assert arrival.outcome == "landed" and arrival.edition is not None, arrival
        report, [table] = read_tables(landed_file(self.landing / arrival.edition.edition_id))
        assert report.format == "database" and report.rows_read == report.n_rows + sum(
            report.skip_counts().values()
        )
        return table


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[Agency]:
    made = Agency(tmp_path)
    yield made
    made.con.close()


def problem_of(arrival: Arrival) -> Problem:
    assert arrival.outcome == "failed" and arrival.problem is not None and arrival.edition is None
    assert (
        arrival.problem.en != arrival.problem.zh and "secret" not in arrival.problem.en + arrival.problem.zh
    )
    return arrival.problem


def test_a_table_lands_as_text_with_its_manifest(agency: Agency) -> None:
    agency.run("CREATE TABLE AC01 (AAC001 INTEGER PRIMARY KEY, AAC003 TEXT, amount NUMERIC, photo BLOB)")
    agency.run(
        "INSERT INTO AC01 VALUES (?, ?, ?, ?)",
        (370602199003120113, " 张伟 ", 1.5, b"\x01\xff"),
        (2, None, 3.0, None),
    )
    arrival = agency.pull(table="AC01")
    table, edition = agency.rows(arrival), arrival.edition
    assert edition is not None and edition.edition_id == f"renshe-20241101-{edition.sha256[:10]}"
    assert (edition.file, edition.as_of, edition.as_of_from, edition.replaces) == (
        "AC01.parquet",
        DAY,
        "landing",
        None,
    )
    assert table.report.columns == ["AAC001", "AAC003", "amount", "photo"] and table.report.header_rows == []
    assert table.rows == [["2", None, "3", None], ["370602199003120113", " 张伟 ", "1.5", "01ff"]]
    assert table.numbers == [1, 2] and table.long == [None, None]
    folder = agency.landing / edition.edition_id
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert (
        manifest["sha256"] == edition.sha256
        and manifest["pull"]["rows"] == 2
        and manifest["as_of"] == "2024-11-01"
    )
    assert sorted(p.name for p in agency.landing.iterdir()) == [edition.edition_id]
    assert (folder / "AC01.parquet").stat().st_mode & 0o777 == 0o400 and edition.size == (
        folder / "AC01.parquet"
    ).stat().st_size
    raw = read_edition(folder / "AC01.parquet", agency.root / "raw", format="database")
    assert (raw.format, raw.kind, raw.n_rows) == ("database", "parquet", 2)


def test_the_same_rows_in_any_order_are_no_new_edition(agency: Agency) -> None:
    agency.run("CREATE TABLE t (a, b)")
    agency.run("INSERT INTO t VALUES (?, ?)", (2, "b"), (1, "a"), (1, "a"))
    first = agency.pull(table="t")
    again = agency.pull(table="t", day=dt.date(2024, 11, 2))
    assert again.outcome == "known" and again.same_as is not None and first.edition is not None
    assert again.same_as.edition_id == first.edition.edition_id
    agency.run("DELETE FROM t")
    agency.run("INSERT INTO t VALUES (?, ?)", (1, "a"), (2, "b"), (1, "a"))
    assert agency.pull(table="t").outcome == "known"
    agency.run("DELETE FROM t WHERE a = 2")
    changed = agency.pull(table="t", day=dt.date(2024, 11, 2))
    assert agency.rows(changed).rows == [["1", "a"], ["1", "a"]]
    assert changed.edition is not None and changed.edition.replaces == first.edition.edition_id
    agency.run("INSERT INTO t VALUES (2, 'b')")
    back = agency.pull(
        table="t", day=dt.date(2024, 11, 3)
    )  # the old content is news once another has replaced it
    assert (
        back.outcome == "landed" and back.edition is not None and back.edition.sha256 == first.edition.sha256
    )


def test_queries_and_their_names(agency: Agency) -> None:
    agency.run("CREATE TABLE t (a, b)")
    agency.run("INSERT INTO t VALUES (?, ?)", ("x:y", "100%"), ("z", ":a"))
    query = "WITH q AS (SELECT * FROM t) SELECT a, b AS A, b AS \"\", '12:30 :x \\:y %s %%' FROM q WHERE b LIKE '%0%' ;\n"
    arrival = agency.pull(query=query)
    assert arrival.file == "query.parquet"
    table = agency.rows(arrival)
    assert table.report.columns[:3] == ["a", "A#2", "列3"]
    assert table.rows == [["x:y", "100%", "100%", "12:30 :x \\:y %s %%"]]


@pytest.mark.parametrize("name", ["居民 信息", 'a"b', "order", "库.表", "x;--", "表:名%s"])
def test_names_of_tables_are_quoted(tmp_path: Path, name: str) -> None:
    agency = Agency(tmp_path, "a #%库.db")
    quoted = '"' + name.replace('"', '""') + '"'
    agency.run(f'CREATE TABLE {quoted} ("姓:名%s" TEXT)')
    agency.run(f"INSERT INTO {quoted} VALUES ('张伟')")
    arrival = agency.pull(table=name.upper(), mode="delta", cursor="姓:名%s")
    assert agency.rows(arrival).rows == [["张伟"]] and "/" not in arrival.file and ":" not in arrival.file
    assert agency.pull(table=name.upper(), mode="delta", cursor="姓:名%s").outcome == "known"


def test_file_names() -> None:
    assert file_name(Database(table="HR.AC01")) == "HR.AC01.parquet"
    assert file_name(Database(table="../a/b")) == "_a_b.parquet"
    assert len(file_name(Database(table="表" * 120)).encode()) < 255
    assert file_name(Database(table="表" * 120)) != file_name(Database(table="表" * 121))


def test_nothing_can_be_written(agency: Agency) -> None:
    agency.run("CREATE TABLE t (a)")
    told = Database(url=f"sqlite:///{agency.name}", table="t")
    with reading(told, agency.root) as con, pytest.raises(sa.exc.OperationalError, match="readonly"):
        con.exec_driver_sql("INSERT INTO t VALUES (1)")


def test_bytes_that_are_no_utf8_keep_what_decodes(agency: Agency) -> None:
    agency.run("CREATE TABLE t (a TEXT)")
    agency.run("INSERT INTO t VALUES (CAST(x'41ff42' AS TEXT))")
    arrival = agency.pull(table="t")
    assert agency.rows(arrival).rows == [["A\ufffdB"]]
    assert arrival.edition is not None
    report, _ = read_tables(landed_file(agency.landing / arrival.edition.edition_id))
    assert report.undecodable == 1


def test_long_binary_numbers_are_told(agency: Agency) -> None:
    agency.run('CREATE TABLE t (a, b REAL, "c|d" REAL)')
    agency.run(
        "INSERT INTO t VALUES (?, ?, ?)",
        ("1", 370602199003120113.0, 2e15),
        (370602199003120113, 999999999999999.0, 1.5),
    )
    table = agency.rows(agency.pull(table="t"))
    assert table.rows[0] == ["1", "370602199003120128", "2000000000000000"]
    assert table.long == ["|b|c|d|", None] and table.report.columns == ["a", "b", "c|d"]


def test_chunks_make_no_difference(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    agency.run("CREATE TABLE t (a INTEGER, b)")
    agency.run(
        "INSERT INTO t VALUES (?, ?)", *((i * 7919 % 1000, None if i % 3 else "x") for i in range(1000))
    )
    whole = agency.pull(table="t")
    assert agency.rows(whole).rows == sorted(
        ([str(i * 7919 % 1000), None if i % 3 else "x"] for i in range(1000)),
        key=lambda r: (r[0], r[1] or "~"),
    )
    monkeypatch.setattr(module, "ROWS", 7)
    monkeypatch.setattr("connectors.pulled_rows._BATCH", 11)
    assert agency.pull(table="t").outcome == "known"


def test_rows_are_fetched_many_at_a_time(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    # Some result objects hand out one row a part where no size is given.
    sizes: list[int] = []
    real = module.pour

    def watched(keys: Any, parts: Any, folder: Path) -> Any:
        return real(keys, (p for p in parts if not sizes.append(len(p))), folder)  # type: ignore[func-returns-value]

    monkeypatch.setattr(module, "pour", watched)
    monkeypatch.setattr(module, "ROWS", 400)
    agency.run("CREATE TABLE t (a)")
    agency.run("INSERT INTO t VALUES (?)", *((i,) for i in range(1000)))
    assert agency.pull(table="t").outcome == "landed" and sizes == [400, 400, 200]


# -- the cursor --------------------------------------------------------------------------------------------
def test_a_cursor_pulls_what_is_new(agency: Agency) -> None:
    asked = {"table": "t", "cursor": "GXSJ", "mode": "delta"}
    agency.run("CREATE TABLE t (id INTEGER, gxsj TEXT)")
    agency.run("INSERT INTO t VALUES (?, ?)", (1, "2024-10-01"), (2, "2024-10-02"), (3, None))
    first = agency.pull(**asked)  # type: ignore[arg-type]
    assert [r[0] for r in agency.rows(first).rows] == ["1", "2", "3"]
    assert first.edition is not None
    told = json.loads((agency.landing / first.edition.edition_id / "manifest.json").read_text("utf-8"))[
        "pull"
    ]["cursor"]
    assert (told["column"], told["kind"], told["value"]) == ("gxsj", "str", "2024-10-02")
    nothing = agency.pull(day=dt.date(2024, 11, 2), **asked)  # type: ignore[arg-type]
    assert nothing.outcome == "known" and nothing.same_as is not None
    assert nothing.same_as.edition_id == first.edition.edition_id
    # Another row at the highest value is seen, and one without a value; what lies below is not asked for.
    agency.run("INSERT INTO t VALUES (?, ?)", (4, "2024-10-02"), (5, "2024-10-03"), (6, "2024-09-01"))
    second = agency.pull(day=dt.date(2024, 11, 2), **asked)  # type: ignore[arg-type]
    assert [r[0] for r in agency.rows(second).rows] == ["2", "3", "4", "5"]
    assert agency.pull(day=dt.date(2024, 11, 3), **asked).outcome == "known"  # type: ignore[arg-type]
    agency.run("UPDATE t SET id = 7 WHERE gxsj IS NULL")
    assert [r[0] for r in agency.rows(agency.pull(day=dt.date(2024, 11, 4), **asked)).rows] == ["5", "7"]  # type: ignore[arg-type]


def test_a_numeric_cursor_is_compared_as_a_number(agency: Agency) -> None:
    asked = {"query": "SELECT id + 0 AS n FROM t", "cursor": "n", "mode": "delta"}
    agency.run("CREATE TABLE t (id INTEGER)")
    agency.run("INSERT INTO t VALUES (?)", (9,), (10,))
    assert [r[0] for r in agency.rows(agency.pull(**asked)).rows] == ["10", "9"]  # type: ignore[arg-type]
    agency.run("INSERT INTO t VALUES (100)")
    assert [r[0] for r in agency.rows(agency.pull(**asked)).rows] == ["10", "100"]  # type: ignore[arg-type]
    agency.run("DELETE FROM t WHERE id >= 100")
    assert agency.pull(**asked).outcome == "known"  # nothing at or above what was reached  # type: ignore[arg-type]


def test_a_full_source_takes_all_rows_whatever_the_cursor(agency: Agency) -> None:
    agency.run("CREATE TABLE t (id INTEGER)")
    agency.run("INSERT INTO t VALUES (?)", (1,), (2,))
    agency.pull(table="t", cursor="id", mode="delta")
    agency.run("INSERT INTO t VALUES (3)")
    assert len(agency.rows(agency.pull(table="t", cursor="id")).rows) == 3


def test_a_changed_query_or_a_lost_manifest_starts_anew(agency: Agency) -> None:
    agency.run("CREATE TABLE t (id INTEGER, a)")
    agency.run("INSERT INTO t VALUES (?, ?)", (1, "x"), (2, "y"))
    first = agency.pull(query="SELECT id FROM t", cursor="id", mode="delta")
    assert len(agency.rows(agency.pull(query="SELECT id, a FROM t", cursor="id", mode="delta")).rows) == 2
    agency.run("INSERT INTO t VALUES (3, 'z')")
    assert first.edition is not None
    (agency.landing / first.edition.edition_id / "manifest.json").unlink()
    assert len(agency.rows(agency.pull(query="SELECT id FROM t", cursor="id", mode="delta")).rows) == 3


# -- faults ------------------------------------------------------------------------------------------------
def test_faults_of_a_sqlite_file(agency: Agency) -> None:
    agency.run("CREATE TABLE AC01 (id)")
    agency.run("CREATE TABLE AC02 (id)")
    agency.run("CREATE VIEW AC0_V AS SELECT * FROM AC01")
    missing = problem_of(agency.pull(table="AC3"))
    assert "AC01" in missing.en and "AC02" in missing.zh and missing.file == "AC3.parquet"
    cursor = problem_of(agency.pull(table="AC01", cursor="GXSJ", mode="delta"))
    assert "GXSJ" in cursor.en and "id" in cursor.en
    query = problem_of(agency.pull(query="SELECT '370602199003120113' FROM"))
    assert "refused" in query.en and "370602" not in query.en
    assert "no SQLite file" in problem_of(agency.pull(url="sqlite:///inbox/none.db", table="t")).en
    assert "no SQLite file" in problem_of(agency.pull(url="sqlite://", table="t")).en
    (agency.root / "x.db").write_bytes(b"no database" * 1000)
    assert "SQLite" in problem_of(agency.pull(url="sqlite:///x.db", table="t")).en
    assert not agency.landing.is_dir() or not list(agency.landing.iterdir())


def test_an_empty_database_names_no_tables(agency: Agency) -> None:
    agency.run("CREATE TABLE t (a)")
    agency.run("DROP TABLE t")
    assert "no table t" in problem_of(agency.pull(table="t")).en


@pytest.mark.parametrize(
    ("url", "word"),
    [
        (None, "AGENCY_URL"),
        ("  ", "AGENCY_URL"),
        ("secret", "dialect://"),
        ("nope://u:secret@h/x", "no database dialect"),
        (
            "mysql+mysqldb://u:secret@h/x",
            "pip install 'oncegrid[mysql]', and begin the URL with mysql+pymysql://",
        ),
        ("dm+dmPython://u:secret@h:5236/x", "oncegrid[dameng]"),
        ("opengauss+psycopg2://u:secret@h/x", "oncegrid[opengauss]"),
    ],
)
def test_faults_before_any_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str | None, word: str
) -> None:
    monkeypatch.delenv("AGENCY_URL", raising=False)
    if url is not None:
        monkeypatch.setenv("AGENCY_URL", url)
    [arrival] = pull("s", Database(url_env="AGENCY_URL", table="t"), tmp_path, tmp_path / "l", day=DAY)
    assert word in problem_of(arrival).en


def test_drivers_are_said_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    def drivername(url: str) -> str:
        return address(Database(url=url, table="t")).drivername

    assert drivername("postgresql://h/x") == drivername("postgres://h/x") == "postgresql+psycopg2"
    assert drivername("mysql://h/x") == "mysql+pymysql" and drivername("mssql://h/x") == "mssql+pymssql"
    assert (
        drivername("oracle://h/x") == "oracle+oracledb"
        and drivername("postgresql+asyncpg://h/x") == "postgresql+asyncpg"
    )
    monkeypatch.setenv("U", "postgresql://someone:secret@10.0.0.1:5432/city?password=secret")
    assert shown_place(address(Database(url_env="U", table="t"))) == "10.0.0.1:5432/city"


# -- PostgreSQL --------------------------------------------------------------------------------------------
SERVER = "postgresql://postgres@127.0.0.1:5432/test"
DRIVER = importlib.util.find_spec("psycopg2") is not None
postgresql = pytest.mark.skipif(not DRIVER, reason="psycopg2: pip install 'oncegrid[postgresql]'")


@pytest.mark.skipif(DRIVER, reason="psycopg2 is installed")
def test_postgresql_without_its_driver_says_what_to_install(tmp_path: Path) -> None:
    [arrival] = pull("s", Database(url=SERVER, table="t"), tmp_path, tmp_path / "l", day=DAY)
    assert (
        "postgresql+psycopg2" in problem_of(arrival).en and "oncegrid[postgresql]" in problem_of(arrival).zh
    )


@postgresql
def test_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = sa.create_engine(
        os.environ.get("ONCEGRID_TEST_POSTGRESQL", SERVER).replace("postgresql:", "postgresql+psycopg2:")
    )
    schema = f"t{uuid.uuid4().hex[:12]}"
    try:
        connection = engine.connect()
    except sa.exc.OperationalError:
        pytest.skip("no PostgreSQL server at 127.0.0.1:5432")
    monkeypatch.setenv("AGENCY_URL", engine.url.render_as_string(hide_password=False))
    landing, known = tmp_path / "l", list[Known]()

    def pulled(mode: Literal["full", "delta"] = "full", **asked: str) -> Arrival:
        told = Database(url_env="AGENCY_URL", **asked)  # type: ignore[arg-type]
        [arrival] = pull("s", told, tmp_path, landing, known, day=DAY, mode=mode)
        if arrival.edition:
            new = arrival.edition
            known.append(Known(new.edition_id, new.file, new.sha256, f"{len(known):03d}"))
        return arrival

    with connection as con:
        try:
            con.execute(sa.text(f'CREATE SCHEMA {schema}; CREATE TABLE {schema}."居民" (id bigint primary key, n numeric(10,2), d date, '
                                "ts timestamp, b bytea, j jsonb, ok boolean)"))  # fmt: skip
            con.execute(sa.text(f"INSERT INTO {schema}.\"居民\" VALUES (370602199003120113, 1.50, '1990-03-12', '2024-01-01', "
                                "'\\x01ff', '{\"a\": \"张\"}', true), (2, null, null, null, null, null, false)"))  # fmt: skip
            con.commit()
            arrival = pulled(table=f"{schema}.居民")
            assert arrival.edition is not None
            _, [table] = read_tables(landed_file(landing / arrival.edition.edition_id))
            assert table.rows == [
                ["2", None, None, None, None, None, "FALSE"],
                [
                    "370602199003120113",
                    "1.50",
                    "1990-03-12",
                    "2024-01-01 00:00:00",
                    "01ff",
                    '{"a": "张"}',
                    "TRUE",
                ],
            ]
            assert pulled(table=f"{schema}.居民").outcome == "known"
            gone = f'WITH x AS (DELETE FROM {schema}."居民" RETURNING *) SELECT * FROM x'
            assert pulled(query=gone).outcome == "failed"
            assert con.execute(sa.text(f'SELECT count(*) FROM {schema}."居民"')).scalar() == 2
            con.commit()
            asked = {"table": f"{schema}.居民", "cursor": "ts"}
            assert (
                pulled("delta", **asked).outcome == "known"
            )  # the same rows; but no cursor was kept with them
            con.execute(
                sa.text(f"INSERT INTO {schema}.\"居民\" (id, ts) VALUES (3, '2024-02-01 00:00:00.5')")
            )
            con.commit()
            assert (
                pulled("delta", **asked).outcome == "landed" and pulled("delta", **asked).outcome == "known"
            )
            assert "居民" in problem_of(pulled(table=f"{schema}.居明")).en
        finally:
            con.rollback()
            con.execute(sa.text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
            con.commit()
    monkeypatch.setenv("AGENCY_URL", "postgresql://someone:secret@127.0.0.1:1/city")
    assert "127.0.0.1:1/city" in problem_of(pulled(table="t")).en


# -- values ------------------------------------------------------------------------------------------------
def test_values_as_text() -> None:
    told = {
        "-7": -7, "TRUE": True, "FALSE": False, "1.50": Decimal("1.50"), "1000": Decimal("1E+3"), "0.00001": 1e-05,
        "1132.87": 1132.8700000000001, "5": 5.0, "2024-01-02": dt.date(2024, 1, 2), "03:04:05": dt.time(3, 4, 5),
        "2024-01-02 03:04:05": dt.datetime(2024, 1, 2, 3, 4, 5), "30:00:01.000005": dt.timedelta(hours=30, seconds=1, microseconds=5),
        "-01:30:00": dt.timedelta(hours=-1, minutes=-30), "00ff": b"\x00\xff", "0a": bytearray(b"\n"), "01": memoryview(b"\x01"),
        '["张", 1, "1.5", null]': ["张", 1, Decimal("1.5"), None], '{"a": "2024-01-02"}': {"a": dt.date(2024, 1, 2)}, "nan": float("nan"),
    }  # fmt: skip
    for text, value in told.items():
        assert value_text(value) == text
    assert value_text(None) is None


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)
VALUE = st.one_of(
    st.none(), TEXT, st.integers(-(2**63), 2**63 - 1), st.binary(max_size=4),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(VALUE, VALUE), min_size=1, max_size=8))
def test_values_come_through_and_every_row_is_counted(rows: list[tuple[Any, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        agency = Agency(Path(folder))
        agency.run("CREATE TABLE t (a, b)")
        agency.run("INSERT INTO t VALUES (?, ?)", *rows)
        arrival = agency.pull(table="t")
        table = agency.rows(arrival)
        blank = table.report.skip_counts.get("blank", 0)
        assert table.report.rows_read == len(rows) == len(table.rows) + blank
        stored = agency.con.execute("SELECT a, b FROM t").fetchall()
        expected = [[value_text(v) or None for v in row] for row in stored]
        unseen = [row for row in table.rows if row not in expected]
        assert not unseen
        for row in table.rows:
            expected.remove(row)
        assert len(expected) == blank
        for value in (v for row in stored for v in row if isinstance(v, int)):
            assert int(value_text(value) or "") == value
        assert agency.pull(table="t").outcome == "known"
        agency.con.close()
