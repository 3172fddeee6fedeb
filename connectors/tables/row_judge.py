"""Whether a row below the header is data, by what the table as a whole looks like.

Belongs here: repeated headers and titles, totals, notes, section headings between the rows.
Does not belong here: the words themselves (``row_kinds.py``), the walk and its counts (``body.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.layout import Layout
from connectors.tables.header import Header
from connectors.tables.header_names import Merge, Row
from connectors.tables.row_kinds import (
    LONE_STARTS,
    filled,
    folded,
    is_note,
    is_number,
    is_section,
    is_total,
    lone_kind,
    shown,
    text_of,
)

# First characters of rows that need a closer look: totals, lines of a form, notes.
_WATCH = frozenset(
    "合小总總共累本全以各人户金注附备備说說填数資资来來制製審审复負负单主分经录联上报編编统統截打导日时指表批文有所*※★☆▲[(（【"
)


class Judge:
    """What a doubtful row of one table is. ``watch`` holds the first characters that make a row doubtful."""

    def __init__(
        self,
        header: Header,
        head: Sequence[Row],
        merges: Sequence[Merge],
        positions: Sequence[int],
        layout: Layout,
    ) -> None:
        self.skips = header.skips
        self.columns = len(positions)
        self.lead = positions[0] if positions else 0
        self.plain = layout.footer == "none"
        self.wide_rows = {m[0] for m in merges if m[2] == m[0] and m[3] > m[1] and m[1] <= self.lead}
        self.titles = {text_of(c) for n, c in head if n < header.first_data_row and len(filled(c)) == 1}
        rows = [c for n, c in head if n in header.rows]
        self.headings = {_words(c) for c in rows if len(filled(c)) > 1 or self.columns == 1}
        self.leads = {words[0][1] for words in self.headings if words}
        self.labels = {
            i: {folded(n), *(folded(c[i]) for c in rows if i < len(c))} - {""}
            for i, n in header.names.items()
        }
        below = [c for n, c in head if n >= header.first_data_row]
        leads = [shown(c[self.lead]) for c in below if len(filled(c)) > 1 and len(c) > self.lead]
        self.numbered = len(leads) >= 3 and sum(map(is_number, leads)) * 10 >= len(leads) * 8
        starts = {c[self.lead][:1] for c in rows if len(c) > self.lead} | {
            header.names.get(self.lead, "")[:1]
        }
        self.watch = _WATCH | starts | {"", " ", "\u3000", "\xa0", "\t"}
        if self.columns == 1:  # there a row of one cell is nothing out of the way
            self.watch |= LONE_STARTS

    def kind(self, number: int, cells: Sequence[str]) -> tuple[str | None, bool, bool]:
        """(reason to skip, whether to wait for what follows, whether it looks like a section) of a row that is not
        blank. (None, False, False) is plain data."""
        if number in self.skips:
            return self.skips[number], False, False
        at = filled(cells)
        if len(at) == 1:
            return self._lone(number, cells, at)
        if self._is_heading(cells, at):
            return "repeated_header", False, False
        if self.plain:
            return None, False, False
        if is_total(cells):
            return "total", False, False
        if self.columns > 1 and len(at) < self.columns and is_note(cells, self.columns):
            return "note", False, False
        return None, False, False

    def _lone(self, number: int, cells: Sequence[str], at: Sequence[int]) -> tuple[str | None, bool, bool]:
        """``kind`` of a row of one cell."""
        text, lead = cells[at[0]], at[0] == self.lead
        if self._is_heading(cells, at):
            return "repeated_header", False, False
        if self.plain:
            return None, False, False
        why = lone_kind(text)
        if why == "total" or (why == "note" and self.columns > 1):
            return why, False, False
        # Of two columns a lone cell is a heading where it is merged over both or tells its own count.
        if self.columns == 2 and lead and (number in self.wide_rows or is_section(cells)):
            return None, True, True
        if self.columns < 3 and not (self.columns == 1 and why == "note"):
            return None, False, False
        if self.columns > 1 and text_of(cells) in self.titles:
            return "title", False, False
        odd = self.numbered and lead and not is_number(text)
        section = (
            self.columns >= 3
            and at[0] <= self.lead
            and (number in self.wide_rows or is_section(cells) or odd)
        )
        return None, True, section

    def _is_heading(self, cells: Sequence[str], at: Sequence[int]) -> bool:
        """A header again: a row of it, or (a header in levels repeated in one row) its lowest labels."""
        # Rows that begin otherwise, as nearly all do, need no closer look.
        if folded(cells[at[0]]) in self.leads and _words(cells) in self.headings:
            return True
        if len(at) < 2 or len(at) * 2 < len(self.labels):
            return False
        return all(folded(cells[i]) in self.labels.get(i, ()) for i in at)


def _words(cells: Sequence[str]) -> tuple[tuple[int, str], ...]:
    return tuple((i, folded(cells[i])) for i in filled(cells))
