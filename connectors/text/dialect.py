"""The dialect of delimited text: delimiter, quote and escape by trial on the head of the file.

Belongs here: what a dialect is, and which one a sample is in. Does not belong here: the records of a whole file
(``delimited.py``), rows that are written otherwise than the rest (``row_mending.py``), encodings (``encoding.py``).
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from connectors.tables.header_names import Row
from connectors.text.column_shapes import ColumnShapes
from schemas.problem import Problem

DELIMITERS = (
    ",", "\t", "|", ";", "^", "~", "\x01", "\x1f", "\x1e", "，", "、", "¦", "$", "#", "@", "；", "｜", "│", "§",
    "\x02", "\x03", "\x04", "\x05", "\x06", "\x07", "\x1c", "\x1d", ":", " ",
)  # fmt: skip
# The first of them are what files are mostly written with; the last stand in words too.
_USUAL, _IN_WORDS = 4, (":", " ")
# Signs together between two cells: ``||``, ``|+|``, ``@@``. Not those that close words and open them.
_TOGETHER = re.compile(r"""[^\w \r\n"'.\-，。、；：（）()\[\]{}<>《》“”？！/\\]{2,4}""")
SAMPLE_RECORDS = 500
SINGLE_COLUMN = "\x1f"
# Stands for a delimiter of several characters where only one can (a code that is no character).
_STAND_IN = "\ufdd0"
# A row of a sample needs a sign in so many of its lines (one of them) to be tried as a delimiter.
_RARE = 12


@dataclass(frozen=True)
class Dialect:
    """How records are written. ``quote`` and ``escape`` are None when there is none.

    ``delimiter`` may be several characters; ``skip_space`` says that blanks follow it. ``escape`` stands for a quote
    inside quotes (``\\"``) only: other backslashes are text. ``newline``: see ``delimited._blocks``. ``width`` is the
    usual number of cells (0: unknown). A single column has the delimiter U+001F. ``shapes`` is what the columns of
    the sample look like, None where that says nothing.
    """

    delimiter: str
    quote: str | None = '"'
    escape: str | None = None
    newline: str = "\n"
    width: int = 0
    skip_space: bool = False
    shapes: ColumnShapes | None = field(default=None, compare=False, repr=False)

    @property
    def plain(self) -> bool:
        """Whether any parser of one-character delimiters and doubled quotes reads it."""
        return len(self.delimiter) == 1 and not self.skip_space and self.escape is None

    def reader(self, lines: Iterable[str], *, strict: bool = True) -> Iterator[list[str]]:
        """A csv reader over ``lines``."""
        sign = self.delimiter
        if len(sign) > 1:
            return self._long(lines, strict)
        if self.quote is None:
            return csv.reader(lines, delimiter=sign, quoting=csv.QUOTE_NONE, quotechar=None, strict=strict)
        return csv.reader(
            lines, delimiter=sign, quotechar=self.quote, skipinitialspace=self.skip_space, strict=strict
        )

    def _long(self, lines: Iterable[str], strict: bool) -> Iterator[list[str]]:
        sign = self.delimiter
        single = replace(self, delimiter=_STAND_IN)
        for cells in single.reader((line.replace(sign, _STAND_IN) for line in lines), strict=strict):
            # Inside quotes it was no delimiter.
            yield [c.replace(_STAND_IN, sign) for c in cells] if any(_STAND_IN in c for c in cells) else cells


def decide_dialect(text: str, delimiter: str | None = None) -> Dialect:
    """The dialect of a sample (whole lines from the head of the file).

    Each delimiter is tried with ``"`` as the quote, with ``'`` and without. The best has most of the records at one
    width, and rather many columns than few. Titles and notes have one cell, so records of one cell weigh little. A
    file of one column has no delimiter. Raises Problem where every way gives more columns than a table can have.
    """
    newline = newline_of(text)
    best: tuple[float, Dialect, list[Row]] | None = None
    refused: Problem | None = None
    for order, sign in enumerate(_signs(text) if delimiter is None else (delimiter,)):
        for dialect in _variants(text, sign, newline):
            try:
                scored = _score(text, dialect, order if delimiter is None else 0)
            except Problem as problem:
                # More columns than a table can have: not this one, or the file is refused.
                refused, scored = problem, None
            if scored is not None and (best is None or scored[0] > best[0] + 1e-9):
                best = scored
    if best is None and refused is not None:
        raise refused
    if best is None:
        return Dialect(delimiter or SINGLE_COLUMN, '"', None, newline, 1)
    _, dialect, rows = best
    even = [(n, row) for n, row in rows if len(row) == dialect.width]
    # The first may be the header, which looks like no column.
    shapes = ColumnShapes([row for _, row in even[1:]], even[0][0]) if len(even) > 1 else None
    # Without a quote in the sample one may still come later.
    return replace(dialect, quote=dialect.quote if '"' in text else dialect.quote or '"', shapes=shapes)


def newline_of(text: str) -> str:
    """What ends lines: ``""`` where CR does too, else ``"\\n"`` (and CRLF)."""
    crlf, lf, cr = text.count("\r\n"), text.count("\n"), text.count("\r")
    alone = cr - crlf
    return "" if alone > 0 and alone * 10 >= lf + alone else "\n"


def _signs(text: str) -> list[str]:
    """The delimiters worth a trial, in order: those that stand in a good part of the lines."""
    # Not ``splitlines``: what else it takes for the end of a line may be a delimiter.
    lines = [line for line in text[: 1 << 17].replace("\r", "\n").split("\n", 4000) if line.strip(" ")]
    signs = [
        sign
        for sign in DELIMITERS
        if sum(1 for line in lines if sign in line) * _RARE >= max(len(lines), _RARE)
    ]
    together = Counter(run for line in lines[:300] for run in set(_TOGETHER.findall(line)))
    for run, times in together.most_common(3):
        # They are one delimiter where those of them that could be one stand nowhere else.
        rest = text.replace(run, "")
        alone = [sign for sign in signs if sign in run]
        if times * 2 > len(lines[:300]) and alone and not any(sign in rest for sign in alone):
            signs = [run if sign == alone[0] else sign for sign in signs if sign not in alone[1:]]
            break
    return signs


def _variants(text: str, sign: str, newline: str) -> Iterator[Dialect]:
    """The quotes and escapes worth a trial with a delimiter."""
    plain = Dialect(sign, None, None, newline)
    if '"' not in text:
        yield plain
    else:
        quoted = Dialect(sign, '"', None, newline)
        if sign != " " and f'{sign} "' in text:
            quoted = replace(quoted, skip_space=text.count(f'{sign} "') > text.count(f'{sign}"'))
        broken = _broken(text, quoted)
        if '\\"' in text:
            escaped = replace(quoted, escape="\\")
            if (wrong := _broken(text, escaped)) < broken:
                quoted, broken = escaped, wrong
        yield quoted
        # What parses without a fault as quoted is quoted, whatever it would give without.
        if broken:
            yield plain
    if f"'{sign}" in text and f"{sign}'" in text:
        yield Dialect(sign, "'", None, newline)


def _broken(text: str, dialect: Dialect) -> int:
    try:
        return _split(text, dialect)[1]
    except Problem:
        return len(text)


def _split(text: str, dialect: Dialect) -> tuple[list[Row], int]:
    """Records of a sample and the number that were not well formed."""
    from connectors.text.delimited import Facts, records

    facts = Facts()
    rows = []
    for row in records([text], dialect, facts):
        rows.append(row)
        if len(rows) >= SAMPLE_RECORDS:
            break
    return rows, facts.mended + len(facts.rejected)


def _score(text: str, dialect: Dialect, order: int) -> tuple[float, Dialect, list[Row]] | None:
    """How well a dialect explains a sample, its width put in, and the rows; None where it explains nothing."""
    numbered, broken = _split(text, dialect)
    rows = [row for _, row in numbered]
    widths = Counter(len(row) for row in rows if any(row))
    wide = {w: n for w, n in widths.items() if w > 1}
    if not wide:
        return None
    width, at_width = max(wide.items(), key=lambda kv: (kv[1] * (kv[0] - 0.5), kv[0]))
    # Short rows above (titles) and below (notes) are usual; a tenth of a row each is what they count.
    share = at_width / (sum(wide.values()) + 0.1 * widths.get(1, 0) + 0.25 * broken)
    run = max((len(list(g)) for same, g in groupby(rows, key=lambda r: len(r) == width) if same), default=0)
    first = len(next(row for row in rows if any(row)))
    if first == 1 and widths.get(1, 0) >= at_width and (run < 2 or run * 3 < at_width):
        return None  # the sign stands here and there in the cells of a single column
    sign = dialect.delimiter
    if sign in _IN_WORDS and not _deliberate(rows, width, at_width, first):
        return None
    if dialect.quote == "'" and not _apostrophes_quote(text, rows, sign):
        return None
    # Many columns at one width are no accident; a rare delimiter must be better by more than chance.
    score = share * (1 - 1 / width)
    score *= _attached(text, dialect)
    score -= 0.0 if order < _USUAL else 0.1
    return score - 0.01 * order / len(DELIMITERS), replace(dialect, width=width), numbered


def _deliberate(rows: Sequence[list[str]], width: int, at_width: int, first: int) -> bool:
    """Whether a sign that stands in words and times too is a delimiter: a table from its first line on, of four
    columns or more, and not of pairs of digits."""
    if width < 4 or first != width or at_width < 3 or at_width * 10 < sum(1 for r in rows if any(r)) * 8:
        return False
    return any(len(cell) > 2 for row in rows[1:] for cell in row)


def _apostrophes_quote(text: str, rows: Sequence[list[str]], sign: str) -> bool:
    """Whether ``'`` opens cells as often as it closes them: Excel's leading apostrophe is no quote."""
    opened = text.count(f"{sign}'") + text.count("\n'") + text.startswith("'")
    closed = text.count(f"'{sign}") + text.count("'\n") + text.count("'\r") + text.endswith("'")
    return min(opened, closed) * 10 >= max(opened, closed) * 8 and min(opened, closed) * 4 >= len(rows)


def _attached(text: str, dialect: Dialect) -> float:
    """1 where quotes stand at the ends of cells, as they should, down to 0.6 where they stand anywhere; without a quote
    the other way round."""
    quote, sign = dialect.quote or '"', dialect.delimiter
    bare = text.replace(quote * 2, "")
    quotes = bare.count(quote)
    if not quotes:
        return 1.0
    space = sign + " " if dialect.skip_space else sign
    opened = bare.count(space + quote) + bare.count("\n" + quote) + bare.startswith(quote)
    closed = (
        bare.count(quote + sign) + bare.count(quote + "\n") + bare.count(quote + "\r") + bare.endswith(quote)
    )
    share = min(1.0, (opened + closed) / quotes)
    return 0.6 + 0.4 * share if dialect.quote else 1.0 - 0.5 * share
