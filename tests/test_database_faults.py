"""connectors.databases.database_faults: what passes, what does not, and words without the driver's own."""

from __future__ import annotations

from typing import Any

import pymysql
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from connectors.databases.database_faults import Passing, code, fault, passing, too_slow, unreachable
from schemas.source_forms import Seconds

URL = sa.make_url("postgresql+psycopg2://someone:secret@10.0.0.1:5432/city")


def _of(module: str, text: str = "", *first: Any, **attributes: Any) -> DBAPIError:
    """An error as a driver that is not here would raise it."""
    kind = type("OperationalError", (Exception,), {"__module__": module, **attributes})
    orig = kind(*first, text) if first else kind(text)
    return sa.exc.OperationalError("SELECT '370602199003120113'", None, orig)


class _Told:
    def __init__(self, **told: Any) -> None:
        self.__dict__.update(told)

    def __str__(self) -> str:
        return str(self.__dict__.get("message", ""))

    __repr__ = __str__


PASSING = [
    _of(
        "psycopg2",
        'connection to server at "10.0.0.1", port 5432 failed: FATAL:  the database system is starting up',
    ),
    _of("psycopg2", "FATAL:  sorry, too many clients already"),
    _of("psycopg2", "server closed the connection unexpectedly"),
    _of("psycopg2.errors", "terminating connection due to administrator command", pgcode="57P01"),
    _of("psycopg2.errors", "deadlock detected", pgcode="40P01"),
    _of("psycopg2.errors", "could not serialize access", pgcode="40001"),
    _of("pymysql.err", "Too many connections", 1040),
    _of("pymysql.err", "Deadlock found when trying to get lock", 1213),
    _of("pymysql.err", "Lost connection to MySQL server during query", 2013),
    _of("pymysql.err", "Lock wait timeout exceeded; try restarting transaction", 1205, sqlstate="HY000"),
    _of("oracledb.exceptions", "ORA-12516: TNS:listener could not find available handler"),
    _of("oracledb.exceptions", "ORA-03113: end-of-file on communication channel"),
    _of("oracledb.exceptions", "DPY-4011: the database or network closed the connection"),
    _of("oracledb.exceptions", "ORA-00060: deadlock detected while waiting for resource"),
    _of("pymssql.exceptions", "x", (1205, b"Transaction was deadlocked")),
    _of("pymssql.exceptions", "x", (20009, b"Unable to connect: Adaptive Server is unavailable")),
    _of("dmPython", "", _Told(code=-70028, message="[CODE:-70028]Create SOCKET connection failure")),
    _of("sqlite3", "database is locked"),
]
LASTING = [
    _of("psycopg2", 'FATAL:  password authentication failed for user "someone"'),
    _of("psycopg2", 'FATAL:  no pg_hba.conf entry for host "10.0.0.9"'),
    _of("psycopg2.errors", 'relation "t" does not exist', pgcode="42P01"),
    _of("psycopg2.errors", "permission denied for table t", pgcode="42501"),
    _of("pymysql.err", "Access denied for user 'someone'@'10.0.0.9'", 1045, sqlstate="28000"),
    _of("pymysql.err", "Table 'city.t' doesn't exist", 1146, sqlstate="42S02"),
    _of("oracledb.exceptions", "ORA-01017: invalid username/password; logon denied"),
    _of("oracledb.exceptions", "ORA-00942: table or view does not exist"),
    _of("oracledb.exceptions", "ORA-28000: the account is locked"),
    _of("pymssql.exceptions", "x", (18456, b"Login failed for user 'someone'")),
    _of("dmPython", "", _Told(code=-2501, message="[CODE:-2501]用户名或密码错误")),
    _of("sqlite3", "no such table: t"),
]
SLOW = [
    _of("psycopg2.errors", "canceling statement due to statement timeout", pgcode="57014"),
    _of("pymysql.err", "Query execution was interrupted (max_statement_time exceeded)", 1969, sqlstate="70100"),
    _of("pymysql.err", "Query execution was interrupted, maximum statement execution time exceeded", 3024),
    _of("pymysql.err", "Lost connection to MySQL server during query (timed out)", 2013),
    _of("oracledb.exceptions", "DPY-4024: call timeout of 600000 ms exceeded"),
    _of("pymssql.exceptions", "x", (20003, b"DB-Lib error message 20003, severity 6:\nAdaptive Server connection timed out")),
    _of("sqlite3", "interrupted"),
]  # fmt: skip


def _name(error: DBAPIError) -> str:
    return f"{type(error.orig).__module__} {error.orig}"[:50]


@pytest.mark.parametrize("error", PASSING, ids=_name)
def test_what_may_be_gone_in_a_moment(error: DBAPIError) -> None:
    assert passing(error) and not too_slow(error)
    assert isinstance(fault(error), Passing) and isinstance(unreachable(error, URL), Passing)


@pytest.mark.parametrize("error", LASTING, ids=_name)
def test_what_is_a_refusal(error: DBAPIError) -> None:
    assert not passing(error) and not too_slow(error) and not isinstance(fault(error), Passing)


@pytest.mark.parametrize("error", SLOW, ids=_name)
def test_what_took_too_long(error: DBAPIError) -> None:
    assert too_slow(error) and not passing(error)
    told = fault(error, Seconds(statement=40))
    assert "in time (40 s)" in told.en and "40 s" in told.zh and "database.seconds.statement" in told.zh


@pytest.mark.parametrize("error", [*PASSING, *LASTING, *SLOW], ids=_name)
def test_no_driver_has_a_word(error: DBAPIError) -> None:
    for told in (fault(error), unreachable(error, URL)):
        for text in (told.en, told.zh):
            for word in ("someone", "secret", "370602", "10.0.0.9", "FATAL", "DB-Lib", "listener"):
                assert word not in text


def test_reasons_why_there_is_no_connection() -> None:
    for error, words in (
        (PASSING[0], "being started"), (PASSING[1], "too many connections"), (PASSING[6], "too many connections"),
        (PASSING[15], "cannot be reached"), (PASSING[16], "cannot be reached"), (LASTING[0], "user or the password"),
        (LASTING[9], "user or the password"), (LASTING[10], "user or the password"),
        (_of("psycopg2", 'FATAL:  database "x" does not exist'), "no database of that name"),
        (_of("psycopg2", "timeout expired"), "does not answer"),
        (_of("psycopg2", "could not translate host name"), "cannot be reached"),
        (_of("oracledb", "ORA-12514: TNS:listener does not currently know of service"), "no database of that name"),
        (_of("x", "y"), "check the URL"),
    ):  # fmt: skip
        told = unreachable(error, URL)
        assert words in told.en and "10.0.0.1:5432/city" in told.en and "无法连接" in told.zh


def test_codes() -> None:
    real = pymysql.err.OperationalError(1045, "Access denied for user 'someone'")
    assert code(real) == "OperationalError 1045"
    assert code(PASSING[3]) == "OperationalError 57P01" and code(PASSING[14]) == "OperationalError 1205"
    assert code(PASSING[16]) == "OperationalError -70028" and code(ValueError("x")) == "ValueError"
