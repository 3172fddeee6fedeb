"""Pulls from a real PostgreSQL server: what its types become, its limits of time, its faults."""

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
    with agency_at("postgresql", tmp_path) as made:
        yield made


# Type of a column → what is inserted (SQL) → the text that lands.
VALUES: list[tuple[str, str, str | None]] = [
    ("bigint", "370602199003120113", "370602199003120113"),
    ("numeric", "1.50", "1.50"),
    ("numeric(40, 20)", "12345678901234567890.00000000000000000001", "12345678901234567890.00000000000000000001"),
    ("numeric", "0.00000000001", "0.00000000001"),
    ("numeric", "'NaN'", "NaN"),
    ("numeric", "1e30", "1000000000000000000000000000000"),
    ("double precision", "1132.87", "1132.87"),
    ("double precision", "1e-7", "0.0000001"),
    ("double precision", "'-infinity'", "-inf"),
    ("real", "0.1", "0.1"),
    ("boolean", "true", "TRUE"),
    ("boolean", "false", "FALSE"),
    ("text", "'张𠮷😀\n'", "张𠮷😀\n"),
    ("text", "''", ""),
    ("varchar(5)", "' a '", " a "),
    ("char(5)", "'ab'", "ab   "),
    ("bytea", r"'\x0001ff'", "0001ff"),
    ("json", """'{"a": 1.10,  "b": "张"}'""", '{"a": 1.10,  "b": "张"}'),
    ("jsonb", """'{"b": 12345678901234567890.10, "a": null}'""", '{"a": null, "b": 12345678901234567890.10}'),
    ("date", "'1990-03-12'", "1990-03-12"),
    ("date", "'infinity'", "infinity"),
    ("date", "'0044-03-15 BC'", "0044-03-15 BC"),
    ("date", "'12024-01-01'", "12024-01-01"),
    ("timestamp", "'2024-11-01 08:30:00'", "2024-11-01 08:30:00"),
    ("timestamp", "'2024-11-01 08:30:00.000001'", "2024-11-01 08:30:00.000001"),
    ("timestamp", "'-infinity'", "-infinity"),
    ("timestamptz", "'2024-11-01 08:30:00+08'", "2024-11-01 08:30:00+08"),
    ("time", "'24:00:00'", "24:00:00"),
    ("timetz", "'08:30:00+08'", "08:30:00+08"),
    ("interval", "'1 month 2 days 30:00:01'", "1 mon 2 days 30:00:01"),
    ("interval", "'30 hours'", "30:00:00"),
    ("int[]", "'{1,NULL,3}'", "[1, null, 3]"),
    ("text[]", """'{"a,b","张",NULL}'""", '["a,b", "张", null]'),
    ("date[]", "'{2024-01-01,infinity}'", '["2024-01-01", "infinity"]'),
    ("jsonb[]", """ARRAY['{"a": 1.10}'::jsonb]""", '["{\\"a\\": 1.10}"]'),
    ("uuid", "'123e4567-e89b-12d3-a456-426655440000'", "123e4567-e89b-12d3-a456-426655440000"),
    ("inet", "'10.0.0.1/8'", "10.0.0.1/8"),
    ("bit(4)", "B'0101'", "0101"),
    ("daterange", "'[2024-01-01,2024-02-01)'", "[2024-01-01,2024-02-01)"),
    ("int4range", "'[1,5)'", "[1,5)"),
    ("point", "'(1,2)'", "(1,2)"),
    ("money", "1.5", "$1.50"),
    ("xml", "'<a>张</a>'", "<a>张</a>"),
    ("oid", "4294967295", "4294967295"),
    ("int", "NULL", None),
    ("timestamp", "NULL", None),
    ("jsonb", "'null'", "null"),
]  # fmt: skip


def test_every_type_comes_as_it_is(agency: Agency) -> None:
    # Whatever the server's own manner of writing dates.
    database = agency.url.database
    agency.run(
        f"ALTER DATABASE {database} SET DateStyle = 'German';\nALTER DATABASE {database} SET IntervalStyle = 'iso_8601';\n"
        f"ALTER DATABASE {database} SET TimeZone = 'Asia/Shanghai';\nALTER DATABASE {database} SET lc_monetary = 'C'"
    )
    columns = ", ".join(f"c{i} {kind}" for i, (kind, _, _) in enumerate(VALUES))
    agency.run(f"CREATE TABLE t ({columns})")
    with agency.engine.begin() as con:
        con.exec_driver_sql("SET DateStyle = 'ISO'")
        con.exec_driver_sql(f"INSERT INTO t VALUES ({', '.join(value for _, value, _ in VALUES)})")
    landed, [row] = agency.landed(agency.pull(table="t"))
    found = dict(zip(landed, row, strict=True))
    expected = {f"c{i}": value for i, (_, _, value) in enumerate(VALUES)}
    wrong = {VALUES[int(c[1:])][:2]: (found[c], value) for c, value in expected.items() if found[c] != value}
    assert not wrong


def test_a_cursor_of_moments(agency: Agency) -> None:
    asked: dict[str, Any] = {"table": "t", "cursor": "ts", "mode": "delta"}
    agency.run("CREATE TABLE t (id int, ts timestamptz)")
    agency.run(
        "INSERT INTO t VALUES (1, '2024-01-01 00:00:00+08'), (2, '2024-01-01 00:00:00.5+08'), (3, '-infinity')"
    )
    assert agency.firsts(agency.pull(**asked)) == ["3", "1", "2"]
    assert agency.pull(day=2, **asked).outcome == "known"
    agency.run("INSERT INTO t VALUES (4, '2024-01-01 00:00:00.45+08'), (5, 'infinity')")
    assert agency.firsts(agency.pull(day=2, **asked)) == ["2", "5"]


def test_a_flag_is_compared_as_it_is_typed(agency: Agency) -> None:
    agency.run("CREATE TABLE t (id int, flag smallint, word char(2), ok boolean)")
    agency.run("INSERT INTO t VALUES (1, 0, '0', false), (2, 1, '1', true), (3, NULL, NULL, NULL)")
    for column in ("flag", "word", "ok"):
        for values, expected in (
            (["0"], ["1"]),
            (["0", ""], ["1", "3"]),
            (["0", "1"], ["1", "2"]),
            ([""], ["3"]),
        ):
            told = agency.pull("delta", table="t", fetched={"column": column, "values": values}, order="id")
            agency.known.clear()
            assert agency.firsts(told) == expected
    quoted = agency.pull(
        "delta", table="t", fetched={"column": "word", "values": ["0' OR 1=1 --", ":x", "%s"]}
    )
    assert quoted.outcome == "landed" and agency.rows(quoted) == []


def test_tables_of_other_schemas_and_queries_that_would_write(agency: Agency) -> None:
    agency.run('CREATE SCHEMA "前置";\nCREATE TABLE "前置"."居民" (id int)')
    agency.run('INSERT INTO "前置"."居民" VALUES (1)')
    assert agency.firsts(agency.pull(table="前置.居民")) == ["1"]
    assert "居民" in problem_of(agency.pull(table="前置.居明")).en
    gone = 'WITH x AS (DELETE FROM "前置"."居民" RETURNING *) SELECT * FROM x'
    assert agency.pull(query=gone).outcome == "failed"
    assert agency.value('SELECT count(*) FROM "前置"."居民"') == 1


def test_rows_are_streamed(agency: Agency) -> None:
    agency.run("CREATE TABLE t (a) AS SELECT * FROM generate_series(1, 50000)")
    with (
        reading(Database(url=agency.told, table="t"), agency.root) as con,
        con.execute(sa.text("SELECT * FROM t"), execution_options={"stream_results": True}) as result,
    ):
        assert result.cursor is not None and getattr(
            result.cursor, "name", None
        )  # a named cursor is the server's
        assert len(result.fetchmany(10)) == 10
    assert len(agency.rows(agency.pull(table="t"))) == 50_000


def test_the_session_reads_one_snapshot_and_not_for_ever(agency: Agency) -> None:
    told = Database(url=agency.told, table="t", seconds=Seconds(connect=3, statement=40, total=50))
    with reading(told, agency.root) as con:
        for _ in range(2):  # nor is it forgotten with a transaction
            found = [
                con.exec_driver_sql(f"SHOW {name}").scalar()
                for name in ("transaction_read_only", "transaction_isolation", "statement_timeout")
            ]
            assert found == ["on", "repeatable read", "40s"]
            con.rollback()


def test_a_slow_statement_is_ended_with_a_reason(agency: Agency) -> None:
    asked: dict[str, Any] = {"query": "SELECT pg_sleep(30)::text AS a", "seconds": {"statement": 1}}
    told = problem_of(agency.pull(**asked))
    assert "in time (1 s)" in told.en and "57014" in told.en and "database.seconds.statement" in told.zh
    running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%%pg_sleep(30)%%' AND pid <> pg_backend_pid()"
    assert agency.value(running) == 0


def test_refusals(agency: Agency) -> None:
    role = f"r_{agency.url.database}"
    agency.run(f"CREATE ROLE {role} LOGIN;\nCREATE TABLE t (a int)")
    try:
        other = agency.url.set(username=role).render_as_string(hide_password=False)
        told = problem_of(agency.pull(url=other, table="t"))
        assert "InsufficientPrivilege 42501" in told.en and role not in told.en
    finally:
        agency.run(f"DROP ROLE {role}")
    nobody = agency.url.set(username="nobody_secret").render_as_string(hide_password=False)
    assert "user or the password" in problem_of(agency.pull(url=nobody, table="t")).en
    gone = agency.url.set(database="gone").render_as_string(hide_password=False)
    assert "no database of that name" in problem_of(agency.pull(url=gone, table="t")).en
    agency.run("INSERT INTO t VALUES (0)")
    division = problem_of(agency.pull(query="SELECT 1 / a FROM t"))
    assert "refused" in division.en and "22012" in division.en
