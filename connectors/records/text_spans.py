"""Pieces of a buffer of XML as Arrow strings, without an object a piece: what makes workbooks fast to read.

Belongs here: spans of bytes to ``pyarrow.StringArray``, the tags of a piece of XML as arrays of places, entities and
the ``_x000D_`` escapes of workbooks.
Does not belong here: what the tags mean (``xlsx_cells.py``, ``xlsx_parts.py``).
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

PAD = b"\0" * 32  # after a buffer, so that words may be read at its very end
Places = np.ndarray[Any, np.dtype[np.int64]]
Words = np.ndarray[Any, np.dtype[Any]]

_ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6}));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_INLINE = 12  # a string view holds so many bytes in itself
_KEEP = np.array([[0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF][min(n, 4)] for n in range(17)], np.uint32)


class Odd(ValueError):
    """XML that is not laid out as spreadsheet programs lay it out; a slower reader has to take over."""


def _entity(match: re.Match[str]) -> str:
    if match[1]:
        return _NAMED[match[1]]
    code = int(match[2]) if match[2] else int(match[3], 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def unescaped(text: str) -> str:
    """The characters that XML entities stand for."""
    return _ENTITY.sub(_entity, text) if "&" in text else text


def unescaped_cell(text: str) -> str:
    """The text of a cell: entities, then ``_x000D_`` (``_x005F_`` is the underscore that starts no escape)."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    text = unescaped(text)
    if "_x" in text and _ESCAPE.search(text) is not None:
        text = _ESCAPE.sub(lambda m: chr(int(m[1], 16)), text)
        if any("\ud800" <= c < "\ue000" for c in text):
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "") if "\0" in text else text


def words(data: bytes, kind: str) -> Words:
    """The buffer as overlapping little-endian words, one at each byte. ``kind`` is ``<u4`` or ``<u8``."""
    size = int(kind[-1])
    return np.ndarray((len(data) - size + 1,), kind, data, strides=(1,))


def tags(buffer: Words) -> tuple[Places, Places]:
    """The places of ``<`` and ``>``. Raises Odd where they do not alternate."""
    # The two differ in one bit, which saves a pass.
    places = np.flatnonzero((buffer | 2) == 62)
    opens, closes = places[0::2], places[1::2]
    if len(places) % 2 or not ((buffer[opens] == 60).all() and (buffer[closes] == 62).all()):
        raise Odd("brackets")
    return opens, closes


def strings(data: bytes, starts: Places, ends: Places) -> pa.StringArray:
    """``data[start:end]`` of each pair as strings, without entities resolved. ``data`` is UTF-8 and ends with PAD."""
    count = len(starts)
    view = np.zeros(count, [("size", "<i4"), ("a", "<u4"), ("b", "<u4"), ("c", "<u4")])
    size = ends - starts
    four = words(data, "<u4")
    view["size"] = size
    view["a"] = four[starts] & _KEEP[np.minimum(size, 4)]
    view["b"] = four[starts + 4] & _KEEP[np.clip(size - 4, 0, 4)]
    view["c"] = four[starts + 8] & _KEEP[np.clip(size - 8, 0, 4)]
    long = np.flatnonzero(size > _INLINE)
    if len(long):
        view["b"][long] = 0
        view["c"][long] = starts[long]
        view["a"][long] = four[starts[long]]
    buffers = [None, pa.py_buffer(view), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.string_view(), count, buffers).cast(pa.string())


def cell_strings(data: bytes, starts: Places, ends: Places) -> pa.StringArray:
    """``strings`` with entities and escapes resolved as in cells."""
    result = strings(data, starts, ends)
    marked = [mark for mark in ("&", "_x", "\r", "\0") if mark.encode() in data[: -len(PAD)]]
    if not marked:
        return result
    hit = np.zeros(len(result), bool)
    for mark in marked:
        hit |= pc.match_substring(result, mark).to_numpy(zero_copy_only=False)
    return replaced(result, np.flatnonzero(hit), unescaped_cell)


def replaced(array: pa.StringArray, places: Places, change: Any) -> pa.StringArray:
    """The array with the strings at some places changed, each distinct string once."""
    if not len(places):
        return array
    encoded = array.take(pa.array(places)).dictionary_encode()
    new = pa.array([change(text) for text in encoded.dictionary.to_pylist()], pa.string())
    order = np.arange(len(array))
    order[places] = len(array) + encoded.indices.to_numpy()
    return pa.concat_arrays([array, new]).take(pa.array(order))
