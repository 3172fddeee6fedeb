"""How each kind of server is spoken to: what the driver is told, what the session is told, values kept as they are.

Belongs here: what differs from server to server, so that nothing else asks which one it is: time-outs, reading only,
one snapshot, columns whose Python values would be less than what the server holds.
Does not belong here: the order of things (``database_connection.py``), SQL that is asked (``database_query.py``).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from schemas.source_forms import Seconds

ARRAY = 2_000  # rows a round trip, where the driver does not take it from what is fetched
POSTGRESQL = ("postgresql", "opengauss", "kingbase")
MYSQL = ("mysql", "mariadb")
# Where reading only is said of one transaction and not of all that follow.
_ONE_TRANSACTION, _READ_ONLY = ("oracle", "dm", "gbase8s"), "SET TRANSACTION READ ONLY"


def driver_options(url: URL, seconds: Seconds) -> dict[str, Any]:
    """What the driver's ``connect`` is told besides the URL; what the URL itself says stands."""
    driver = url.get_driver_name()
    alive = {"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
    # A server that is gone without a word is noticed in a minute, not at the end of all patience.
    options: dict[str, dict[str, Any]] = {
        "psycopg2": {"connect_timeout": seconds.connect, **alive, "tcp_user_timeout": 60_000},
        "psycopg": {"connect_timeout": seconds.connect, **alive, "tcp_user_timeout": 60_000},
        "ksycopg2": {"connect_timeout": seconds.connect, **alive},
        "pymysql": {
            # Its greeting counts as read; see _mysql for what follows it.
            "connect_timeout": seconds.connect, "read_timeout": seconds.connect, "write_timeout": seconds.connect,
            "charset": "utf8mb4",
        },
        "pymssql": {"login_timeout": seconds.connect, "timeout": seconds.statement, "charset": "UTF-8"},
        "oracledb": {"tcp_connect_timeout": float(seconds.connect)},
        "dmpython": {"login_timeout": seconds.connect, "connection_timeout": seconds.statement},
    }  # fmt: skip
    return {k: v for k, v in options.get(driver, {}).items() if k not in url.query}


def engine_options(url: URL) -> dict[str, Any]:
    """What ``create_engine`` is told besides."""
    return {"arraysize": ARRAY} if url.get_backend_name() == "oracle" else {}


def settle_in(con: sa.Connection, seconds: Seconds) -> None:
    """Make a new connection one that only reads, in one snapshot where the server has such, and not for ever.

    Raises DBAPIError where the server refuses what it must know.
    """
    name = con.dialect.name
    if name in POSTGRESQL:
        _postgresql(con, seconds)
    elif name in MYSQL:
        _mysql(con, seconds)
    elif name == "sqlite":
        _sqlite(con, seconds)
    elif name == "oracle":
        driver_of(con).call_timeout = seconds.statement * 1000
        con.exec_driver_sql(_READ_ONLY)
    else:
        for statement in session_statements(name, seconds):
            with contextlib.suppress(DBAPIError):
                con.exec_driver_sql(statement)


def begin_again(con: sa.Connection) -> None:
    """Leave a transaction in which something failed, for another that only reads as well."""
    con.rollback()
    if con.dialect.name in _ONE_TRANSACTION:
        with contextlib.suppress(DBAPIError):
            con.exec_driver_sql(_READ_ONLY)


def session_statements(name: str, seconds: Seconds, version: str = "") -> Sequence[str]:
    """What a session of ``name`` is told, in order. ``version`` is the server's own word on itself.

    MySQL and MariaDB count the time in which rows are sent as the statement's, so that a long pull may need all of it.
    """
    if name in POSTGRESQL:
        # Dates and lengths of time come as the server writes them; so it must be told how.
        return (
            f"SET statement_timeout = {seconds.statement * 1000}",
            "SET DateStyle = 'ISO, YMD'",
            "SET IntervalStyle = 'postgres'",
        )
    if name in MYSQL:
        if "mariadb" in version.lower():
            limit = f"SET SESSION max_statement_time = {seconds.total}"
        elif "oceanbase" in version.lower():
            limit = f"SET SESSION ob_query_timeout = {seconds.total * 1_000_000}"
        else:
            limit = f"SET SESSION max_execution_time = {seconds.total * 1000}"
        return (
            limit,
            f"SET SESSION net_write_timeout = {seconds.statement}",
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "SET SESSION TRANSACTION READ ONLY",
        )
    if name == "mssql":
        # There is no transaction that only reads; nothing is ever committed, and a user's rights are the guard.
        return (f"SET LOCK_TIMEOUT {min(seconds.statement, 60) * 1000}",)
    if name == "dm":
        return (_READ_ONLY,)
    if name == "gbase8s":
        return ("SET LOCK MODE TO WAIT 30", _READ_ONLY)
    return ()


def _postgresql(con: sa.Connection, seconds: Seconds) -> None:
    # Outside any transaction: what is set within one is gone when it is rolled back.
    con.execution_options(isolation_level="AUTOCOMMIT")
    for statement in session_statements(con.dialect.name, seconds):
        with contextlib.suppress(DBAPIError) if "Style" in statement else contextlib.nullcontext():
            con.exec_driver_sql(statement)
    con.rollback()
    con.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    module = con.dialect.dbapi
    extensions = getattr(module, "extensions", None)
    if extensions is not None and hasattr(extensions, "new_array_type"):
        _as_written(extensions, driver_of(con))


# Types of PostgreSQL whose Python values are less than what the server holds (no infinity, no year beyond 9999 or
# before 1, months of 30 days, numbers in JSON as floats), or no text at all: type → its array.
_AS_WRITTEN = {
    1082: 1182, 1114: 1115, 1184: 1185, 1083: 1183, 1266: 1270, 1186: 1187,  # dates, times, lengths of time
    114: 199, 3802: 3807,  # json
    3904: 3905, 3906: 3907, 3908: 3909, 3910: 3911, 3912: 3913, 3926: 3927,  # ranges
}  # fmt: skip


def _as_written(extensions: Any, connection: Any) -> None:
    for kind, array in _AS_WRITTEN.items():
        plain = extensions.new_type((kind,), f"TEXT_{kind}", lambda text, cursor: text)
        extensions.register_type(plain, connection)
        extensions.register_type(extensions.new_array_type((array,), f"TEXT_{array}", plain), connection)


class ZeroFilled(int):
    """A whole number that is shown with zeros in front (``000042``), as codes are kept in ZEROFILL columns."""

    text: str

    def __new__(cls, text: str) -> ZeroFilled:
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __str__(self) -> str:
        return self.text


def _whole(text: str) -> int:
    return ZeroFilled(text) if text[0] == "0" and len(text) > 1 else int(text)


# pymysql's numbers of MySQL's BIT, of its whole numbers, of dates and times.
_BIT, _WHOLE, _TIMES = 16, (1, 2, 3, 8, 9), (7, 10, 11, 12)


def _mysql(con: sa.Connection, seconds: Seconds) -> None:
    version = " ".join(str(cell) for cell in con.exec_driver_sql("SELECT version(), @@version_comment").one())
    for statement in session_statements(con.dialect.name, seconds, version):
        # Servers before 5.6 know no read-only transaction, those before 5.7 no limit of time.
        with contextlib.suppress(DBAPIError):
            con.exec_driver_sql(statement)
    con.rollback()  # what was said counts from the next transaction on
    driver = driver_of(con)
    if "read_timeout" not in con.engine.url.query and hasattr(driver, "_read_timeout"):
        driver._read_timeout = driver._write_timeout = seconds.statement + 5
    decoders = getattr(driver, "decoders", None)
    if isinstance(decoders, dict):
        decoders[_BIT] = lambda data: int.from_bytes(data, "big")
        decoders.update(dict.fromkeys(_WHOLE, _whole))
        # As the server writes them: zero dates, more than 24 hours, the fractions that there are.
        for kind in _TIMES:
            decoders.pop(kind, None)


def _sqlite(con: sa.Connection, seconds: Seconds) -> None:
    end = time.monotonic() + seconds.total
    driver_of(con).set_progress_handler(lambda: time.monotonic() > end, 100_000)
    con.exec_driver_sql("PRAGMA query_only = ON")
    con.exec_driver_sql("BEGIN")  # one snapshot: Python's driver begins none for a SELECT


def give_up(driver: Any) -> None:
    """Leave a driver's connection whose answer is not wanted any more: pymysql would read it to its end first."""
    force = getattr(driver, "_force_close", None)
    if force is not None:
        with contextlib.suppress(AttributeError, OSError):
            if driver._result is not None:
                driver._result.unbuffered_active = False
            force()


def driver_of(con: sa.Connection) -> Any:
    """The driver's own connection."""
    return con.connection.driver_connection
