"""A connection to an agency's database: the URL, its driver, reading only, and what went wrong in words.

Belongs here: everything between a source's ``database`` and an open connection. Drivers are imported only when a
source asks for one; only SQLite's is part of every installation.
Does not belong here: what is read (``database.py``).

No message here holds a URL or a driver's own words: both may tell a user, a password or a resident's data.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from schemas.problem import Problem
from schemas.source_forms import Database

# The driver for a URL that names none: said in full, for what SQLAlchemy would take changes with its versions.
_DRIVERS = {
    "postgresql": "psycopg2", "postgres": "psycopg2", "mysql": "pymysql", "mariadb": "pymysql", "oracle": "oracledb",
    "mssql": "pymssql",
}  # fmt: skip
# Dialect → what of this project's extras brings its driver.
_EXTRAS = {
    "postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql", "oracle": "oracle", "mssql": "sqlserver",
    "dm": "dameng", "opengauss": "opengauss", "oceanbase": "oceanbase", "gbase8s": "gbase8s", "kingbase": "kingbase",
}  # fmt: skip
SECONDS = 15  # to wait for a server that does not answer
_WAIT = {
    "psycopg2": "connect_timeout",
    "psycopg": "connect_timeout",
    "pymysql": "connect_timeout",
    "pymssql": "login_timeout",
}


def address(database: Database) -> URL:
    """The URL of a source's database, its driver said in full (``postgresql+psycopg2://``).

    Raises Problem when the environment variable is not set, and for what is no URL.
    """
    text = database.url
    if database.url_env is not None:
        text = os.environ.get(database.url_env, "").strip()
        if not text:
            raise Problem(
                f"the environment variable {database.url_env}, named in database.url_env, is not set; set it to the "
                "database's URL, such as postgresql://user:password@host:5432/name.",
                f"database.url_env 指定的环境变量 {database.url_env} 未设置；请设为数据库 URL，"
                "如 postgresql://用户:密码@主机:5432/库名。",
            )
    try:
        url = make_url(text or "")
    except (ArgumentError, ValueError):
        raise Problem(
            "the database's URL cannot be understood; write it as dialect://user:password@host:port/name, with special "
            "characters of the password percent-encoded.",
            "数据库 URL 无法识别；请写成 方言://用户:密码@主机:端口/库名，密码中的特殊字符须作百分号编码。",
        ) from None
    if "+" in url.drivername or url.drivername not in _DRIVERS:
        return url
    dialect = "postgresql" if url.drivername == "postgres" else url.drivername
    return url.set(drivername=f"{dialect}+{_DRIVERS[dialect]}")


def shown_place(url: URL) -> str:
    """Which database it is, for messages: never a user, a password or an option."""
    if url.get_backend_name() == "sqlite":
        return url.database or "sqlite"
    where = url.host or url.get_backend_name()
    return where + (f":{url.port}" if url.port else "") + (f"/{url.database}" if url.database else "")


@contextlib.contextmanager
def reading(database: Database, root: Path) -> Iterator[sa.Connection]:
    """An open connection that cannot write where the database lets one say so, and never commits.

    PostgreSQL (and its kin): a read-only transaction over one snapshot. MySQL, Oracle: a read-only transaction.
    SQLite: the file opened with ``mode=ro``, its path relative to ``root``. Raises Problem, see ``fault``.
    """
    url = address(database)
    engine = _engine(url, root)
    try:
        with _connect(engine, url) as con:
            yield con
    finally:
        engine.dispose()


def _engine(url: URL, root: Path) -> sa.Engine:
    options: dict[str, Any] = {"poolclass": NullPool, "hide_parameters": True}
    if url.get_backend_name() == "sqlite":
        path = _sqlite_file(url, root)
        options["creator"] = lambda: _open_sqlite(path)
        return sa.create_engine(f"{url.drivername}://", **options)
    wait = _WAIT.get(url.drivername.partition("+")[2])
    if wait is not None and wait not in url.query:
        options["connect_args"] = {wait: SECONDS}
    name = url.get_backend_name()
    try:
        return sa.create_engine(url, **options)
    except (NoSuchModuleError, ImportError):
        raise _no_driver(name, url.drivername) from None
    except (SQLAlchemyError, ValueError, TypeError):
        raise Problem(
            f"the URL of the {name} database has parts that its driver does not take; look at its options.",
            f"{name} 数据库 URL 中有驱动不接受的内容；请检查其参数。",
        ) from None


def _no_driver(name: str, drivername: str) -> Problem:
    extra = _EXTRAS.get(name)
    if extra is None:
        known = ", ".join(sorted({"sqlite", *_EXTRAS}))
        return Problem(
            f"there is no database dialect '{name}'; known ones are: {known}.",
            f"没有“{name}”这种数据库方言；可用：{known}。",
        )
    usual = f"{name}+{_DRIVERS[name]}" if name in _DRIVERS else name
    en = f"the driver for {drivername} is not installed: pip install 'oncegrid[{extra}]'"
    zh = f"未安装 {drivername} 的驱动：pip install 'oncegrid[{extra}]'"
    if drivername not in (name, usual):
        return Problem(f"{en}, and begin the URL with {usual}://.", f"{zh}，并将 URL 开头写为 {usual}://。")
    return Problem(f"{en}.", f"{zh}。")


def _sqlite_file(url: URL, root: Path) -> Path:
    path = root / (url.database or "")
    if url.database and url.database != ":memory:" and path.is_file():
        return path
    raise Problem(
        f"there is no SQLite file {url.database or '(none named)'}; its path is relative to the workspace: sqlite:///inbox/…/x.db.",
        f"没有 SQLite 文件 {url.database or '（未写明）'}；路径相对于工作区：sqlite:///inbox/…/x.db。",
    )


def _open_sqlite(path: Path) -> sqlite3.Connection:
    con = sqlite3.connect(f"file:{urllib.parse.quote(str(path.resolve()))}?mode=ro", uri=True)
    # Bytes that are no UTF-8 stand in old files as text: what decodes is kept.
    con.text_factory = lambda data: data.decode("utf-8", "replace")
    return con


@contextlib.contextmanager
def _connect(engine: sa.Engine, url: URL) -> Iterator[sa.Connection]:
    try:
        con = engine.connect()
    except (DBAPIError, OSError, UnicodeError) as error:
        raise unreachable(error, url) from None
    with con:
        try:
            _only_read(con)
        except DBAPIError as error:
            raise fault(error) from None
        yield con
        con.rollback()


def _only_read(con: sa.Connection) -> None:
    dialect = con.dialect
    if "postgresql_readonly" in getattr(dialect, "connection_characteristics", {}):
        con.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    elif dialect.name in ("mysql", "mariadb", "oceanbase"):
        with contextlib.suppress(DBAPIError):  # servers before 5.6 know no read-only transaction
            con.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
        con.rollback()  # what was said counts from the next transaction on
    elif dialect.name == "oracle":
        con.exec_driver_sql("SET TRANSACTION READ ONLY")


def _code(error: BaseException) -> str:
    """The class of a driver's error and its number, which hold no data."""
    orig: BaseException = getattr(error, "orig", None) or error
    found = (getattr(orig, name, None) for name in ("pgcode", "sqlstate", "sqlite_errorname"))
    told = next((code for code in found if code), None)
    if told is None and orig.args and isinstance(orig.args[0], int):
        told = orig.args[0]
    return type(orig).__name__ + (f" {told}" if told else "")


# What drivers say when there is no connection → what it means. The first that fits.
_REASONS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("password", "access denied", "authentication", "login failed", "ora-01017", "no pg_hba", 'role "'),
     "it refuses the user or the password; correct them in the URL",
     "用户名或密码未被接受；请更正 URL"),
    (("unknown database", "does not exist", "cannot open database", "ora-12514"),
     "it has no database of that name; correct it in the URL",
     "没有此名称的数据库；请更正 URL"),
    (("timeout", "timed out"), "it does not answer; check host, port and firewall", "没有应答；请检查主机、端口和防火墙"),
    (("refused", "resolve", "name or service", "unreachable", "no route", "translate host", "can't connect"),
     "host and port cannot be reached; check them, and that the server runs",
     "主机和端口无法连通；请检查，并确认服务已启动"),
)  # fmt: skip


def unreachable(error: BaseException, url: URL) -> Problem:
    """Why no connection could be made, without the driver's own words."""
    words, place = str(getattr(error, "orig", None) or error).lower(), shown_place(url)
    for signs, en, zh in _REASONS:
        if any(sign in words for sign in signs):
            return Problem(
                f"cannot connect to {place}: {en} ({_code(error)}).",
                f"无法连接 {place}：{zh}（{_code(error)}）。",
            )
    return Problem(
        f"cannot connect to {place} ({_code(error)}); check the URL, and that the server runs.",
        f"无法连接 {place}（{_code(error)}）；请检查 URL，并确认服务已启动。",
    )


def fault(error: BaseException) -> Problem:
    """Why a statement failed, without the driver's own words: they may quote data."""
    words = str(getattr(error, "orig", None) or error).lower()
    if "not a database" in words or "malformed" in words:
        return Problem(
            "this is no whole SQLite database; ask the agency for it again.",
            "不是完整的 SQLite 数据库；请对方重新提供。",
        )
    return Problem(
        f"the database refused to be read ({_code(error)}); try the same table or query in its own client, as the same user.",
        f"数据库拒绝读取（{_code(error)}）；请以同一用户在数据库客户端中试查同一表或查询。",
    )
