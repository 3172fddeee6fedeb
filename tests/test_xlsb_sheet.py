"""connectors.workbooks.xlsb_sheet: binary workbooks, written here by the published layout, read here and by calamine."""

from __future__ import annotations

import struct
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.reading import read_tables
from connectors.sniff import sniff
from connectors.workbooks.calamine_sheet import calamine_sheets
from connectors.workbooks.excel import open_workbook
from connectors.workbooks.number_format import number_text
from schemas.problem import Problem

TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def record(kind: int, body: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = b"", len(body)
    while True:
        size += bytes([length & 0x7F | (0x80 if length > 0x7F else 0)])
        length >>= 7
        if not length:
            return head + size + body


def wide(text: str) -> bytes:
    data = text.encode("utf-16-le")
    return struct.pack("<I", len(data) // 2) + data


def row(number: int, *cells: bytes, hidden: bool = False) -> bytes:
    return record(0, struct.pack("<IIHBBBI", number - 1, 0, 300, 0, 0x10 if hidden else 0, 0, 0)) + b"".join(
        cells
    )


def cell(kind: int, at: int, value: bytes, style: int = 0) -> bytes:
    return record(kind, struct.pack("<II", at, style) + value)


def real(at: int, value: float, style: int = 0) -> bytes:
    return cell(5, at, struct.pack("<d", value), style)


def shared(at: int, index: int) -> bytes:
    return cell(7, at, struct.pack("<I", index))


def book(
    path: Path, sheets: dict[str, bytes], strings: list[str], from_1904: bool = False, hidden: str = ""
) -> Path:
    formats = {164: "yyyy-mm-dd", 165: "[h]:mm", 166: "000000"}
    styles = b"".join(record(44, struct.pack("<H", n) + wide(code)) for n, code in formats.items())
    styles += record(626) + record(47, struct.pack("<HH", 0xFFFF, 164) + bytes(12)) + record(627)
    styles += (
        record(617, struct.pack("<I", 5))
        + b"".join(record(47, struct.pack("<HH", 0, n) + bytes(12)) for n in (0, 164, 165, 166, 20))
        + record(618)
    )
    bundle, relations = b"", ""
    for n, name in enumerate(sheets, 1):
        bundle += record(156, struct.pack("<II", int(name == hidden), n) + wide(f"rId{n}") + wide(name))
        relations += f'<Relationship Id="rId{n}" Type="{TYPE}/worksheet" Target="worksheets/sheet{n}.bin"/>'
    relations += f'<Relationship Id="s" Type="{TYPE}/sharedStrings" Target="sharedStrings.bin"/><Relationship Id="t" Type="{TYPE}/styles" Target="styles.bin"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr(
            "xl/workbook.bin",
            record(131)
            + record(153, struct.pack("<III", int(from_1904), 0, 0))
            + record(143)
            + bundle
            + record(144)
            + record(132),
        )
        target.writestr(
            "xl/_rels/workbook.bin.rels",
            f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>',
        )
        target.writestr("xl/styles.bin", record(278) + styles + record(279))
        count = struct.pack("<II", len(strings), len(strings))
        target.writestr(
            "xl/sharedStrings.bin",
            record(159, count) + b"".join(record(19, b"\0" + wide(s)) for s in strings) + record(160),
        )
        for n, body in enumerate(sheets.values(), 1):
            dimension = record(148, struct.pack("<4I", 0, 9, 0, 9))
            target.writestr(f"xl/worksheets/sheet{n}.bin", record(129) + dimension + body + record(130))
    return path  # fmt: skip


def sheet_of(*rows: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    return before + record(145) + b"".join(rows) + record(146) + after


@pytest.mark.parametrize(("from_1904", "date"), [(False, "2009-07-06"), (True, "2013-07-07")])
def test_what_cells_show(tmp_path: Path, from_1904: bool, date: str) -> None:
    body = sheet_of(
        row(1, shared(0, 0), shared(1, 1)),
        row(2, real(0, 40000, 1), real(1, 1.5, 2), real(2, 12345, 3), real(3, 0.5, 4), real(4, 370602199003120128.0), cell(1, 5, b""),
            cell(2, 6, struct.pack("<I", 123 << 2 | 2)), cell(2, 7, struct.pack("<I", 12345 << 2 | 3)), cell(2, 8, struct.pack("<I", (-5 << 2 | 2) & 0xFFFFFFFF))),
        row(4, cell(3, 0, b"\x2a"), cell(11, 1, b"\x07\0\0\0\0\0\0\0"), cell(4, 2, b"\1"), cell(6, 3, wide("直接")), cell(8, 4, wide("公式") + bytes(6)),
            cell(9, 5, struct.pack("<d", 0.1 + 0.2) + bytes(6)), hidden=True),
        before=record(390) + record(60, struct.pack("<4IH", 1, 2, 2000, 0, 1)) + record(391),
        after=record(177, struct.pack("<I", 1)) + record(176, struct.pack("<4I", 4, 5, 0, 1)) + record(178),
    )  # fmt: skip
    path = book(
        tmp_path / "a.xlsb",
        {"表": body, "藏": sheet_of(row(1, shared(0, 0)))},
        ["姓名", "编号"],
        from_1904,
        "藏",
    )
    assert sniff(path).kind == "xlsb"
    first, second = open_workbook(path)
    rows = dict(first.rows())
    assert rows[1] == ["姓名", "编号", *[""] * 7]
    assert rows[2] == [
        date,
        "36:00:00",
        "012345",
        "12:00:00",
        "370602199003120128",
        "",
        "123",
        "123.45",
        "-5",
    ]
    assert rows[4] == ["#N/A", "#DIV/0!", "TRUE", "直接", "公式", "0.3", "", "", ""]
    assert (
        first.hidden_rows == {4} and first.hidden_columns == {1, 2} and list(first.merges) == [(5, 0, 6, 1)]
    )
    assert first.errors == {(4, 0): "#N/A", (4, 1): "#DIV/0!"} and first.long == {2: [4]}
    assert (second.sheet, second.hidden, list(second.rows())) == ("藏", True, [(1, ["姓名"])])
    report, _ = read_tables(path)
    assert (report.format, report.kind) == ("excel", "xlsb")


def test_what_makes_no_sense_is_damage(tmp_path: Path) -> None:
    for body, words in (
        (sheet_of(row(1, shared(0, 9))), "damaged"), (sheet_of(row(2), row(1)), "damaged"), (sheet_of(row(1, shared(20_000, 0))), "damaged"),
        (sheet_of(row(1, cell(6, 0, struct.pack("<I", 0x7FFFFFFF)))), "damaged"), (sheet_of(row(1)) + b"\x07\xff\xff\xff\x7f", "damaged"),
        (sheet_of(row(1, shared(0, 0)), row(1_048_576, shared(16_383, 0))), "too far apart"), (sheet_of(row(5_000_000)), "damaged"),
    ):  # fmt: skip
        start = time.process_time()
        path = book(tmp_path / "a.xlsb", {"表": body}, ["x"])
        with pytest.raises(Problem, match=words) as caught:
            for sheet in open_workbook(path):
                list(sheet.rows())
        assert (
            caught.value.file == "a.xlsb" and caught.value.sheet == "表" and time.process_time() - start < 2
        )


VALUE = st.one_of(
    st.text(alphabet=st.sampled_from("张王 0Xx<>é䶮𠀀"), min_size=1, max_size=8),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(VALUE, min_size=1, max_size=5), min_size=1, max_size=8))
def test_random_tables_come_back_here_and_from_calamine(rows: list[list[str | float | bool]]) -> None:
    from tempfile import TemporaryDirectory

    strings = sorted({v for r in rows for v in r if isinstance(v, str)})
    made, expected = [], []
    for number, values in enumerate(rows, 1):
        cells, texts = [], []
        for at, value in enumerate(values):
            if isinstance(value, str):
                cells.append(shared(at, strings.index(value)))
            elif isinstance(value, bool):
                cells.append(cell(4, at, bytes([value])))
            else:
                cells.append(real(at, value))
            texts.append(
                value
                if isinstance(value, str)
                else str(value).upper()
                if isinstance(value, bool)
                else number_text(value)
            )
        made.append(row(number, *cells))
        expected.append(texts)
    width = max(map(len, expected))
    with TemporaryDirectory() as folder:
        path = book(Path(folder) / "a.xlsb", {"表": sheet_of(*made)}, strings)
        [sheet] = open_workbook(path)
        [other] = calamine_sheets(path, "a.xlsb", {})
        assert list(sheet.rows()) == list(other.rows())
        assert [c for _, c in sheet.rows()] == [(r + [""] * width)[:width] for r in expected]
