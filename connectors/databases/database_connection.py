"""A connection to an agency's database that only reads.

Belongs here: from a URL to an open connection. Drivers are imported only when a source asks for one; only SQLite's is
part of every installation. Does not belong here: the URL (``database_address.py``), what differs between servers
(``database_manners.py``), faults in words (``database_faults.py``), what is read (``database_fetch.py``).
"""

from __future__ import annotations

import contextlib
import sqlite3
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from connectors.databases.database_address import address, no_driver
from connectors.databases.database_faults import fault, unreachable
from connectors.databases.database_manners import (
    driver_of,
    driver_options,
    engine_options,
    give_up,
    settle_in,
)
from connectors.databases.plain_dialects import register
from schemas.problem import Problem
from schemas.source_forms import Database, Seconds


@contextlib.contextmanager
def reading(database: Database, root: Path) -> Iterator[sa.Connection]:
    """An open connection that cannot write where the database lets one say so, and never commits.

    PostgreSQL (and its kin), MySQL: a read-only transaction over one snapshot. Oracle: a read-only transaction.
    SQLite: the file opened with ``mode=ro``, its path relative to ``root``. Raises Problem, see ``fault``.
    """
    url = address(database, root)
    engine = engine_of(url, root, database.seconds)
    try:
        with _connect(engine, url, database.seconds) as con:
            yield con
    finally:
        engine.dispose()


def engine_of(url: URL, root: Path, seconds: Seconds) -> sa.Engine:
    """The engine for ``url``; its driver is imported here. Raises Problem where there is none."""
    register()
    options: dict[str, Any] = {"poolclass": NullPool, "hide_parameters": True, **engine_options(url)}
    if url.get_backend_name() == "sqlite":
        path = _sqlite_file(url, root)
        options["creator"] = lambda: _open_sqlite(path, seconds)
        return sa.create_engine(f"{url.drivername}://", **options)
    name = url.get_backend_name()
    try:
        return sa.create_engine(url, connect_args=driver_options(url, seconds), **options)
    except (NoSuchModuleError, ImportError):
        raise no_driver(url) from None
    except (SQLAlchemyError, ValueError, TypeError):
        raise Problem(
            f"the URL of the {name} database has parts that its driver does not take; look at its options.",
            f"{name} 数据库 URL 中有驱动不接受的内容；请检查其参数。",
        ) from None


def _sqlite_file(url: URL, root: Path) -> Path:
    path = root / (url.database or "")
    if url.database and url.database != ":memory:" and path.is_file():
        return path
    raise Problem(
        f"there is no SQLite file {url.database or '(none named)'}; its path is relative to the workspace: sqlite:///inbox/…/x.db.",
        f"没有 SQLite 文件 {url.database or '（未写明）'}；路径相对于工作区：sqlite:///inbox/…/x.db。",
    )


def _open_sqlite(path: Path, seconds: Seconds) -> sqlite3.Connection:
    place = f"file:{urllib.parse.quote(str(path.resolve()))}?mode=ro"
    con = sqlite3.connect(place, uri=True, timeout=seconds.connect)
    # Bytes that are no UTF-8 stand in old files as text: what decodes is kept.
    con.text_factory = lambda data: data.decode("utf-8", "replace")
    return con


@contextlib.contextmanager
def _connect(engine: sa.Engine, url: URL, seconds: Seconds) -> Iterator[sa.Connection]:
    try:
        con = engine.connect()
    except (DBAPIError, OSError, UnicodeError) as error:
        raise unreachable(error, url) from None
    driver = driver_of(con)
    try:
        try:
            settle_in(con, seconds)
        except DBAPIError as error:
            raise fault(error, seconds) from None
        yield con
        con.rollback()
    except BaseException:
        give_up(driver)
        raise
    finally:
        # A connection that broke down says so again when it is closed.
        with contextlib.suppress(SQLAlchemyError, OSError):
            con.close()
