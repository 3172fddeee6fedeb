"""One pull, from connecting to a sorted file of rows: what runs in the child process.

Belongs here: the tries and the waits between them, the rows' way from the server to ``pulled_rows``, how many are held
at a time. Does not belong here: what is new about them (``database.py``), the child (``child.py``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from connectors.databases.database_connection import reading
from connectors.databases.database_faults import Passing, fault
from connectors.databases.database_manners import driver_of, give_up
from connectors.databases.database_query import Mode, no_table, question
from connectors.databases.pulled_rows import Pour, Rough, settle
from schemas.problem import Problem
from schemas.source_forms import Database

ROWS = 20_000  # fetched at a time, at most
FIRST = 500  # of the first part, whose size tells how many may follow
BYTES = 32 << 20  # of text held at a time
PAUSES = (1.0, 2.0, 4.0)  # seconds before a pull is tried again


@dataclass(frozen=True)
class Fetched:
    """Rows in ``path``, sorted. ``sha256`` is of names and rows; ``top`` the highest cursor value (``column``, ``kind``,
    ``value``) and ``tail`` the hash of the rows at it or without one: both None without a cursor. ``tries`` it took."""

    path: Path
    rows: int
    sha256: str
    top: dict[str, str] | None
    tail: str | None
    tries: int = 1


def fetch(
    database: Database,
    root: Path,
    building: Path,
    mode: Mode = "full",
    reached: Mapping[str, str] | None = None,
    *,
    sleep: Callable[[float], object] = time.sleep,
) -> Fetched:
    """Pull the rows into the folder ``building``. ``reached`` is the ``top`` of an earlier pull: only rows from there on.

    A fault that may pass is met with another try, from the beginning, as often as ``PAUSES`` has waits and while
    there is time. Raises Problem (``Passing`` after the last try) and OSError.
    """
    began, tries = time.monotonic(), 1
    while True:
        try:
            return _once(database, root, building, mode, reached, tries)
        except Passing as problem:
            left = database.seconds.total - (time.monotonic() - began)
            if tries > len(PAUSES) or left <= PAUSES[tries - 1]:
                raise _given_up(problem, tries) if tries > 1 else problem from None
            sleep(PAUSES[tries - 1])
            tries += 1


def _given_up(problem: Problem, tries: int) -> Problem:
    return Passing(
        f"{problem.en} It was tried {tries} times.", f"{problem.zh}已尝试 {tries} 次。", file=problem.file
    )


def _once(
    database: Database, root: Path, building: Path, mode: Mode, reached: Mapping[str, str] | None, tries: int
) -> Fetched:
    with reading(database, root) as con:
        try:
            asked = question(con, database, mode, reached)
            options = {"stream_results": True}
            rough = _poured(
                con,
                con.execute(sa.text(asked.sql), asked.values, execution_options=options),
                building,
                asked.order,
            )
        except SQLAlchemyError as error:
            told = fault(error, database.seconds)
            raise told if isinstance(told, Passing) else no_table(con, database) or told from None
        except (ValueError, OverflowError) as error:
            raise Problem(
                f"a value of the database does not fit ({type(error).__name__}), such as a date before the year 1 or "
                "'infinity'; cast that column to text in database.query.",
                f"数据库中有无法表示的值（{type(error).__name__}），如公元前日期或 infinity；请在 database.query 中把该列转为文本。",
            ) from None
    # The connection is closed by now: sorting takes its time, and nothing more is asked.
    top = asked.top
    pulled = settle(rough, building, (top["column"], top["value"]) if top else None)
    return Fetched(pulled.path, pulled.rows, pulled.sha256, top, pulled.tail, tries)


def _poured(con: sa.Connection, result: sa.CursorResult[Any], building: Path, order: Sequence[str]) -> Rough:
    driver = driver_of(con)  # asked for now: a connection that broke has lost it
    try:
        pour = Pour(list(result.keys()), building, order)
        for part in _parts(result, pour):
            pour.add(part)
        return pour.end()
    except BaseException:
        give_up(driver)  # before the result is closed, which may mean to read the rest of it
        raise


def _parts(result: sa.CursorResult[Any], pour: Pour) -> Iterator[Sequence[Sequence[Any]]]:
    """Rows in parts of about ``BYTES``, so that pictures in a column cost no more memory than numbers."""
    size = min(FIRST, ROWS)
    while part := result.fetchmany(size):
        yield part
        size = max(1, min(ROWS, int(BYTES / max(1.0, pour.bytes / pour.rows))))


def not_landed(error: OSError) -> Problem:
    """Why rows could not be written."""
    words = error.strerror or type(error).__name__
    return Problem(
        f"the pull cannot be landed: {words}; see to access rights and free space.",
        f"抽取的数据无法保存：{words}；请检查访问权限和磁盘空间。",
    )


def fetch_plain(request: Mapping[str, Any]) -> dict[str, Any]:
    """As ``fetch``, from and to what JSON can hold. Raises Problem alone."""
    try:
        told = fetch(
            Database.model_validate(request["database"]), Path(request["root"]), Path(request["building"]),
            request["mode"], request["reached"],
        )  # fmt: skip
    except OSError as error:
        raise not_landed(error) from None
    return {**told.__dict__, "path": str(told.path)}
