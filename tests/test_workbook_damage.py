"""Workbooks of every format with bytes changed at random: read, or refused in words; never a crash, never a hang."""

from __future__ import annotations

import io
import os
import random
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import test_ods_sheet
import test_old_excel
import test_spreadsheet_xml
import test_xlsb_sheet
import xlsxwriter

from connectors.workbooks.excel import open_workbook
from schemas.problem import Problem


def xlsx(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, date = book.add_worksheet("表"), book.add_format({"num_format": "yyyy-mm-dd"})
        for row in range(40):
            sheet.write_row(row, 0, [f"张{row}", row / 7, row % 2 == 0, "烟台市芝罘区"])
            sheet.write_number(row, 4, 40_000 + row / 3, date)
        sheet.write_formula(3, 6, "=NA()", None, "#N/A")
        sheet.merge_range(50, 0, 51, 3, "合并")
        sheet.set_row(4, None, None, {"hidden": True})
        book.add_worksheet("空")
    return path


def written(text: str) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path.write_bytes(text.encode())
        return path

    return write


CELLS = test_spreadsheet_xml.cell("String", "甲", 'ss:MergeAcross="1"') + test_spreadsheet_xml.cell(
    "Number", "1.5"
)
ODS = "<table:table-row table:number-rows-repeated='3'>" + test_ods_sheet.cell("甲") + "</table:table-row>"
MAKERS: dict[str, Callable[[Path], Path]] = {
    "xlsx": xlsx,
    "xls": test_old_excel.full_book,
    "95.xls": lambda path: test_old_excel.book_of_95(path, test_old_excel.SIMPLE, "gbk", 936),
    "3.xls": lambda path: test_old_excel.single_sheet(path, 3, test_old_excel.SIMPLE, "gbk", None),
    "ods": lambda path: test_ods_sheet.archive(path, f"<table:table table:name='表'>{ODS * 5}</table:table>"),
    "xlsb": lambda path: test_xlsb_sheet.book(
        path,
        {"表": test_xlsb_sheet.sheet_of(*(test_xlsb_sheet.row(n, test_xlsb_sheet.shared(0, 0), test_xlsb_sheet.real(1, n, 1)) for n in range(1, 30)))},
        ["姓名"],
    ),
    "html": written("<html><table>" + "<tr><td rowspan=2>甲<td colspan='2' x:num=\"1\">乙</td>&nbsp;</tr>" * 20 + "</table></html>"),
    "xml": written(test_spreadsheet_xml.book(f"<Row ss:Index='3'>{CELLS}</Row>" + f"<Row>{CELLS}</Row>" * 20)),
    "mht": written('MIME-Version: 1.0\nContent-Type: multipart/related; boundary="x"\n\n--x\nContent-Type: text/html\n\n<table><tr><td>甲</table>\n--x--\n'),
}  # fmt: skip
ROUNDS = int(os.environ.get("ONCEGRID_FUZZ_ROUNDS", "60"))
KINDS = {"95.xls": "xls", "3.xls": "biff", "xml": "xml_spreadsheet", "mht": "mhtml"}


def changed(data: bytes, chance: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 5, 30])):
        at = chance.randrange(max(1, len(made)))
        what = chance.randrange(5)
        if what == 0:
            made[at : at + 1] = bytes([chance.randrange(256)])
        elif what == 1:
            del made[at : at + chance.choice([1, 2, 8, 100])]
        elif what == 2:
            made[at:at] = made[: chance.randrange(200)]
        elif what == 3:
            made[at : at + 4] = chance.choice(
                [b"\xff\xff\xff\xff", b"\0\0\0\0", b"9999", b"<<>>", b"\"'&;", b"\x7f\xff\xff\xff"]
            )
        else:
            made[at : at + 2] = bytes([chance.randrange(256), chance.randrange(256)])
    return bytes(made)


def repacked(data: bytes, chance: random.Random) -> bytes:
    """An archive with a part of it changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        chosen = chance.choice(old.namelist())
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, changed(part, chance) if name == chosen else part)
    return out.getvalue()


@pytest.mark.parametrize("format", MAKERS)
def test_changed_bytes(tmp_path: Path, format: str) -> None:
    chance = random.Random(format)
    path = tmp_path / f"a.{format}"
    good = MAKERS[format](path).read_bytes()
    kind = KINDS.get(format, format)
    assert sum(len(list(s.rows())) for s in open_workbook(path, kind=kind))
    read = refused = 0
    for _ in range(ROUNDS):
        zipped = good[:2] == b"PK" and chance.random() < 0.8
        path.write_bytes(repacked(good, chance) if zipped else changed(good, chance))
        start = time.process_time()
        try:
            for sheet in open_workbook(path, kind=kind):
                for block in sheet.blocks(sheet.content.width):
                    assert all(len(column) == len(block.numbers) for column in block.columns)
                assert len(sheet.merges) >= 0 and sheet.findings() is not None
            read += 1
        except Problem as problem:
            assert problem.file == path.name and problem.zh
            refused += 1
        assert time.process_time() - start < 5
    assert read and read + refused == ROUNDS
