"""connectors.workbooks.biff_stream: what old workbooks state before their cells, and what only the slower parser tells."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import test_old_excel
import xlwt

from connectors.reading import read_tables
from connectors.workbooks.biff_stream import misleads, needs_formats, stream_of, version
from schemas.problem import Problem


def stream(path: Path) -> bytes:
    found = stream_of(path.read_bytes())
    assert found is not None
    return found


def plain_book(path: Path) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for row in range(3_000):
        # Records of all sizes, so that what looks like others turns up inside of them.
        sheet.write(row, 0, row)
        sheet.write(row, 1, row * 0.37)
        sheet.write(row, 2, f"文字{row % 700}")
        sheet.write(row, 3 + row % 5, row * 256)
    book.save(str(path))
    return path


def test_plain_workbooks_need_no_formats(tmp_path: Path) -> None:
    found = stream(plain_book(tmp_path / "a.xls"))
    assert version(found) == 8 and not misleads(found) and not needs_formats(found)


def test_what_calamine_leaves_out_is_seen(tmp_path: Path) -> None:
    assert needs_formats(stream(test_old_excel.full_book(tmp_path / "a.xls")))
    for n, what in enumerate(("hidden", "error", "column", "zeros")):
        book = xlwt.Workbook()
        sheet = book.add_sheet("表")
        sheet.write(0, 0, "x")
        if what == "hidden":
            sheet.row(0).hidden = True
        elif what == "error":
            sheet.row(0).set_cell_error(1, 0x07)
        elif what == "column":
            sheet.col(3).hidden = True
        else:
            sheet.write(0, 1, 5, xlwt.easyxf(num_format_str="000"))
        book.save(str(tmp_path / f"{n}.xls"))
        assert needs_formats(stream(tmp_path / f"{n}.xls")), what


def test_statements_that_no_parser_should_believe(tmp_path: Path) -> None:
    data = plain_book(tmp_path / "a.xls").read_bytes()
    at = data.index(struct.pack("<HH", 0x200, 14) + struct.pack("<II", 0, 3_000))
    for body in (
        struct.pack("<IIHH", 9, 3, 0, 5),
        struct.pack("<IIHH", 0, 65_536, 0, 60_000),
        struct.pack("<IIHH", 0, 1 << 31, 9, 9),
    ):
        changed = data[: at + 4] + body + data[at + 16 :]
        assert misleads(stream_of(changed) or b"")
    at = data.index(b"\xfc\x00", 512)
    changed = data[: at + 8] + b"\xff\xff\xff\x7f" + data[at + 12 :]
    assert misleads(stream_of(changed) or b"")
    (tmp_path / "b.xls").write_bytes(changed)
    try:
        read_tables(tmp_path / "b.xls")
    except Problem as problem:
        assert "damaged" in problem.en


@pytest.mark.parametrize(
    ("head", "expected"),
    [(b"\x09\x08\x10\x00\x00\x06\x05\x00", 8), (b"\x09\x08\x08\x00\x00\x05\x05\x00", 5), (b"\x09\x04\x06\x00\x00\x00\x10\x00", 4),
     (b"\x09\x02\x06\x00\x00\x00\x10\x00", 3), (b"\x09\x00\x04\x00\x02\x00\x10\x00", 2), (b"\x09\x08\x10\x00\x00\x09\x05\x00", 0), (b"PK", 0)],
)  # fmt: skip
def test_versions(head: bytes, expected: int) -> None:
    assert version(head) == expected
