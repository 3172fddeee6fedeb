"""connectors.databases.plain_dialects: 人大金仓 and openGauss against PostgreSQL in their place, 达梦 and GBase 8s with a driver of
the tests over SQLite. None of the four was run against a server of its own."""

from __future__ import annotations

import sqlite3
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions
import psycopg2.extras
import pytest
import sqlalchemy as sa
from agency import Agency, agency_at, problem_of

from connectors.databases.database_connection import engine_of, reading
from connectors.databases.plain_dialects import register
from schemas.source_forms import Database, Seconds


# -- as PostgreSQL -----------------------------------------------------------------------------------------
@pytest.fixture
def postgresql(tmp_path: Path) -> Iterator[Agency]:
    with agency_at("postgresql", tmp_path) as made:
        made.run("CREATE TABLE t (id int, d date, n numeric(10, 2))")
        made.run("INSERT INTO t VALUES (1, 'infinity', 1.5)")
        yield made


@pytest.mark.parametrize("name", ["kingbase", "opengauss"])
def test_kin_of_postgresql_are_read_as_it_is(
    postgresql: Agency, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # ksycopg2 is psycopg2 under another name.
    for part, module in (("", psycopg2), (".extensions", psycopg2.extensions), (".extras", psycopg2.extras)):
        monkeypatch.setitem(sys.modules, f"ksycopg2{part}", module)
    register()
    driver = "ksycopg2" if name == "kingbase" else "psycopg2"
    url = postgresql.url.set(drivername=f"{name}+{driver}").render_as_string(hide_password=False)
    assert postgresql.rows(postgresql.pull(url=url, table="T")) == [["1", "infinity", "1.50"]]
    asked: dict[str, Any] = {"url": url, "table": "T", "cursor": "id", "mode": "delta", "day": 2}
    assert postgresql.pull(**asked).outcome == "known"
    with reading(Database(url=url, table="t", seconds=Seconds(statement=40)), postgresql.root) as con:
        assert con.exec_driver_sql("SHOW statement_timeout").scalar() == "40s"
        with pytest.raises(sa.exc.InternalError, match="read-only"):
            con.exec_driver_sql("DELETE FROM t")
    slow = {"url": url, "query": "SELECT pg_sleep(9)::text AS a", "seconds": {"statement": 1}}
    assert "in time" in problem_of(postgresql.pull(**slow)).en


# -- as DB-API ---------------------------------------------------------------------------------------------
class Driver(types.ModuleType):
    """A DB-API driver over a SQLite file that notes what it is told."""

    apilevel, paramstyle, threadsafety = "2.0", "qmark", 1
    Error, DatabaseError, OperationalError = sqlite3.Error, sqlite3.DatabaseError, sqlite3.OperationalError
    InterfaceError, ProgrammingError, IntegrityError = (
        sqlite3.InterfaceError,
        sqlite3.ProgrammingError,
        sqlite3.IntegrityError,
    )
    DataError, InternalError, NotSupportedError = (
        sqlite3.DataError,
        sqlite3.InternalError,
        sqlite3.NotSupportedError,
    )

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name)
        self.path, self.told, self.said = path, dict[str, Any](), list[str]()

    def makedsn(self, **told: Any) -> str:
        self.told = told
        return "dsn"

    def connect(self, **told: Any) -> sqlite3.Connection:
        self.told = {**self.told, **told}
        con = sqlite3.connect(self.path)
        con.set_trace_callback(self.said.append)
        return con


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Agency]:
    with agency_at("sqlite", tmp_path) as made:
        made.run("CREATE TABLE USER_OBJECTS (OBJECT_NAME TEXT, OBJECT_TYPE TEXT)")
        made.run("CREATE TABLE ALL_OBJECTS (OBJECT_NAME TEXT, OBJECT_TYPE TEXT, OWNER TEXT)")
        made.run("CREATE TABLE systables (tabname TEXT, tabid INTEGER, tabtype TEXT, owner TEXT)")
        made.run("INSERT INTO USER_OBJECTS VALUES ('AC01', 'TABLE'), ('ac02', 'TABLE'), ('T_VIEW', 'VIEW')")
        made.run("INSERT INTO ALL_OBJECTS VALUES ('AC01', 'TABLE', 'HR')")
        made.run("INSERT INTO systables VALUES ('ac01', 100, 'T', 'gbasedbt')")
        made.run('CREATE TABLE AC01 (AAC001 INTEGER, GXSJ TEXT);\nCREATE TABLE "ac02" (id INTEGER)')
        made.run("INSERT INTO AC01 VALUES (?, ?)", (1, "2024-01-01"), (2, "2024-01-02"), (3, None))
        yield made


def test_dameng(sqlite: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver("dmPython", Path(sqlite.url.database or ""))
    monkeypatch.setitem(sys.modules, "dmPython", driver)
    url = "dm://SYSDBA:p%40ss@10.0.0.1:5237?connection_timeout=9"
    asked: dict[str, Any] = {"url": url, "table": "ac01", "cursor": "gxsj", "mode": "delta"}
    assert sqlite.firsts(sqlite.pull(**asked)) == ["3", "1", "2"]
    assert driver.told == {
        "server": "10.0.0.1", "port": 5237, "user": "SYSDBA", "password": "p@ss", "autoCommit": False, "login_timeout": 15,
        "connection_timeout": 9,
    }  # fmt: skip
    # Names are upper case without quotes; the list's own lower case is quoted.
    assert "SELECT max(gxsj) FROM ac01" in driver.said and "SET TRANSACTION READ ONLY" not in driver.said
    sqlite.run("INSERT INTO AC01 VALUES (4, '2024-01-03')")
    assert sqlite.firsts(sqlite.pull(**asked)) == ["3", "2", "4"]
    assert any("WHERE (gxsj >= '2024-01-02' OR gxsj IS NULL)" in said for said in driver.said)
    assert sqlite.firsts(sqlite.pull(url=url, query="SELECT 7 AS x")) == ["7"]
    sqlite.pull(url=url, table="ac02")
    assert any('FROM "ac02"' in said for said in driver.said)
    near = problem_of(sqlite.pull(url=url, table="ac03"))
    assert "near it: ac02, ac01" in near.en


def test_gbase8s(sqlite: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver("gbase8sdb", Path(sqlite.url.database or ""))
    monkeypatch.setitem(sys.modules, "gbase8sdb", driver)
    url = "gbase8s://gbasedbt:secret@10.0.0.1:9088/city?GBASEDBTSERVER=gbase01"
    assert sqlite.firsts(sqlite.pull(url=url, table="AC01", order="GXSJ")) == ["3", "1", "2"]
    assert driver.told == {
        "host": "10.0.0.1", "port": 9088, "db_name": "city", "server_name": "gbase01", "dsn": "dsn", "user": "gbasedbt",
        "password": "secret",
    }  # fmt: skip
    assert "SELECT * FROM ac01" in driver.said
    assert (
        "parts that its driver does not take"
        in problem_of(sqlite.pull(url=url.partition("?")[0], table="t")).en
    )


def test_a_driver_is_imported_only_when_it_is_asked_for() -> None:
    register()
    for name in ("dmPython", "gbase8sdb", "ksycopg2", "oracledb", "pymssql"):
        assert name not in sys.modules
    assert engine_of(sa.make_url("opengauss+psycopg2://h/x"), Path(), Seconds()).dialect.name == "opengauss"
