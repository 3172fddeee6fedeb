"""Delimited text as blocks of columns: Arrow's parser where it cannot err, the exact reader elsewhere.

Belongs here: which stretches of text are written by the rules (every quote opens or closes a whole cell, no stray CR),
and the two ways of reading them. Both give the same cells: ``delimited.records`` defines what is right.
Does not belong here: the mending of broken records (``delimited.py``), what rows are (``body.py``).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.ahead import ahead
from connectors.tables.block import Block, block_of
from connectors.tables.header_names import Row
from connectors.text.cell_bytes import CellDecoder, cut_before_decoding
from connectors.text.delimited import Careful, Facts, check_line
from connectors.text.encoding import Characters

if TYPE_CHECKING:
    from connectors.text.dialect import Dialect

THREADS = 2  # that parse
PIECE = 1 << 16  # bytes that the exact reader takes at a time
_MARK = "\ufeff".encode()
_LONE_CR = re.compile(rb"\r(?!\n)")


def text_blocks(characters: Characters, dialect: Dialect, facts: Facts, width: int) -> Iterator[Block]:
    """The records of a text as blocks of ``width`` columns. ``characters`` and ``facts`` count as in any pass."""
    return _Pass(characters, dialect, facts, width).blocks()


@dataclass
class _Parsed:
    """Columns of text, rows of another width (number from 1, text), the sign between their cells, U+FFFD met."""

    columns: list[Any]
    odd: list[tuple[int, str]]
    delimiter: bytes
    undecodable: int


class _Pass:
    def __init__(self, characters: Characters, dialect: Dialect, facts: Facts, width: int) -> None:
        self.characters, self.dialect, self.facts, self.width = characters, dialect, facts, width
        self.careful = Careful(dialect, facts)
        # Rows of another width than the dialect's may be split anew; where the table's differs, that is all of them.
        self.inexact = dialect.skip_space or (dialect.shapes is not None and width != dialect.width)
        # None: the text is UTF-8 when it comes.
        codec = characters.encoding.codec
        self.codec = codec if cut_before_decoding(characters.encoding, dialect) else None
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
        characters = self.characters
        self.chunks = ahead(characters.utf8() if self.codec is None else characters.undecoded())
        # Stretches are parsed in threads as if those before them were sound; where one is not, what was taken behind it
        # goes back to be cut anew.
        waiting: deque[tuple[bytes, Future[tuple[int, _Parsed | None]]]] = deque()
        pool = ThreadPoolExecutor(THREADS)
        try:
            while True:
                while len(waiting) <= THREADS and (data := self._next()):
                    if self.escaped is not None and self.quote:
                        data = self.escaped.sub(rb"\1" + self.quote * 2, data)
                    waiting.append((data, pool.submit(self._sound_part, data)))
                if not waiting:
                    return
                data, future = waiting.popleft()
                good, parsed = future.result()
                if parsed is not None:
                    yield self._block(parsed)
                if good < len(data):
                    cut = self._end(data, good + PIECE) or len(data)
                    self.tail = b"".join((data[cut:], *(d for d, _ in waiting), self.tail))
                    waiting.clear()
                    yield self._exact(data[good:cut])
        finally:
            pool.shutdown(cancel_futures=True)

    def _sound_part(self, data: bytes) -> tuple[int, _Parsed | None]:
        """How much of ``data`` is sound, and that parsed. Runs in a thread: changes nothing of the pass."""
        good = 0 if self.inexact else self._sound(data)
        parsed = self._parsed(data[:good]) if good else None
        return (0, None) if parsed is None else (good, parsed)

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

    def _parsed(self, data: bytes) -> _Parsed | None:
        """Sound text by Arrow; None for what it would read otherwise than the exact reader."""
        quoted = self.quote is not None and self.quote in data
        delimiter = self.delimiter
        if len(delimiter) != 1:
            if b"\x1f" in data:
                return None
            data, delimiter = data.replace(delimiter, b"\x1f"), b"\x1f"
        decoder = None if self.codec is None or data.isascii() else CellDecoder(self.codec)
        cut = self._columns(data, delimiter, quoted, cut_first=decoder is not None)
        if decoder is not None and cut is not None:
            return _Parsed([decoder.column(c) for c in cut[0]], [], delimiter, decoder.undecodable)
        if decoder is not None:
            data = decoder.text(data).encode("utf-8", "surrogatepass")
            cut = self._columns(data, delimiter, quoted, cut_first=False)
        if cut is None or any("\n" in text or "\r" in text for _, text in cut[1]):
            return None  # a record of several lines and an unusual width may be a quote that was never closed
        return _Parsed(*cut, delimiter, decoder.undecodable if decoder is not None else 0)

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

    def _block(self, parsed: _Parsed) -> Block:
        import numpy as np

        odd, first = parsed.odd, self.number + 1
        total = len(parsed.columns[0]) + len(odd)
        self.number += total
        if self.codec is not None:
            self.characters.undecodable += parsed.undecodable
        numbers = np.arange(first, first + total, dtype=np.int64)
        if odd:
            numbers = np.delete(numbers, [n - 1 for n, _ in odd])
        cells = {first + n - 1: self._cells(first + n - 1, t, parsed.delimiter) for n, t in odd}
        return Block(numbers, parsed.columns, cells)

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
        if self.codec is None:
            return data.decode("utf-8", "replace")
        decoder = CellDecoder(self.codec)
        text = decoder.text(data)
        self.characters.undecodable += decoder.undecodable
        return text


def sound_quotes(data: bytes, quote: bytes, delimiter: bytes) -> int:
    """How much of ``data`` (whole lines) is records in which every quote opens a cell, closes it, or is doubled inside one.

    Quotes are paired as they come. A pair is sound when it opens behind a delimiter, a line's end or the quote that it
    doubles, and closes before one. Returns the start of the record with the first unsound pair.
    """
    import numpy as np

    if _all_quoted(data, quote, delimiter):
        return len(data)
    text = np.frombuffer(data, np.uint8)
    at = np.flatnonzero(text == quote[0])
    opens, closes = at[0::2], at[1::2]
    # What stands before the first byte and behind the last does not matter: both are edges.
    before = text[opens - 1]
    after = text[closes + 1] if at[-1] + 1 < len(text) else text[np.minimum(closes + 1, len(text) - 1)]
    opens_well = (before == delimiter[0]) | (before == 10) | (before == 13) | (opens == 0)
    closes_well = (after == delimiter[0]) | (after == 10) | (after == 13) | (closes == len(text) - 1)
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


def _all_quoted(data: bytes, quote: bytes, delimiter: bytes) -> bool:
    """Whether ``data`` is nothing but quoted cells without a quote, delimiter or line's end in them. By counting alone:
    every edge (delimiter, line's end) stands between two quotes, no quote between two edges, and there are twice as many
    quotes as edges; so each quote belongs to just one edge, and none is left to stand in a cell."""
    import numpy as np

    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    if not data.startswith(quote) or not data.endswith(quote + b"\n") or b"\r" in data:
        return False
    text = np.frombuffer(data, np.uint8)
    is_quote, is_edge = text == quote[0], (text == delimiter[0]) | (text == 10)
    edges = int(np.count_nonzero(is_edge))
    if int(np.count_nonzero(is_quote)) != 2 * edges:
        return False
    between_quotes = is_quote[:-2] & is_edge[1:-1] & is_quote[2:]
    between_edges = is_edge[:-2] & is_quote[1:-1] & is_edge[2:]
    return int(np.count_nonzero(between_quotes)) == edges - 1 and not between_edges.any()


def joined(blocks: Iterable[Block]) -> Iterator[Row]:
    """The rows of blocks in order, as Python sees them."""
    for block in blocks:
        rows = dict(block.odd)
        cells = zip(*(c.to_pylist() for c in block.columns), strict=True)
        rows.update((int(n), list(c)) for n, c in zip(block.numbers, cells, strict=True))
        yield from sorted(rows.items())
