"""The walk over a table's rows: data goes to a sink in chunks, all else is counted with its reason.

Belongs here: which rows below the header are data, ragged rows, columns without a header, forward fill, the column of
section headings. Does not belong here: where rows come from (``delimited.py``, ``excel.py``), where they go (``raw.py``,
``reading.py``), which rows deserve a closer look (``doubt.py``) and what they are (``row_judge.py``).

Rows are taken a block at a time, by column; only the doubtful ones become Python. Bounded memory: a block at a time.
Which headerless columns hold anything is only known at the end, so the walk starts over when one turns up that the head
did not show; no cell is ever dropped for want of a header.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from connectors.layout import Layout
from connectors.report import Reject, TableReport
from connectors.tables.block import Block, blocks_of
from connectors.tables.cells import filled_down, not_empty, visible
from connectors.tables.doubt import doubtful
from connectors.tables.form_lines import stated
from connectors.tables.header import Header, find_header, header_words
from connectors.tables.header_names import Row, unique
from connectors.tables.row_judge import Judge
from connectors.tables.row_kinds import filled, folded, is_blank, shown, text_of
from connectors.tables.sections import COLUMN, Sections
from connectors.tables.sink import CHUNK_ROWS, Rows, Sink, check_width
from connectors.tables.totals import TotalsCheck
from schemas.problem import Problem

if TYPE_CHECKING:
    from connectors.tables.sink import Numbers

HEAD_ROWS = 300
HELD = 200


def read_table(source: Rows, layout: Layout, sink: Sink) -> TableReport:
    """Find the header, send the data to ``sink``, account for every row. Raises Problem for a wrong layout."""
    head = []
    for row in islice(source.rows(), HEAD_ROWS):
        check_width(len(row[1]), row[1])
        head.append(row)
    known: Header | None = getattr(source, "header", None)
    header = known or find_header(head, source.merges, layout.header, header_words())
    extras = {i for n, c in head if n >= header.first_data_row for i in filled(c)} - header.names.keys()
    sectioned = False
    while True:
        walk = _Walk(source, layout, header, head, extras, sectioned)
        report = walk.run(sink)
        if walk.found <= extras and sectioned == (walk.marks is not None):
            break
        extras, sectioned = extras | walk.found, walk.marks is not None
    sink.end(report)
    report.stated = stated(report.skipped)
    totals = TotalsCheck(report, walk.positions, walk.totals)
    if totals.needed:
        _Walk(source, layout, header, head, extras, sectioned).run(totals)
    totals.finish()
    return report


@dataclass
class _Held:
    """A row that waits for what follows. ``place`` is its place in the present block, None from an earlier one."""

    number: int
    cells: list[str]
    section: bool
    place: int | None


class _Walk:
    """One pass over the rows of a table. ``marks`` are the section headings met: row and value from there on."""

    def __init__(
        self,
        source: Rows,
        layout: Layout,
        header: Header,
        head: list[Row],
        extras: set[int],
        sectioned: bool,
    ) -> None:
        self.source, self.layout, self.header = source, layout, header
        self.positions = sorted(header.names.keys() | extras)
        check_width(len(self.positions))
        names = {i: header.names.get(i, f"列{i + 1}") for i in self.positions}
        if sectioned:
            names[self.positions[-1] + 1 if self.positions else 0] = COLUMN
        named = unique(names)
        self.columns = list(named.values())
        # Trailing delimiters make rows longer than what they hold.
        lengths = Counter(len(c) for n, c in head if n >= header.first_data_row and c).most_common(1)
        self.usual = lengths[0][0] if lengths else 1
        self.width = max(self.usual, self.positions[-1] + 1 if self.positions else 0)
        self.least = max(header.names, default=-1) + 1
        self.found: set[int] = set()
        self.unkept = sorted(set(range(self.width)) - set(self.positions))
        self.sectioned = sectioned
        self.report = TableReport(
            sheet=source.sheet, hidden=source.hidden, header_rows=list(header.rows), columns=self.columns,
            alternatives={named[i]: a for i, a in header.alternatives.items() if i in named},
            section_column=self.columns[-1] if sectioned else None,
        )  # fmt: skip
        self.fill = {self._filled_column(name): "" for name in layout.forward_fill}
        self.judge = Judge(header, head, source.merges, self.positions, layout)
        starts = {c[:1] for n, cells in head if n in header.rows for c in cells}
        self.watch = self.judge.watch | starts | {name[:1] for name in header.names.values()}
        self.above = dict(header.above)
        self.footer = layout.footer[0] if isinstance(layout.footer, tuple) else None
        self.sections = Sections()
        self.marks: list[tuple[int, str]] | None = None
        self.since = 0  # data rows since the last heading
        self.pending: list[_Held] = []
        self.note_seen = False
        self.totals: list[Row] = []

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
        made = getattr(self.source, "blocks", None)
        for block in made(self.usual) if made else blocks_of(self.source.rows(), self.usual, CHUNK_ROWS):
            self._block(block)
        self._finish()
        return self.report

    # -- one block -----------------------------------------------------------------------------------------
    def _block(self, block: Block) -> None:
        """Rows one by one only where they are odd or doubtful; the rest counts as data at once."""
        import numpy as np

        numbers, odd = block.numbers, block.odd
        doubt = doubtful(block.columns, self.watch, several=len(self.positions) > 1)
        first, last = self.header.first_data_row, self.footer
        doubt[: np.searchsorted(numbers, first)] = True
        if last is not None:
            doubt[np.searchsorted(numbers, last) :] = True
        self.keep = ~doubt
        self.extra: list[Row] = []
        for held in self.pending:
            held.place = None
        places = np.flatnonzero(doubt)
        looked: list[tuple[int, list[str], int | None]] = []
        if len(places):
            cells = zip(*(c.take(places).to_pylist() for c in block.columns), strict=True)
            looked = [(int(numbers[p]), list(c), int(p)) for p, c in zip(places, cells, strict=True)]
        if odd:
            looked = sorted([*looked, *((n, c, None) for n, c in odd.items())], key=lambda row: row[0])
        plain = len(numbers) - len(places)
        lead = int(numbers[np.argmax(~doubt)]) if plain else 0
        gone = 0  # plain rows so far
        done = 0  # doubtful rows of the block so far
        for number, row, place in looked:
            before = (int(np.searchsorted(numbers, number)) if place is None else place) - done
            if before > gone:
                self._plain(before - gone, lead)
                gone = before
            done += place is not None
            if number < first:
                why = "header" if number in self.header.rows else self.above.get(number, "title")
                self.report.skip(number, why, text_of(row))
            elif last is not None and number >= last:
                self.report.skip(number, "blank" if is_blank(row) else "note", text_of(row))
            else:
                self._look(number, row, place)
        if plain > gone:
            self._plain(plain - gone, lead)
        self._send(block)

    def _plain(self, count: int, number: int) -> None:
        """So many plain data rows; ``number`` is the first such of the block."""
        if self.report.first_data_row is None:
            self.report.first_data_row = number
        if self.pending:
            self._release()
        self.since += count

    def _look(self, number: int, cells: list[str], place: int | None) -> None:
        if is_blank(cells):
            self.report.skip(number, "blank", "")
            return
        if self.report.first_data_row is None:
            self.report.first_data_row = number
        why, held, marked = self.judge.kind(number, cells)
        self.note_seen = self.note_seen or (held and len(self.positions) == 1)
        if why is not None:
            self.note_seen = self.note_seen or why == "note"
            if why == "total":
                self.totals.append((number, cells))
            self.report.skip(number, why, text_of(cells))
        elif held:
            self.pending.append(_Held(number, cells, marked, place))
            if len(self.pending) > HELD:
                self._take(self.pending.pop(0))
        else:
            self._release()
            self._add(number, cells, place)

    def _release(self) -> None:
        """Data follows: what was held is a section where it looks like one, else data too."""
        for held in self.pending:
            self._take(held)
        self.pending.clear()
        self.note_seen = False

    def _take(self, held: _Held) -> None:
        if not held.section:
            self._add(held.number, held.cells, held.place)
            return
        text = text_of(held.cells)
        self.report.skip(held.number, "section", text)
        self.sections.rows(self.since)
        self.since = 0
        self.sections.feed(held.number, text)
        self.marks = self.marks or []
        self.marks.append((held.number, self.sections.value))

    def _add(self, number: int, cells: list[str], place: int | None) -> None:
        self.since += 1
        if place is not None:
            self.keep[place] = True
            return
        n = len(cells)
        if n < self.least:
            self.report.ragged_short += 1
        elif n > self.usual and any(shown(c) for c in cells[max(self.least, self.usual) :]):
            self.report.ragged_long += 1
            self.found.update(i for i in range(self.width, n) if shown(cells[i]))
        self.extra.append((number, (cells + [""] * (self.width - n))[: self.width]))

    # -- what goes to the sink -----------------------------------------------------------------------------
    def _send(self, block: Block) -> None:
        """The data rows of the block, and those held from earlier ones, in order."""
        import numpy as np
        import pyarrow as pa

        numbers, columns = block.numbers, block.columns
        if not self.keep.all():
            mask = pa.array(self.keep)
            numbers, columns = numbers[self.keep], [c.filter(mask) for c in columns]
        columns = [*columns, *(_empty(len(numbers)) for _ in range(self.width - self.usual))]
        if self.extra:
            more = zip(*(cells for _, cells in self.extra), strict=True)
            columns = [
                pa.concat_arrays([c, pa.array(m, pa.string())]) for c, m in zip(columns, more, strict=True)
            ]
            numbers = np.concatenate([numbers, np.array([n for n, _ in self.extra], np.int64)])
            order = np.argsort(numbers, kind="stable")
            numbers, columns = numbers[order], [c.take(order) for c in columns]
        if not len(numbers):
            return
        self.report.n_rows += len(numbers)
        self.found.update(
            i for i in self.unkept if not_empty(columns[i]).any() and visible(columns[i])[0].any()
        )
        # Once a column has turned up that was not foreseen, this pass only looks for more of them.
        if self.found <= set(self.positions) and self.sectioned >= (self.marks is not None):
            kept = [columns[i] for i in self.positions]
            if self.sectioned:
                kept.append(self._headings(numbers))
            for place, carried in self.fill.items():
                kept[place], self.fill[place] = filled_down(kept[place], carried)
            self.sink.chunk(numbers, kept, self._long(numbers))

    def _headings(self, numbers: Numbers) -> Any:
        """The section value of each row."""
        import numpy as np
        import pyarrow as pa

        marks = self.marks or []
        at = np.searchsorted(np.array([n for n, _ in marks], np.int64), numbers)
        self.marks = marks[-1:] if marks else self.marks
        return pa.array(["", *(value for _, value in marks)], pa.string()).take(at)

    def _long(self, numbers: Numbers) -> list[str | None] | None:
        long = self.source.long
        if not long:
            return None
        place = dict(zip(self.positions, self.columns, strict=False))
        told: list[str | None] = []
        for number in numbers.tolist():
            at = long.get(number)
            if at:
                self.report.long_numbers += len(at)
            told.append("|" + "|".join(place[i] for i in at if i in place) + "|" if at else None)
        return told

    def _finish(self) -> None:
        import numpy as np

        self.keep, self.extra = np.zeros(0, np.bool_), []
        for held in self.pending:
            # Lines of one cell after a note continue it; a section with no row below it is a closing line.
            if self.note_seen or held.section:
                self.report.skip(held.number, "note", text_of(held.cells))
            else:
                self._add(held.number, held.cells, None)
        self.pending.clear()
        self._send(Block(np.zeros(0, np.int64), [_empty(0)] * self.usual))
        self.sections.rows(self.since)
        report = self.report
        self.sections.check(report)
        report.rejected = [Reject(n, why) for n, why in sorted(self.source.rejected.items())]
        report.rows_read = report.n_rows + sum(report.skip_counts.values()) + len(report.rejected)


def _empty(rows: int) -> Any:
    import pyarrow as pa

    return pa.repeat(pa.scalar("", pa.string()), rows)
