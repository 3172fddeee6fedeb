"""dBASE tables (dBASE III and IV, FoxPro 2, Visual FoxPro) as rows of text.

Belongs here: records in blocks of bytes, cut into columns; deleted, broken and missing records; the encoding.
Does not belong here: the header (``dbase_header.py``), single values (``dbase_values.py``), memos (``dbase_memo.py``).

Rows are numbered as a spreadsheet shows the table: the field names are row 1, the first record row 2; records marked
as deleted keep their numbers and are counted as skipped. The header's number of records is not trusted where the
file says otherwise: complete records behind it are read up to the end mark, and a shortfall is one rejected row,
whether the last record is cut off or the file ends between two.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from connectors.layout import Layout
from connectors.records.dbase_header import LANGUAGES, DbaseField, DbaseHeader, dbase_header
from connectors.records.dbase_memo import MemoFile, memo_path
from connectors.records.dbase_values import long_places, memo_field, pointer, stored_text, text_field
from connectors.report import FileReport, TableReport
from connectors.sniff import HEAD
from connectors.tables.byte_cells import BLOCK, Decoder, TextTable
from connectors.tables.header_names import unique
from connectors.tables.row_kinds import shown
from connectors.tables.sink import CHUNK_ROWS, Sink
from connectors.text.encoding import SAMPLE, Encoding, by_likelihood, likelihood, named
from schemas.problem import Problem

_LIVE, _DELETED = 0x20, 0x2A
# What may stand behind the last record.
_NOTHING = b" \x00\x1a\r\n"


def read_dbase(path: Path, sink: Sink, layout: Layout, encoding: str | None, name: str) -> FileReport:
    """Read a dBASE table into ``sink``. ``encoding`` as the source states it; ``name`` is the file's name in messages.

    Raises Problem when the header is broken, when a record points to a memo file that is missing, and for an
    encoding that does not exist.
    """
    with path.open("rb") as stream:
        header = dbase_header(stream.read(HEAD))
    if header is None:
        raise Problem(
            "the header of this dBASE table is broken; ask the agency to export it anew.",
            "dBASE 数据表的文件头已损坏；请对方重新导出。",
            file=name,
        )
    table = _Table(path, header, name)
    decided = table.encoding(encoding)
    decoder = Decoder(decided.codec)
    fields = table.shown_fields()
    names = unique(
        {i: shown(n) or f"列{i + 1}" for i, n in enumerate(decoder.texts([f.name for f in fields]))}
    )
    columns = [names[i] for i in range(len(fields))]
    report = TableReport(header_rows=[1], columns=columns)
    report.skip(1, "header", " | ".join(columns))
    text = TextTable(sink, report, layout)
    with contextlib.ExitStack() as opened:
        memos = _Memos(path, header.version, name, opened)
        for first, records in table.blocks():
            _send(first, records, table, fields, decoder, memos, text)
    if table.rest is not None:
        text.rejected[table.rest] = "structure"
    told = text.end()
    return FileReport(
        name, "dbf", "dbf", encoding=decided.codec, decided_by=decided.decided_by,
        undecodable=decoder.undecodable, tables=[told],
    )  # fmt: skip


class _Memos:
    """The memo file of a table, opened at the first record that points into it."""

    def __init__(self, table: Path, version: int, name: str, opened: contextlib.ExitStack) -> None:
        self.table, self.version, self.name, self.opened = table, version, name, opened
        self._file: MemoFile | None = None

    def texts(self, cells: Sequence[bytes]) -> list[bytes]:
        """The memos that cells point to. What is no text (a picture, an OLE object) is told by its size."""
        found: list[bytes] = []
        for cell in cells:
            block = pointer(cell)
            if block <= 0:
                found.append(b"")
                continue
            if self._file is None:
                path = memo_path(self.table, self.version, self.name)
                self._file = self.opened.enter_context(MemoFile(path, self.version))
            memo = self._file.read(block)
            if memo is None:
                # The file holds no whole memo there: a byte that no encoding decodes says so in the cell.
                found.append(b"\xff")
            else:
                found.append(memo[0].rstrip(b" \x00") if memo[1] else b"[%d bytes]" % len(memo[0]))
        return found


class _Table:
    """The bytes of a table: passes over its records, and what does not add up."""

    def __init__(self, path: Path, header: DbaseHeader, name: str) -> None:
        self.path, self.header, self.name = path, header, name
        # Row number of a record that the file does not hold whole, after a pass.
        self.rest: int | None = None

    def shown_fields(self) -> list[DbaseField]:
        """The fields but Visual FoxPro's hidden one."""
        return [f for f in self.header.fields if f.type != "0"]

    def blocks(self) -> Iterator[tuple[int, list[bytes]]]:
        """All whole records, with the row number of the first. Up to the stated number each is one, whatever its
        mark; behind it, up to the first that is not marked as a record."""
        header, width, self.rest = self.header, self.header.width, None
        size = max(1, min(CHUNK_ROWS, BLOCK // width)) * width
        done, ended, left = 0, False, b""
        with self.path.open("rb") as stream:
            stream.seek(header.offset)
            while not ended and (data := stream.read(size)):
                whole = len(data) // width * width
                records = [data[at : at + width] for at in range(0, whole, width)]
                left = data[whole:]
                for i in range(max(0, header.records - done), len(records)):
                    if records[i][0] not in (_LIVE, _DELETED):
                        records, left, ended = records[:i], b"", True
                        break
                if records:
                    yield done + 2, records
                done += len(records)
        if done < header.records or (left[:1] in (b" ", b"*") and left[1:].strip(_NOTHING)):
            self.rest = done + 2

    def encoding(self, stated: str | None) -> Encoding:
        """Stated by the source, else the language byte, else decided on the text of all records."""
        if stated is not None:
            return Encoding(named(stated), 0, "stated by the source")
        byte = self.header.language
        codec = LANGUAGES.get(byte)
        if codec is not None:
            sample = self._sample()
            # Some GIS programs write UTF-8 under any language byte.
            if not sample.isascii() and _is_utf8(sample):
                scores = (
                    likelihood(sample.decode("utf-8"), "utf-8"),
                    likelihood(sample.decode(codec, "replace"), codec),
                )
                if scores[0] > scores[1] + 0.3:
                    return Encoding(
                        "utf-8", 0, f"the text is UTF-8, though the language byte is 0x{byte:02X}"
                    )
            return Encoding(codec, 0, f"language byte 0x{byte:02X}")
        plain, utf8 = True, True
        for blob in self._texts():
            if not blob.isascii():
                plain, utf8 = False, utf8 and _is_utf8(blob)
        if utf8:
            return Encoding("utf-8", 0, "all text is ASCII" if plain else "all text is UTF-8")
        return by_likelihood(self._sample())

    def _texts(self) -> Iterator[bytes]:
        """Bytes of text, a column of a block at a time, cells ended by line feeds; the names of the fields first."""
        yield b"\n".join(f.name for f in self.shown_fields())
        columns = [f for f in self.shown_fields() if text_field(f)]
        for _, records in self.blocks():
            for field in columns:
                yield b"\n".join([r[field.start : field.end].rstrip(b" \x00") for r in records])

    def _sample(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        for blob in self._texts():
            if not blob.isascii():
                parts.append(blob[: SAMPLE - size])
                size += len(parts[-1])
            if size >= SAMPLE:
                break
        return b"\n".join(parts)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        # A sample may end inside a character.
        return error.reason == "unexpected end of data" and error.end == len(text)
    return True


def _send(
    first: int,
    records: list[bytes],
    table: _Table,
    fields: Sequence[DbaseField],
    decoder: Decoder,
    memos: _Memos,
    text: TextTable,
) -> None:
    """The live records of a block as columns of text; the others are counted."""
    numbers = list(range(first, first + len(records)))
    flags = b"".join([r[:1] for r in records])
    if flags.count(b" ") != len(flags):
        for number, flag in zip(numbers, flags, strict=True):
            if flag == _DELETED:
                text.report.skip(number, "deleted_row", "")
            elif flag != _LIVE:
                text.rejected[number] = "structure"
        live = [i for i, flag in enumerate(flags) if flag == _LIVE]
        records, numbers = [records[i] for i in live], [numbers[i] for i in live]
    version = table.header.version
    bits = _null_bits(table.header, records)
    columns: list[list[str]] = []
    long: dict[int, list[int]] = {}
    for at, field in enumerate(fields):
        cells = [r[field.start : field.end] for r in records]
        if bits is not None and field.varying is not None:
            mask = 1 << field.varying
            cells = [c[: c[-1]] if b & mask else c for c, b in zip(cells, bits, strict=True)]
        if memo_field(field, version):
            found = memos.texts(cells)
        else:
            found = stored_text(field, cells, version)
            long[at] = long_places(field, found)
        if bits is not None and field.null is not None:
            mask = 1 << field.null
            found = [b"" if b & mask else c for c, b in zip(found, bits, strict=True)]
        columns.append(decoder.texts(found))
    text.add(numbers, columns, long)


def _null_bits(header: DbaseHeader, records: Sequence[bytes]) -> list[int] | None:
    flags = header.null_flags
    return None if flags is None else [int.from_bytes(r[flags.start : flags.end], "little") for r in records]
