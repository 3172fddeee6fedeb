"""Delimited text as blocks of columns: Arrow's parser where it cannot err, the exact reader elsewhere.

Belongs here: which stretches of text are written by the rules (every quote opens or closes a whole cell, no stray CR),
and the two ways of reading them. Both give the same cells: ``delimited.records`` defines what is right.
Does not belong here: the mending of broken records (``delimited.py``), what rows are (``body.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from connectors.ahead import ahead
from connectors.tables.block import Block, block_of
from connectors.tables.header_names import Row
from connectors.text.cell_bytes import CellDecoder, decoder_of_cells
from connectors.text.delimited import Careful, Facts, check_line
from connectors.text.encoding import Characters

if TYPE_CHECKING:
    from connectors.text.dialect import Dialect

PIECE = 1 << 16  # bytes that the exact reader takes at a time
_MARK = "\ufeff".encode()
_LONE_CR = re.compile(rb"\r(?!\n)")


def text_blocks(characters: Characters, dialect: Dialect, facts: Facts, width: int) -> Iterator[Block]:
    """The records of a text as blocks of ``width`` columns. ``characters`` and ``facts`` count as in any pass."""
    return _Pass(characters, dialect, facts, width).blocks()


class _Pass:
    def __init__(self, characters: Characters, dialect: Dialect, facts: Facts, width: int) -> None:
        self.characters, self.dialect, self.facts, self.width = characters, dialect, facts, width
        self.careful = Careful(dialect, facts)
        # Rows of another width than the dialect's may be split anew; where the table's differs, that is all of them.
        self.inexact = dialect.skip_space or (dialect.shapes is not None and width != dialect.width)
        # Cut before decoding where the encoding allows it: see ``cell_bytes``. None: the text is UTF-8 when it comes.
        self.decoder = decoder_of_cells(characters, dialect)
        self.number = 0  # records so far
        self.tail = b""
        self.quote = dialect.quote.encode() if dialect.quote else None
        self.delimiter = dialect.delimiter.encode()
        self.escaped = (
            re.compile(rb"(?<!\\)((?:\\\\)*)\\" + re.escape(self.quote))
            if dialect.escape and self.quote
            else None
        )

    def blocks(self) -> Iterator[Block]:
        self.chunks = ahead(self.characters.utf8() if self.decoder is None else self.characters.undecoded())
        while data := self._next():
            if self.escaped is not None:
                data = self.escaped.sub(rb"\1" + self.quote * 2, data) if self.quote else data
            good = 0 if self.inexact else self._sound(data)
            if good:
                undecodable = self.characters.undecodable
                block = self._parsed(data[:good])
                if block is None:
                    good = 0
                    if self.decoder is not None:  # the exact reader counts anew
                        self.characters.undecodable = undecodable
                else:
                    yield block
            if good < len(data):
                cut = self._end(data, good + PIECE) or len(data)
                self.tail = data[cut:] + self.tail
                yield self._exact(data[good:cut])

    def _next(self) -> bytes:
        """The next stretch of text, up to a line's end; empty at the end."""
        parts = [self.tail]
        while True:
            data = b"".join(parts) if len(parts) > 1 else parts[0]
            cut = self._last_end(data)
            check_line(0 if cut else len(data))
            chunk = None if cut else next(self.chunks, None)
            if cut or chunk is None:
                cut = cut or len(data)
                self.tail = data[cut:]
                return data[:cut]
            parts = [data, chunk]

    def _last_end(self, data: bytes) -> int:
        """Behind the last line's end, 0 without one."""
        cut = data.rfind(b"\n") + 1
        # A CR at the end may be half of a CRLF.
        return (
            max(cut, data.rfind(b"\r", 0, max(0, len(data) - 1)) + 1) if self.dialect.newline == "" else cut
        )

    def _end(self, data: bytes, start: int) -> int:
        """Behind the first line's end at or after ``start``, 0 without one."""
        found = data.find(b"\n", start)
        if self.dialect.newline == "":
            lone = data.find(b"\r", start, len(data) - 1)
            if lone >= 0 and (found < 0 or lone < found - 1):
                return lone + 1
        return found + 1

    def _sound(self, data: bytes) -> int:
        """How much of ``data`` is whole records, written by the rules."""
        if self.dialect.skip_space:
            return 0
        end = len(data)
        if self.dialect.newline == "\n" and b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
            lone = _LONE_CR.search(data)
            end = data.rfind(b"\n", 0, lone.start()) + 1 if lone else end
        if self.quote is None or data.find(self.quote, 0, end) < 0:
            return end
        if len(self.delimiter) != 1:
            return 0
        return sound_quotes(data[:end], self.quote, self.delimiter)

    def _parsed(self, data: bytes) -> Block | None:
        """Sound text by Arrow; None for what it would read otherwise than the exact reader."""
        quoted = self.quote is not None and self.quote in data
        delimiter = self.delimiter
        if len(delimiter) != 1:
            if b"\x1f" in data:
                return None
            data, delimiter = data.replace(delimiter, b"\x1f"), b"\x1f"
        decoder = None if self.decoder is None or data.isascii() else self.decoder
        parsed = self._columns(data, delimiter, quoted, cut_first=decoder is not None)
        if decoder is not None and parsed is None:
            data, decoder = decoder.text(data).encode("utf-8", "surrogatepass"), None
            parsed = self._columns(data, delimiter, quoted, cut_first=False)
        if parsed is None or any("\n" in text or "\r" in text for _, text in parsed[1]):
            return None  # a record of several lines and an unusual width may be a quote that was never closed
        return self._block(*parsed, delimiter, decoder)

    def _columns(
        self, data: bytes, delimiter: bytes, quoted: bool, *, cut_first: bool
    ) -> tuple[list[Any], list[tuple[int, str]]] | None:
        """The columns, and the rows of another width by their number from 1. None for what
        Arrow reads otherwise; with ``cut_first`` (the cells are bytes) also where a row has another width, since Arrow
        tells such rows in UTF-8 only."""
        import pyarrow as pa
        import pyarrow.csv as pc

        if data.startswith(_MARK):
            return None  # Arrow takes it for a mark and drops it
        odd: list[tuple[int, str]] = []

        def aside(row: Any) -> str:
            odd.append((row.number, row.text))
            return "skip"

        names = [str(i) for i in range(self.width)]
        types = dict.fromkeys(names, pa.binary() if cut_first else pa.string())
        try:
            table = pc.read_csv(
                pa.BufferReader(data),
                pc.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=names),
                pc.ParseOptions(
                    delimiter=delimiter.decode(), quote_char=self.dialect.quote if quoted else False,
                    newlines_in_values=quoted, ignore_empty_lines=False, invalid_row_handler=None if cut_first else aside,
                ),
                pc.ConvertOptions(check_utf8=False, column_types=types, strings_can_be_null=False),
            )  # fmt: skip
        except pa.ArrowInvalid:
            if cut_first:
                return None
            raise
        return [c.chunk(0) if c.num_chunks == 1 else c.combine_chunks() for c in table.columns], odd

    def _block(
        self, columns: list[Any], odd: list[tuple[int, str]], delimiter: bytes, decoder: CellDecoder | None
    ) -> Block:
        import numpy as np

        first = self.number + 1
        total = len(columns[0]) + len(odd)
        self.number += total
        numbers = np.arange(first, first + total, dtype=np.int64)
        if odd:
            numbers = np.delete(numbers, [n - 1 for n, _ in odd])
        if decoder is not None:
            columns = [decoder.column(c) for c in columns]
        return Block(
            numbers, columns, {first + n - 1: self._cells(first + n - 1, t, delimiter) for n, t in odd}
        )

    def _cells(self, number: int, text: str, delimiter: bytes) -> list[str]:
        if not text:
            return []
        if self.quote is None or self.dialect.quote not in text:  # type: ignore[operator]
            cells = text.split(delimiter.decode())
            text = text.replace(delimiter.decode(), self.dialect.delimiter)
        else:
            cells = next(self.dialect.reader([text]))
        return self.careful.fitted(number, text, cells)

    def _exact(self, data: bytes) -> Block:
        rows: list[Row] = []
        for number, cells in self.careful.records(self._text(data), self._pieces(), self.number):
            self.number = number
            if cells is not None:
                rows.append((number, cells))
        return block_of(rows, self.width)

    def _pieces(self) -> Iterator[str]:
        """What follows, a little at a time: a record may go on there."""
        while data := self._next():
            cut = self._end(data, PIECE) or len(data)
            self.tail = data[cut:] + self.tail
            yield self._text(data[:cut])

    def _text(self, data: bytes) -> str:
        return data.decode("utf-8", "replace") if self.decoder is None else self.decoder.text(data)


def sound_quotes(data: bytes, quote: bytes, delimiter: bytes) -> int:
    """How much of ``data`` (whole lines) is records in which every quote opens a cell, closes it, or is doubled inside one.

    Quotes are paired as they come. A pair is sound when it opens behind a delimiter, a line's end or the quote that it
    doubles, and closes before one. Returns the start of the record with the first unsound pair.
    """
    import numpy as np

    text = np.frombuffer(data, np.uint8)
    at = np.flatnonzero(text == quote[0])
    edge = np.zeros(256, np.bool_)
    edge[[delimiter[0], 10, 13]] = True
    opens, closes = at[0::2], at[1::2]
    before = text[np.maximum(opens - 1, 0)]
    after = text[np.minimum(closes + 1, len(text) - 1)]
    opens_well = edge[before] | (opens == 0)
    closes_well = edge[after] | (closes == len(text) - 1)
    doubled = np.zeros(len(opens), np.bool_)
    doubled[1:] = opens[1:] == closes[: len(opens) - 1] + 1
    opens_well |= doubled
    closes_well[: len(opens) - 1] |= doubled[1:][: len(closes_well)]
    bad_opens = np.flatnonzero(~opens_well)
    bad_closes = np.flatnonzero(~closes_well)
    bad = min(
        int(bad_opens[0]) if len(bad_opens) else len(opens),
        int(bad_closes[0]) if len(bad_closes) else len(opens),
        len(closes),
    )
    if bad >= len(opens):
        return len(data)
    # Back to the last line's end that stands outside quotes.
    while bad >= 0:
        start, stop = (int(closes[bad - 1]) + 1 if bad else 0), int(opens[bad])
        end = max(data.rfind(b"\n", start, stop), data.rfind(b"\r", start, stop))
        if end >= 0:
            return end + 1
        bad -= 1
    return 0


def joined(blocks: Iterable[Block]) -> Iterator[Row]:
    """The rows of blocks in order, as Python sees them."""
    for block in blocks:
        rows = dict(block.odd)
        cells = zip(*(c.to_pylist() for c in block.columns), strict=True)
        rows.update((int(n), list(c)) for n, c in zip(block.numbers, cells, strict=True))
        yield from sorted(rows.items())
