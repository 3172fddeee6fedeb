"""The gateway: everything of one snapshot can be read, and nothing else done."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from tiny_city import publish_tiny, workspace_in

from schemas.problem import Problem
from warehouse import publish as publishing
from warehouse.gateway import ask, connect, query
from warehouse.workspace import Workspace

V1, V2 = "20241122T020000", "20241123T020000"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = workspace_in(tmp_path_factory.mktemp("city"))
    publish_tiny(workspace, V1, "one")
    publish_tiny(workspace, V2, "two", people=50)
    return workspace


@pytest.fixture
def con(city: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(city) as opened:
        yield opened


def test_current_and_older_versions(city: Workspace) -> None:
    for version, people in ((None, 50), (V2, 50), (V1, 40)):
        with connect(city, "analyst", version) as con:
            assert con.execute("select count(*) from resident").fetchall() == [(people,)]


def test_evidence_beside_the_file_is_a_table_with_comments(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute("select count(*) from resident_value where resident_id = 'r000003'").fetchall() == [
        (1,)
    ]
    joined = con.execute(
        "select count(*) from resident join resident_value using (resident_id) where chosen"
    ).fetchall()
    assert joined == [(50,)]
    shown = {row[0] for row in con.execute("show tables").fetchall()}
    assert {"resident", "resident_value", "resident_history", "resident_record_history", "snapshot"} <= shown
    comments = con.execute(
        "select comment from duckdb_columns() where table_name = 'resident_value'"
    ).fetchall()
    assert comments and all(comment for (comment,) in comments)


def test_two_connections_at_once(city: Workspace, con: duckdb.DuckDBPyConnection) -> None:
    with connect(city) as other, connect(city, "analyst") as third:
        for one in (con, other, third):
            assert one.execute("select count(*) from resident").fetchall() == [(50,)]


FORBIDDEN = [
    "select * from read_text('/etc/passwd')", "select * from read_blob('/etc/passwd')", "select * from read_csv('/etc/passwd')",
    "select * from '/etc/passwd'", "from read_parquet('{core}')", "from glob('/*')", "from sniff_csv('/etc/passwd')",
    "from read_json('/etc/passwd')", "from parquet_metadata('{parquet}')", "from parquet_scan('{parquet}')", "from '{parquet}'",
    "copy (select 1) to '{out}'", "copy resident to '{out}'", "copy (select 1) to '{parquet}' (format parquet, use_tmp_file false)",
    "copy resident from '/etc/passwd'", "export database '{out}'", "import database '{out}'",
    "attach '{core}' as other", "attach ':memory:' as m", "attach '{out}' as m", "detach core",
    "install httpfs", "load httpfs", "load '/tmp/x.duckdb_extension'", "force install excel",
    "set threads = 1", "set enable_external_access = true", "set lock_configuration = false", "set allowed_directories = ['/']",
    "set allowed_paths = ['/etc/passwd']", "reset threads", "set global memory_limit = '64GB'", "set temp_directory = '/tmp'",
    "set python_enable_replacements = true", "set log_query_path = '{out}'", "set profiling_output = '{out}'",
    "pragma enable_profiling", "pragma memory_limit = '1GB'", "call enable_logging()", "pragma enable_logging",
    "insert into resident (resident_id) values ('x')", "update resident set name = 'x'", "delete from resident",
    "with a as (insert into snapshot (version) values ('x') returning *) select * from a", "truncate resident",
    "create table t as select 1", "create view v as select 1", "create schema s", "drop table resident",
    "alter table resident add column x int", "comment on table resident is 'x'", "create sequence s",
    "insert into resident_value select * from resident_value", "create index i on resident (name)",
    "create persistent secret s (type s3)", "from duckdb_secrets()", "from some_variable", "from pii",
    "select getenv('HOME')", "from read_duckdb('{core}')",
]  # fmt: skip


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_locked_connection_refuses(
    city: Workspace, con: duckdb.DuckDBPyConnection, statement: str, tmp_path: Path
) -> None:
    some_variable = pii = con.sql(
        "select 1 as x"
    ).to_arrow_table()  # what the caller's Python has is not to be had
    assert (some_variable.num_rows, pii.num_rows) == (1, 1)
    places = {
        "core": city.published / f"core-{V1}.duckdb",
        "parquet": city.published / V2 / "core" / "resident_value.parquet",
        "out": tmp_path / "out",
    }
    before = {path: path.stat().st_mtime_ns for path in city.published.glob("**/*") if path.is_file()}
    with pytest.raises(duckdb.Error):
        con.execute(statement.format(**places)).fetchall()
    assert not (tmp_path / "out").exists()
    assert before == {path: path.stat().st_mtime_ns for path in city.published.glob("**/*") if path.is_file()}


def test_a_locked_connection_cannot_be_unlocked_by_opening_again(
    city: Workspace, con: duckdb.DuckDBPyConnection
) -> None:
    path = os.path.realpath(city.published / "current-core")
    with pytest.raises(duckdb.Error):
        duckdb.connect(path, read_only=False)
    with pytest.raises(duckdb.Error):
        duckdb.connect(path, read_only=True, config={"enable_external_access": "true"})


def test_answers_are_arrow_with_bound_values(con: duckdb.DuckDBPyConnection) -> None:
    answer = ask(con, "select resident_id, name from resident where resident_id = $id", {"id": "r000001"})
    assert answer.columns == ["resident_id", "name"]
    assert answer.table.num_rows == 1
    assert not answer.truncated
    assert ask(
        con, "select count(*) as n from resident where name = $n", {"n": "' or 1=1 --"}
    ).table.to_pylist() == [{"n": 0}]


def test_query_gives_the_rows_alone(con: duckdb.DuckDBPyConnection) -> None:
    assert query(con, "select range as n from range(9)", timeout_seconds=10, row_limit=2).to_pylist() == [
        {"n": 0},
        {"n": 1},
    ]


def test_column_names_may_repeat(con: duckdb.DuckDBPyConnection) -> None:
    assert ask(con, "select 1 as a, 2 as a").columns == ["a", "a"]


@pytest.mark.parametrize("rows", [0, 1, 10, 49, 50, 51])
def test_the_row_cap(con: duckdb.DuckDBPyConnection, rows: int) -> None:
    answer = ask(con, "select * from resident", rows=rows)
    assert answer.table.num_rows == min(rows, 50)
    assert answer.truncated == (rows < 50)


def test_the_row_cap_is_exact_over_batches(con: duckdb.DuckDBPyConnection) -> None:
    answer = ask(con, "select range from range(100000)", rows=25_000)
    assert (answer.table.num_rows, answer.truncated) == (25_000, True)
    assert ask(con, "select range from range(20000)", rows=20_000).truncated is False


def test_time_runs_out(con: duckdb.DuckDBPyConnection) -> None:
    started = time.monotonic()
    with pytest.raises(Problem, match="longer than"):
        ask(
            con,
            "select count(*) from range(1000000000) a, range(1000000000) b where a.range + b.range = 7",
            seconds=0.3,
        )
    assert time.monotonic() - started < 5
    assert ask(con, "select 1 as x", seconds=5).table.to_pylist() == [{"x": 1}]


@pytest.mark.parametrize(
    "sql",
    [
        "selec",
        "select * from nope",
        "select nope from resident",
        "insert into resident (name) values ('x')",
        "select * from read_text('/etc/passwd')",
    ],
)
def test_refusals_are_problems(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    with pytest.raises(Problem, match="refused"):
        ask(con, sql)


def test_a_refusal_quotes_no_value(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(Problem) as caught:
        ask(con, "select name::int from resident")
    assert "Conversion" in caught.value.en
    assert not any(name in caught.value.en for name in ("张伟", "王芳", "李娜"))


def test_statements_without_rows(con: duckdb.DuckDBPyConnection) -> None:
    assert ask(con, "").table.num_rows == 0
    assert ask(con, "describe resident").columns[0] == "column_name"


@pytest.mark.parametrize(
    ("audience", "version"),
    [
        ("nobody", None),
        ("../core", None),
        ("", None),
        ("core", "20200101T000000"),
        ("core", "../x"),
        ("core", "x/../../y"),
    ],
)
def test_what_is_not_there_is_a_problem(city: Workspace, audience: str, version: str | None) -> None:
    with pytest.raises(Problem):
        connect(city, audience, version)


def test_nothing_published_yet(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="oncegrid sync"):
        connect(workspace_in(tmp_path))


def test_a_broken_file_is_a_problem(tmp_path: Path) -> None:
    workspace = workspace_in(tmp_path)
    publish_tiny(workspace, V1, "one", people=4)
    (workspace.published / f"core-{V1}.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(Problem, match="rollback"):
        connect(workspace)


def test_spill_folders_of_dead_processes_are_swept(city: Workspace) -> None:
    spill = city.state / "spill"
    (spill / "999999999").mkdir(parents=True)
    mine = spill / str(os.getpid())
    mine.mkdir(exist_ok=True)
    publishing.sweep(city)
    assert [p.name for p in spill.iterdir()] == [mine.name]


def test_large_sorts_spill_and_leave_nothing(city: Workspace) -> None:
    with connect(city) as con:
        sql = (
            "select count(*) as n from (select md5(range::varchar) m from range(4000000) order by m offset 1)"
        )
        assert ask(con, sql).table.to_pylist() == [{"n": 3_999_999}]


@pytest.mark.parametrize("macro", ["resident_at", "household_at", "dwelling_at", "grid_at"])
def test_what_held_on_a_day_by_macro_under_the_lock(con: duckdb.DuckDBPyConnection, macro: str) -> None:
    """resident_history lies beside the file, the others are in it: both can be asked."""
    history = macro.replace("_at", "_history")
    everything = ask(con, f"select count(*) as n from {history}").table.to_pylist()[0]["n"]
    for day in ("date '2024-11-22'", "'2024-11-22'", "current_date"):
        found = ask(con, f"select * from {macro}({day})").table
        assert found.num_rows <= everything
        assert {"valid_from", "valid_to"}.isdisjoint(found.column_names)
    assert ask(con, f"select * from {macro}(date '1900-01-01')").table.num_rows == 0
