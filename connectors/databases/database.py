"""A table or a query of a database, pulled as an edition: the rows as text in one Parquet file, and its manifest.

Belongs here: what is new about the rows, the cursor that was reached, the edition's place in the landing zone.
Does not belong here: what is asked and how the rows come (``database_fetch.py``, in a child process), reading the
landed file (``parquet_records.py``).

The rows are sorted when they are landed (see ``pulled_rows.py``), so the same rows are the same edition, and a query's
own ORDER BY is lost; ``database.order`` says which row of a key came later.

A cursor (a column that grows with each change: an update time, a serial number, a batch) is used by sources of mode
``delta``: once an edition has been pulled, only rows at or above the highest value before are asked for, and rows
without one. A row that is committed late with a lower value, and one that is deleted, are not seen so: leave out
the cursor where that happens.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import shutil
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.child import Crashed, Reader, TooBig, TooSlow
from connectors.databases.database_fetch import Fetched, fetch, not_landed
from connectors.databases.database_query import KINDS, Mode
from connectors.landing import Arrival, Known, Landed, edition_id, into_place, seen_before
from schemas.problem import Problem
from schemas.source_forms import Database

Fetch = Callable[[Database, Path, Path, Mode, Mapping[str, str] | None], Fetched]


def in_child(
    database: Database, root: Path, building: Path, mode: Mode, reached: Mapping[str, str] | None
) -> Fetched:
    """``database_fetch.fetch`` in a child process, with its limits of memory and time.

    A server that hangs, or a driver that does, ends with the child. The URL does not leave the place it is kept in:
    the child has the environment and reads the key file itself.
    """
    with Reader(seconds=database.seconds.total, cpu=2.0 * database.seconds.total) as reader:
        try:
            told = reader.pull(
                {
                    "database": database.model_dump(mode="json"), "root": str(root.resolve()), "building": str(building.resolve()),
                    "mode": mode, "reached": reached,
                }
            )  # fmt: skip
        except TooSlow:
            raise Problem(
                f"the pull took more than {database.seconds.total} s and was stopped; ask for less (a cursor, an index on it, "
                "a simpler query), or raise database.seconds.total.",
                f"抽取超过 {database.seconds.total} 秒，已停止；请缩小范围（使用游标并为其建索引、简化查询），或调大 "
                "database.seconds.total。",
            ) from None
        except TooBig:
            raise Problem(
                "the pull needs more memory than it may have: a single row or cell is very large; leave that column out by "
                "database.query.",
                "抽取所需内存超限：单行或单个单元格过大；请用 database.query 略去该列。",
            ) from None
        except Crashed as problem:
            raise Problem(
                "the database's driver broke down while it read; try again, leave out unusual columns by database.query, or "
                "take another version of the driver.",
                "数据库驱动在读取时崩溃；请重试，用 database.query 略去特殊列，或更换驱动版本。",
            ) from problem
    return Fetched(**{**told, "path": Path(told["path"])})


def in_process(
    database: Database, root: Path, building: Path, mode: Mode, reached: Mapping[str, str] | None
) -> Fetched:
    """As ``in_child``, in this process: for programs that end by themselves."""
    return fetch(database, root, building, mode, reached)


def pull(
    source: str,
    database: Database,
    root: Path,
    landing: Path,
    known: Iterable[Known] = (),
    *,
    day: dt.date,
    mode: Mode = "full",
    now: dt.datetime | None = None,
    by: Fetch = in_child,
) -> list[Arrival]:
    """Pull the source's table or query into ``landing/<edition_id>/<table, or query>.parquet`` with its manifest.

    ``root`` is the workspace (SQLite paths and key files are relative to it), ``landing`` the source's own folder,
    ``known`` its earlier editions, any order. ``day`` is the pull's as_of. One Arrival: landed, known (the same rows as
    before, or nothing new above the cursor) or failed with a Problem, which never holds credentials.
    """
    moment = now or dt.datetime.now().astimezone()
    before = sorted(known, key=lambda k: (k.landed_at, k.edition_id))
    name = file_name(database)
    # A folder of its own each time: the child of a run that was killed may still be writing to the last one.
    building = landing / f"pull-{uuid.uuid4().hex[:8]}.building"
    for left in landing.glob("pull-*.building"):
        shutil.rmtree(left, ignore_errors=True)
    try:
        building.mkdir(parents=True, mode=0o700)
        asked = _asked(database)
        reached = _reached(landing, before, asked) if mode == "delta" and database.cursor else None
        pulled = by(database, root, building, mode, reached.top if reached else None)
        made = _Made(source, name, asked, building, landing, day, moment)
        return [_arrival(made, pulled, reached, before, mode)]
    except Problem as problem:
        problem.file = problem.file or name
        return [Arrival(name, "failed", problem=problem)]
    except OSError as error:
        full = not_landed(error)
        full.file = name
        return [Arrival(name, "failed", problem=full)]
    finally:
        shutil.rmtree(building, ignore_errors=True)


def file_name(database: Database) -> str:
    """The landed file's name: the table's, ``query`` for a query; signs that file names cannot have become ``_``."""
    name = re.sub(r'[\x00-\x1f\\/:*?"<>|]', "_", database.table or "query").lstrip(".") or "_"
    if len(name.encode()) > 200:
        name = f"{name[:50]}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"
    return f"{name}.parquet"


@dataclass(frozen=True)
class _Reached:
    """How far an earlier pull came: ``top`` of the cursor, and the hash of the rows at it or without one."""

    edition: Known
    top: Mapping[str, str]
    tail: str


@dataclass(frozen=True)
class _Made:
    """What is the same whatever comes of a pull."""

    source: str
    name: str
    asked: str
    building: Path
    landing: Path
    day: dt.date
    moment: dt.datetime


def _asked(database: Database) -> str:
    """A signature of what is asked for: a changed query starts anew."""
    told: list[Any] = [database.table, database.query, database.cursor]
    if database.fetched is not None:
        told += [database.fetched.column, *database.fetched.values]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def _reached(landing: Path, before: list[Known], asked: str) -> _Reached | None:
    """Where the newest pull of the same ended; None where none is known, or its manifest is gone."""
    for edition in reversed(before):
        try:
            told = json.loads((landing / edition.edition_id / "manifest.json").read_text("utf-8")).get("pull")
        except (OSError, ValueError):
            continue
        if isinstance(told, dict) and told.get("asked") == asked and told.get("cursor"):
            at = told["cursor"]
            if at.get("kind") in KINDS:
                return _Reached(edition, {k: at[k] for k in ("column", "kind", "value")}, at["tail"])
    return None


def _arrival(
    made: _Made, pulled: Fetched, reached: _Reached | None, before: list[Known], mode: Mode
) -> Arrival:
    # Above the cursor there is nothing but what the last pull ended with.
    if reached is not None and (not pulled.rows or pulled.sha256 == reached.tail):
        return Arrival(made.name, "known", same_as=reached.edition)
    # Of a table that holds only what is new (a front table that is emptied), nothing is no news.
    if mode == "delta" and not pulled.rows and before:
        return Arrival(made.name, "known", same_as=before[-1])
    met, newest = seen_before(made.name, pulled.sha256, before)
    if met is not None:
        return met
    identity = _identity(made, pulled.sha256, before)
    at = made.moment.isoformat(timespec="seconds")
    # What a delta brings is added to what came before; a whole table follows on its last state.
    replaces = newest.edition_id if newest is not None and mode == "full" else None
    size = pulled.path.stat().st_size
    edition = Landed(
        identity, made.source, made.name, pulled.sha256, size, at, at, made.day, "landing", None, replaces
    )
    told: dict[str, Any] = {"asked": made.asked, "rows": pulled.rows, "tries": pulled.tries, "cursor": None}
    if pulled.top is not None:
        told["cursor"] = {**pulled.top, "tail": pulled.tail}
    pulled.path.rename(made.building / made.name)
    into_place(made.building, made.landing / identity, edition, {"pull": told})
    return Arrival(made.name, "landed", edition)


def _identity(made: _Made, sha256: str, before: list[Known]) -> str:
    """The edition's name. Rows that changed and changed back within a day are a second edition of the same rows."""
    first = edition_id(made.source, made.day, sha256)
    taken = {k.edition_id for k in before}
    return next(
        name for n in range(1, len(taken) + 2) if (name := first if n == 1 else f"{first}-{n}") not in taken
    )
