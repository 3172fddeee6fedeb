"""Files made to harm whoever opens them: bombs, entities, endless lines, lies about sizes, names that lead elsewhere.

Each maker writes one file into a folder and returns it; small on disk and quick to make. ``CASES`` says what becomes of
it: words of the refusal, or None where the file is read. Used by ``test_hostile_files.py`` and ``benchmarks/hostile.py``.
"""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests import table_writers as write

MIB = 1 << 20
HEADER, ROWS = ["编号", "姓名"], [["1", "张伟"], ["2", "王秀英"]]


@dataclass(frozen=True)
class Case:
    """``words``: a regular expression that the English refusal matches; None: the file is read, within bounds."""

    make: Callable[[], bytes]
    words: str | None
    name: str = "hostile.dat"
    options: dict[str, Any] = field(default_factory=dict)


@cache
def _deflated(size: int, unit: bytes = b"\0") -> bytes:
    """``size`` bytes of one repeated unit, by deflate."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    chunk = unit * (MIB // len(unit))
    return b"".join(packer.compress(chunk) for _ in range(size // MIB)) + packer.flush()


def _entry(
    name: bytes, data: bytes, packed: int, size: int, offset: int, crc: int = 0, method: int = 8
) -> tuple[bytes, bytes]:
    """The local and the central header of a zip member, saying whatever they are told to say."""
    local = (
        struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, method, 0, 33, crc, packed, size, len(name), 0)
        + name
        + data
    )
    central = struct.pack(
        "<IHHHHHHIIIHHHHHII",
        0x02014B50,
        20,
        20,
        0,
        method,
        0,
        33,
        crc,
        packed,
        size,
        len(name),
        0,
        0,
        0,
        0,
        0,
        offset,
    )
    return local, central + name


def _zip(members: list[tuple[bytes, bytes, int]]) -> bytes:
    """A zip of (name, deflated data, the size it is said to have)."""
    body, directory = b"", b""
    for name, data, size in members:
        local, central = _entry(name, data, len(data), size, len(body))
        body, directory = body + local, directory + central
    return body + directory + _end(len(members), len(directory), len(body))


def _end(count: int, size: int, offset: int) -> bytes:
    return struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, size, offset, 0)


def zip_bomb(said: int | None = None) -> bytes:
    size = 300 * MIB
    return _zip([(b"a.csv", _deflated(size, b"1,2\n"), size if said is None else said)])


def zip_overlapping() -> bytes:
    """Many entries of the directory share one member: a hundred megabytes each, a kilobyte together."""
    data = _deflated(100 * MIB)
    local, _ = _entry(b"0.csv", data, len(data), 100 * MIB, 0)
    directory = b"".join(_entry(b"%d.csv" % n, b"", len(data), 100 * MIB, 0)[1] for n in range(1_500))
    return local + directory + _end(1_500, len(directory), len(local))


def zip_nested() -> bytes:
    data = write.delimited(HEADER, ROWS)
    for n in range(12):
        data = write.zipped(data, f"{n}.zip" if n else "a.csv")
    return data


def zip_of_bombs() -> bytes:
    inner = zip_bomb()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(20):
            archive.writestr(f"{n}.zip", inner)
    return out.getvalue()


def zip_many_members() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n in range(30_000):
            archive.writestr(f"{n}.csv", b"")
    return out.getvalue()


def zip_named(name: str) -> bytes:
    return write.zipped(write.delimited(HEADER, ROWS), name)


def zip_link() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("a.csv")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


def tar_with(kind: bytes, *, packed: bool = False, name: str = "a.csv") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz" if packed else "w") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "/etc/passwd"
        data = write.delimited(HEADER, ROWS) if kind == tarfile.REGTYPE else b""
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def gzip_bomb(times: int = 1) -> bytes:
    packed = _deflated(300 * MIB, b"1,2\n")
    one = b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + packed
    crc = 0
    for _ in range(300):
        crc = zlib.crc32(b"1,2\n" * (MIB // 4), crc)
    return (one + struct.pack("<II", crc, (300 * MIB) & 0xFFFFFFFF)) * times


def laughs(root: str = "data") -> bytes:
    """A billion of them."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE {root} [<!ENTITY l0 "lol">{entities}]><{root}><r><a>&l9;</a></r><r><a>2</a></r></{root}>'.encode()


def quadratic() -> bytes:
    return f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "{"x" * 50_000}">]><d>{"<r><a>" + "&a;" * 50_000 + "</a></r>"}</d>'.encode()


def external() -> bytes:
    return b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d><r><a>&x;</a></r><r><a>2</a></r></d>'


def spreadsheet_laughs() -> bytes:
    return laughs("Workbook").replace(
        b"<Workbook>", b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
    )


def repacked(data: bytes, **members: Callable[[bytes], bytes]) -> bytes:
    """A workbook with members changed; ``__`` in a key stands for ``/``, ``_`` at its end for ``.xml``."""
    out = io.BytesIO()
    change = {k.replace("__", "/").removesuffix("_") + ".xml": v for k, v in members.items()}
    with (
        zipfile.ZipFile(io.BytesIO(data)) as archive,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in archive.namelist():
            content = archive.read(name)
            made.writestr(name, change[name](content) if name in change else content)
    return out.getvalue()


def xlsx_laughs() -> bytes:
    return repacked(write.xlsx(HEADER, ROWS), xl__sharedStrings_=lambda _: laughs("sst"))


def xlsx_far() -> bytes:
    cells = b'<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row></sheetData>'
    return repacked(
        write.xlsx(HEADER, ROWS), xl__worksheets__sheet1_=lambda x: x.replace(b"</sheetData>", cells)
    )


def xlsx_strings() -> bytes:
    """The shared strings are said to unpack to four gigabytes."""
    data = write.xlsx(HEADER, ROWS)
    at = data.rfind(b"xl/sharedStrings.xml") - 46
    return data[: at + 24] + struct.pack("<I", 0xFFFFFFFE) + data[at + 28 :]


def xlsx_strings_bomb() -> bytes:
    """Three hundred megabytes of one shared string that say they are a kilobyte."""
    data = _deflated(300 * MIB, b"<si><t>x</t></si>\n      ")
    out = io.BytesIO(write.xlsx(HEADER, ROWS))
    members = []
    with zipfile.ZipFile(out) as archive:
        for name in archive.namelist():
            if name == "xl/sharedStrings.xml":
                members.append((name.encode(), data, 1024))
            else:
                content = archive.read(name)
                packer = zlib.compressobj(6, zlib.DEFLATED, -15)
                members.append((name.encode(), packer.compress(content) + packer.flush(), len(content)))
    return _zip(members)


def xlsx_count() -> bytes:
    return repacked(
        write.xlsx(HEADER, ROWS), xl__sharedStrings_=lambda x: x.replace(b'count="', b'count="429496729', 1).replace(b'uniqueCount="', b'uniqueCount="429496729', 1)
    )  # fmt: skip


def xlsx_merges() -> bytes:
    """Merged ranges without number, each over the whole sheet."""
    merges = b"<mergeCells>" + b'<mergeCell ref="A1:XFD1048576"/>' * 20_000 + b"</mergeCells>"
    return repacked(write.xlsx(HEADER, ROWS), xl__worksheets__sheet1_=lambda x: x.replace(b"</sheetData>", b"</sheetData>" + merges))  # fmt: skip


def ods_repeated() -> bytes:
    def more(xml: bytes) -> bytes:
        cell = b'<table:table-row table:number-rows-repeated="1048576"><table:table-cell office:value-type="string" table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell></table:table-row></table:table>'
        return xml.replace(b"</table:table>", cell, 1)

    return repacked(write.ods(HEADER, ROWS), content_=more)


def html_spans() -> bytes:
    row = '<tr><td colspan="16384" rowspan="65534">x</td></tr>'
    return f"<html><table><tr><th>编号<th>姓名</tr>{row * 3000}</table></html>".encode()


def xls_circle() -> bytes:
    """The allocation table leads in a circle."""
    data = bytearray(write.xls(HEADER, ROWS * 2000))
    table = (struct.unpack_from("<I", data, 76)[0] + 1) * 512
    struct.pack_into("<I", data, table + 4 * 5, 3)
    return bytes(data)


def xls_strings() -> bytes:
    """More shared texts than there is memory."""
    data = write.xls(HEADER, ROWS)
    at = data.find(b"\xfc\x00", data.find(b"\x85\x00"))
    return data[: at + 4] + struct.pack("<II", 0xFFFFFFF0, 0xFFFFFFF0) + data[at + 12 :]


def dbf_header(records: int, header: int | None = None, record: int | None = None) -> bytes:
    data = bytearray(write.dbf(["BH", "XM"], ROWS))
    _, whole, each = struct.unpack_from("<IHH", data, 4)
    struct.pack_into(
        "<IHH", data, 4, records, whole if header is None else header, each if record is None else record
    )
    return bytes(data)


def parquet_footer() -> bytes:
    data = write.parquet(HEADER, ROWS)
    return data[:-8] + struct.pack("<I", 0x7FFFFFF0) + b"PAR1"


def parquet_rows() -> bytes:
    """The pages are gone, the footer is whole."""
    data = write.parquet(HEADER, ROWS * 1000)
    size = struct.unpack("<I", data[-8:-4])[0]
    return b"PAR1" + b"\xff" * (len(data) - size - 12) + data[-8 - size :]


def sqlite_pages() -> bytes:
    data = bytearray(write.sqlite(HEADER, ROWS * 2000))
    for at in range(4096, len(data), 4096):
        data[at : at + 64] = b"\xff" * 64
    return bytes(data)


def sqlite_view() -> bytes:
    """A table that is none: a view that never ends."""
    import sqlite3
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        connection = sqlite3.connect(path)
        with connection:
            connection.execute(
                "CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c"
            )
        connection.close()
        return path.read_bytes()


def sqlite_bomb() -> bytes:
    """A virtual value: a generated column that is a gigabyte long in every row."""
    import sqlite3
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        connection = sqlite3.connect(path)
        with connection:
            connection.execute(
                "CREATE TABLE t (n INTEGER, x TEXT GENERATED ALWAYS AS (hex(zeroblob(200000000))) VIRTUAL)"
            )
            connection.executemany("INSERT INTO t (n) VALUES (?)", [(n,) for n in range(2)])
        connection.close()
        return path.read_bytes()


CASES: dict[str, Case] = {
    "zip bomb": Case(zip_bomb, "refused|unpack"),
    "zip bomb that lies": Case(lambda: zip_bomb(1000), "refused|unpack|damaged|broken|larger"),
    "zip, overlapping members": Case(zip_overlapping, "refused|unpack|damaged|broken"),
    "zip, twelve deep": Case(zip_nested, "deep"),
    "zip of bombs": Case(zip_of_bombs, "refused|unpack"),
    "zip of 30,000 members": Case(zip_many_members, "members"),
    "zip, member ../../x.csv": Case(lambda: zip_named("../../x.csv"), "lead|outside|name|path"),
    "zip, member /etc/x.csv": Case(lambda: zip_named("/etc/x.csv"), "lead|outside|name|path"),
    "zip, member C:\\x.csv": Case(lambda: zip_named("C:\\x.csv"), "lead|outside|name|path"),
    "zip, link": Case(zip_link, "link"),
    "tar, link": Case(lambda: tar_with(tarfile.SYMTYPE), "link"),
    "tar, hard link": Case(lambda: tar_with(tarfile.LNKTYPE), "link"),
    "tar, device": Case(lambda: tar_with(tarfile.CHRTYPE), "link|device"),
    "tar.gz, pipe": Case(lambda: tar_with(tarfile.FIFOTYPE, packed=True), "link|device|pipe"),
    "tar, member ../x.csv": Case(lambda: tar_with(tarfile.REGTYPE, name="../x.csv"), "lead|outside|name|path"),
    "gzip bomb": Case(gzip_bomb, "refused|unpack"),
    "gzip bomb, five in a row": Case(lambda: gzip_bomb(5), "refused|unpack"),
    "gzip of a zip bomb": Case(lambda: gzip.compress(zip_bomb(), 1), "refused|unpack"),
    "xml, billion laughs": Case(laughs, "DTD|document type|entit"),
    "xml, quadratic blow-up": Case(quadratic, "DTD|document type|entit"),
    "xml, external entity": Case(external, "DTD|document type|entit"),
    "spreadsheet xml, billion laughs": Case(spreadsheet_laughs, "DTD|document type|entit"),
    "xlsx, billion laughs": Case(xlsx_laughs, "DTD|document type|entit"),
    "xml, a million deep": Case(lambda: b"<?xml version='1.0'?>" + b"<a>" * MIB, "deep|levels|nested|broken|structure|record"),
    "json, a million deep": Case(lambda: b"[" * MIB, "nested deeper"),
    "json, deep objects": Case(lambda: b'{"a":' * MIB + b"1" + b"}" * MIB, "nested deeper"),
    "json lines, a deep one": Case(lambda: b'{"a":1}\n{"a":' + b"[" * MIB + b"]" * MIB + b'}\n{"a":2}\n', "nested deeper"),
    "html, deep tables": Case(lambda: b"<html>" + b"<table><tr><td>" * 200_000, "deep|tables|no table|nested"),
    "html, huge spans": Case(html_spans, "far|too|large|reach|refused"),
    "xlsx, cells far apart": Case(xlsx_far, "apart|far"),
    "xlsx, 4 GB of shared strings stated": Case(xlsx_strings, "unpack|refused|damaged"),
    "xlsx, shared strings that unpack to 300 MB unsaid": Case(xlsx_strings_bomb, "unpack|refused|damaged"),
    "xlsx, four billion strings stated": Case(xlsx_count, None),
    "xlsx, merged over and over": Case(xlsx_merges, None),
    "ods, repeated for ever": Case(ods_repeated, "apart|far|large"),
    "xls, circles": Case(xls_circle, "damaged"),
    "xls, more strings than memory": Case(xls_strings, "damaged"),
    "text, one line of 100 MB": Case(lambda: b"a" * (100 * MIB), "line"),
    "text, a quote over half a million lines": Case(lambda: b'a,b\n"' + b"x\n" * (MIB // 2), None),
    "csv, a quote over half a million lines": Case(
        lambda: b"a,b,c\n" + b"1,2,3\n" * 900 + b'4,"' + b"x\n" * (MIB // 2), "a quote .* row 902 is never closed"
    ),
    "csv, a million columns": Case(lambda: (b"a," * MIB + b"\n") * 3, "columns"),
    "csv, a million distinct columns": Case(lambda: ",".join(f"c{n}" for n in range(MIB)).encode() + b"\n1,2\n", "columns"),
    "dbf, absurd header length": Case(lambda: dbf_header(2, 65535, 65535), "header|damaged|broken|short|binary|dBASE"),
    "dbf, no record length": Case(lambda: dbf_header(2, record=0), "header|damaged|broken|binary|dBASE"),
    "dbf, four billion records stated": Case(lambda: dbf_header(0xFFFFFFFF), None),
    "fixed width, no line ends": Case(
        lambda: b"1 " * (50 * MIB), "line", options={"layout": {"widths": {"a": [0, 2], "b": [2, 8]}}, "format": "fixed_width"}
    ),
    "parquet, footer beyond the file": Case(parquet_footer, "broken|damaged"),
    "parquet, pages gone": Case(parquet_rows, "broken|damaged"),
    "sqlite, pages gone": Case(sqlite_pages, "damaged|broken|malformed"),
    "sqlite, endless view": Case(sqlite_view, "no table|table|view|rows"),
    "sqlite, generated gigabytes": Case(sqlite_bomb, "large|long|memory|big|bytes|damaged"),
    "sql, an open string of 70 MB": Case(lambda: b"INSERT INTO t VALUES ('" + b"x" * (70 * MIB), "line 1 .*does not end within 32 MiB"),
    "sql, deep brackets": Case(lambda: b"INSERT INTO t VALUES " + b"(" * MIB, None),
    "json, one string of 70 MB": Case(lambda: b'[{"a":"' + b"x" * (70 * MIB), "long|end|broken|breaks|larger"),
    "xml, one tag of 70 MB": Case(lambda: b"<?xml version='1.0'?><d><r a='" + b"x" * (70 * MIB), "long|end|broken|breaks|larger"),
    "html, one cell of 20 MB": Case(lambda: b"<html><table><tr><td>a<td>b<tr><td>" + b"x" * (20 * MIB), "a cell .*line 1.* million characters"),
    "json, a number of a million digits": Case(lambda: json.dumps([{"a": 1}]).encode().replace(b"1", b"9" * MIB), None),
}  # fmt: skip
