"""What the reader says of a file, as rows of ``issue``: findings, rejected rows, hidden rows, sheets left unread.

Belongs here: from a reader's report to issues of the file, its sheets and rows. Does not belong here: what is
wrong with a cell's value (the types), the columns of a file (``column_problems.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from connectors.report import FileReport, Finding, TableReport
from warehouse.store import Store, literal

if TYPE_CHECKING:
    from warehouse.normalize.raw import RawEdition

_ARROW = pa.schema(
    [(name, pa.string()) for name in ("edition_id", "file", "code", "sheet", "field", "value_masked")]
    + [("row_number", pa.int64())]
)


class FileIssue(NamedTuple):
    """An issue that the reader saw. ``text`` holds figures and places, never a cell of a person; ``row`` from 1;
    ``field`` is a header of the file."""

    code: str
    sheet: str | None = None
    row: int | None = None
    field: str | None = None
    text: str | None = None


def file_issues(report: FileReport) -> tuple[FileIssue, ...]:
    """All issues that a report tells of, those of the whole file first."""
    found = [_finding(one, None) for one in report.findings]
    if report.undecodable:
        found.append(FileIssue("text_undecodable", text=str(report.undecodable)))
    found += [FileIssue("sheet_skipped", sheet) for sheet in report.other_sheets]
    return (*found, *(issue for table in report.tables for issue in _of_table(table)))


def _of_table(table: TableReport) -> Iterator[FileIssue]:
    if table.hidden:
        yield FileIssue("sheet_hidden", table.sheet)
    counts = {
        "hidden_rows": table.hidden_rows,
        "rows_short": table.ragged_short,
        "rows_long": table.ragged_long,
        "quotes_mended": table.mended_quotes,
    }
    for code, count in counts.items():
        if count:
            yield FileIssue(code, table.sheet, text=str(count))
    for reject in table.rejected:
        yield FileIssue("row_structure", table.sheet, reject.row, text=reject.reason)
    for finding in table.findings:
        yield _finding(finding, table.sheet)


def _finding(finding: Finding, sheet: str | None) -> FileIssue:
    return FileIssue(finding.code, sheet, finding.row, finding.column, finding.text or None)


def of_files(
    store: Store,
    source: str,
    editions: Sequence[RawEdition],
    of_tables: Mapping[str, Sequence[FileIssue]],
) -> list[str]:
    """SELECT of the issues of the files of ``editions`` and of their tables (by edition); nothing where there are none."""
    rows = [
        {
            "edition_id": edition.edition_id, "file": edition.file, "code": one.code, "sheet": one.sheet,
            "field": one.field, "value_masked": one.text, "row_number": one.row,
        }
        for edition in editions for one in (*edition.issues, *of_tables.get(edition.edition_id, ()))
    ]  # fmt: skip
    if not rows:
        return []
    store.con.register("og_file_issues_in", pa.Table.from_pylist(rows, schema=_ARROW))
    store.con.execute("create or replace temp table og_file_issues as select * from og_file_issues_in")
    store.con.unregister("og_file_issues_in")
    return [
        f"select {literal(source)} as source, edition_id, file, sheet, row_number, field, code, value_masked "
        "from og_file_issues"
    ]
