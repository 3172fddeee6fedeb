"""Records of delimited text: the dialect, and rows that survive bad quoting.

Belongs here: delimiter, quote and escape by trial on the head of the file; records by the csv module in strict
mode, with a fallback for each record that is not well formed. A record is one row as a spreadsheet would show it:
a quoted line break does not start a new one, a blank line is one.
Does not belong here: encodings (``encoding.py``), headers (``header.py``), what a row is (``body.py``).
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from connectors.encoding import Characters, decide

DELIMITERS = (",", "\t", "|", ";", "^", "~", "\x01", "\x1f", "\x1e", "，", "、", "¦", "$", "#", "@")
# A record with more lines than this has a quote that was never closed; so has a field with more characters.
MAX_LINES = 500
MAX_FIELD = 1 << 24
# After so many broken records quotes are no longer let to reach over lines: each try costs MAX_LINES.
PATIENCE = 50
SAMPLE_RECORDS = 500
SINGLE_COLUMN = "\x1f"


@dataclass(frozen=True)
class Dialect:
    """How records are written. ``quote`` and ``escape`` are None when there is none.

    ``escape`` stands for a quote inside quotes (``\\"``) only: other backslashes are text. ``newline``: see
    ``_blocks``. ``width`` is the usual number of cells (0: unknown). A single column has the delimiter U+001F.
    """

    delimiter: str
    quote: str | None = '"'
    escape: str | None = None
    newline: str = "\n"
    width: int = 0

    def reader(self, lines: Iterable[str], *, strict: bool = True) -> Iterator[list[str]]:
        """A csv reader over ``lines``."""
        if self.quote is None:
            return csv.reader(
                lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE, quotechar=None, strict=strict
            )
        return csv.reader(lines, delimiter=self.delimiter, quotechar=self.quote, strict=strict)


@dataclass
class Facts:
    """What was met in one pass: badly quoted lines kept as they stand, and rows (from 1) that could not be split."""

    mended: int = 0
    rejected: dict[int, str] = field(default_factory=dict)


class _Endless(Exception):
    """A quoted field reaches over more lines than a cell can have."""


def _blocks(chunks: Iterable[str], newline: str) -> Iterator[str]:
    """The text in pieces that end at a line's end. No other character than LF (or, with ``newline`` "", CR, LF and
    CRLF) ends a line: not U+2028, not a form feed."""
    tail = ""
    for chunk in chunks:
        text = tail + chunk
        # A CR at the end may be half of a CRLF.
        cut = max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1) if newline == "" else -1) + 1
        if cut:
            yield text[:cut]
        tail = text[cut:]
    if tail:
        yield tail


def _newline(text: str) -> str:
    crlf, lf, cr = text.count("\r\n"), text.count("\n"), text.count("\r")
    alone = cr - crlf
    return "" if alone > 0 and alone * 10 >= lf + alone else "\n"


def _split(text: str, dialect: Dialect) -> tuple[list[list[str]], int]:
    """Records of a sample and the number that were not well formed."""
    facts = Facts()
    rows = []
    for _, row in records([text], dialect, facts):
        rows.append(row)
        if len(rows) >= SAMPLE_RECORDS:
            break
    return rows, facts.mended + len(facts.rejected)


def decide_dialect(text: str, delimiter: str | None = None) -> Dialect:
    """The dialect of a sample (whole lines from the head of the file).

    Each delimiter is tried with ``"`` as the quote, and without. The best has most of the records at one width,
    then the greater width. Titles and notes have one cell, so records of one cell weigh little. A file of
    one column has no delimiter. ``'`` is a quote only where nearly all cells stand between two of them.
    """
    newline = _newline(text)
    best: tuple[tuple[float, int, int], Dialect] | None = None
    candidates = (delimiter,) if delimiter is not None else DELIMITERS
    for order, sign in enumerate(candidates):
        if sign not in text:
            continue
        # What parses without a fault as quoted is quoted, whatever it would give without.
        sound = '"' in text and not _split(text, Dialect(sign, '"', None, newline))[1]
        quotes: tuple[str | None, ...] = ('"',) if sound else ('"', None) if '"' in text else (None,)
        if f"'{sign}'" in text:
            quotes = (*quotes, "'")
        for quote in quotes:
            dialect = Dialect(sign, quote, None, newline)
            if quote is not None and "\\" + quote in text:
                escaped = Dialect(sign, quote, "\\", newline)
                if _split(text, escaped)[1] < _split(text, dialect)[1]:
                    dialect = escaped
            scored = _score(text, dialect, order)
            if scored is not None and (best is None or scored[0] > best[0]):
                best = scored
    if best is None:
        return Dialect(delimiter or SINGLE_COLUMN, '"', None, newline, 1)
    # Without a quote in the sample one may still come later.
    return best[1] if '"' in text or best[1].quote else replace(best[1], quote='"')


def _score(text: str, dialect: Dialect, order: int) -> tuple[tuple[float, int, int], Dialect] | None:
    rows, broken = _split(text, dialect)
    widths = Counter(len(row) for row in rows if any(row))
    wide = {w: n for w, n in widths.items() if w > 1}
    if not wide:
        return None
    if dialect.quote == "'":
        # Nearly every cell stands between two of them: Excel's leading apostrophe is no quote.
        cells = sum(1 for row in rows for c in row if c)
        if broken or text.count("'") * 10 < cells * 16:
            return None
    width, at_width = max(wide.items(), key=lambda kv: (kv[1] * (kv[0] - 0.5), kv[0]))
    # Short rows above (titles) and below (notes) are usual; a tenth of a row each is what they count.
    share = at_width / (sum(wide.values()) + 0.1 * widths.get(1, 0) + 0.25 * broken)
    run = max((len(list(g)) for same, g in groupby(rows, key=lambda r: len(r) == width) if same), default=0)
    headed = len(next(row for row in rows if any(row))) > 1
    if not headed and widths.get(1, 0) >= at_width and (run < 2 or run * 3 < at_width):
        return None  # the sign stands here and there in the cells of a single column
    # A rare delimiter must be better by more than chance; quotes around cells are no accident, one cell
    # that the end of the sample cut through excepted.
    share -= 0.0 if order < 4 else 0.15
    share += 0.02 if dialect.quote is not None and broken <= max(1, len(rows) // 50) else 0.0
    return (round(share, 3), min(width, 3), -order), replace(dialect, width=width)


def _alone(line: str, dialect: Dialect) -> list[str] | None:
    """One physical line as a record of its own: quotes as they stand, where that gives the usual width."""
    text = line.rstrip("\r\n")
    cells = text.split(dialect.delimiter)
    if len(cells) in (1, dialect.width) or not dialect.width:
        return cells
    if dialect.quote is not None and text.count(dialect.quote) % 2 == 0:
        try:
            loose = next(dialect.reader([line], strict=False))
        except (csv.Error, StopIteration):
            return None
        if len(loose) == dialect.width:
            return loose
    return None


def records(chunks: Iterable[str], dialect: Dialect, facts: Facts) -> Iterator[tuple[int, list[str]]]:
    """(row number from 1, cells) of every record; cells exact, blank lines as ``[]``.

    A record that is not well formed (text after a closing quote, a quote never closed) is read line by line: its
    first line is kept with the quotes as they stand when that gives the usual width, else it goes to
    ``facts.rejected`` with the reason; the next line starts anew, so one stray quote costs one row, not the file.
    """
    csv.field_size_limit(MAX_FIELD)
    walk = _Careful(dialect, facts)
    blocks = _blocks(chunks, dialect.newline)
    number = 0
    for block in blocks:
        plain = (dialect.quote is None or dialect.quote not in block) and len(block) < MAX_FIELD
        if plain and (dialect.newline == "" or block.count("\r") == block.count("\r\n")):
            # No quote, no stray CR: every line is a record and nothing can go wrong.
            for cells in dialect.reader(io.StringIO(block, newline=dialect.newline)):
                number += 1
                yield number, cells
        else:
            for at, found in walk.records(block, blocks, number):
                number = at
                if found is not None:
                    yield at, found


class _Careful:
    """Records of a block in which quotes (or stray CRs) stand, one broken record at a time."""

    def __init__(self, dialect: Dialect, facts: Facts) -> None:
        self.dialect, self.facts = dialect, facts
        self.limit, self.failures = MAX_LINES, 0
        self.taken: list[str] = []
        self.pushed: list[str] = []
        self.source: Iterator[str] = iter(())
        quote = dialect.quote
        self.doubled = f"{quote}{quote}"
        # An odd number of backslashes before a quote escapes it.
        self.escaped = (
            re.compile(rf"(?<!\\)((?:\\\\)*)\\{re.escape(quote)}") if dialect.escape and quote else None
        )

    def _lines(self, blocks: Iterator[str]) -> Iterator[str]:
        """Lines of the block; of the next one too while a record is open. Ends between two records."""
        taken, pushed, escaped = self.taken, self.pushed, self.escaped
        while True:
            if pushed:
                line = pushed.pop()
            else:
                following = next(self.source, None)
                if following is None:
                    more = next(blocks, None) if taken else None
                    if more is None:
                        return
                    self.source = io.StringIO(more, newline=self.dialect.newline)
                    continue
                line = following if escaped is None else escaped.sub(rf"\1{self.doubled}", following)
            taken.append(line)
            if len(taken) > self.limit:
                raise _Endless
            yield line

    def records(
        self, block: str, blocks: Iterator[str], number: int
    ) -> Iterator[tuple[int, list[str] | None]]:
        """(row number, cells) from ``number`` + 1 on; None for a row that went to ``facts.rejected``."""
        dialect, taken, width = self.dialect, self.taken, self.dialect.width
        self.source = io.StringIO(block, newline=dialect.newline)
        while True:
            try:
                for cells in dialect.reader(self._lines(blocks)):
                    # A stray quote can close at another: then the first line is whole, the record is not.
                    if (
                        len(taken) > 1
                        and width > 1
                        and len(cells) != width
                        and len(_alone(taken[0], dialect) or ()) == width
                    ):
                        raise _Endless
                    number += 1
                    taken.clear()
                    yield number, cells
                return
            except (csv.Error, _Endless):
                number += 1
                yield number, self._mended(number)

    def _mended(self, number: int) -> list[str] | None:
        """The first line of a broken record on its own; the lines after it are pushed back."""
        self.failures += 1
        if self.failures >= PATIENCE:
            self.limit = 1
        first = self.taken[0]
        self.pushed.extend(reversed(self.taken[1:]))
        self.taken.clear()
        cells = _alone(first, self.dialect)
        if cells is None:
            quote = self.dialect.quote
            self.facts.rejected[number] = "quote" if quote and quote in first else "structure"
        else:
            self.facts.mended += 1
        return cells


@dataclass
class DelimitedFile:
    """A delimited text file whose records can be read any number of times."""

    characters: Characters
    dialect: Dialect
    facts: Facts = field(default_factory=Facts)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """All records, see ``records``. ``facts`` and ``characters.undecodable`` speak of the last whole pass."""
        self.facts = Facts()
        return records(self.characters, self.dialect, self.facts)


def open_delimited(path: Path, encoding: str | None = None, delimiter: str | None = None) -> DelimitedFile:
    """Decide encoding and dialect of a text file. Raises Problem for an encoding that does not exist."""
    characters = Characters(path, decide(path, encoding))
    return DelimitedFile(characters, decide_dialect(characters.head(), delimiter))
