"""One table of text written in every format that the readers read and that something here can write.

Belongs here: writers of whole, undamaged files. Does not belong here: damage (``fuzz/``, ``test_hostile_files.py``).

Each writer takes a header, rows of text (``""`` for an empty cell) and gives bytes.
"""

from __future__ import annotations

import csv
import gzip
import html
import io
import json
import sqlite3
import struct
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

Header = Sequence[str]
Cells = Sequence[Sequence[str]]
Writer = Callable[[Header, Cells], bytes]


def delimited(
    header: Header, rows: Cells, *, encoding: str = "utf-8", delimiter: str = ",", end: str = "\r\n",
    quoting: int = csv.QUOTE_MINIMAL,
) -> bytes:  # fmt: skip
    """By the csv module; codecs with a mark write it."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def fixed_widths(header: Header, size: int) -> dict[str, list[int]]:
    """``layout.widths`` of columns of ``size`` bytes each."""
    return {name: [i * size, (i + 1) * size] for i, name in enumerate(header)}


def fixed(rows: Cells, *, size: int, encoding: str = "gbk", end: bytes = b"\n") -> bytes:
    """Lines of columns of ``size`` bytes, no header."""
    return b"".join(b"".join(c.encode(encoding).ljust(size) for c in row) + end for row in rows)


def _written(write: Callable[[Path], object], name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()


def xlsx(header: Header, rows: Cells, *, inline: bool = False) -> bytes:
    """By xlsxwriter: shared strings, or inline ones."""
    import xlsxwriter

    def write(path: Path) -> None:
        options = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": inline}
        with xlsxwriter.Workbook(str(path), options) as book:
            sheet = book.add_worksheet("名单")
            for r, row in enumerate([header, *rows]):
                for c, text in enumerate(row):
                    if text:
                        sheet.write_string(r, c, text)

    return _written(write, "a.xlsx")


def openpyxl_xlsx(header: Header, rows: Cells) -> bytes:
    """By openpyxl."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for r, row in enumerate([header, *rows], 1):
        for c, text in enumerate(row, 1):
            if text:
                cell = sheet.cell(r, c)
                cell.value = text
                cell.data_type = "s"  # text that looks like a formula or an error stays text
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xls(header: Header, rows: Cells) -> bytes:
    """By xlwt (BIFF 8)."""
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("名单")
    for r, row in enumerate([header, *rows]):
        for c, text in enumerate(row):
            if text:
                sheet.write(r, c, text)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods(header: Header, rows: Cells) -> bytes:
    """By odfpy, a paragraph a line, blanks and tabs as the format writes them."""
    from odf import teletype
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    document = OpenDocumentSpreadsheet()
    sheet = Table(name="名单")
    for row in [header, *rows]:
        line = TableRow()
        for text in row:
            cell = TableCell(valuetype="string") if text else TableCell()
            for part in text.split("\n") if text else ():
                paragraph = P()
                teletype.addTextToElement(paragraph, part)
                cell.addElement(paragraph)
            line.addElement(cell)
        sheet.addElement(line)
    document.spreadsheet.addElement(sheet)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def dbf(header: Header, rows: Cells, *, encoding: str = "gbk", language: int = 0x4D) -> bytes:
    """Character fields as wide as their widest cell. ``header``: names of at most ten bytes."""
    coded = [[c.encode(encoding) for c in row] for row in rows]
    sizes = [max([1, *(len(row[i]) for row in coded)]) for i in range(len(header))]
    head = struct.pack(
        "<4BIHH17xB2x", 3, 124, 11, 1, len(rows), 33 + 32 * len(header), 1 + sum(sizes), language
    )
    for name, size in zip(header, sizes, strict=True):
        # A field of more than 255 bytes keeps the high byte of its length where the decimals are.
        head += struct.pack("<11sc4xBB14x", name.encode(encoding), b"C", size & 255, size >> 8)
    body = (b" " + b"".join(c.ljust(s) for c, s in zip(row, sizes, strict=True)) for row in coded)
    return head + b"\r" + b"".join(body) + b"\x1a"


def json_lines(header: Header, rows: Cells, *, ascii: bool = False, encoding: str = "utf-8") -> bytes:
    """An object a line; an empty cell is null."""
    lines = (
        json.dumps({k: v or None for k, v in zip(header, row, strict=True)}, ensure_ascii=ascii)
        for row in rows
    )
    return "".join(line + "\n" for line in lines).encode(encoding)


def json_document(
    header: Header, rows: Cells, *, indent: int | None = None, encoding: str = "utf-8"
) -> bytes:
    """The records under ``data.list``."""
    records = [{k: v or None for k, v in zip(header, row, strict=True)} for row in rows]
    document = {"code": 0, "data": {"total": len(records), "list": records}}
    return json.dumps(document, ensure_ascii=False, indent=indent).encode(encoding)


def xml(header: Header, rows: Cells, *, attributes: bool = False, encoding: str = "utf-8") -> bytes:
    """A ``<row>`` a record, its cells as elements or attributes. ``header``: XML names."""
    out = [f'<?xml version="1.0" encoding="{encoding}"?>\n<data>\n']
    for row in rows:
        filled = [(k, v) for k, v in zip(header, row, strict=True)]
        if attributes:
            out.append("<row" + "".join(f" {k}={_quoted(v)}" for k, v in filled) + "/>\n")
        else:
            out.append("<row>" + "".join(f"<{k}>{_text(v)}</{k}>" for k, v in filled) + "</row>\n")
    return ("".join(out) + "</data>\n").encode(encoding)


def _text(text: str) -> str:
    return escape(text, {"\r": "&#13;"})


def _quoted(text: str) -> str:
    return quoteattr(text, {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def parquet(header: Header, rows: Cells) -> bytes:
    """Strings, null for an empty cell."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {name: pa.array([row[i] or None for row in rows], pa.string()) for i, name in enumerate(header)}
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def sqlite(header: Header, rows: Cells) -> bytes:
    """One table of text, null for an empty cell."""

    def write(path: Path) -> None:
        names = ", ".join(f'"{name}" TEXT' for name in header)
        connection = sqlite3.connect(path)
        with connection:
            connection.execute(f'CREATE TABLE "名单" ({names})')
            marks = ", ".join("?" * len(header))
            connection.executemany(
                f'INSERT INTO "名单" VALUES ({marks})', ([c or None for c in row] for row in rows)
            )
        connection.close()

    return _written(write, "a.db")


def sql_dump(header: Header, rows: Cells, *, style: str = "mysql", many: int = 50) -> bytes:
    """``INSERT`` statements as mysqldump writes them (backslash escapes, ``many`` rows a statement), or as Oracle tools do."""
    out = []
    if style == "mysql":
        names = ", ".join(f"`{name}` text" for name in header)
        out.append(f"-- MySQL dump 10.13\nSET NAMES utf8mb4;\nCREATE TABLE `people` ({names});\n")
        signs = {"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\x1a": "\\Z", "\0": "\\0"}
        for start in range(0, len(rows), many):
            values = ",".join(
                "(" + ",".join(_literal(c, signs) for c in row) + ")" for row in rows[start : start + many]
            )
            out.append(f"INSERT INTO `people` VALUES {values};\n")
    else:
        names = ", ".join(header)
        out.append("REM INSERTING into PEOPLE\nSET DEFINE OFF;\n")
        for row in rows:
            values = ",".join(_literal(c, {"'": "''"}) for c in row)
            out.append(f"Insert into PEOPLE ({names}) values ({values});\n")
    return "".join(out).encode()


def _literal(text: str, signs: dict[str, str]) -> str:
    return "'" + "".join(signs.get(c, c) for c in text) + "'" if text else "NULL"


def html_page(header: Header, rows: Cells, *, encoding: str = "utf-8") -> bytes:
    """A page with one table, as web systems save it under ``.xls``; line breaks as ``<br>``."""
    lines = [
        f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={encoding}"></head><body><table border="1">\n'
    ]
    for row in [header, *rows]:
        cells = "".join(f"<td>{html.escape(c).replace(chr(10), '<br>')}</td>" for c in row)
        lines.append(f"<tr>{cells}</tr>\n")
    return ("".join(lines) + "</table></body></html>\n").encode(encoding, "xmlcharrefreplace")


def spreadsheet_xml(header: Header, rows: Cells) -> bytes:
    """SpreadsheetML 2003, empty cells left out (``ss:Index`` says where the next stands)."""
    out = [
        '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">\n<Worksheet ss:Name="名单"><Table>\n'
    ]
    for row in [header, *rows]:
        out.append("<Row>")
        skipped = False
        for i, text in enumerate(row, 1):
            if text:
                index = f' ss:Index="{i}"' if skipped else ""
                data = escape(text, {"\n": "&#10;", "\r": "&#13;"})
                out.append(f'<Cell{index}><Data ss:Type="String">{data}</Data></Cell>')
            skipped = not text
        out.append("</Row>\n")
    return ("".join(out) + "</Table></Worksheet></Workbook>\n").encode()


def zipped(data: bytes, name: str = "名单.csv", *, gbk_name: bool = False) -> bytes:
    """A zip archive with one member; its name in GBK without the flag of UTF-8 where asked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X" * len(name.encode("gbk")) if gbk_name else name, data)
    packed = out.getvalue()
    return packed.replace(b"X" * len(name.encode("gbk")), name.encode("gbk")) if gbk_name else packed


def gzipped(data: bytes) -> bytes:
    """A gzip file."""
    return gzip.compress(data, 6, mtime=0)
