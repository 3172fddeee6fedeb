"""Text exports, written in streams: delimited, fixed width by bytes, JSON lines, and the fixed records of a DBF.

Belongs here: how rows of a query become bytes. Does not belong here: what is in them.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

import duckdb

from pipelines.demo.chance import quoted

BATCH = 20_000


def stream(con: duckdb.DuckDBPyConnection, sql: str) -> Iterator[tuple[object, ...]]:
    """Rows of a query, a batch at a time."""
    cursor = con.cursor()
    cursor.execute(sql)
    while rows := cursor.fetchmany(BATCH):
        yield from rows
    cursor.close()


def delimited(columns: Iterable[str], delimiter: str = ",") -> str:
    """SQL of one line of text columns, quoted where they hold a delimiter, a quote or a line break."""
    out = []
    for column in columns:
        value = f"coalesce({column}, '')"
        special = (
            f"(contains({value}, '{delimiter}') OR contains({value}, '\"') OR contains({value}, chr(10)))"
        )
        out.append(
            f"CASE WHEN {special} THEN '\"' || replace({value}, '\"', '\"\"') || '\"' ELSE {value} END"
        )
    return f" || '{delimiter}' || ".join(out)


def write_text(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    sql: str,
    *,
    encoding: str,
    top: Sequence[str] = (),
    end: str = "\r\n",
) -> None:
    """Write a query's one text column as lines after ``top``; a second, BOOLEAN column asks for a blank line before it."""
    encode = codecs.getincrementalencoder(encoding)().encode
    with path.open("wb") as file:
        file.write(encode("".join(line + end for line in top)))
        cursor = con.cursor()
        cursor.execute(sql)
        while rows := cursor.fetchmany(BATCH):
            file.write(encode("".join((end if blank else "") + str(line) + end for line, blank in rows)))
        cursor.close()


def padded(column: str, width: int, without: str) -> str:
    """SQL of a text cut and padded with blanks to ``width`` bytes of GBK (two for each character beyond ASCII).

    Characters in ``without`` are those that GBK does not have; they become question marks, as in old exports.
    """
    text = f"translate(coalesce({column}, ''), {quoted(without)}, {quoted('?' * len(without))})"
    wide = "length(regexp_replace({0}, '[\\x00-\\x7f]', '', 'g'))"
    value = f"CASE WHEN length({text}) + {wide.format(text)} > {width} THEN left({text}, {width // 2}) ELSE {text} END"
    return f"(SELECT v || repeat(' ', {width} - length(v) - {wide.format('v')}) FROM (SELECT {value} AS v))"


def _fixed(line: object, width: int) -> bytes:
    """A padded line as bytes. GB18030 writes GBK's characters, and its private-use ones, in two bytes each."""
    raw = str(line).encode("gb18030")
    if len(raw) != width:
        raise ValueError(
            f"a record of {len(raw)} bytes where all have {width}: a character that GBK does not have"
        )
    return raw


def write_fixed(con: duckdb.DuckDBPyConnection, path: Path, width: int, sql: str) -> None:
    """Write a query's one text column as lines of ``width`` bytes of GBK."""
    with path.open("wb") as file:
        for (line,) in stream(con, sql):
            file.write(_fixed(line, width) + b"\r\n")


def write_dbf(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    fields: Sequence[tuple[str, int]],
    sql: str,
    rows: int,
    day: date,
) -> None:
    """Write a dBASE III table of character fields (GBK, language driver 0x4D): ``sql`` yields each record as padded text."""
    width = 1 + sum(size for _, size in fields)
    head = struct.pack(
        "<4BIHH17xB2x", 3, day.year - 1900, day.month, day.day, rows, 32 + 32 * len(fields) + 1, width, 0x4D
    )
    with path.open("wb") as file:
        file.write(head)
        for name, size in fields:
            file.write(struct.pack("<11sc4xBB14x", name.encode("ascii"), b"C", size, 0))
        file.write(b"\r")
        for (line,) in stream(con, sql):
            file.write(b" " + _fixed(line, width - 1))
        file.write(b"\x1a")
