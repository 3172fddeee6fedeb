"""The first rows of a database's table or query, for judging what its columns are.

Belongs here: a look at a few rows, as text. Does not belong here: pulling all of them (``database_fetch.py``),
connections (``database_connection.py``), judging (``infer.py``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from connectors.databases.database import file_name
from connectors.databases.database_connection import reading
from connectors.databases.database_faults import fault
from connectors.databases.database_manners import driver_of, give_up
from connectors.databases.database_query import no_table, question
from connectors.databases.value_text import texts
from connectors.report import FileReport, TableReport
from connectors.sample import LONGEST, ROWS, FileSample, TableSample
from connectors.tables.header_names import unique
from schemas.source_forms import Database

PART = 1_000  # rows fetched at a time
CHARACTERS = 64 << 20  # of text, after which no more rows are fetched


def sample_database(database: Database, root: Path, rows: int = ROWS) -> FileSample:
    """The first rows that the server sends, in no order of ours. ``root`` as of ``database.pull``.

    ``whole`` is false where there may be more rows than were fetched. Raises Problem as a pull does.
    """
    with reading(database, root) as con:
        try:
            asked = question(con, database, "full", None)
            result = con.execute(
                sa.text(asked.sql), asked.values, execution_options={"stream_results": True, "max_row_buffer": PART}
            )  # fmt: skip
            columns, cells, whole = _fetched(result, con, rows)
        except SQLAlchemyError as error:
            raise no_table(con, database) or fault(error, database.seconds) from None
    named = unique(dict(enumerate(columns)))
    names = [named[i] for i in range(len(columns))]
    count = len(cells[0]) if cells else 0
    table = TableReport(columns=names, n_rows=count, rows_read=count, first_data_row=1 if count else None)
    report = FileReport(file_name(database), "database", "database", tables=[table])
    return FileSample(report, [TableSample(None, names, {}, count, cells)], whole=whole)


def _fetched(
    result: sa.CursorResult[Any], con: sa.Connection, rows: int
) -> tuple[list[str], list[list[str | None]], bool]:
    driver = driver_of(con)
    columns = list(map(str, result.keys()))
    cells: list[list[str | None]] = [[] for _ in columns]
    size = count = 0
    while count < rows and size < CHARACTERS:
        part = result.fetchmany(min(PART, rows - count))
        if not part:
            return columns, cells, True
        count += len(part)
        for mine, values in zip(cells, zip(*part, strict=True), strict=True):
            told = [text[:LONGEST] or None if text is not None else None for text in texts(values)[0]]
            size += sum(len(text) for text in told if text is not None)
            mine.extend(told)
    give_up(driver)  # before the result is closed, which may mean to read the rest of it
    return columns, cells, False
