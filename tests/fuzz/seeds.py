"""The small valid files that damage starts from, for each reader, and how each file is asked to be read."""

from __future__ import annotations

import base64
import csv
import io
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from tests import table_writers as write

HEADER = ["编号", "姓名", "证件号码", "住址", "备注"]
PLAIN = ["BH", "XM", "ZJHM", "ZZ", "BZ"]
ROWS = [
    ["001", "张伟", "110101199001011234", "沙河口区中山路1号", ""],
    ["002", "王秀英", "11010119900101123X", "西岗区“新开路”2号，3单元", "迁出"],
    ["003", "欧阳建国", "", "甘井子区 12-3", "a,b"],
    ["004", "Li O'Neil", "110101200002290018", 'say "hi"', "x;y|z"],
    ["005", "赵一", "110101195512310021", "中山区解放路 8 号", "100%"],
    ["006", "钱二", "110101195512310022", "旅顺口区", "\\"],
]
BREAKS = [[*row[:3], row[3].replace(" ", "\n"), row[4]] for row in ROWS]


@dataclass(frozen=True)
class Seed:
    """A file and the arguments it is read with."""

    data: bytes
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """A reader: its seeds, what kind of damage suits them, and what can be said of its rows.

    ``lines``: every line of the text is a row; ``characters``: every letter and digit of the text is in a cell or
    a skipped row; ``dense``: row numbers run from 1 without a gap.
    """

    seeds: Callable[[], list[Seed]]
    shape: str = "bytes"
    words: str = "any"
    lines: bool = False
    characters: bool = False
    dense: bool = False


def _delimited() -> list[Seed]:
    titled = "某区人员名单\r\n填报单位：某局\r\n".encode("gb18030")
    plain = partial(write.delimited, HEADER, ROWS)
    return [
        Seed(plain()),
        Seed(plain(encoding="gb18030", quoting=csv.QUOTE_ALL)),
        Seed(plain(encoding="utf-16", delimiter="\t", end="\n")),
        Seed(plain(encoding="utf-8-sig", delimiter=";", end="\r")),
        Seed(titled + plain(encoding="gb18030") + "合计,6,,,\r\n".encode("gb18030")),
        Seed(write.delimited(HEADER, BREAKS, encoding="gb18030", delimiter="|")),
        Seed(write.delimited(HEADER, ROWS * 20, end="\n")),
        Seed(write.delimited(["編號", "姓名"], [["1", "張偉"], ["2", "臺灣"]] * 5, encoding="cp950")),
    ]


def _fixed() -> list[Seed]:
    options = {"layout": {"widths": write.fixed_widths(PLAIN, 24)}, "format": "fixed_width"}
    data = write.fixed(ROWS, size=24)
    return [
        Seed(data, options),
        Seed(write.fixed(ROWS, size=32, encoding="utf-8", end=b"\r\n"), {"layout": {"widths": write.fixed_widths(PLAIN, 32)}}),
        Seed(write.fixed(ROWS * 10, size=24), options),
    ]  # fmt: skip


def _archives() -> list[Seed]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("甲/a.csv", write.delimited(HEADER, ROWS))
        archive.writestr("b.xlsx", write.xlsx(HEADER, ROWS))
        archive.writestr("c.zip", write.zipped(write.delimited(HEADER, ROWS)))
    text = write.delimited(HEADER, ROWS, encoding="gb18030")
    return [Seed(write.zipped(text)), Seed(write.zipped(text, gbk_name=True)), Seed(out.getvalue())]


def _made(make: Callable[[Path], object]) -> Seed:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seed"
        make(path)
        return Seed(path.read_bytes())


def _xlsb() -> list[Seed]:
    from tests.test_xlsb_sheet import book, cell, real, row, shared, sheet_of, wide

    strings = [text for line in [HEADER, *ROWS] for text in line]
    lines = [
        row(n + 1, *(shared(at, n * len(HEADER) + at) for at in range(len(HEADER))))
        for n in range(len(ROWS) + 1)
    ]
    kinds = row(
        len(ROWS) + 2,
        cell(6, 0, wide("行内")),
        real(1, 12345678901234567890.0),
        real(2, 45000.0, 1),
        cell(4, 3, b"\x01"),
        cell(3, 4, b"\x2a"),
    )
    return [_made(lambda path: book(path, {"名单": sheet_of(*lines, kinds), "空": sheet_of()}, strings))]


def _old_excel() -> list[Seed]:
    from tests.test_old_excel import book_of_95, single_sheet

    rows = [HEADER[:3], *([row[0], row[1], float(row[0])] for row in ROWS)]
    return [
        _made(lambda path: single_sheet(path, 2, rows, "gbk", 936)),
        _made(lambda path: single_sheet(path, 4, rows, "gbk", None)),
        _made(lambda path: book_of_95(path, rows, "gbk", 936)),
    ]


def _tars() -> list[Seed]:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in (("甲/a.csv", write.delimited(HEADER, ROWS)), ("b.xls", write.xls(HEADER, ROWS))):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return [Seed(out.getvalue()), Seed(write.gzipped(out.getvalue()))]


TARGETS: dict[str, Target] = {
    "delimited": Target(_delimited, "text", "delimited", characters=True, dense=True),
    "fixed_width": Target(_fixed, "text", lines=True, dense=True),
    "json_lines": Target(
        lambda: [
            Seed(write.json_lines(HEADER, ROWS)),
            Seed(write.json_lines(PLAIN, BREAKS, ascii=True)),
            Seed(write.json_lines(HEADER, ROWS, encoding="gb18030")),
            Seed(b'{"a":{"b":[1,2,{"c":null}],"d":1.50},"e":true}\n{"e":123456789012345678901,"f":"\\ud83d\\ude00"}\n'),
        ],
        "text", "json", lines=True, dense=True,
    ),
    "json": Target(
        lambda: [
            Seed(write.json_document(HEADER, ROWS)),
            Seed(write.json_document(HEADER, BREAKS, indent=1, encoding="gb18030")),
            Seed(write.json_document(PLAIN, ROWS), {"layout": {"record": "/data/list"}}),
            Seed(b'[{"a":1,"b":[{"c":1},{"c":2}]},{"a":2.50,"b":[]}]'),
        ],
        "text", "json",
    ),
    "xml": Target(
        lambda: [
            Seed(write.xml(PLAIN, ROWS)),
            Seed(write.xml(PLAIN, BREAKS, attributes=True)),
            Seed(write.xml(HEADER, ROWS, encoding="gb18030"), {"layout": {"record": "/data/row"}}),
            Seed('<a:l xmlns:a="u"><a:r n="1"><x><![CDATA[张<]]></x><y/></a:r><a:r n="2"><x>b</x></a:r></a:l>'.encode()),
        ],
        "text", "xml",
    ),
    "html": Target(
        lambda: [
            Seed(write.html_page(HEADER, BREAKS)),
            Seed(write.html_page(HEADER, ROWS, encoding="gbk")),
            Seed("<table><tr><th rowspan=2>姓名<th colspan=2>住址<tr><th>区<th>路<tr><td>张&nbsp;伟<td>西岗<td>中山路</table>".encode()),
        ],
        "text", "xml",
    ),
    "spreadsheet_xml": Target(lambda: [Seed(write.spreadsheet_xml(HEADER, BREAKS))], "text", "xml"),
    "sql_dump": Target(
        lambda: [
            Seed(write.sql_dump(PLAIN, BREAKS)),
            Seed(write.sql_dump(PLAIN, ROWS, style="oracle")),
            Seed(b"CREATE TABLE t (a int, b varchar(9));\nINSERT INTO t (a,b) VALUES (1,'x'),(2,N'y'),(3,0x41),(-1.5e3,NULL);\n"),
        ],
        "text", "sql",
    ),
    "xlsx": Target(
        lambda: [
            Seed(write.xlsx(HEADER, BREAKS)),
            Seed(write.xlsx(HEADER, ROWS, inline=True)),
            Seed(write.openpyxl_xlsx(HEADER, ROWS)),
        ],
        "archive",
    ),
    "ods": Target(lambda: [Seed(write.ods(HEADER, BREAKS))], "archive"),
    "xls": Target(lambda: [Seed(write.xls(HEADER, ROWS))]),
    "xlsb": Target(_xlsb, "archive"),
    "old_excel": Target(_old_excel),
    "mhtml": Target(
        lambda: [
            Seed(
                b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html; charset="utf-8"\r\n'
                b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(write.html_page(HEADER, BREAKS)) + b"\r\n--b--\r\n"
            )
        ],
        "text", "xml",
    ),
    "dbf": Target(
        lambda: [Seed(write.dbf(PLAIN, ROWS)), Seed(write.dbf(PLAIN, ROWS * 10, encoding="utf-8", language=0))], dense=True
    ),
    "parquet": Target(lambda: [Seed(write.parquet(HEADER, ROWS))]),
    "sqlite": Target(lambda: [Seed(write.sqlite(HEADER, ROWS))]),
    "zip": Target(_archives, "archive"),
    "tar": Target(_tars),
    "gz": Target(lambda: [Seed(write.gzipped(write.delimited(HEADER, ROWS))), Seed(write.gzipped(write.xlsx(HEADER, ROWS)))]),
}  # fmt: skip


@cache
def seeds(reader: str) -> list[Seed]:
    """The seeds of a reader, made once."""
    return TARGETS[reader].seeds()
