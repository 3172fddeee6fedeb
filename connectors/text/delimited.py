"""Records of delimited text: rows that survive bad quoting.

Belongs here: records by the csv module in strict mode, with a fallback for each record that is not well formed. A
record is one row as a spreadsheet would show it: a quoted line break does not start a new one, a blank line is one.
Does not belong here: which dialect a file is in (``dialect.py``), encodings (``encoding.py``), headers
(``header.py``), what a row is (``body.py``).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connectors.tables.block import Block
from connectors.tables.sink import check_width
from connectors.text.broken_quotes import split_broken
from connectors.text.dialect import Dialect, decide_dialect
from connectors.text.encoding import Characters, decide
from connectors.text.row_mending import Mender
from schemas.problem import Problem

# A record with more lines than this has a quote that was never closed; so has a field with more characters.
MAX_LINES = 500
MAX_FIELD = 1 << 24
LONGEST_LINE = 1 << 25  # characters
# After so many broken records of several lines quotes no longer reach over lines: each try costs MAX_LINES.
PATIENCE = 50
LISTED = 1000
# So many lines without a delimiter right behind a quote that was never closed are the text of a cell, not rows.
NO_ROWS = 10_000


@dataclass
class Facts:
    """What was met in one pass: records with broken quotes that were read, rows (from 1) split anew because the
    columns bore out another way (at most ``LISTED`` listed, all counted), and rows that could not be split."""

    mended: int = 0
    resplit: int = 0
    resplit_rows: list[int] = field(default_factory=list)
    rejected: dict[int, str] = field(default_factory=dict)

    def split_anew(self, row: int) -> None:
        """Note a row that was split anew."""
        self.resplit += 1
        if len(self.resplit_rows) < LISTED:
            self.resplit_rows.append(row)


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
        check_line(len(tail))
    if tail:
        yield tail


def check_line(length: int) -> None:
    """Raises Problem for a line that is longer than any line of a table."""
    if length > LONGEST_LINE:
        raise Problem(
            f"a line is longer than {LONGEST_LINE >> 20} MiB: the file has no line ends, or is no table; ask the agency to export it anew.",
            f"有一行超过 {LONGEST_LINE >> 20} MiB：文件没有换行，或不是表格；请对方重新导出。",
        )


def _alone(line: str, dialect: Dialect) -> list[str] | None:
    """One physical line as a record of its own: the reading with the fewest faults that gives the usual width; where
    the width is not known, at the delimiters."""
    text = line.rstrip("\r\n")
    sign, quote, width = dialect.delimiter, dialect.quote, dialect.width
    cells = text.split(sign)
    if not width or quote is None:
        return cells
    found = split_broken(text, f"{sign} " if dialect.skip_space else sign, quote, width)
    return cells if found is None and len(cells) in (1, width) else found


def records(chunks: Iterable[str], dialect: Dialect, facts: Facts) -> Iterator[tuple[int, list[str]]]:
    """(row number from 1, cells) of every record; cells exact, blank lines as ``[]``.

    A record that is not well formed (text after a closing quote, a quote never closed) is read line by line: its
    first line is kept with the quotes as they stand when that gives the usual width, else it goes to
    ``facts.rejected`` with the reason; the next line starts anew, so one stray quote costs one row, not the file.
    """
    csv.field_size_limit(MAX_FIELD)
    walk = Careful(dialect, facts)
    blocks = _blocks(chunks, dialect.newline)
    number = 0
    for block in blocks:
        plain = (dialect.quote is None or dialect.quote not in block) and len(block) < MAX_FIELD
        if plain and (dialect.newline == "" or block.count("\r") == block.count("\r\n")):
            # No quote, no stray CR: every line is a record and nothing can go wrong.
            for cells in dialect.reader(io.StringIO(block, newline=dialect.newline)):
                number += 1
                yield number, walk.fitted(number, dialect.delimiter.join(cells), cells)
        else:
            for at, found in walk.records(block, blocks, number):
                number = at
                if found is not None:
                    yield at, found


class Careful:
    """Records of a block in which quotes (or stray CRs) stand, one broken record at a time."""

    def __init__(self, dialect: Dialect, facts: Facts) -> None:
        self.dialect, self.facts = dialect, facts
        self.mender = Mender(dialect)
        self.limit, self.failures = MAX_LINES, 0
        # The last row with a quote that was never closed, and the row behind the lines without a delimiter after it.
        self.opened = self.behind = 0
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
                    line = "".join(taken)
                    taken.clear()
                    yield number, self.fitted(number, line, cells)
                return
            except (csv.Error, _Endless):
                number += 1
                yield number, self._mended(number)

    def fitted(self, number: int, line: str, cells: list[str]) -> list[str]:
        """The cells of a record that is well formed; split anew where it is not as wide as the table, or a quote
        stands inside a cell, and the columns bear out another way. ``line`` is the record as it stands."""
        quote = self.dialect.quote
        if number == self.behind and len(cells) < 2:
            self._open_still(number)
        usual = len(cells) == self.dialect.width
        if not cells or (usual and (quote is None or not any(quote in c for c in cells))):
            return cells
        check_width(len(cells), cells)
        anew = self.mender.mended(number, line, cells)
        if anew is None:
            return cells
        self.facts.split_anew(number)
        return anew

    def _open_still(self, number: int) -> None:
        """One more line without a delimiter behind an open quote. Raises Problem where they are no rows."""
        self.behind = number + 1
        if self.dialect.width > 1 and number - self.opened > NO_ROWS:
            row = self.opened
            raise Problem(
                f"a quote that opens a cell in row {row} is never closed, and the {NO_ROWS:,} lines behind it are no rows "
                "of the table; correct that row (close or remove the quote), or ask the agency to export the file anew.",
                f"第 {row} 行中单元格的起始引号没有结束引号，其后的 {NO_ROWS:,} 行都不是表格的行；请更正该行（补上或删除引号），"
                "或请对方重新导出。",
                row=row,
            )

    def _mended(self, number: int) -> list[str] | None:
        """The first line of a broken record on its own; the lines after it are pushed back."""
        if len(self.taken) > 1:
            self.failures += 1
            self.opened, self.behind = number, number + 1
        if self.failures >= PATIENCE:
            self.limit = 1
        first = self.taken[0]
        self.pushed.extend(reversed(self.taken[1:]))
        self.taken.clear()
        cells = self.mender.likelier(number, first, _alone(first, self.dialect))
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

    def blocks(self, width: int) -> Iterator[Block]:
        """The same records by column, ``width`` of them: see ``text_blocks``."""
        from connectors.text.text_blocks import text_blocks

        self.facts = Facts()
        return text_blocks(self.characters, self.dialect, self.facts, width)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """All records, see ``records``. ``facts`` and ``characters.undecodable`` speak of the last whole pass."""
        self.facts = Facts()
        return records(self.characters, self.dialect, self.facts)


def open_delimited(path: Path, encoding: str | None = None, delimiter: str | None = None) -> DelimitedFile:
    """Decide encoding and dialect of a text file. Raises Problem for an encoding that does not exist."""
    characters = Characters(path, decide(path, encoding))
    dialect = decide_dialect(characters.head(), delimiter)
    check_width(dialect.width)
    return DelimitedFile(characters, dialect)
