"""How Great Expectations talks to a DuckDB connection of ours, through SQLAlchemy.

It hands out results after it has given the connection back; duckdb-engine runs every statement on one connection,
where the rollback that follows ends the pending result. Here each statement has a cursor of its own, and there are
no transactions, since nothing is written. Heavy: imported only where suites are run.
"""

from __future__ import annotations

import atexit
import sys
from typing import Any

import duckdb
import duckdb_engine
from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.pool import StaticPool

URL = "oncegrid_duckdb:///:memory:"


class Dialect(duckdb_engine.Dialect):
    """duckdb-engine's dialect without transactions."""

    supports_statement_cache = False

    def do_begin(self, connection: Any) -> None:
        """Nothing: each statement stands alone."""

    def do_commit(self, connection: Any) -> None:
        """Nothing: nothing was written."""

    def do_rollback(self, connection: Any) -> None:
        """Nothing: it would end the result that is still to be read."""


class _Connection:
    """A DuckDB connection as SQLAlchemy takes one; closing it leaves ours open."""

    autocommit = None
    closed = False

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self.notices: list[str] = []

    def cursor(self) -> Any:
        return duckdb_engine.CursorWrapper(self._con.cursor(), self)  # type: ignore[arg-type]  # quacks alike

    def close(self) -> None:
        """Nothing: whoever opened it closes it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)


registry.register("oncegrid_duckdb", __name__, "Dialect")


def engine_options(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What ``create_engine(URL, …)`` needs to work on ``con``."""
    return {"creator": lambda: _Connection(con), "poolclass": StaticPool}


def engine(con: duckdb.DuckDBPyConnection) -> Engine:
    """An engine on ``con``."""
    return create_engine(URL, **engine_options(con))


@atexit.register
def _let_go() -> None:
    # Great Expectations outlives the modules it has met; DuckDB would then count on standard error what it could
    # not free. Nothing of the dialect runs after this.
    for name in [n for n in sys.modules if n.partition(".")[0] == "duckdb_engine"]:
        vars(sys.modules[name]).clear()
    globals().pop("duckdb", None)
