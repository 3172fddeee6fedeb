"""Columns of fixed-width text that nobody has stated, found in the bytes of its lines.

Belongs here: where columns begin and end. Does not belong here: reading by stated widths (``fixed_width.py``).

A column begins where cells begin behind a blank in nearly all lines that have anything there; where a column of
Chinese meets one of figures, the kind of byte changes at one place; a citizen number has 18 digits, whatever touches
it. What touches without any of these is one column to us, and a person's to cut. Some lines may be out of place.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Sequence
from itertools import islice, pairwise
from pathlib import Path

from connectors.drafting.profile import is_resident_number

Widths = tuple[tuple[str, int, int], ...]
LOOK = 5000  # lines
FEWEST, NARROWEST = 5, 20  # lines, and bytes of a line, that can be judged
_BLANK, _FIGURE, _LETTER, _SIGN, _HAN = " ", "0", "a", ".", "汉"


def fixed_columns(path: Path, codec: str) -> Widths:
    """(name, start, end) in bytes of each column, covering the whole line; none where lines are not of one width.

    Lines of another width than most are left aside; where all end with their last sign, the blanks behind it are
    thought on. Names are those of a header in the first line, else ``列1`` ….
    """
    if codec.startswith(("utf-16", "utf-32")):
        return ()
    with path.open("rb") as stream:
        read = [line.rstrip(b"\r\n\x1a") for line in islice(stream, LOOK)]
    lines = _of_one_width(
        [line for line in (read[:1] and [read[0].removeprefix(BOM_UTF8)]) + read[1:] if line.strip()]
    )
    width = len(lines[0]) if lines else 0
    if len(lines) < FEWEST or width < NARROWEST:
        return ()
    kinds = [_kinds(line, codec) for line in lines]
    if any(len(line) != width for line in kinds):
        return ()
    starts = _starts(kinds)
    for start, end in pairwise([*starts, width]):
        starts += _cuts(start, end, kinds, lines)
    starts.sort()
    if len(starts) < 3:
        return ()
    for n in range(1, len(starts)):
        starts[n] = _true_start(starts[n - 1], starts[n], [*starts, width][n + 1], kinds)
    starts[0] = 0
    places = list(pairwise([*starts, width]))
    names = _names([line.decode(codec, "replace") for line in _cells(lines[0], places)], lines[1:], places)
    return tuple((name, start, end) for name, (start, end) in zip(names, places, strict=True))


def unnamed(widths: Widths) -> bool:
    """Whether the file names no columns."""
    return all(name == f"列{n}" for n, (name, _, _) in enumerate(widths, 1))


def _of_one_width(lines: Sequence[bytes]) -> list[bytes]:
    """The lines as wide as most; none where too many differ, unless they lack nothing but blanks at their ends."""
    lengths = Counter(map(len, lines))
    width, most = lengths.most_common(1)[0] if lengths else (0, 0)
    if most >= 0.8 * len(lines):
        return [line for line in lines if len(line) == width]
    if any(line.endswith(b" ") for line in lines):
        return []
    width = sorted(map(len, lines))[int(0.98 * (len(lines) - 1))]
    return [line.ljust(width) for line in lines if len(line) <= width]


def _cells(line: bytes, places: Sequence[tuple[int, int]]) -> list[bytes]:
    return [line[start:end].strip() for start, end in places]


def _names(first: Sequence[str], rows: Sequence[bytes], places: Sequence[tuple[int, int]]) -> list[str]:
    """The cells of the first line where they are words above columns of figures, each different; else numbers."""
    numbered = [f"列{n}" for n in range(1, len(places) + 1)]
    if (
        len(set(first)) < len(first)
        or not all(first)
        or any(sign.isdigit() for cell in first for sign in cell)
    ):
        return numbered
    columns = list(zip(*(_cells(row, places) for row in rows), strict=True))
    figures = sum(
        1
        for column in columns
        if sum(any(48 <= b <= 57 for b in cell) for cell in column) >= 0.5 * len(column)
    )
    return list(first) if figures >= 2 else numbered


def _kinds(line: bytes, codec: str) -> str:
    """The kind of every byte of a line."""
    kinds = []
    for sign in line.decode(codec, "replace"):
        if sign in " \t\0":
            kinds.append(_BLANK)
        elif sign.isascii():
            kinds.append(_FIGURE if sign.isdigit() else _LETTER if sign.isalpha() else _SIGN)
        else:
            kinds.append(_HAN * len(sign.encode(codec, "replace")))
    return "".join(kinds)


def _starts(kinds: Sequence[str]) -> list[int]:
    """Where cells begin behind a blank: in nearly all lines that are filled there, or where no line is filled before."""
    found, before = list[int](), 0
    for at in range(len(kinds[0])):
        filled = [line for line in kinds if line[at] != _BLANK]
        begin = [line for line in filled if at == 0 or line[at - 1] == _BLANK]
        enough = len(begin) >= max(2, 0.02 * len(kinds)) and len(begin) >= 0.8 * len(filled)
        alone = not before and len(filled) >= max(2, 0.002 * len(kinds))
        if (enough or alone) and not _time_of_day(at, begin):
            found.append(at)
        before = len(filled)
    return found


def _time_of_day(at: int, lines: Sequence[str]) -> bool:
    """Whether what begins here is the hour behind a date: 2024-11-01 08:30."""
    return bool(lines) and all(
        line[at : at + 5] == "00.00" and line[at - 2 : at - 1] == "0" for line in lines
    )


def _cuts(start: int, end: int, kinds: Sequence[str], lines: Sequence[bytes]) -> list[int]:
    """Places within a column at which two touch."""
    for at in range(start + 1, end):
        if _kind_changes(start, at, end, kinds, lines) or (
            at == start + 18 and _numbers_end(start, at, end, lines)
        ):
            return [at, *_cuts(at, end, kinds, lines)]
    return []


def _kind_changes(start: int, at: int, end: int, kinds: Sequence[str], lines: Sequence[bytes]) -> bool:
    before = Counter(line[at - 1] == _HAN for line in kinds if line[at - 1] != _BLANK)
    behind = Counter(line[at] == _HAN for line in kinds if line[at] != _BLANK)
    if min(before.total(), behind.total()) < max(2, 0.05 * len(kinds)):
        return False
    (last, most), (first, many) = before.most_common(1)[0], behind.most_common(1)[0]
    if last == first or most < 0.97 * before.total() or many < 0.97 * behind.total():
        return False
    left = [line[start:at].strip() for line in lines]
    right = [line[at:end].strip() for line in lines]
    # One is empty where the other is not: they are two things.
    apart = Counter((bool(a), bool(b)) for a, b in zip(left, right, strict=True))
    if max(apart[False, True], apart[True, False]) >= max(2, 0.01 * len(lines)):
        return True
    # Always filled together: figures set flush right, or a word of a few (男, 女), before things that differ.
    if not last:
        return len({len(cell) for cell in left}) > 2
    words = [n for word, n in Counter(left).items() if word and n >= 0.05 * len(left)]
    return 2 <= len(words) <= 5 < len(set(right))


def _numbers_end(start: int, at: int, end: int, lines: Sequence[bytes]) -> bool:
    numbers = [line[start:at].decode("latin-1") for line in lines if line[start:at].strip()]
    touched = sum(1 for line in lines if line[at:end].strip())
    return touched > 0.5 * len(numbers) > 1 and sum(map(is_resident_number, numbers)) >= 0.8 * len(numbers)


def _true_start(before: int, start: int, end: int, kinds: Sequence[str]) -> int:
    """Of cells that end at one place and begin at several the blanks stand before them, from the column before on."""
    cells = [line[start:end] for line in kinds if line[start:end].strip()]
    ends = Counter(len(cell.rstrip()) for cell in cells).most_common(1)
    begins = Counter(len(cell) - len(cell.lstrip()) for cell in cells)
    if not ends or max(begins.values()) > 0.95 * len(cells) or ends[0][1] < 0.95 * len(cells):
        return start
    return before + max(len(line[before:start].rstrip()) for line in kinds)
