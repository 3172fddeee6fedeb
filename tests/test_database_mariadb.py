"""Pulls from a real MariaDB server: what its types become, its limits of time, its faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from agency import Agency, agency_at, problem_of

from connectors.databases.database_connection import reading
from schemas.source_forms import Database, Seconds


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[Agency]:
    with agency_at("mariadb", tmp_path) as made:
        yield made


# Column of a table → what is inserted (SQL) → the text that lands.
VALUES: list[tuple[str, str, str | None]] = [
    ("TINYINT(1)", "1", "1"),
    ("BOOLEAN", "FALSE", "0"),
    ("BIGINT UNSIGNED", "18446744073709551615", "18446744073709551615"),
    ("BIGINT", "-9223372036854775808", "-9223372036854775808"),
    ("INT(6) ZEROFILL", "42", "000042"),
    ("BIGINT ZEROFILL", "0", "00000000000000000000"),
    ("DECIMAL(65, 30)", "'12345678901234567890123456789012345.000000000000000000000000000010'",
     "12345678901234567890123456789012345.000000000000000000000000000010"),
    ("DECIMAL(10, 2)", "1.5", "1.50"),
    ("DECIMAL(20, 10)", "0.0000000001", "0.0000000001"),
    ("DOUBLE", "1132.87", "1132.87"),
    ("DOUBLE", "1e-7", "0.0000001"),
    ("FLOAT", "0.1", "0.1"),
    ("BIT(1)", "b'1'", "1"),
    ("BIT(64)", "b'1000000000000000000000000000000000000000000000000000000000000001'", "9223372036854775809"),
    ("YEAR", "1999", "1999"),
    ("DATE", "'1000-01-01'", "1000-01-01"),
    ("DATE", "'0000-00-00'", "0000-00-00"),
    ("DATE", "'1990-00-00'", "1990-00-00"),
    ("DATETIME", "'0000-00-00 00:00:00'", "0000-00-00 00:00:00"),
    ("DATETIME", "'2024-11-01 08:30:00'", "2024-11-01 08:30:00"),
    ("DATETIME(3)", "'2024-11-01 08:30:00.120'", "2024-11-01 08:30:00.120"),
    ("TIMESTAMP(6) NULL", "'2024-11-01 08:30:00.000001'", "2024-11-01 08:30:00.000001"),
    ("TIME", "'838:59:59'", "838:59:59"),
    ("TIME(2)", "'-30:00:00.5'", "-30:00:00.50"),
    ("TIME", "'08:30:00'", "08:30:00"),
    ("BLOB", "x'0001ff'", "0001ff"),
    ("VARBINARY(4)", "'ab'", "6162"),
    ("BINARY(3)", "'a'", "610000"),
    ("TEXT CHARACTER SET utf8mb4", "'张𠮷😀\\n'", "张𠮷😀\n"),
    ("VARCHAR(10) CHARACTER SET gbk", "'张伟'", "张伟"),
    ("VARCHAR(10) CHARACTER SET latin1", "'é'", "é"),
    ("CHAR(5)", "'ab'", "ab"),
    ("VARCHAR(5)", "' a '", " a "),
    ("VARCHAR(5)", "''", ""),
    ("JSON", """'{"a": 1.10, "b": "张"}'""", '{"a": 1.10, "b": "张"}'),
    ("ENUM('男', '女')", "'女'", "女"),
    ("SET('a', 'b')", "'a,b'", "a,b"),
    ("UUID", "'123e4567-e89b-12d3-a456-426655440000'", "123e4567-e89b-12d3-a456-426655440000"),
    ("INET6", "'::1'", "::1"),
    ("INT", "NULL", None),
    ("DATE", "NULL", None),
]  # fmt: skip


def test_every_type_comes_as_it_is(agency: Agency) -> None:
    columns = ", ".join(f"c{i} {kind}" for i, (kind, _, _) in enumerate(VALUES))
    agency.run(f"CREATE TABLE t ({columns}) CHARACTER SET utf8mb4")
    with agency.engine.begin() as con:
        con.exec_driver_sql("SET sql_mode = ''")  # as on the servers where zero dates come from
        con.exec_driver_sql(f"INSERT INTO t VALUES ({', '.join(value for _, value, _ in VALUES)})")
    columns_landed, [row] = agency.landed(agency.pull(table="t"))
    found = dict(zip(columns_landed, row, strict=True))
    wrong = {
        kind: (found[f"c{i}"], expected)
        for i, (kind, _, expected) in enumerate(VALUES)
        if found[f"c{i}"] != expected
    }
    assert not wrong


def test_zero_dates_and_lengths_of_time_among_others(agency: Agency) -> None:
    agency.run("CREATE TABLE t (d DATE, t TIME)")
    with agency.engine.begin() as con:
        con.exec_driver_sql("SET sql_mode = ''")
        con.exec_driver_sql(
            "INSERT INTO t VALUES ('2024-01-02', '01:00:00'), ('0000-00-00', '100:00:00'), (NULL, NULL), ('1990-05-00', '-00:00:01')"
        )
    assert sorted(agency.rows(agency.pull(table="t")), key=str) == [
        ["0000-00-00", "100:00:00"], ["1990-05-00", "-00:00:01"], ["2024-01-02", "01:00:00"], [None, None],
    ]  # fmt: skip
    # A zero date is the lowest of its column, and no hindrance to a cursor.
    asked: dict[str, Any] = {"table": "t", "cursor": "d", "mode": "delta"}
    assert agency.firsts(agency.pull(day=2, **asked)) == [None, "0000-00-00", "1990-05-00", "2024-01-02"]
    assert agency.pull(day=3, **asked).outcome == "known"


def test_a_flag_is_compared_as_it_is_typed(agency: Agency) -> None:
    agency.run("CREATE TABLE t (id INT, flag TINYINT, word CHAR(2), b BIT(1))")
    agency.run("INSERT INTO t VALUES (1, 0, '0', b'0'), (2, 1, '1', b'1'), (3, NULL, NULL, NULL)")
    for column in ("flag", "word"):
        for values, expected in (
            (["0"], ["1"]),
            (["0", ""], ["1", "3"]),
            (["0", "1"], ["1", "2"]),
            ([""], ["3"]),
        ):
            told = agency.pull("delta", table="t", fetched={"column": column, "values": values}, order="id")
            agency.known.clear()
            assert agency.firsts(told) == expected


def test_rows_are_streamed(agency: Agency) -> None:
    agency.run("CREATE TABLE t (a BIGINT)")
    agency.run("INSERT INTO t SELECT seq FROM seq_1_to_50000")
    told = Database(url=agency.told, table="t")
    with (
        reading(told, agency.root) as con,
        con.execute(sa.text("SELECT * FROM t"), execution_options={"stream_results": True}) as result,
    ):
        assert type(result.cursor).__name__ == "SSCursor"
        assert len(result.fetchmany(10)) == 10
    assert len(agency.rows(agency.pull(table="t"))) == 50_000


def test_the_session_reads_one_snapshot_in_utf8mb4_and_not_for_ever(agency: Agency) -> None:
    told = Database(url=agency.told, table="t", seconds=Seconds(connect=3, statement=40, total=50))
    with reading(told, agency.root) as con:
        row = con.exec_driver_sql(
            "SELECT @@character_set_client, @@tx_isolation, @@tx_read_only, @@max_statement_time, @@net_write_timeout"
        ).one()
        assert tuple(row) == ("utf8mb4", "REPEATABLE-READ", 1, 50.0, 40)
    with reading(told.model_copy(update={"url": agency.told + "?charset=gbk"}), agency.root) as con:
        assert con.exec_driver_sql("SELECT @@character_set_client").scalar() == "gbk"  # the URL's word stands


def test_a_slow_statement_is_ended_with_a_reason(agency: Agency) -> None:
    asked = {"query": "SELECT sleep(30) AS a", "seconds": {"statement": 1, "total": 2}}
    told = problem_of(agency.pull(**asked))
    assert "in time" in told.en and "database.seconds.statement" in told.zh
    running = "SELECT count(*) FROM information_schema.processlist WHERE left(info, 16) = 'SELECT sleep(30)'"
    assert agency.value(running) == 0


def test_zeros_in_front_and_a_cursor(agency: Agency) -> None:
    agency.run("CREATE TABLE t (code INT(4) ZEROFILL)")
    agency.run("INSERT INTO t VALUES (9), (10), (12345)")
    asked: dict[str, Any] = {"table": "t", "cursor": "code", "mode": "delta"}
    assert agency.firsts(agency.pull(**asked)) == ["0009", "0010", "12345"]
    assert agency.pull(**asked).outcome == "known"
    agency.run("INSERT INTO t VALUES (20000)")
    assert agency.firsts(agency.pull(**asked)) == ["12345", "20000"]


def test_refusals(agency: Agency) -> None:
    wrong = agency.url.set(username="nobody", password="secret").render_as_string(hide_password=False)
    told = problem_of(agency.pull(url=wrong, table="t"))
    assert "user or the password" in told.en and "(OperationalError 1" in told.en and "tried" not in told.en
    gone = agency.url.set(database="secret_town").render_as_string(hide_password=False)
    assert "no database of that name" in agency.pull(url=gone, table="t").problem.en  # type: ignore[union-attr]
    agency.run("CREATE TABLE t (a INT)")
    assert "refused" in problem_of(agency.pull(query="SELECT nothing FROM t")).en
    for sql in ("SELECT 1 INTO OUTFILE '/tmp/x'", "WITH x AS (SELECT 1) DELETE FROM t"):
        problem_of(agency.pull(query=sql))
