"""The cells of a piece of a sheet's XML as text by column in Arrow.

A piece ends at a row's end. Belongs here: the text of every kind of cell and what is noted about them. Does not belong
here: the XML (``xlsx_layout.py``), the parts around the sheet (``xlsx_parts.py``), which pieces there are
(``xlsx_sheet.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.records.text_spans import PAD, Odd, Places, Words, cell_strings, replaced, strings
from connectors.workbooks.number_format import (
    LAST_SERIAL,
    LONG,
    PLAIN,
    PLAIN_NUMBER,
    Shape,
    beyond_float,
    number_text,
    shaped_text,
)
from connectors.workbooks.sheet import CELLS, Piece
from connectors.workbooks.xlsx_layout import (
    BOOLEAN,
    ERROR,
    MOMENT,
    NUMBER,
    ROW_PLACE,
    ROWS,
    SHARED,
    TEXT,
    Cells,
    any_cells,
    usual_cells,
    whole_numbers,
)
from connectors.workbooks.xlsx_parts import plain_text

_HIDDEN = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true|on)[\"']")
_ROW = re.compile(rb"<row((?:\s[^>]*?)?)/?>")
_ISO = re.compile(r"^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.0*)?Z?)?$")


class Beyond(ValueError):
    """A row that no spreadsheet has; its number is the argument."""


@dataclass
class Book:
    """What cells refer to: shared strings from place 1 on (0 is ""), and number formats by cell style."""

    strings: pa.StringArray
    shapes: list[Shape] = field(default_factory=list)
    from_1904: bool = False

    def shape(self, style: int) -> Shape:
        """The shape of numbers in a style."""
        return self.shapes[style] if style < len(self.shapes) else PLAIN


def read_piece(data: bytes, after: int, book: Book) -> Piece:
    """The rows of a piece of XML whose first row comes after row ``after``.

    Raises Beyond, and Odd for XML that makes no sense (rows out of order, a shared string that is not there).
    """
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            data = data.decode("utf-8", "replace").encode()
    padded = data + PAD
    try:
        cells, unvalued = usual_cells(padded)
    except Odd:
        padded, cells, unvalued = any_cells(plain_text(data), after)
    numbers = cells.numbers
    if len(numbers) and int(numbers.max()) > ROWS:
        raise Beyond(int(numbers.max()))
    if len(numbers) and (numbers[0] <= after or (np.diff(numbers) <= 0).any()):
        raise Odd("rows out of order")
    piece = _piece(padded, cells, book)
    piece.unvalued = [(int(cells.numbers[row]), at) for row, at in unvalued]
    if b"hidden" in data:
        number = after
        for match in _ROW.finditer(data):
            place = ROW_PLACE.search(match[1])
            number = int(place[1]) if place else number + 1
            if _HIDDEN.search(match[1]):
                piece.hidden.add(number)
    return piece


def _piece(data: bytes, cells: Cells, book: Book) -> Piece:
    """The columns: a code a cell, above 0 for a shared string, below for a text of this piece, 0 for nothing."""
    piece = Piece(cells.numbers, [])
    width = int(cells.at.max()) + 1 if len(cells.at) else 0
    if width * len(cells.numbers) > CELLS:
        raise Odd("wide")
    grid = np.zeros((len(cells.numbers), width), np.int32)
    shared = cells.kind == SHARED
    place = np.flatnonzero(shared)
    if len(place):
        index = whole_numbers(data, cells.start[place], cells.end[place] - cells.start[place]) + 1
        if int(index.max()) >= len(book.strings):
            raise Odd("no such string")
        grid[cells.row[place], cells.at[place]] = index
    rest = np.flatnonzero(~shared)
    texts = pa.array([""], pa.string())
    if len(rest):
        own = _texts(data, cells, rest, book, piece)
        grid[cells.row[rest], cells.at[rest]] = -1 - np.arange(len(rest), dtype=np.int32)
        texts = pa.concat_arrays([texts, own])
    for at in range(width):
        piece.columns.append(_taken(np.ascontiguousarray(grid[:, at]), book.strings, texts))
    return piece


def _taken(codes: Words, shared: pa.StringArray, own: pa.StringArray) -> pa.StringArray:
    low, high = int(codes.min()), int(codes.max())
    if low >= 0:
        return shared.take(pa.array(codes)) if high else pa.repeat("", len(codes))
    if high <= 0:
        return own.take(pa.array(-codes))
    mine = codes < 0
    both = pa.concat_arrays([shared.take(pa.array(codes[~mine])), own.take(pa.array(-codes[mine]))])
    order = np.empty(len(codes), np.int64)
    order[np.flatnonzero(~mine)] = np.arange(len(codes) - int(mine.sum()))
    order[np.flatnonzero(mine)] = np.arange(len(codes) - int(mine.sum()), len(codes))
    return both.take(pa.array(order))


def _texts(data: bytes, cells: Cells, rest: Places, book: Book, piece: Piece) -> pa.StringArray:
    """The texts of the cells ``rest``, which are no shared strings."""
    kind, style = cells.kind[rest], cells.style[rest]
    if (kind == TEXT).any():
        result = cell_strings(data, cells.start[rest], cells.end[rest])
    else:
        result = strings(data, cells.start[rest], cells.end[rest])
    shaped = np.array([book.shape(n).kind != "" for n in range(max(len(book.shapes), int(style.max()) + 1))])
    number = kind == NUMBER
    odd = number & shaped[style]
    plain = np.flatnonzero(number & ~odd)
    if len(plain):
        numeric = result if len(plain) == len(result) else result.take(pa.array(plain))
        usual = pc.match_substring_regex(numeric, PLAIN_NUMBER).to_numpy(zero_copy_only=False)
        rough = plain[~usual]
        if len(rough):
            _note_long(result, rough, rest, cells, piece)
            result = replaced(
                result, rough, lambda text: text if beyond_float(text) else number_text(_number(text))
            )
    for code in np.unique(style[odd]):
        shape = book.shape(int(code))
        places = np.flatnonzero(odd & (style == code))
        if shape.kind == "zeros":
            _note_long(result, places, rest, cells, piece)
        if shape.kind == "date":
            result, places = _dated(result, places, book.from_1904)
        result = replaced(
            result, places, lambda text, shape=shape: shaped_text(_number(text), shape, book.from_1904)
        )
    result = replaced(
        result, np.flatnonzero(kind == BOOLEAN), lambda t: "TRUE" if t in ("1", "true") else "FALSE"
    )
    result = replaced(result, np.flatnonzero(kind == MOMENT), _moment)
    wrong = np.flatnonzero(kind == ERROR)
    for k, text in zip(wrong, result.take(pa.array(wrong)).to_pylist(), strict=True):
        piece.errors[int(cells.numbers[cells.row[rest[k]]]), int(cells.at[rest[k]])] = text
    return result


def _dated(result: pa.StringArray, places: Places, from_1904: bool) -> tuple[pa.StringArray, Places]:
    """Serial numbers of days and whole seconds as text, all at once; and the places of the others."""
    try:
        value = pc.cast(result.take(pa.array(places)), pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        return result, places
    moment = value * 86_400
    second = np.rint(moment)
    first, last = (1, LAST_SERIAL - 1462) if from_1904 else (61, LAST_SERIAL)
    usual = (value >= first) & (value < last) & (np.abs(moment - second) < 0.0015)
    usual &= second < last * 86_400
    since = second[usual].astype(np.int64) - (24_107 if from_1904 else 25_569) * 86_400
    whole = since % 86_400 == 0
    days = pa.array((since[whole] // 86_400).astype(np.int32)).cast(pa.date32()).cast(pa.string())
    moments = pa.array(since[~whole]).cast(pa.timestamp("s")).cast(pa.string())
    order = np.arange(len(result))
    here = places[usual]
    order[here[whole]] = len(result) + np.arange(len(days))
    order[here[~whole]] = len(result) + len(days) + np.arange(len(moments))
    return pa.concat_arrays([result, days, moments]).take(pa.array(order)), places[~usual]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Odd("number") from None


def _note_long(result: pa.StringArray, places: Places, rest: Places, cells: Cells, piece: Piece) -> None:
    for k, text in zip(places, result.take(pa.array(places)).to_pylist(), strict=True):
        if abs(_number(text)) >= LONG and not beyond_float(text):
            piece.long.setdefault(int(cells.numbers[cells.row[rest[k]]]), []).append(int(cells.at[rest[k]]))


def _moment(text: str) -> str:
    match = _ISO.match(text)
    if match is None:
        return text.replace("T", " ")
    return match[1] + (f" {match[2]}" if match[2] and match[2] != "00:00:00" else "")
