"""A table or a query of a database, pulled as an edition: the rows as text in one Parquet file, and its manifest.

Belongs here: what is asked, the rows on their way to the landing zone, what is new about them, the cursor.
Does not belong here: connections and drivers (``database_connection.py``), values (``value_text.py``), reading the
landed file (``parquet_records.py``).

The rows are sorted as text, by all columns, when they are landed: the order of a server (its plan, its collation) is
nothing that a hash may hang on. So the same rows are the same edition, and a query's own ORDER BY is lost.

A cursor (a column that grows with each change: an update time, a serial number) is used by sources of mode
``delta``: once an edition has been pulled, only rows at or above the highest value before are asked for, and rows
without one. A row that is committed late with a lower value, and one that is deleted, are not seen so: leave out
the cursor where that happens.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from connectors.database_connection import fault, reading
from connectors.landing import Arrival, Known, Landed, edition_id, into_place, seen_before
from connectors.pulled_rows import Pulled, pour, settle
from connectors.value_text import value_text
from schemas.problem import Problem
from schemas.source_forms import Database

ROWS = 20_000  # fetched at a time
# Kinds of values a cursor may have, and how they come back from the manifest.
_KINDS: dict[str, Callable[[str], Any]] = {
    "int": int, "float": float, "Decimal": Decimal, "str": str, "bytes": bytes.fromhex,
    "datetime": dt.datetime.fromisoformat, "date": dt.date.fromisoformat,
}  # fmt: skip


def pull(
    source: str,
    database: Database,
    root: Path,
    landing: Path,
    known: Iterable[Known] = (),
    *,
    day: dt.date,
    mode: Literal["full", "delta"] = "full",
    now: dt.datetime | None = None,
) -> list[Arrival]:
    """Pull the source's table or query into ``landing/<edition_id>/<table, or query>.parquet`` with its manifest.

    ``root`` is the workspace (SQLite paths are relative to it), ``landing`` the source's own folder, ``known`` its
    earlier editions, any order. ``day`` is the pull's as_of. One Arrival: landed, known (the same rows as before,
    or nothing new above the cursor) or failed with a Problem, which never holds credentials.
    """
    moment = now or dt.datetime.now().astimezone()
    before = sorted(known, key=lambda k: (k.landed_at, k.edition_id))
    name = file_name(database)
    building = landing / "pull.building"
    shutil.rmtree(building, ignore_errors=True)
    try:
        building.mkdir(parents=True, mode=0o700)
        asked = _asked(database)
        reached = _reached(landing, before, asked) if mode == "delta" and database.cursor else None
        with reading(database, root) as con:
            pulled, top = _fetch(con, database, building, reached, mode)
        return [_arrival(source, name, pulled, top, asked, reached, building, landing, before, day, moment)]
    except Problem as problem:
        problem.file = problem.file or name
        return [Arrival(name, "failed", problem=problem)]
    except OSError as error:
        words = error.strerror or type(error).__name__
        return [Arrival(name, "failed", problem=Problem(
            f"the pull cannot be landed: {words}; see to access rights and free space.",
            f"抽取的数据无法保存：{words}；请检查访问权限和磁盘空间。",
            file=name,
        ))]  # fmt: skip
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
    """How far an earlier pull came: ``value`` of the cursor, and the hash of the rows at it or without one."""

    edition: Known
    column: str
    value: Any
    tail: str


def _asked(database: Database) -> str:
    """A signature of what is asked for: a changed query starts anew."""
    told = [database.table, database.query, database.cursor]
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
            return _Reached(edition, at["column"], _KINDS[at["kind"]](at["value"]), at["tail"])
    return None


def _fetch(
    con: sa.Connection, database: Database, building: Path, reached: _Reached | None, mode: str
) -> tuple[Pulled, dict[str, str] | None]:
    """The rows, landed but for their place, and the highest cursor value among all that are asked for."""
    origin = _from(con, database)
    top: dict[str, str] | None = None
    column = None
    try:
        sql, values = _plain(_query(database) or f"SELECT * FROM {origin}"), dict[str, Any]()
        if mode == "delta" and database.cursor:
            column = _cursor(con, origin, database.cursor)
            quoted, whole = _plain(con.dialect.identifier_preparer.quote(column)), _plain(origin)
            # Asked before the rows: what is added in between is pulled again rather than never.
            top = _top(con.execute(sa.text(f"SELECT max({quoted}) FROM {whole}")).scalar(), column)
            if reached is not None:
                sql, values = (
                    f"SELECT * FROM {whole} WHERE ({quoted} >= :reached OR {quoted} IS NULL)",
                    {"reached": reached.value},
                )
        options = {"stream_results": True, "yield_per": ROWS}
        with con.execute(sa.text(sql), values, execution_options=options) as result:
            rough = pour(list(result.keys()), result.partitions(ROWS), building)
    except SQLAlchemyError as error:
        raise _no_table(con, database) or fault(error) from None
    except (ValueError, OverflowError) as error:
        raise Problem(
            f"a value of the database does not fit ({type(error).__name__}), such as a date before the year 1 or "
            "'infinity'; cast that column to text in database.query.",
            f"数据库中有无法表示的值（{type(error).__name__}），如公元前日期或 infinity；请在 database.query 中把该列转为文本。",
        ) from None
    return settle(rough, building, (column, top["value"]) if column and top else None), top


def _query(database: Database) -> str:
    return (database.query or "").strip().rstrip(";").rstrip()


def _plain(sql: str) -> str:
    """SQL in which no colon names a parameter."""
    return sql.replace(":", "\\:")


def _from(con: sa.Connection, database: Database) -> str:
    """What stands behind FROM, names quoted as the dialect does."""
    if database.query is not None:
        return f"({_query(database)}) pulled"
    schema, name = _resolved(con, database.table or "")
    quoter = con.dialect.identifier_preparer
    return f"{quoter.quote_schema(schema)}.{quoter.quote(name)}" if schema else f"{quoter.quote(name)}"


def _resolved(con: sa.Connection, table: str) -> tuple[str | None, str]:
    """Schema and name as the database spells them: as written, else the one name that differs in case only.

    A name that is not listed stands as written: some lists leave out synonyms and what others own.
    """
    schema, _, last = table.rpartition(".")
    for place, name in ((None, table), (schema, last)):
        if place == "":
            break
        names = _names(con, place) or []
        same = [n for n in names if n == name] or [n for n in names if n.casefold() == name.casefold()]
        if len(same) == 1:
            return place, same[0]
    return schema or None, last


def _names(con: sa.Connection, schema: str | None) -> list[str] | None:
    """Tables and views of a schema (None: the user's own); None where the database does not list them."""
    try:
        inspector = sa.inspect(con)
        return [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
    except (SQLAlchemyError, NotImplementedError):
        con.rollback()
        return None


def _no_table(con: sa.Connection, database: Database) -> Problem | None:
    """The Problem for a table that is not among those of the database; None where the list tells nothing."""
    if database.table is None:
        return None
    con.rollback()
    schema, _, name = database.table.rpartition(".")
    names = _names(con, schema or None)
    if names is None or name in names:
        return None
    if not names:
        return Problem(
            f"the database shows this user no table {database.table}, nor any other there; correct database.table "
            "(schema.table), or have the right to read it granted.",
            f"该用户看不到表 {database.table}，也看不到同处的其他表；请更正 database.table（模式.表名），或请对方授予读取权限。",
        )
    folded = {n.casefold(): n for n in names}
    near = [folded[n] for n in difflib.get_close_matches(name.casefold(), list(folded), 5, 0.5)] or sorted(
        names
    )[:5]
    return Problem(
        f"the database shows no table {database.table}; near it: {', '.join(near)}. Correct database.table, or have "
        "the right to read it granted.",
        f"数据库中看不到表 {database.table}；相近的有：{'、'.join(near)}。请更正 database.table，或请对方授予读取权限。",
    )


def _cursor(con: sa.Connection, origin: str, wanted: str) -> str:
    # Asked without rows: SQLite takes the quoted name of a column that does not exist for a text.
    with con.execute(sa.text(f"SELECT * FROM {_plain(origin)} WHERE 0 = 1")) as result:
        names: list[str] = list(result.keys())
    same = [n for n in names if n == wanted] or [n for n in names if n.casefold() == wanted.casefold()]
    if len(same) != 1:
        raise Problem(
            f"database.cursor names the column '{wanted}', which is not there; the columns are: {', '.join(names)}.",
            f"database.cursor 写了列“{wanted}”，数据中没有；列有：{'、'.join(names)}。",
        )
    return same[0]


def _top(value: Any, column: str) -> dict[str, str] | None:
    """The highest cursor value as the manifest holds it; None where there is none."""
    if value is None:
        return None
    kind = "bytes" if isinstance(value, bytes | bytearray | memoryview) else type(value).__name__
    if kind not in _KINDS:
        raise Problem(
            f"the cursor column '{column}' holds values of type {kind}, which do not grow; name a time or a serial number.",
            f"游标列“{column}”的类型为 {kind}，不是递增值；请改用时间或流水号。",
        )
    return {"column": column, "kind": kind, "value": value_text(value) or ""}


def _arrival(
    source: str, name: str, pulled: Pulled, top: Mapping[str, str] | None, asked: str, reached: _Reached | None,
    building: Path, landing: Path, before: list[Known], day: dt.date, moment: dt.datetime,
) -> Arrival:  # fmt: skip
    # Above the cursor there is nothing but what the last pull ended with.
    if reached is not None and (not pulled.rows or pulled.sha256 == reached.tail):
        return Arrival(name, "known", same_as=reached.edition)
    met, newest = seen_before(name, pulled.sha256, before)
    if met is not None:
        return met
    identity = edition_id(source, day, pulled.sha256)
    same = next((k for k in before if k.edition_id == identity), None)
    if same is not None:
        return Arrival(name, "known", same_as=same)
    at = moment.isoformat(timespec="seconds")
    edition = Landed(
        identity, source, name, pulled.sha256, pulled.path.stat().st_size, at, at, day, "landing", None,
        newest.edition_id if newest is not None else None,
    )  # fmt: skip
    told: dict[str, Any] = {"asked": asked, "rows": pulled.rows, "cursor": None}
    if top is not None:
        told["cursor"] = {**top, "tail": pulled.tail}
    pulled.path.rename(building / name)
    into_place(building, landing / identity, edition, {"pull": told})
    return Arrival(name, "landed", edition)
