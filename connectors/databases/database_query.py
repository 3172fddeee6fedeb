"""The SQL of a pull: which table, which rows of it, in which order of columns.

Belongs here: names as the database spells them, conditions of cursor and fetched flag, a table that is not there.
Does not belong here: connections, the rows themselves (``pulled_rows.py``).
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from connectors.databases.database_manners import begin_again
from connectors.databases.value_text import value_text
from schemas.problem import Problem
from schemas.source_forms import Database

Mode = Literal["full", "delta"]
# Kinds of values a cursor may have, and how they come back from the manifest.
KINDS: dict[str, Callable[[str], Any]] = {
    "int": int, "float": float, "Decimal": Decimal, "str": str, "bytes": bytes.fromhex,
    "datetime": dt.datetime.fromisoformat, "date": dt.date.fromisoformat,
}  # fmt: skip


@dataclass(frozen=True)
class Question:
    """What is asked: ``sql`` with ``values``; ``top`` is the highest cursor value as the manifest holds it (``column``,
    ``kind``, ``value``), None without a cursor or any value; ``order`` are the columns that say which row came later."""

    sql: str
    values: Mapping[str, Any]
    top: dict[str, str] | None
    order: tuple[str, ...]


def question(
    con: sa.Connection, database: Database, mode: Mode, reached: Mapping[str, str] | None
) -> Question:
    """What to ask of an open connection. ``reached`` is the ``top`` of an earlier pull, None to ask for all rows.

    Raises Problem for a column that is not there, SQLAlchemyError for what the database refuses.
    """
    origin = _plain(_from(con, database))
    columns = _columns(con, origin) if database.used_headers else []

    def quoted(name: str, key: str) -> str:
        return _plain(con.dialect.identifier_preparer.quote(_column(columns, name, key)))

    order = tuple(
        _column(columns, name, "order" if database.order else "cursor") for name in database.sequence
    )
    conditions: list[str] = []
    if database.fetched is not None:
        conditions.append(
            _fetched(con, quoted(database.fetched.column, "fetched.column"), database.fetched.values)
        )
    top, values = None, dict[str, Any]()
    if mode == "delta" and database.cursor:
        cursor = quoted(database.cursor, "cursor")
        # Asked before the rows: what is added in between is pulled again rather than never.
        highest = con.execute(sa.text(f"SELECT max({cursor}) FROM {origin}{_where(conditions)}")).scalar()
        top = _top(highest, _column(columns, database.cursor, "cursor"))
        if reached is not None:
            conditions.append(f"({cursor} >= :reached OR {cursor} IS NULL)")
            values = {"reached": KINDS[reached["kind"]](reached["value"])}
    # A query stands alone where nothing is added to it, so that a database may run it as it was written.
    whole = (
        _plain(_query(database))
        if database.query is not None and not conditions
        else f"SELECT * FROM {origin}"
    )
    return Question(whole + _where(conditions), values, top, order)


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _fetched(con: sa.Connection, column: str, values: tuple[str, ...]) -> str:
    """Rows whose flag is one of ``values``: as literals, which fit a column of numbers and a padded one as well."""
    literal: Any = sa.String().dialect_impl(con.dialect).literal_processor(con.dialect)
    listed = ", ".join(_plain(literal(value)) for value in values if value)
    parts = [f"{column} IN ({listed})"] if listed else []
    if "" in values:
        parts.append(f"{column} IS NULL")
    return f"({' OR '.join(parts)})"


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
        begin_again(con)
        return None


def no_table(con: sa.Connection, database: Database) -> Problem | None:
    """The Problem for a table that is not among those of the database; None where the list tells nothing."""
    if database.table is None:
        return None
    begin_again(con)
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


def _columns(con: sa.Connection, origin: str) -> list[str]:
    # Asked without rows: SQLite takes the quoted name of a column that does not exist for a text.
    with con.execute(sa.text(f"SELECT * FROM {origin} WHERE 0 = 1")) as result:
        return list(result.keys())


def _column(names: list[str], wanted: str, key: str) -> str:
    same = [n for n in names if n == wanted] or [n for n in names if n.casefold() == wanted.casefold()]
    if len(same) != 1:
        raise Problem(
            f"database.{key} names the column '{wanted}', which is not there; the columns are: {', '.join(names)}.",
            f"database.{key} 写了列“{wanted}”，数据中没有；列有：{'、'.join(names)}。",
        )
    return same[0]


def _top(value: Any, column: str) -> dict[str, str] | None:
    """The highest cursor value as the manifest holds it; None where there is none."""
    if value is None:
        return None
    kind = "bytes" if isinstance(value, bytes | bytearray | memoryview) else type(value).__name__
    if isinstance(value, int) and not isinstance(value, bool):
        kind = "int"
    if kind not in KINDS:
        raise Problem(
            f"the cursor column '{column}' holds values of type {kind}, which do not grow; name a time or a serial number.",
            f"游标列“{column}”的类型为 {kind}，不是递增值；请改用时间或流水号。",
        )
    return {"column": column, "kind": kind, "value": value_text(value) or ""}
