"""Cells that are cut out of a text before it is decoded, a column at a time.

In GB18030, Big5 and UTF-8 no character has a byte in it that could be a comma, a tab, a quote or a line's end, and none of
Python's decoders swallows one with a damaged character. So cutting first and decoding then gives the same cells, and only
the columns that hold Chinese are decoded, of those that repeat their values each value once.

Belongs here: where that holds, and the decoding of cut columns. Does not belong here: the cutting (``text_blocks.py``),
which encoding a text is in (``encoding.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.text.encoding import CLOSING, without_private_use

if TYPE_CHECKING:
    from connectors.text.dialect import Dialect
    from connectors.text.encoding import Encoding

# The lowest byte that is not ASCII's alone: GB18030's four-byte characters have digits in them (30 to 39), Big5's
# second bytes begin at 40. What lies below, and UTF-8's ASCII, stands for itself wherever it stands.
_OWN = {
    "gb18030": frozenset(range(0x30)) | frozenset(range(0x3A, 0x40)),
    "cp950": frozenset(range(0x40)),
    "big5hkscs": frozenset(range(0x40)),
    "utf-8": frozenset(range(0x80)),
}
_SEPARATORS = (b"\n", b"\x1f", b"\x1e", b"\x00", b"\x01", b"\x02")
_LOOK = 4000  # rows that tell whether a column repeats its values


def cut_before_decoding(encoding: Encoding, dialect: Dialect) -> bool:
    """Whether cells may be cut out of the bytes of a text. False too where the bytes are good UTF-8 already."""
    own = _OWN.get(encoding.codec)
    signs = f"{dialect.delimiter}{dialect.quote or ''}{chr(92) if dialect.escape else ''}"
    return not (own is None or encoding.whole or not signs.isascii() or not own.issuperset(signs.encode()))


class CellDecoder:
    """Text of cut cells; what does not decode becomes U+FFFD, ``undecodable`` counts them."""

    def __init__(self, codec: str) -> None:
        self.codec = codec
        self.mapped = codec == "gb18030"
        self.undecodable = 0

    def text(self, data: bytes) -> str:
        """The text of bytes that end where a line or a cell ends."""
        text = (data + CLOSING).decode(self.codec, "replace")[: -len(CLOSING)]
        self.undecodable += text.count("\ufffd")
        return without_private_use(text) if self.mapped else text

    def column(self, cells: Any) -> Any:
        """A ``pyarrow.BinaryArray`` (from offset 0, without nulls) as a ``pyarrow.StringArray``."""
        import numpy as np
        import pyarrow.compute as pc

        data = cells.buffers()[2]
        if data is None or not data.size or int(np.frombuffer(data, np.uint8).max()) < 0x80:
            return _as_text(cells)
        head = cells.slice(0, _LOOK)
        if pc.count_distinct(head).as_py() * 10 > len(head) * 9:
            return self._each(cells)
        coded = cells.dictionary_encode()
        before = self.undecodable
        values = self._each(coded.dictionary)
        if self.undecodable > before:
            times = np.bincount(coded.indices.to_numpy(), minlength=len(values))
            bad = pc.count_substring(values, "\ufffd").to_numpy()
            self.undecodable = before + int((times * bad).sum())
        return values.take(coded.indices)

    def _each(self, cells: Any) -> Any:
        """Cell by cell, but all at once: joined by a sign that none of them holds."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        data = cells.buffers()[2].to_pybytes()
        sign = next((s for s in _SEPARATORS if s not in data), None)
        if sign is None:
            return pa.array([self.text(cell) for cell in cells.to_pylist()], pa.string())
        joined = pc.binary_join_element_wise(cells, pa.scalar(b""), pa.scalar(sign))
        text = (joined.buffers()[2].to_pybytes() + CLOSING).decode(self.codec, "replace")[: -len(CLOSING)]
        self.undecodable += text.count("\ufffd")
        decoded = text.encode("utf-8", "surrogatepass")
        # All that is mapped lies in U+E000 … U+EFFF, whose first byte in UTF-8 is EE.
        if self.mapped and b"\xee" in decoded:
            decoded = without_private_use(text).encode("utf-8", "surrogatepass")
        ends = np.flatnonzero(np.frombuffer(decoded, np.uint8) == sign[0]).astype(np.int32)
        offsets = np.concatenate([np.zeros(1, np.int32), ends + 1])
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(decoded)]
        return _as_text(pc.binary_slice(pa.Array.from_buffers(pa.binary(), len(cells), buffers), 0, -1))


def _as_text(cells: Any) -> Any:
    import pyarrow as pa

    return pa.Array.from_buffers(pa.string(), len(cells), cells.buffers(), offset=cells.offset)
