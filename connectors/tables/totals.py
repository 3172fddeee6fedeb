"""Totals that a table states, held against its rows.

Belongs here: which columns are summable, which reading of a total row holds, counts stated in titles and notes.
Does not belong here: which row is a total (``row_kinds.py``), the sums (``column_sums.py``), counts of headings
(``sections.py``).

A column is summable where its name is of no rate, average, rank or code, no cell has a percent sign, and nine in ten
of its cells are numbers. A total may sum the rows since the last total, since the last of its own word, since the
last heading, all rows so far, all rows, or those below it: the reading that agrees in most columns holds, and the
columns that differ in it are told. Nothing is told of a table in which rows break others down (``其中：``) or sums
stand among the rows (their sum is twice or three times the total), nor of a column of decimals whose "total" lies
among its values: that is an average.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import sqrt
from typing import Any

from connectors.report import TableReport
from connectors.tables.column_sums import NUMBER, ColumnSums, Segments, TableSums, number_of
from connectors.tables.header_names import Row
from connectors.tables.row_kinds import filled, only_count, squeezed

_NO_SUM = re.compile(
    r"率|比|占|均|密度|指数|系数|增长|增幅|增速|排名|位次|名次|序号|编号|编码|代码|号码|证号|年龄|单价|标准|得分|评分|分数|级别|"
    r"等级|年份|年月|日期|时间|电话|手机|邮编|经度|纬度|%|‰|％|/人|/户|号$"
)
_WORD = re.compile(r"(\D*[合小总共累總][计計])\D*")
_RUNNING = re.compile(r"累[计計]")
_LABEL_COUNT = re.compile(r"\D*[计計](?:人数)?[:(]?(\d{1,3}(?:,\d{3})+|\d+)(人|名|个|家|所|条|件|项|处)?[)]?")

_COUNT = re.compile(r"共?(\d{1,3}(?:,\d{3})+|\d+)(?:人|名|家|所|条|件|项|处|栋|位|个[\u3400-\u9fff]{0,4})")


class TotalsCheck:
    """Holds total rows and the counts in titles against the rows; what differs is a finding ``total_mismatch``.

    ``report`` is of the walked table; ``positions`` are the places (from 0) of its columns in a row, without a column
    that headings are carried into; ``totals`` the total rows that were skipped, ascending. Where ``needed``, the data
    rows are sent to it once more, as to any sink; then ``finish``.
    """

    def __init__(self, report: TableReport, positions: Sequence[int], totals: Sequence[Row]) -> None:
        self.report, self.positions = report, list(positions)
        counts = _stated_counts(report)
        report.totals_checked += len(counts)
        self.counts = [(row, count) for row, count in counts if count != report.n_rows]
        self.totals = {
            n: cells for n, cells in totals if len(filled(cells)) > 1 or _label_count(cells) is not None
        }
        self.needed = report.n_rows > 0 and bool(self.totals or self.counts)
        self._sums: TableSums | None = None

    def begin(self, table: TableReport) -> None:
        """The rows follow."""
        headings = [s.row for s in self.report.skipped if s.why == "section"]
        most = max((count for _, count in self.counts), default=0)
        words = {n: _word(cells) for n, cells in self.totals.items()}
        self._sums = TableSums(words, headings, len(self.positions), most)

    def chunk(self, numbers: Any, columns: Sequence[Any], long: object) -> None:
        """Data rows by column."""
        if self._sums is not None:
            self._sums.add(numbers, columns[: len(self.positions)])

    def end(self, table: TableReport) -> None:
        """All rows have been sent."""

    def finish(self) -> None:
        """Tell what differs."""
        sums = self._sums
        if sums is None or sums.breaks_down:
            return
        for number, cells in self.totals.items():
            _check_row(self.report, sums, self.positions, number, cells)
        for row, count in self.counts:
            if not sums.states(count, [(0, len(sums.rows))]):
                rows = self.report.n_rows
                self.report.find("total_mismatch", f"{count} stated, {rows} rows read", row)


def _stated_counts(report: TableReport) -> list[tuple[int, int]]:
    """(row, count) of the titles and notes that say how many there are and nothing else: ``（共2101所）``."""
    lines = [(s.row, only_count(s.text)) for s in report.skipped if s.why in ("title", "note", "total")]
    return [(row, count) for row, count in lines if count is not None]


def _label_at(cells: Sequence[str]) -> int:
    at = filled(cells)
    return next((i for i in at[:2] if _WORD.match(squeezed(cells[i]))), at[0])


def _word(cells: Sequence[str]) -> str:
    text = squeezed(cells[_label_at(cells)])
    found = _WORD.match(text)
    return found[1] if found else text


def _label_count(cells: Sequence[str]) -> int | None:
    found = _LABEL_COUNT.fullmatch(squeezed(cells[_label_at(cells)]))
    return int(found[1].replace(",", "")) if found else None


def _counts(cells: Sequence[str], label_at: int) -> list[int]:
    """Counts of rows that a total row states: in its label, or with the unit in another cell (``961人``)."""
    label = _label_count(cells)
    found = [_COUNT.fullmatch(squeezed(cells[i])) for i in filled(cells) if i > label_at]
    return ([] if label is None else [label]) + [int(f[1].replace(",", "")) for f in found if f]


def _check_row(
    report: TableReport, sums: TableSums, positions: Sequence[int], number: int, cells: Sequence[str]
) -> None:
    readings = sums.readings(number)
    label_at = _label_at(cells)
    stated: dict[int, Decimal] = {}
    for n, position in enumerate(positions):
        text = squeezed(cells[position]) if position < len(cells) else ""
        summable = not _NO_SUM.search(report.columns[n]) and _is_figures(sums.columns[n])
        if position > label_at and summable and NUMBER.fullmatch(text):
            stated[n] = Decimal(number_of(text))
    counts = _counts(cells, label_at)
    if not readings or not (stated or counts):
        return
    report.totals_checked += 1
    for count in counts:
        if not sums.states(count, readings):
            report.find("total_mismatch", f"{count} stated, {int(sums.rows.sum())} rows read", number)
    if stated:
        _check_figures(report, sums, stated, number, readings)


def _check_figures(
    report: TableReport,
    sums: TableSums,
    stated: Mapping[int, Decimal],
    number: int,
    readings: Sequence[Segments],
) -> None:
    agreed = {reading: _agreeing(sums, stated, reading) for reading in readings}
    reading = max(readings, key=lambda r: len(agreed[r]))
    start, end = reading
    rows = int(sums.rows[start:end].sum())
    wrong = [n for n in stated if n not in agreed[reading]]
    if not wrong or any(
        len(_agreeing(sums, stated, r, times)) == len(stated) for r in readings for times in (2, 3)
    ):
        return
    if not agreed[reading] and _RUNNING.search(sums.words[number]):
        return  # since the beginning of the year, say: more than this file holds
    for n in wrong:
        column = sums.columns[n]
        average = (column.decimals or stated[n] % 1) and column.low <= stated[n] <= column.high and rows > 2
        if average or column.texts[start:end].any():
            continue
        figure = f"{column.sum_of(reading):.{column.decimals}f}"
        report.find(
            "total_mismatch", f"{stated[n]} stated, {rows} rows add up to {figure}", number, report.columns[n]
        )


def _is_figures(column: ColumnSums) -> bool:
    return not column.share and column.numbers > 0 and int(column.texts.sum()) * 9 <= column.numbers


def _agreeing(sums: TableSums, stated: Mapping[int, Decimal], reading: Segments, times: int = 1) -> set[int]:
    """The columns whose sum is the stated figure (or so many times it), as exactly as the figures are written."""
    rows = int(sums.rows[reading[0] : reading[1]].sum())
    agreed = set()
    for n, value in stated.items():
        column = sums.columns[n]
        exponent = value.as_tuple().exponent
        said = -exponent if isinstance(exponent, int) and exponent < 0 else 0
        total = column.sum_of(reading)
        # Figures may have been rounded each for itself before they were written: three standard deviations.
        slack = 0.5 * 10.0**-said if column.decimals > said else 0.0
        slack += 10.0**-column.decimals * (0.5 + 0.87 * sqrt(rows)) if column.decimals and rows > 1 else 0.0
        if abs(total - float(value) * times) <= slack + abs(total) * 1e-12:
            agreed.add(n)
    return agreed
