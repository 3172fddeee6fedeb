"""A piece of a sheet's XML to places, kinds and values of cells.

What programs usually write (``<c r="B2" s="1" t="s"><v>20</v></c>``) is taken apart with arrays, without an object a
cell; a piece laid out otherwise goes through a pattern, cell by cell.
Belongs here: elements and attributes. Does not belong here: the text of cells (``xlsx_cells.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from connectors.records.text_spans import PAD, Odd, Places, Words, tags, words
from connectors.workbooks.xlsx_parts import item_text

ROWS, WIDTH = 1_048_576, 16_384
_ATTRIBUTES = 24  # bytes of a cell's attributes after its place that are looked at with arrays
_DIGITS = 8
SHARED, NUMBER, TEXT, BOOLEAN, ERROR, MOMENT = range(6)
_KINDS = {
    b"s": SHARED,
    b"n": NUMBER,
    b"b": BOOLEAN,
    b"e": ERROR,
    b"d": MOMENT,
    b"str": TEXT,
    b"inlineStr": TEXT,
}
_TYPE = re.compile(rb"\bt\s*=\s*[\"'](\w+)[\"']")
_STYLE = re.compile(rb"\bs\s*=\s*[\"'](\d+)[\"']")
_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})(\d{1,7})[\"']")
ROW_PLACE = re.compile(rb"\br\s*=\s*[\"'](\d{1,7})[\"']")
_TAG = re.compile(rb"<(row|c)((?:\s[^>]*?)?)(/?)>")
_VALUE = re.compile(rb"<v(?:\s[^>]*)?>([^<]*)</v\s*>")


@dataclass
class Cells:
    """Cells with a value: the index of their row in the piece, position, kind, style, bounds of the value."""

    numbers: Places
    row: Places
    at: Places
    kind: Words
    style: Words
    start: Places
    end: Places


def usual_cells(data: bytes) -> tuple[Cells, list[tuple[int, int]]]:
    """The cells of a piece as programs usually write it, and (row index, position) of formulas without a stored value.

    ``data`` ends with PAD. Raises Odd for a piece of any other layout.
    """
    buffer = np.frombuffer(data, np.uint8)
    opens, closes = tags(buffer)
    pairs = words(data, "<u2")[opens + 1]
    first, second = pairs.astype(np.uint8), (pairs >> 8).astype(np.uint8)
    if (first == ord("!")).any():
        raise Odd("comment or CDATA")
    rows = np.flatnonzero((first == ord("r")) & (second == ord("o")))
    is_cell = (first == ord("c")) & ((second == 32) | (second == 62) | (second == 47))
    cell = np.flatnonzero(is_cell)
    if len(cell) < np.count_nonzero(first == ord("c")):
        raise Odd("a tag of another kind, or with a line break in it")
    if not len(rows) or (len(cell) and cell[0] < rows[0]):
        if len(cell) or len(opens):
            raise Odd("no rows")
        return Cells(*(np.zeros(0, np.int64),) * 7), []
    numbers, digits = _row_numbers(data, buffer, opens[rows])
    counts = np.diff(np.append(np.searchsorted(cell, rows), len(cell)))
    row = np.repeat(np.arange(len(rows)), counts)
    at, rest = _positions(data, buffer, opens[cell], numbers[row], digits[row])
    kind, style, closed = _kinds(data, rest, closes[cell])
    # The value: the usual cell has it in the next tag. The tag after the last cell is that of the row's end.
    following = np.append(cell[1:], len(opens) - 1)
    last = len(opens) - 1
    one = np.minimum(cell + 1, last)
    value = np.where((first[one] == ord("v")) & ~closed, one, -1)
    unvalued: list[tuple[int, int]] = []
    other = np.flatnonzero((value < 0) & ~closed & (first[one] != ord("/")))
    if len(other):
        inline = other[
            (first[one[other]] == ord("i"))
            & (first[np.minimum(cell[other] + 2, last)] == ord("t"))
            & (first[np.minimum(cell[other] + 4, last)] == ord("/"))
            & (second[np.minimum(cell[other] + 4, last)] == ord("i"))
        ]
        value[inline] = cell[inline] + 2
        formula = other[first[one[other]] == ord("f")]
        values = np.append(np.flatnonzero(first == ord("v")), last + 1)
        found = values[np.searchsorted(values, cell[formula])]
        has = found < following[formula]
        value[formula[has]] = found[has]
        unvalued = [(int(row[k]), int(at[k])) for k in formula[~has]]
        if len(inline) + len(formula) < len(other):
            raise Odd("rich inline text")
    # <v/> holds nothing; a formula whose value is that has none stored.
    have = np.flatnonzero(value >= 0)
    start, end = closes[value[have]] + 1, opens[np.minimum(value[have] + 1, last)]
    empty = buffer[start - 2] == 47
    if empty.any() or (start == end).any():
        formula_tag = first[one[have]] == ord("f")
        filled = ~(empty | (start == end))
        void = ~filled & formula_tag & (kind[have] != TEXT)
        unvalued += [(int(row[k]), int(at[k])) for k in have[void]]
        have, start, end = have[filled], start[filled], end[filled]
    return Cells(numbers, row[have], at[have], kind[have], style[have], start, end), unvalued


def any_cells(data: bytes, after: int) -> tuple[bytes, Cells, list[tuple[int, int]]]:
    """Cells one by one, for XML of another layout: no places, other quotes, rich inline text."""
    numbers: list[int] = []
    found: list[tuple[int, int, int, int, bytes]] = []
    unvalued: list[tuple[int, int]] = []
    number, at = after, -1
    matches = list(_TAG.finditer(data))
    ends = [*(m.start() for m in matches), len(data)][1:]
    for match, end in zip(matches, ends, strict=True):
        if match[1] == b"row":
            place = ROW_PLACE.search(match[2])
            number, at = int(place[1]) if place else number + 1, -1
            numbers.append(number)
            continue
        if not numbers:
            raise Odd("cell outside a row")
        cell = _PLACE.search(match[2])
        at = _column(cell[1]) if cell else at + 1
        if at >= WIDTH or (cell is not None and int(cell[2]) != number):
            raise Odd("place")
        kind, style, _ = _attributes(match[2])
        if match[3]:
            continue
        body = data[match.end() : end]
        if kind == TEXT and b"<is" in body:
            text = item_text(body)
        else:
            value = _VALUE.search(body)
            text = value[1] if value else b""
            if b"<f" in body and not text and (kind != TEXT or b"<v" not in body):
                unvalued.append((len(numbers) - 1, at))
        text = text if kind == TEXT else text.strip()
        if text:
            found.append((len(numbers) - 1, at, kind, style, text))
    rows, ats, kinds, styles, texts = zip(*found, strict=True) if found else ((),) * 5
    sizes = np.array([len(t) for t in texts], np.int64)
    stops = np.cumsum(sizes)
    cells = Cells(
        np.array(numbers, np.int64), np.array(rows, np.int64), np.array(ats, np.int64), np.array(kinds, np.int8),
        np.array(styles, np.int32), stops - sizes, stops,
    )  # fmt: skip
    return b"".join(texts) + PAD, cells, unvalued


def _row_numbers(data: bytes, buffer: Words, places: Places) -> tuple[Places, Places]:
    """The numbers of rows and how many digits they have. Raises Odd where ``r`` is not the first attribute."""
    eight = words(data, "<u8")
    if (eight[places] != int.from_bytes(b'<row r="', "little")).any():
        raise Odd("row")
    digits = np.full(len(places), -1)
    for size in range(7, 0, -1):
        digits[buffer[places + 8 + size] == 34] = size
    if (digits < 0).any():
        raise Odd("row number")
    return whole_numbers(data, places + 8, digits), digits


def whole_numbers(data: bytes, starts: Places, sizes: Places) -> Places:
    """Whole numbers of up to eight digits. Raises Odd for anything else."""
    if len(sizes) and (int(sizes.max()) > _DIGITS or int(sizes.min()) < 1):
        raise Odd("digits")
    word = words(data, "<u8")[starts] << ((_DIGITS - sizes) * 8).astype(np.uint64)
    ones = np.uint64(0x3030303030303030)
    digits = (word ^ ones) & _low(sizes)
    # A byte above 9 shows when 0x76 is added to it.
    if ((((digits + np.uint64(0x7676767676767676)) | digits) & np.uint64(0x8080808080808080)) != 0).any():
        raise Odd("digits")
    pairs = (digits * np.uint64(10) + (digits >> np.uint64(8))) & np.uint64(0x00FF00FF00FF00FF)
    fours = (pairs * np.uint64(100) + (pairs >> np.uint64(16))) & np.uint64(0x0000FFFF0000FFFF)
    whole = (fours * np.uint64(10_000) + (fours >> np.uint64(32))) & np.uint64(0xFFFFFFFF)
    return whole.astype(np.int64)


_HIGH = np.array(
    [((1 << (8 * n)) - 1) << (8 * (_DIGITS - n)) for n in range(_DIGITS + 1)], np.uint64
)  # the bytes of a number of n digits that stands at the high end of its word


_BELOW = np.array([(1 << (8 * n)) - 1 for n in range(_DIGITS + 1)], np.uint64)


def _low(sizes: Places) -> Words:
    return _HIGH[sizes]


def _positions(
    data: bytes, buffer: Words, places: Places, numbers: Places, digits: Places
) -> tuple[Places, Places]:
    """Columns from 0 of cells that start with their place, and where their other attributes start."""
    if not len(places):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    if (
        (words(data, "<u8")[places] & np.uint64(0xFFFFFFFFFFFF)) != int.from_bytes(b'<c r="', "little")
    ).any():
        raise Odd("cell")
    here = places + 6
    a, b, c = (buffer[here + n].astype(np.int64) - 64 for n in range(3))
    two, three = (b > 0) & (b < 27), (b > 0) & (b < 27) & (c > 0) & (c < 27)
    at = np.where(three, (a * 26 + b) * 26 + c, np.where(two, a * 26 + b, a)) - 1
    here = here + 1 + two + three
    last = buffer[here + digits - 1].astype(np.int64) - 48
    if (
        ((a < 1) | (a > 26) | (at >= WIDTH)).any()
        or (buffer[here + digits] != 34).any()
        or (last != numbers % 10).any()
    ):
        raise Odd("place")
    return at, here + digits + 1


def _kinds(data: bytes, starts: Places, ends: Places) -> tuple[Words, Words, Words]:
    """Kind, style and whether a cell has no content, from the attributes after its place, each distinct set once."""
    size = ends - starts
    if len(size) and int(size.max()) > _ATTRIBUTES:
        raise Odd("attributes")
    eight = words(data, "<u8")
    parts = [eight[starts] & _BELOW[np.minimum(size, 8)]]
    parts += [
        eight[starts + 8 * n] & _BELOW[np.clip(size - 8 * n, 0, 8)]
        for n in (1, 2)
        if len(size) and int(size.max()) > 8 * n
    ]
    mixed = parts[0].copy()
    for n, part in enumerate(parts[1:], 1):
        mixed ^= (part + np.uint64(n)) * np.uint64(0x9E3779B97F4A7C15)
    codes = pa.array(mixed).dictionary_encode().indices.to_numpy()
    seen = int(codes.max()) + 1 if len(codes) else 0
    sample = np.zeros(seen, np.int64)
    sample[codes[::-1]] = np.arange(len(codes))[::-1]
    if any((part != part[sample][codes]).any() for part in parts):
        raise Odd("attributes")
    kinds, styles, closed = np.zeros(seen, np.int8), np.zeros(seen, np.int32), np.zeros(seen, bool)
    for n, k in enumerate(sample):
        kinds[n], styles[n], closed[n] = _attributes(data[starts[k] : ends[k]])
    return kinds[codes], styles[codes], closed[codes]


def _attributes(text: bytes) -> tuple[int, int, bool]:
    kind, style = _TYPE.search(text), _STYLE.search(text)
    if kind is not None and kind[1] not in _KINDS:
        raise Odd("type")
    return _KINDS[kind[1]] if kind else NUMBER, int(style[1]) if style else 0, text.endswith(b"/")


def _column(letters: bytes) -> int:
    at = 0
    for letter in letters:
        at = at * 26 + letter - 64
    return at - 1
