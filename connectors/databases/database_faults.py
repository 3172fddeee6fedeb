"""What went wrong with a database, in words, and whether it may be gone in a moment.

Belongs here: a driver's error → a Problem, and the list of faults that pass (a lost connection, a deadlock, a server
that is starting, too many connections). Does not belong here: trying again (``database_fetch.py``).

No message here holds a driver's own words: they may tell a user, a password or a resident's data.
"""

from __future__ import annotations

import re

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from connectors.databases.database_address import shown_place
from schemas.problem import Problem
from schemas.source_forms import Seconds


class Passing(Problem):
    """A fault that may be gone in a moment: worth another try."""


# States of SQL (PostgreSQL and its kin), numbers of MySQL, Oracle, SQL Server, 达梦: there is or was no connection,
# too many of them, a deadlock, a server that starts, stops or changes its role.
_PASSING_STATES = ("08", "57P01", "57P02", "57P03", "40001", "40P01", "53300")
_PASSING_NUMBERS = {
    "pymysql": {1040, 1053, 1129, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1226, 1927, 2002, 2003, 2006, 2013, 2055, 4031},
    "pymssql": {233, 1205, 10053, 10054, 10060, 10928, 10929, 20006, 20009, 20047, 40197, 40501, 40613, 49918},
    "dmPython": {-6007, -6010, -70019, -70025, -70028, -7120},
}  # fmt: skip
_PASSING_ORACLE = re.compile(
    r"ora-(00018|00020|00060|01012|01033|01034|01089|01555|03113|03114|03135|08177|12516|12518|12519|12520|12526|12528|12537"
    r"|12541|12547|12570|25408)\b|dpy-(4011|1001)\b"
)
_PASSING_WORDS = (
    "server closed the connection", "connection refused", "connection reset", "broken pipe", "lost connection", "gone away",
    "database system is starting up", "the database system is shutting down", "in recovery mode", "too many clients",
    "remaining connection slots", "too many connections", "terminating connection", "connection not open", "packet sequence",
    "not connected", "eof detected", "ssl connection has been closed", "connection already closed", "database is locked",
    "deadlock", "actively refused", "connection timed out",
)  # fmt: skip
_TIMEOUT_STATES = ("57014",)
_TIMEOUT_NUMBERS = {"pymysql": {1969, 3024, 1028}, "pymssql": {20003}}
_TIMEOUT_WORDS = (
    "statement timeout", "max_statement_time", "maximum statement execution time", "interrupted", "read timed out",
    "(timed out)", "dpy-4024", "call timeout", "ora-03156", "ora-01013", "ora-00040", "query timeout",
)  # fmt: skip


def code(error: BaseException) -> str:
    """The class of a driver's error and its number, which hold no data."""
    orig: BaseException = getattr(error, "orig", None) or error
    told = (
        getattr(orig, "pgcode", None) or getattr(orig, "sqlite_errorname", None) or _number(orig)
        or getattr(orig, "sqlstate", None)
    )  # fmt: skip
    return type(orig).__name__ + (f" {told}" if told else "")


def _state(error: BaseException) -> str:
    """The error's state of SQL; empty where there is none, or none that tells anything."""
    orig = getattr(error, "orig", None) or error
    state = str(getattr(orig, "pgcode", None) or getattr(orig, "sqlstate", None) or "")
    return "" if state == "HY000" else state


def _number(orig: BaseException) -> int | str | None:
    """The number of an error: pymysql and pymssql give it first, oracledb and dmPython as an attribute of what they give."""
    first = orig.args[0] if orig.args else None
    if isinstance(first, tuple) and first:  # pymssql's, where it could not connect
        first = first[0]
    if isinstance(first, int):
        return first or None
    told = getattr(first, "full_code", None) or getattr(first, "code", None)
    return told if isinstance(told, int | str) and told else None


def _words(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error).lower()


def _driver(error: BaseException) -> str:
    return type(getattr(error, "orig", None) or error).__module__.partition(".")[0]


def too_slow(error: BaseException) -> bool:
    """Whether a statement was ended for want of time, by the server or by the wait for it."""
    orig = getattr(error, "orig", None) or error
    return (
        _state(error) in _TIMEOUT_STATES
        or _number(orig) in _TIMEOUT_NUMBERS.get(_driver(error), ())
        or any(word in _words(error) for word in _TIMEOUT_WORDS)
    )


def passing(error: BaseException) -> bool:
    """Whether a fault may be gone in a moment. A refusal (a password, a table that is not there) never is."""
    orig = getattr(error, "orig", None) or error
    words = _words(error)
    if too_slow(error) or any(sign in words for sign in _REFUSALS):
        return False
    if _number(orig) in _PASSING_NUMBERS.get(_driver(error), ()):
        return True
    if state := _state(error):
        return state.startswith(_PASSING_STATES)
    return (
        (isinstance(error, DBAPIError) and error.connection_invalidated)
        or isinstance(orig, ConnectionError)
        or _PASSING_ORACLE.search(words) is not None
        or any(word in words for word in _PASSING_WORDS)
    )


_REFUSALS = (
    "password", "access denied", "authentication", "login failed", "ora-01017", "no pg_hba", 'role "', "ora-28000",
    "ora-28001", "is locked by the administrator", "not allowed to connect", "密码", "口令", "认证失败",
)  # fmt: skip
# What drivers say when there is no connection → what it means. The first that fits.
_REASONS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    ((*_REFUSALS, "-2501"),
     "it refuses the user or the password; correct them in the URL",
     "用户名或密码未被接受；请更正 URL"),
    (("too many", "remaining connection slots", "ora-00018", "ora-00020", "ora-12516", "ora-12519"),
     "it has too many connections already; ask its owner for a free one, or sync at another hour",
     "连接数已满；请联系对方预留连接，或换个时间同步"),
    (("starting up", "shutting down", "in recovery mode", "ora-01033", "ora-01034"),
     "it is being started or stopped; try again later",
     "服务正在启动或停止；请稍后再试"),
    (("unknown database", '" does not exist', "cannot open database", "ora-12514", "ora-12505", "dpy-6001"),
     "it has no database of that name; correct it in the URL",
     "没有此名称的数据库；请更正 URL"),
    (("timeout", "timed out"), "it does not answer; check host, port and firewall", "没有应答；请检查主机、端口和防火墙"),
    (("refused", "resolve", "name or service", "unreachable", "no route", "translate host", "can't connect", "unable to connect",
      "dpy-6005", "-70028", "ora-12541"),
     "host and port cannot be reached; check them, and that the server runs",
     "主机和端口无法连通；请检查，并确认服务已启动"),
)  # fmt: skip


def unreachable(error: BaseException, url: URL) -> Problem:
    """Why no connection could be made, without the driver's own words."""
    words, place = _words(error), shown_place(url)
    kind = Passing if passing(error) else Problem
    for signs, en, zh in _REASONS:
        if any(sign in words for sign in signs):
            return kind(
                f"cannot connect to {place}: {en} ({code(error)}).",
                f"无法连接 {place}：{zh}（{code(error)}）。",
            )
    return kind(
        f"cannot connect to {place} ({code(error)}); check the URL, and that the server runs.",
        f"无法连接 {place}（{code(error)}）；请检查 URL，并确认服务已启动。",
    )


def fault(error: BaseException, seconds: Seconds | None = None) -> Problem:
    """Why a statement failed, without the driver's own words: they may quote data."""
    words = _words(error)
    if "not a database" in words or "malformed" in words:
        return Problem(
            "this is no whole SQLite database; ask the agency for it again.",
            "不是完整的 SQLite 数据库；请对方重新提供。",
        )
    if too_slow(error):
        told = f" {seconds.statement} s" if seconds else ""
        return Problem(
            f"the database did not answer the statement in time{told and f' ({told.strip()})'} ({code(error)}); ask for less (a cursor, "
            "an index on it, a simpler query), or raise database.seconds.statement.",
            f"数据库未在时限{told}内应答（{code(error)}）；请缩小范围（使用游标并为其建索引、简化查询），或调大 database.seconds.statement。",
        )
    if passing(error):
        return Passing(
            f"the connection to the database was lost, or it was too busy ({code(error)}); try again later.",
            f"与数据库的连接中断，或数据库过忙（{code(error)}）；请稍后再试。",
        )
    return Problem(
        f"the database refused to be read ({code(error)}); try the same table or query in its own client, as the same user.",
        f"数据库拒绝读取（{code(error)}）；请以同一用户在数据库客户端中试查同一表或查询。",
    )
