"""Lines of fixed width as rows of text: columns cut by the bytes the source states, before decoding.

Belongs here: lines in blocks of bytes, cut into columns; what a line that is too short or too long is.
Does not belong here: encodings (``encoding.py``), what cells are made into (``byte_cells.py``).

A line is a row, numbered from 1 as an editor numbers it. Blanks around a cell are padding. A file names no columns:
line 1 is a header only where it holds the stated names at their places, or where ``layout.header`` says so.

Lines that differ in width. The record is as wide as the widest column reaches, or, where the columns leave out an end,
as most lines are. A **longer** line is rejected (``width``) unless only blanks lie beyond: something pushed its columns
out of place, and nothing tells from where on. A **shorter** line is data where it ends between two columns, so that
only whole columns at its end are missing, and in a file that takes off trailing blanks from all its lines. Else it
is cut off and rejected (``width``). One whose words make it a total or a note is skipped as such before that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from connectors.layout import Layout
from connectors.report import FileReport, TableReport
from connectors.tables.byte_cells import BLOCK, Decoder, TextTable
from connectors.tables.header_names import unique
from connectors.tables.row_kinds import folded, is_blank, is_note, is_total, outside, shown, text_of
from connectors.tables.sink import CHUNK_ROWS, Sink
from connectors.text.encoding import Encoding, decide, without_private_use
from schemas.problem import Problem

LONGEST = 1 << 20  # bytes of a line; more has no line ends
LOOK = 1000  # lines from the top that tell the usual width
_PADDING = b" \x00"


def read_fixed_width(path: Path, sink: Sink, layout: Layout, encoding: str | None, name: str) -> FileReport:
    """Read a file of fixed columns into ``sink``. ``encoding`` as the source states it; ``name`` is shown in messages.

    Raises Problem when the layout has no widths or widths the lines do not have, for text without line ends and
    for encodings whose bytes cannot be cut (UTF-16, UTF-32).
    """
    if not layout.widths:
        raise Problem(
            "fixed-width text needs layout.widths: {NAME: [start, end]} in bytes from 0, the end not included.",
            "定宽文本须写明 layout.widths：{列名: [起, 止]}，按字节从 0 起，不含止。",
            file=name,
        )
    decided = decide(path, encoding)
    if decided.codec.startswith(("utf-16", "utf-32", "utf-7")):
        raise Problem(
            f"the file is in {decided.codec}, whose bytes cannot be cut at fixed places; ask the agency for GBK or UTF-8.",
            f"文件为 {decided.codec} 编码，无法按字节切分定宽列；请对方改用 GBK 或 UTF-8 导出。",
            file=name,
        )
    file = _Lines(path, decided, name)
    shape = _shape(layout, list(islice((line for block in file.blocks() for line in block), LOOK)), name)
    decoder = Decoder(decided.codec)
    header = _header_rows(layout, shape, file)
    named = unique(dict(enumerate(shape.names)))
    report = TableReport(header_rows=list(header), columns=[named[i] for i in range(len(named))])
    table = TextTable(sink, report, layout)
    footer = layout.footer[0] if isinstance(layout.footer, tuple) else None
    first = 1
    for block in file.blocks():
        numbers: Sequence[int] = range(first, first + len(block))
        first += len(block)
        lines = block
        apart = numbers[0] <= max(header, default=0) or (footer is not None and numbers[-1] >= footer)
        if apart or any(n != shape.usual for n in map(len, lines)) or shape.usual < shape.reach:
            kept = []
            for i, line in enumerate(block):
                if not _aside(line, numbers[i], header, footer, file, report) and _fits(
                    line, numbers[i], shape, layout, file, table
                ):
                    kept.append(i)
            lines, numbers = [block[i] for i in kept], [numbers[i] for i in kept]
        columns = [decoder.texts([line[a:b].strip(_PADDING) for line in lines]) for a, b in shape.places]
        table.add(numbers, columns)
    return FileReport(
        name, "fixed_width", "fixed_width", encoding=decided.codec, decided_by=decided.decided_by,
        undecodable=decoder.undecodable, tables=[table.end()],
    )  # fmt: skip


@dataclass(frozen=True)
class _Shape:
    """Columns by name and place. ``reach`` is where the last ends; ``usual`` the width of most lines; ``trims``
    says that lines end with their last sign that is no blank."""

    names: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    reach: int
    usual: int
    trims: bool

    def ends_between(self, length: int) -> bool:
        """Whether a line of so many bytes lacks whole columns only, and not all."""
        return not any(a < length < b for a, b in self.places) and any(b <= length for _, b in self.places)


def _shape(layout: Layout, sample: Sequence[bytes], name: str) -> _Shape:
    places = tuple((a, b) for _, a, b in layout.widths)
    reach = max(b for _, b in places)
    full = [line for line in sample if line.strip(_PADDING + b"\t\x1a")]
    lengths = Counter(map(len, full))
    usual, most = min(lengths.items(), key=lambda kv: (-kv[1], -kv[0]), default=(reach, 0))
    trims = most * 10 < len(full) * 9 and not any(line.endswith(b" ") for line in full)
    shape = _Shape(tuple(n for n, _, _ in layout.widths), places, reach, usual, trims)
    if len(full) >= 10 and most * 10 >= len(full) * 9 and usual < reach and not shape.ends_between(usual):
        raise Problem(
            f"layout.widths reach to byte {reach}, but the lines have {usual} bytes; widths are counted in bytes "
            "(a Chinese character takes 2 in GBK, 3 in UTF-8).",
            f"layout.widths 到第 {reach} 字节，而每行只有 {usual} 字节；宽度按字节计（汉字在 GBK 中占 2 字节，在 UTF-8 中占 3 字节）。",
            file=name,
        )
    return shape


class _Lines:
    """The lines of a file in bytes, without their ends, any number of times."""

    def __init__(self, path: Path, encoding: Encoding, name: str) -> None:
        self.path, self.encoding, self.name = path, encoding, name
        with path.open("rb") as stream:
            head = stream.read(LONGEST)
        # Old Macintosh files end lines with CR alone.
        self.end = b"\r" if b"\n" not in head and b"\r" in head else b"\n"

    def blocks(self) -> Iterator[list[bytes]]:
        """Lines, so many at a time. A DOS end mark behind the last is no line, nor is what follows the last end."""
        tail = b""
        with self.path.open("rb") as stream:
            stream.seek(self.encoding.mark)
            while chunk := stream.read(BLOCK):
                data = tail + chunk
                cut = data.rfind(self.end) + 1
                tail = data[cut:]
                if len(tail) > LONGEST:
                    raise Problem(
                        f"a line is longer than {LONGEST} bytes: the file has no line ends, or is no text; ask the agency to export it anew.",
                        f"有一行超过 {LONGEST} 字节：文件没有换行，或不是文本；请对方重新导出。",
                        file=self.name,
                    )
                if cut:
                    yield from self._split(data[: cut - 1])
        tail = tail.rstrip(b"\x1a")
        if tail:
            yield from self._split(tail)

    def _split(self, data: bytes) -> Iterator[list[bytes]]:
        lines = data.split(self.end)
        if self.end == b"\n" and b"\r" in data:
            lines = [line[:-1] if line.endswith(b"\r") else line for line in lines]
        for at in range(0, len(lines), CHUNK_ROWS):
            yield lines[at : at + CHUNK_ROWS]

    def text(self, line: bytes) -> str:
        """A line as text."""
        return without_private_use(line.decode(self.encoding.codec, "replace"))


def _header_rows(layout: Layout, shape: _Shape, file: _Lines) -> tuple[int, ...]:
    if isinstance(layout.header, tuple):
        return layout.header
    if layout.header == "none":
        return ()
    first = next(file.blocks(), [b""])[0]
    cells = [folded(file.text(first[a:b].strip(_PADDING))) for a, b in shape.places]
    # A name may be longer than its column is wide.
    same = [c != "" and folded(n).startswith(c) for c, n in zip(cells, shape.names, strict=True)]
    return (
        (1,)
        if sum(same) * 2 > len(same) and all(s or not c for s, c in zip(same, cells, strict=True))
        else ()
    )


def _aside(
    line: bytes, number: int, header: tuple[int, ...], footer: int | None, file: _Lines, report: TableReport
) -> bool:
    """Whether a line belongs to the header or the footer, which is then counted."""
    above, below = number <= max(header, default=0), footer is not None and number >= footer
    if above or below:
        text = [file.text(line)]
        why = (
            "header"
            if number in header
            else outside(text)
            if above
            else "blank"
            if is_blank(text)
            else "note"
        )
        report.skip(number, why, "" if why == "blank" else text_of(text))
    return above or below


def _fits(line: bytes, number: int, shape: _Shape, layout: Layout, file: _Lines, table: TextTable) -> bool:
    """Whether a line is a record by its width; else it is counted as what it is."""
    length = len(line)
    widest = max(shape.reach, shape.usual)
    if shape.reach <= length <= widest or (
        length > widest and len(line.rstrip(_PADDING + b"\x1a")) <= widest
    ):
        return True
    if length > widest:
        table.rejected[number] = "width"
        return False
    text = file.text(line)
    if not shown(text):
        table.report.skip(number, "blank", "")
        return False
    why = (
        None
        if layout.footer == "none"
        else "total"
        if is_total([text])
        else "note"
        if is_note([text])
        else None
    )
    if why is not None:
        table.report.skip(number, why, text_of([text]))
    elif shape.ends_between(length) or shape.trims:
        table.report.ragged_short += 1
        return True
    else:
        table.rejected[number] = "width"
    return False
