"""What must hold of any file whatever: it gives tables or a Problem, and every row is accounted for.

Does not belong here: how files are made (``mutate.py``) or limited in time (``campaign.py``).
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

from connectors.raw import read_edition
from connectors.report import LISTED, FileReport, TableReport
from connectors.sample import sample_file
from connectors.text.encoding import without_private_use
from schemas.problem import Problem
from tests.fuzz.seeds import Target


class Broken(AssertionError):
    """Something that must always hold does not."""


def check(path: Path, out: Path, target: Target, options: dict[str, Any], *, sample: bool = False) -> str:
    """Read the file at ``path`` into the folder ``out`` as a run does, and judge the outcome.

    Returns "tables" or "problem". Raises Broken, or whatever the reader raised that is no Problem. With ``sample``
    the file is also looked at as ``oncegrid infer`` does.
    """
    if sample:
        try:
            sample_file(path, **options)
        except Problem as problem:
            _told(problem)
    try:
        report = read_edition(path, out, **options)
    except Problem as problem:
        _told(problem)
        return "problem"
    json.dumps(report.plain(), ensure_ascii=False).encode()
    told = [_accounted(table, out, once=report.kind != "sql_dump") for table in report.tables]
    if target.dense and report.kind in ("delimited", "fixed_width", "json_lines", "dbf"):
        rows = set().union(*told)
        listed = all(n <= LISTED for t in report.tables for n in t.skip_counts.values())
        if listed and rows != set(range(1, max(rows, default=0) + 1)):
            raise Broken("row numbers leave a gap")
    if target.lines and report.kind in ("fixed_width", "json_lines"):
        _lines(path, report)
    if target.characters and report.kind == "delimited":
        _characters(path, out, report)
    return "tables"


def _told(problem: Problem) -> None:
    if not (problem.en.strip() and problem.zh.strip()):
        raise Broken("a Problem without words in both languages")
    problem.text("en").encode()
    problem.text("zh").encode()


def _accounted(table: TableReport, out: Path, *, once: bool) -> set[int]:
    """The numbers of all rows of a table. ``once``: none is told twice."""
    import pyarrow.parquet as pq

    skips = sum(table.skip_counts.values())
    if table.rows_read != table.n_rows + skips + len(table.rejected):
        raise Broken(
            f"{table.rows_read} rows read, {table.n_rows} data, {skips} skipped, {len(table.rejected)} rejected"
        )
    if table.parquet is None:
        if table.rows_read:
            raise Broken("a table without its Parquet file")
        return set()
    data = pq.read_table(out / table.parquet)
    data.validate(full=True)
    if data.num_rows != table.n_rows:
        raise Broken(f"{data.num_rows} rows written, {table.n_rows} reported")
    if data.column_names[4:] != table.columns or len(set(data.column_names)) != len(data.column_names):
        raise Broken("columns written are not those reported, or two have one name")
    numbers = data["_row"].to_pylist()
    if any(a >= b for a, b in pairwise(numbers)):
        raise Broken("row numbers do not ascend")
    everything = [*numbers, *(s.row for s in table.skipped), *(r.row for r in table.rejected)]
    if max(table.skip_counts.values(), default=0) > LISTED:
        return set(everything)
    if len(table.skipped) != skips:
        raise Broken("skipped rows are not listed")
    # What is no row of a dump is told with the number of the row that follows it.
    if once and len(set(everything)) != len(everything):
        raise Broken("a row number is told twice")
    return set(everything)


def _lines(path: Path, report: FileReport) -> None:
    """Every line of the file is a row."""
    data = path.read_bytes()
    text = data.decode(report.encoding or "utf-8", "replace")
    text = text.rstrip("\x1a") if report.kind == "fixed_width" else text
    end = "\r" if "\n" not in text and report.kind == "fixed_width" else "\n"
    lines = text.count(end) + (not text.endswith(end) and bool(text))
    if report.rows_read != lines:
        raise Broken(f"{lines} lines, {report.rows_read} rows read")


def _letters(text: str) -> Counter[str]:
    return Counter(c for c in text if c.isalnum())


def _characters(path: Path, out: Path, report: FileReport) -> None:
    """Every letter and digit of the text stands in a cell or in a row that was skipped."""
    import pyarrow.parquet as pq

    skipped = [s.text for t in report.tables for s in t.skipped]
    if report.rejected() or any(text.endswith("…") for text in skipped):
        return
    text = path.read_bytes().decode(report.encoding or "utf-8", "replace")
    if report.encoding == "gb18030":
        text = without_private_use(text)
    written = "".join(skipped)
    for table in report.tables:
        for column in pq.read_table(out / (table.parquet or ""), columns=table.columns).columns:
            written += "".join(filter(None, column.to_pylist()))
    lost = _letters(text) - _letters(written)
    if lost:
        raise Broken(
            f"{lost.total()} letters or digits of the text are nowhere, such as {lost.most_common(3)!r}"
        )
