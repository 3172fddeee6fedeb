"""The tables that a sheet or a text holds, each as a source of rows for the walk.

Belongs here: in which order the readings of a sheet are tried (several tables, a list with headings, one table that
goes on from another sheet). Does not belong here: these readings, and the walk.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from connectors.layout import Layout
from connectors.tables.continued_sheets import FirstSheet, source_with
from connectors.tables.header import find_header, header_words
from connectors.tables.outline import outline
from connectors.tables.regions import Region, split

HEAD_ROWS = 300


@dataclass
class TableSources:
    """The tables of a file, sheet after sheet. Where the source's layout says where header or footer are, a sheet is
    one table, as it is said."""

    layout: Layout
    _first: list[FirstSheet] = field(default_factory=list)

    def of(self, source: Any) -> Iterator[tuple[Any, str | None]]:
        """Each table of a sheet as ``body.Rows``, with the name of the sheet that it continues.

        A source that already knows its header has it as ``header``.
        """
        if self.layout.header != "auto" or self.layout.footer != "auto":
            yield source, None
            return
        parts = split(source)
        for part in parts:
            listed = outline(part)
            if listed is not None:
                yield listed, None
            elif len(parts) > 1 or source.sheet is None:
                yield part, None
            else:
                yield self._continued(part)

    def _continued(self, source: Any) -> tuple[Any, str | None]:
        head = list(islice(source.rows(), HEAD_ROWS))
        header = find_header(head, source.merges, "auto", header_words())
        for first in self._first:
            if first.has_columns_of(header):
                return source, first.sheet
            given = first.continued(header, head)
            if given is not None:
                return source_with(source, given), first.sheet
        seen = FirstSheet.of(source.sheet, header, head)
        if seen is not None:
            self._first.append(seen)
        return source, None


def rows_among(source: Any, numbers: Collection[int]) -> int:
    """How many of some rows of a sheet are of one of its tables."""
    if not numbers or not isinstance(source, Region):
        return len(numbers)
    return sum(1 for n, _ in source.rows() if n in numbers)
