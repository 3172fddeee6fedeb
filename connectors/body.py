"""The walk over a table's rows: data goes to a sink in chunks, all else is counted with its reason.

Belongs here: which rows below the header are data, ragged rows, columns without a header, forward fill.
Does not belong here: where rows come from (``delimited.py``, ``excel.py``), where they go (``raw.py``, ``reading.py``).

Bounded memory: a chunk of rows at a time. Which headerless columns hold anything is only known at the end, so the
walk starts over when one turns up that the head did not show; no cell is ever dropped for want of a header.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

from connectors.header import Header, find_header, header_words
from connectors.header_names import Merge, Row, unique
from connectors.layout import Layout
from connectors.report import Reject, TableReport
from connectors.row_judge import Judge
from connectors.row_kinds import (
    filled,
    folded,
    is_blank,
    shown,
    text_of,
)
from schemas.problem import Problem

HEAD_ROWS = 300
CHUNK_ROWS = 20_000
WIDEST = 16_384  # columns of an Excel sheet; more is a misread delimiter
HELD = 200


class Sink(Protocol):
    """Where data rows go. ``begin`` may be called again for the same table: what came before is then void."""

    def begin(self, table: TableReport) -> None:
        """A table starts: sheet, header rows and columns are known."""

    def chunk(self, numbers: list[int], columns: list[Sequence[str]], long: list[str | None] | None) -> None:
        """Rows by column, "" for an empty cell; ``long`` names the columns of numeric cells over 15 digits."""

    def end(self, table: TableReport) -> None:
        """The table is whole."""


class Rows(Protocol):
    """The rows of one sheet or text file, readable any number of times."""

    sheet: str | None
    hidden: bool
    merges: Sequence[Merge]
    long: dict[int, list[int]]

    @property
    def rejected(self) -> dict[int, str]:
        """Rows whose structure could not be read in the last pass, with the reason."""

    def rows(self) -> Iterator[Row]:
        """(row number from 1, cells)."""


def read_table(source: Rows, layout: Layout, sink: Sink) -> TableReport:
    """Find the header, send the data to ``sink``, account for every row. Raises Problem for a wrong layout."""
    head = list(islice(source.rows(), HEAD_ROWS))
    header = find_header(head, source.merges, layout.header, header_words())
    extras = {i for n, c in head if n >= header.first_data_row for i in filled(c)} - header.names.keys()
    while True:
        walk = _Walk(source, layout, header, head, extras)
        report = walk.run(sink)
        if walk.found <= extras:
            sink.end(report)
            return report
        extras = extras | walk.found


class _Walk:
    """One pass over the rows of a table."""

    def __init__(
        self, source: Rows, layout: Layout, header: Header, head: list[Row], extras: set[int]
    ) -> None:
        self.source, self.layout, self.header = source, layout, header
        self.positions = sorted(header.names.keys() | extras)
        if len(self.positions) > WIDEST:
            raise Problem(
                f"a table of {len(self.positions)} columns is more than any spreadsheet holds; look at the delimiter "
                "of this file, or ask the agency to export it anew.",
                f"表有 {len(self.positions)} 列，超过电子表格的上限；请检查分隔符，或请对方重新导出。",
            )
        named = unique({i: header.names.get(i, f"列{i + 1}") for i in self.positions})
        self.columns = [named[i] for i in self.positions]
        # Trailing delimiters make rows longer than what they hold.
        lengths = Counter(len(c) for n, c in head if n >= header.first_data_row and c).most_common(1)
        self.usual = lengths[0][0] if lengths else 1
        self.width = max(self.usual, self.positions[-1] + 1 if self.positions else 0)
        self.lead = self.positions[0] if self.positions else 0
        self.least = max(header.names, default=-1) + 1
        self.found: set[int] = set()
        self.unkept = [i for i in range(self.width) if i not in set(self.positions)]
        self.report = TableReport(
            sheet=source.sheet, hidden=source.hidden, header_rows=list(header.rows), columns=self.columns,
            alternatives={named[i]: a for i, a in header.alternatives.items() if i in named},
        )  # fmt: skip
        self.fill = [self._filled_column(name) for name in layout.forward_fill]
        self.carried = [""] * len(self.fill)
        self.judge = Judge(header, head, source.merges, self.positions, layout)
        self.numbers: list[int] = []
        self.rows: list[Sequence[str]] = []
        self.pending: list[tuple[int, list[str], bool]] = []
        self.note_seen = False

    def _filled_column(self, name: str) -> int:
        wanted = folded(name)
        exact = [i for i, c in enumerate(self.columns) if folded(c) == wanted]
        ends = [i for i, c in enumerate(self.columns) if folded(c).endswith("/" + wanted)]
        if len(exact or ends) != 1:
            raise Problem(
                f"layout.forward_fill names the column '{name}', which the table does not have (or has more than "
                f"once); its columns are: {', '.join(self.columns)}.",
                f"layout.forward_fill 写了列“{name}”，表中没有（或不止一列）；表中的列：{'、'.join(self.columns)}。",
                sheet=self.source.sheet,
            )
        return (exact or ends)[0]

    def run(self, sink: Sink) -> TableReport:
        """The pass. Writes to the sink until an unforeseen column turns up, then only looks on."""
        sink.begin(self.report)
        self.sink = sink
        report, header, usual, lead = self.report, self.header, self.usual, min(self.lead, self.usual - 1)
        # Beyond half a row of empty cells the closer look is taken.
        sparse = max(1, (len(self.positions) + 1) // 2) + len(self.unkept)
        watch = self.judge.watch
        above = dict(header.above)
        footer = self.layout.footer if isinstance(self.layout.footer, tuple) else None
        for number, cells in self.source.rows():
            if number < header.first_data_row:
                why = "header" if number in header.rows else above.get(number, "title")
                report.skip(number, why, text_of(cells))
                continue
            if footer is not None and number >= footer[0]:
                report.skip(number, "blank" if is_blank(cells) else "note", text_of(cells))
                continue
            # Most rows are plainly data; only the doubtful ones pay for the closer look.
            if len(cells) == usual and cells.count("") < sparse and cells[lead][:1] not in watch:
                if self.pending:
                    self._release()
                self.rows.append(cells)
                self.numbers.append(number)
            else:
                self._look(number, cells)
            if len(self.rows) >= CHUNK_ROWS:
                self._flush()
        self._finish()
        return report

    def _look(self, number: int, cells: list[str]) -> None:
        if is_blank(cells):
            self.report.skip(number, "blank", "")
            return
        if self.report.first_data_row is None:
            self.report.first_data_row = number
        why, held, marked = self.judge.kind(number, cells)
        self.note_seen = self.note_seen or (held and len(self.positions) == 1)
        if why is not None:
            self.note_seen = self.note_seen or why == "note"
            self.report.skip(number, why, text_of(cells))
        elif held:
            self.pending.append((number, cells, marked))
            if len(self.pending) > HELD:
                self._take(*self.pending.pop(0))
        else:
            self._release()
            self._add(number, cells)

    def _release(self) -> None:
        """Data follows: what was held is a section where it looks like one, else data too."""
        for number, cells, section in self.pending:
            if section:
                self.report.skip(number, "section", text_of(cells))
            else:
                self._add(number, cells)
        self.pending.clear()
        self.note_seen = False

    def _take(self, number: int, cells: list[str], section: bool) -> None:
        if section:
            self.report.skip(number, "section", text_of(cells))
        else:
            self._add(number, cells)

    def _add(self, number: int, cells: list[str]) -> None:
        n = len(cells)
        if n < self.least:
            self.report.ragged_short += 1
        elif n > self.usual and any(shown(c) for c in cells[max(self.least, self.usual) :]):
            self.report.ragged_long += 1
            self.found.update(i for i in range(self.width, n) if shown(cells[i]))
        self.rows.append(cells if n == self.width else (cells + [""] * (self.width - n))[: self.width])
        self.numbers.append(number)

    def _flush(self) -> None:
        if not self.rows:
            return
        report = self.report
        if report.first_data_row is None or self.numbers[0] < report.first_data_row:
            report.first_data_row = self.numbers[0]
        report.n_rows += len(self.rows)
        if self.width > self.usual:
            pad = [""] * (self.width - self.usual)
            self.rows = [r if len(r) == self.width else [*r, *pad] for r in self.rows]
        columns: list[Sequence[str]] = list(zip(*self.rows, strict=True))
        for i in self.unkept:
            if any(shown(c) for c in columns[i] if c):
                self.found.add(i)
        # Once a column has turned up that was not foreseen, this pass only looks for more of them.
        if self.found <= set(self.positions):
            kept = [columns[i] for i in self.positions]
            for place, i in enumerate(self.fill):
                kept[i] = self._forward(place, kept[i])
            self.sink.chunk(self.numbers.copy(), kept, self._long())
        self.rows.clear()
        self.numbers.clear()

    def _forward(self, place: int, column: Sequence[str]) -> list[str]:
        last, result = self.carried[place], []
        for cell in column:
            if cell and shown(cell):
                last = cell
            result.append(last)
        self.carried[place] = last
        return result

    def _long(self) -> list[str | None] | None:
        if not self.source.long:
            return None
        place = dict(zip(self.positions, self.columns, strict=True))
        told: list[str | None] = []
        for number in self.numbers:
            at = self.source.long.get(number)
            if at:
                self.report.long_numbers += len(at)
            told.append("|" + "|".join(place[i] for i in at if i in place) + "|" if at else None)
        return told

    def _finish(self) -> None:
        for number, cells, section in self.pending:
            # Lines of one cell after a note continue it; a section with no row below it is a closing line.
            if self.note_seen or section:
                self.report.skip(number, "note", text_of(cells))
            else:
                self._add(number, cells)
        self.pending.clear()
        self._flush()
        report = self.report
        report.rejected = [Reject(n, why) for n, why in sorted(self.source.rejected.items())]
        report.rows_read = report.n_rows + sum(report.skip_counts.values()) + len(report.rejected)
