"""Cells cut out of bytes: decoded a column at a time, and sent on as the table they make.

Belongs here: what files of fixed places have in common, whatever tells the places (``dbase.py`` a file header,
``fixed_width.py`` the source): text out of cut cells, blank rows, forward fill, the account.
Does not belong here: where records and columns begin and end.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.layout import Layout
from connectors.report import Reject, TableReport
from connectors.tables.cells import filled_down, visible
from connectors.tables.row_kinds import folded
from connectors.tables.sink import CHUNK_ROWS, Sink
from connectors.text.encoding import without_private_use
from schemas.problem import Problem

FEW = 500  # rows; fewer wait for more
BLOCK = 1 << 22  # bytes that are worked on at a time
# None of these is a part of a longer character in any encoding that ASCII is a part of.
_SEPARATORS = (b"\n", b"\x1f", b"\x1e", b"\x00", b"\x01", b"\x02")


class Decoder:
    """Text of cut cells. ``undecodable`` counts the U+FFFD of all cells so far."""

    def __init__(self, codec: str) -> None:
        self.codec = codec
        self.undecodable = 0

    def texts(self, cells: Sequence[bytes]) -> list[str]:
        """The cells of a column as text: all at once, joined by a byte that none of them holds. A character that
        the end of its cell cuts through becomes U+FFFD and takes nothing of the next cell."""
        if not cells:
            return []
        for sign in _SEPARATORS:
            joined = sign.join(cells)
            if joined.count(sign) != len(cells) - 1:
                continue
            if joined.isascii():
                return joined.decode("ascii").split(sign.decode())
            text = joined.decode(self.codec, "replace")
            parts = text.split(sign.decode())
            if len(parts) == len(cells):
                return self._counted(text, parts, sign.decode())
        # The line end, taken off again, makes a cut character end here as it does above.
        parts = [(c + b"\n").decode(self.codec, "replace")[:-1] for c in cells]
        return self._counted("".join(parts), parts, None)

    def _counted(self, text: str, parts: list[str], sign: str | None) -> list[str]:
        self.undecodable += text.count("\ufffd")
        if self.codec != "gb18030" or (mended := without_private_use(text)) == text:
            return parts
        return mended.split(sign) if sign is not None else [without_private_use(p) for p in parts]


class TextTable:
    """A table on its way to a sink, and its account.

    The caller sends columns of text with the rows' numbers, and says in ``report`` what it skipped; rejected rows
    go to ``rejected``. Rows in which nothing can be seen are counted as blank here.
    """

    def __init__(self, sink: Sink, report: TableReport, layout: Layout) -> None:
        self.sink, self.report = sink, report
        self.rejected: dict[int, str] = {}
        self._few: list[tuple[Sequence[int], Sequence[Any], Mapping[int, Sequence[int]] | None]] = []
        self._count = 0
        self._fill = {_column(report.columns, name): "" for name in layout.forward_fill}
        sink.begin(report)

    def add(
        self,
        numbers: Sequence[int],
        columns: Sequence[Any],
        long: Mapping[int, Sequence[int]] | None = None,
    ) -> None:
        """Rows by column, ``""`` for an empty cell: each a sequence of text or a ``pyarrow.StringArray`` without nulls.
        ``long`` gives, by column, the places in ``numbers`` whose cell is a number of more than 15 digits."""
        if len(numbers) >= FEW:
            self._flush()
            self._put(numbers, columns, long)
        elif len(numbers):
            # A statement or an object at a time is too little for a call of Arrow each.
            self._few.append((numbers, columns, long))
            self._count += len(numbers)
            if self._count >= CHUNK_ROWS:
                self._flush()

    def _flush(self) -> None:
        """What came a few rows at a time, as one."""
        few, self._few, self._count = self._few, [], 0
        if not few:
            return
        numbers = [n for part, _, _ in few for n in part]
        columns = [
            list(itertools.chain.from_iterable(cells)) for cells in zip(*(c for _, c, _ in few), strict=True)
        ]
        long: dict[int, list[int]] = {}
        first = 0
        for part, _, told in few:
            for at, places in (told or {}).items():
                long.setdefault(at, []).extend(first + i for i in places)
            first += len(part)
        self._put(numbers, columns, long)

    def _put(
        self, numbers: Sequence[int], columns: Sequence[Any], long: Mapping[int, Sequence[int]] | None
    ) -> None:
        import numpy as np
        import pyarrow as pa

        rows = len(numbers)
        arrays = [c if isinstance(c, pa.Array) else pa.array(c, pa.string()) for c in columns]
        at = np.asarray(numbers, np.int64)
        told: list[str | None] | None = None
        if long and any(long.values()):
            names: dict[int, list[str]] = {}
            for column, places in sorted(long.items()):
                self.report.long_numbers += len(places)
                for i in places:
                    names.setdefault(i, []).append(self.report.columns[column])
            told = ["|" + "|".join(names[i]) + "|" if i in names else None for i in range(rows)]
        seen = np.zeros(rows, np.bool_)
        for array in arrays:
            # A row shows something as a rule in its first columns already.
            if seen.all():
                break
            seen |= visible(array)[0]
        if not seen.all():
            for number in at[~seen].tolist():
                self.report.skip(number, "blank", "")
            arrays = [array.filter(pa.array(seen)) for array in arrays]
            told = [t for t, full in zip(told, seen, strict=True) if full] if told else None
            at = at[seen]
        if not len(at):
            return
        if self.report.first_data_row is None:
            self.report.first_data_row = int(at[0])
        self.report.n_rows += len(at)
        for place, carried in self._fill.items():
            arrays[place], self._fill[place] = filled_down(arrays[place], carried)
        self.sink.chunk(at, arrays, told)

    def end(self) -> TableReport:
        """The whole account: ``rows_read`` is data rows + skipped + rejected."""
        self._flush()
        report = self.report
        report.rejected = [Reject(n, why) for n, why in sorted(self.rejected.items())]
        report.skipped.sort(key=lambda s: s.row)
        report.rows_read = report.n_rows + sum(report.skip_counts.values()) + len(report.rejected)
        self.sink.end(report)
        return report


def _column(columns: Sequence[str], name: str) -> int:
    found = [i for i, c in enumerate(columns) if folded(c) == folded(name)]
    if len(found) != 1:
        raise Problem(
            f"layout.forward_fill names the column '{name}', which the table does not have; its columns are: {', '.join(columns)}.",
            f"layout.forward_fill 写了列“{name}”，表中没有；表中的列：{'、'.join(columns)}。",
        )
    return found[0]
