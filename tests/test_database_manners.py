"""connectors.databases.database_manners: what each kind of server is told. Oracle, SQL Server and OceanBase were not there to ask:
their statements and options are held against what was meant."""

from __future__ import annotations

import types
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql, oracle

from connectors.databases.database_manners import (
    begin_again,
    driver_options,
    engine_options,
    give_up,
    session_statements,
    settle_in,
)
from connectors.databases.database_query import question
from schemas.source_forms import Database, Fetched, Seconds

SECONDS = Seconds(connect=3, statement=40, total=50)


class Con:
    """A connection that notes what it is told; ``refused`` are the beginnings of what fails."""

    def __init__(self, name: str, refused: tuple[str, ...] = ()) -> None:
        self.dialect = types.SimpleNamespace(name=name, dbapi=None)
        self.driver: Any = types.SimpleNamespace()
        self.connection = types.SimpleNamespace(driver_connection=self.driver)
        self.said: list[str] = []
        self.refused = refused

    def rollback(self) -> None:
        self.said.append("ROLLBACK")

    def exec_driver_sql(self, sql: str) -> None:
        self.said.append(sql)
        if sql.startswith(self.refused or ("\0",)):
            raise sa.exc.OperationalError(sql, None, Exception("no"))


def test_oracle_reads_only_and_every_round_trip_has_its_time() -> None:
    con = Con("oracle")
    settle_in(con, SECONDS)  # type: ignore[arg-type]
    assert con.said == ["SET TRANSACTION READ ONLY"] and con.driver.call_timeout == 40_000
    with pytest.raises(sa.exc.OperationalError):  # it must know that
        settle_in(Con("oracle", ("SET TRANSACTION",)), SECONDS)  # type: ignore[arg-type]
    assert engine_options(sa.make_url("oracle+oracledb://h")) == {"arraysize": 2000}
    assert driver_options(sa.make_url("oracle+oracledb://h"), SECONDS) == {"tcp_connect_timeout": 3.0}


def test_sql_server_has_limits_and_nothing_to_say_of_reading_only() -> None:
    con = Con("mssql")
    settle_in(con, SECONDS)  # type: ignore[arg-type]
    assert con.said == ["SET LOCK_TIMEOUT 40000"]
    told = driver_options(sa.make_url("mssql+pymssql://h"), SECONDS)
    assert told == {"login_timeout": 3, "timeout": 40, "charset": "UTF-8"}
    assert "timeout" not in driver_options(sa.make_url("mssql+pymssql://h?timeout=9"), SECONDS)


@pytest.mark.parametrize("name", ["dm", "gbase8s", "mssql", "unheard_of"])
def test_what_a_server_does_not_know_is_no_hindrance(name: str) -> None:
    settle_in(Con(name, ("SET",)), SECONDS)  # type: ignore[arg-type]


def test_reading_only_outlives_a_rollback() -> None:
    for name, said in (("oracle", ["ROLLBACK", "SET TRANSACTION READ ONLY"]), ("dm", ["ROLLBACK", "SET TRANSACTION READ ONLY"]),
                       ("postgresql", ["ROLLBACK"]), ("mssql", ["ROLLBACK"])):  # fmt: skip
        con = Con(name, ("SET",) if name == "dm" else ())
        begin_again(con)  # type: ignore[arg-type]
        assert con.said == said


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("10.11.19-MariaDB-0+deb12u1 Debian 12", "SET SESSION max_statement_time = 50"),
        ("8.0.36 MySQL Community Server - GPL", "SET SESSION max_execution_time = 50000"),
        ("5.7.25-OceanBase-v4.2.1 OceanBase 4.2.1", "SET SESSION ob_query_timeout = 50000000"),
    ],
)
def test_mysql_and_its_kin_count_the_sending_of_rows(version: str, said: str) -> None:
    statements = session_statements("mysql", SECONDS, version)
    assert statements[0] == said and statements[-1] == "SET SESSION TRANSACTION READ ONLY"


def _asked(dialect: Any, mode: Any, reached: dict[str, str] | None, **more: Any) -> list[str]:
    """The SQL that is asked of a server of ``dialect``, as its driver would get it."""
    said: list[str] = []

    class Result:
        def __enter__(self) -> Result:
            return self

        def __exit__(self, *exc: object) -> None: ...

        def keys(self) -> list[str]:
            return ["id", "gxsj", "order", "SFCQ"]

        def scalar(self) -> int:
            return 7

    class Server:
        def __init__(self) -> None:
            self.dialect = dialect

        def execute(self, text: Any, values: Any = None) -> Result:
            said.append(str(text.compile(dialect=dialect)))
            return Result()

        def rollback(self) -> None: ...

    server: Any = Server()
    asked = question(server, Database(url_env="U", **more), mode, reached)
    return [*said, str(sa.text(asked.sql).compile(dialect=dialect))]


def test_sql_as_each_dialect_quotes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.databases.database_query._names", lambda con, schema: None)
    reached = {"column": "order", "kind": "int", "value": "5"}
    more: dict[str, Any] = {
        "table": "hr.ac01",
        "cursor": "order",
        "fetched": Fetched(column="SFCQ", values=("0", "a'b", "")),
    }
    found = {
        name: _asked(dialect, "delta", reached, **more)
        for name, dialect in (
            ("oracle", oracle.dialect()), ("mssql", mssql.dialect()), ("mysql", mysql.dialect(paramstyle="format")),
        )
    }  # fmt: skip
    flags = "IN ('0', 'a''b') OR {0} IS NULL)"
    assert found["oracle"] == [
        "SELECT * FROM hr.ac01 WHERE 0 = 1",
        'SELECT max("order") FROM hr.ac01 WHERE ("SFCQ" ' + flags.format('"SFCQ"'),
        'SELECT * FROM hr.ac01 WHERE ("SFCQ" '
        + flags.format('"SFCQ"')
        + ' AND ("order" >= :reached OR "order" IS NULL)',
    ]
    assert found["mssql"][1] == "SELECT max([order]) FROM hr.ac01 WHERE ([SFCQ] " + flags.format("[SFCQ]")
    assert found["mysql"][2].endswith("AND (`order` >= %s OR `order` IS NULL)")
    assert "`SFCQ` IS NULL" in found["mysql"][2]


def test_a_query_is_asked_as_it_was_written_unless_something_is_added(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    query = "SELECT * FROM a WHERE b = ':x' ORDER BY c;"
    plain = _asked(oracle.dialect(), "full", None, query=query)
    assert plain == ["SELECT * FROM a WHERE b = ':x' ORDER BY c"]
    added = _asked(
        oracle.dialect(), "delta", {"column": "id", "kind": "int", "value": "5"}, query=query, cursor="id"
    )
    assert (
        added[-1]
        == "SELECT * FROM (SELECT * FROM a WHERE b = ':x' ORDER BY c) pulled WHERE (id >= :reached OR id IS NULL)"
    )


def test_a_connection_that_is_given_up_is_not_read_to_its_end() -> None:
    ended: list[str] = []
    result = types.SimpleNamespace(unbuffered_active=True)
    driver = types.SimpleNamespace(_result=result, _force_close=lambda: ended.append("closed"))
    give_up(driver)
    assert ended == ["closed"] and result.unbuffered_active is False
    give_up(object())  # another driver's
