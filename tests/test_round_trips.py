"""Random tables written in every format that can be written come back equal from raw Parquet.

The header is of distinct plain words and every row has a number, so that nothing but the format is in question: what
counts as a header, a total or a note is not tried here. What a format cannot hold is kept out of its tables, and said.
"""

from __future__ import annotations

import csv
import re
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.raw import read_edition
from tests import table_writers as write

HEADER = ["BH", "XM", "ZJHM", "BZ"]
WORDS = ["编号", "姓名", "证件号码", "备注"]
CHINESE = "张王李赵欧阳〇龙镕堃户籍地址省市区县街道楼栋单元室（）、，。：“”《》·—％"
SIGNS = string.ascii_letters + string.digits + " !#$%&()*+-./:<=>?@[]^_`{}~,;|\t'\"\\"
RARE = "㐂😀𠮷𡈽é€ﬁ\u200b\u3000\xa0£ßЖあ한"

ORDINARY = [
    ["张伟", "110101199001011234", "迁入"],
    ["王秀英", "11010119900101123X", ""],
    ["欧阳建国", "", "沙河口区中山路1号"],
    ["赵一", "110101195512310021", "迁出"],
    ["钱二", "110101195512310022", "户在人不在"],
]


@dataclass(frozen=True)
class Format:
    """How a table is written and read. ``rare``: characters beyond GB 2312; ``breaks``: line breaks within a cell."""

    writer: Callable[[list[str], list[list[str]]], bytes]
    header: list[str] = field(default_factory=lambda: WORDS)
    options: dict[str, Any] = field(default_factory=dict)
    without: str = ""  # characters that the format cannot tell, or gives another meaning
    breaks: bool = True
    rare: bool = True
    trims: str = ""  # characters at the ends of cells that are padding
    collapses: bool = False  # a run of blanks is one
    shown: str = ""  # what stands before the names of columns
    longest: int = 400  # characters of a cell
    # The text decides what separates its cells, and its encoding: in two rows of nothing but "0$0$0$0$" that is the "$".
    decided: bool = False


def _encoded(*, rare: bool = False, **options: Any) -> Format:
    return Format(partial(write.delimited, **options), rare=rare, decided=True)


def _archived(writer: Callable[[bytes], bytes]) -> Callable[[list[str], list[list[str]]], bytes]:
    return lambda header, rows: writer(write.delimited(header, rows))


FORMATS: dict[str, Format] = {
    "csv": _encoded(rare=True),
    "csv, all quoted": _encoded(rare=True, quoting=csv.QUOTE_ALL, end="\n"),
    "csv, gb18030": _encoded(encoding="gb18030", rare=True),
    "csv, gbk, semicolons": _encoded(encoding="gbk", delimiter=";"),
    "csv, utf-8 with a mark, bars": _encoded(encoding="utf-8-sig", delimiter="|", rare=True),
    "csv, utf-16": _encoded(encoding="utf-16", delimiter="\t", rare=True),
    "tsv": _encoded(delimiter="\t", rare=True, end="\n"),
    # A cell is cut at its bytes, and blanks around it are padding.
    "fixed width": Format(
        lambda _, rows: write.fixed(rows, size=64), HEADER, trims=" ", rare=False, breaks=False, longest=32,
        options={"layout": {"widths": write.fixed_widths(HEADER, 64)}, "format": "fixed_width", "encoding": "gbk"},
    ),
    "fixed width, utf-8": Format(
        lambda _, rows: write.fixed(rows, size=80, encoding="utf-8", end=b"\r\n"), HEADER, trims=" ", breaks=False, longest=20,
        options={"layout": {"widths": write.fixed_widths(HEADER, 80)}, "format": "fixed_width", "encoding": "utf-8"},
    ),
    "xlsx": Format(write.xlsx),
    "xlsx, inline strings": Format(partial(write.xlsx, inline=True)),
    "xlsx by openpyxl": Format(write.openpyxl_xlsx),
    "xls": Format(write.xls),
    "ods": Format(write.ods),
    # Fields are padded with blanks; the file states one encoding.
    "dbf": Format(write.dbf, HEADER, trims=" ", rare=False, breaks=False, longest=80),
    "json lines": Format(write.json_lines),
    "json lines, escaped": Format(partial(write.json_lines, ascii=True)),
    "json lines, gb18030": Format(partial(write.json_lines, encoding="gb18030"), decided=True),
    "json": Format(write.json_document),
    "json, indented": Format(partial(write.json_document, indent=2)),
    "xml": Format(write.xml, HEADER, trims=" \t\n"),
    "xml, attributes": Format(partial(write.xml, attributes=True), HEADER, shown="@"),
    "xml, gb18030": Format(partial(write.xml, encoding="gb18030"), WORDS, trims=" \t\n"),
    "parquet": Format(write.parquet),
    "sqlite": Format(write.sqlite),
    "sql, MySQL": Format(write.sql_dump, HEADER),
    "sql, Oracle": Format(partial(write.sql_dump, style="oracle"), HEADER),
    # A page shows runs of blanks, and tabs, as one blank; a hard blank fills an empty cell.
    "html": Format(write.html_page, without="\t", trims=" \n\xa0", collapses=True),
    "spreadsheet xml": Format(write.spreadsheet_xml),
    "zip of csv": Format(_archived(write.zipped), decided=True),
    "zip of csv, name in gbk": Format(_archived(partial(write.zipped, gbk_name=True)), decided=True),
    "gz of csv": Format(_archived(write.gzipped), decided=True),
}  # fmt: skip


def cells(form: Format) -> st.SearchStrategy[str]:
    signs = CHINESE + SIGNS + (RARE if form.rare else "") + ("\n" if form.breaks else "")
    text = st.text(st.sampled_from([c for c in signs if c not in form.without]), max_size=20)
    long = st.builds(lambda a, n: (a or "长") * n, text, st.integers(1, 20)).map(lambda t: t[: form.longest])
    digits = st.text(string.digits, min_size=1, max_size=18)
    return st.one_of(st.just(""), text.map(lambda t: t[: form.longest]), long, digits)


@st.composite
def tables(draw: st.DrawFn, form: Format) -> list[list[str]]:
    others = draw(st.lists(st.lists(cells(form), min_size=3, max_size=3), min_size=1, max_size=12))
    others[:0] = ORDINARY if form.decided else []
    # A number in each row: a row of one cell, or of words alone, may be a title or a note.
    return [[f"R{n:03}", *row] for n, row in enumerate(others, 1)]


def come_back(form: Format, rows: list[list[str]], folder: Path) -> None:
    path = folder / "a.dat"
    path.write_bytes(form.writer(form.header, rows))
    report = read_edition(path, folder / "out", **form.options)
    assert len(report.tables) == 1
    [table] = report.tables
    names = [form.shown + name for name in form.header]
    assert table.columns == names and report.undecodable == 0 and not table.rejected
    data = pq.read_table(folder / "out" / (table.parquet or ""), columns=names)
    found = [[row[name] for name in names] for row in data.to_pylist()]
    assert [[plain(form, c) for c in row] for row in found] == [[plain(form, c) for c in row] for row in rows]


def plain(form: Format, cell: str | None) -> str:
    text = re.sub(" +", " ", cell or "") if form.collapses else cell or ""
    return text.strip(form.trims) if form.trims else text


@pytest.mark.parametrize("name", FORMATS)
def test_tables_come_back(name: str, tmp_path: Path) -> None:
    form = FORMATS[name]

    @settings(
        max_examples=30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(rows=tables(form))
    @example(
        rows=[
            ["R001", "张伟", "110101199001011234", 'say "hi"'],
            ["R002", "", "00123", ""],
            ["R003", "", "", "'"],
        ]
    )
    @example(
        rows=[["R001", "张伟", "\\0", "```"], ["R002", "王秀英", "00123", ""], ["R003", "赵一", "", "\\"]]
    )
    def check(rows: list[list[str]]) -> None:
        come_back(form, rows, tmp_path)

    check()
