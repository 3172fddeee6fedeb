"""Clerical work: what the workbook holds, that nothing in it is a formula, and the way back with every fault told."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from review.reviewed_city import HOSTILE, ITEMS, NUMBER, publish_reviewed, tables

from connectors.child import Reader
from schemas.problem import Problem
from warehouse.extract.log import log_path, verify
from warehouse.review.desk import Desk, Wanted
from warehouse.review.judgements import Judgements
from warehouse.review.workbook import Taken, export, take
from warehouse.workspace import Workspace


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as opened:
        yield opened


def exported(city: Workspace, *, unmasked: bool = False, blind: bool = False) -> Path:
    path = city.root / "核对表.xlsx"
    with Desk(city) as desk:
        items = desk.items(Wanted())
        export(
            city, path, items, desk.evidence(items, unmasked=unmasked), version=desk.version, user="shenhe",
            day="2024-11-22", unmasked=unmasked, blind=blind,
        )  # fmt: skip
    return path


def filled(path: Path, *rows: tuple[str | None, str | None, str | None]) -> Path:
    """The workbook with (判定, 判定人, 理由) written below the headings, as a spreadsheet program saves it."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    first = sheet.max_column - 2
    for n, cells in enumerate(rows):
        for i, value in enumerate(cells):
            sheet.cell(4 + n, first + i).value = value
    book.save(path)
    return path


def headings(path: Path) -> list[str]:
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    return [str(cell.value) for cell in sheet[3]]


def test_out_every_cell_is_text_and_masked_and_the_file_is_logged_before_it_is_there(city: Workspace) -> None:
    path = exported(city)
    assert path.stat().st_mode & 0o777 == 0o600
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    assert {cell.data_type for row in sheet for cell in row if cell.value is not None} == {"s"}
    with zipfile.ZipFile(path) as parts:
        inside = "".join(
            parts.read(name).decode("utf-8") for name in parts.namelist() if name.endswith(".xml")
        )
    assert "<f>" not in inside and "<hyperlink" not in inside
    assert not any(value in inside for value in (NUMBER, "张秀英", "13812345678", "1943-04-04", "501"))
    assert "dataValidation" in inside and "同一人,不同人,不确定" in inside
    assert verify(city) == 1 and '"review_exported"' in log_path(city).read_text("utf-8")
    assert "shenhe" in inside and headings(path)[-3:] == [
        "判定（请填写）",
        "判定人（请填写）",
        "理由（请填写）",
    ]


def test_hostile_values_stay_text_in_full_view(city: Workspace) -> None:
    sheet = openpyxl.load_workbook(exported(city, unmasked=True)).active
    assert sheet is not None
    cells = {str(cell.value): cell.data_type for row in sheet for cell in row if cell.value is not None}
    assert cells[HOSTILE] == "s" and cells["+1"] == "s"


def test_blind_shows_nothing_of_what_linkage_thinks(city: Workspace) -> None:
    path = exported(city, blind=True)
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    words = {str(cell.value) for row in sheet for cell in row if cell.value is not None}
    assert not {"匹配权重", "同一人概率", "平台建议"} & set(headings(path))
    assert not {"似是而非", "证件号码疑似借用", "4.00", "0.9400"} & words


def test_there_and_back_and_a_second_time_adds_nothing(city: Workspace, reader: Reader) -> None:
    path = filled(exported(city), ("同一人", "张核", "电话核实"), (None, None, None))
    assert take(city, path, reader=reader) == Taken(("J00000001",), 0, 1, ())
    (made,) = Judgements(city).history()
    assert (made.verdict, made.user, made.reason, made.item_id) == ("same", "张核", "电话核实", ITEMS[0])
    assert take(city, path, reader=reader) == Taken((), 1, 1, ())
    # Saved again by another program, with one more row filled in.
    filled(path, ("same", "张核", "电话核实"), ("不同人 ", "李核", "号码借用"))
    assert take(city, path, reader=reader) == Taken(("J00000002",), 1, 0, ())
    assert len(Judgements(city).history()) == 2


def test_what_was_undone_does_not_come_back_unseen(city: Workspace, reader: Reader) -> None:
    path = filled(exported(city), ("同一人", "张核", "电话核实"))
    take(city, path, reader=reader)
    Judgements(city).undo("J00000001", user="李核", reason="看错")
    assert take(city, path, reader=reader).decided == ()
    done = take(
        city, filled(path, ("同一人", "张核", "电话核实"), ("不同人", "李核", "号码借用")), reader=reader
    )
    assert done.decided == () and [f.row for f in done.faults] == [4] and "J00000001" in done.faults[0].en
    assert take(city, filled(path, ("同一人", "张核", "重新核实")), reader=reader).decided == (
        "J00000003",
        "J00000004",
    )


def test_every_fault_is_told_by_row_and_column_and_nothing_is_taken(city: Workspace, reader: Reader) -> None:
    path = exported(city)
    filled(path, ("也许", None, None), ("不同人", "李核", "号码借用"))
    done = take(city, path, reader=reader)
    column = headings(path).index("判定（请填写）") + 1
    letters = [openpyxl.utils.get_column_letter(column + i) for i in range(3)]
    assert [(f.row, f.column) for f in done.faults] == [
        (4, f"{letters[0]}（判定）"), (4, f"{letters[1]}（判定人）"), (4, f"{letters[2]}（理由）"),
    ]  # fmt: skip
    assert done.decided == () and Judgements(city).history() == []
    assert take(city, path, user="王核", reader=reader).faults[0].column.endswith("（判定）")


def test_a_contradiction_in_the_workbook_is_told_at_its_row(city: Workspace, reader: Reader) -> None:
    path = exported(city)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    sheet.append([cell.value for cell in sheet[4]])  # the first item a second time
    book.save(path)
    filled(path, ("同一人", "甲", "一"), (None, None, None), ("不同人", "乙", "二"))
    done = take(city, path, reader=reader)
    assert [f.row for f in done.faults] == [6] and "J00000001" in done.faults[0].zh
    assert Judgements(city).history() == []


def test_rows_moved_blank_rows_and_a_csv_are_read_alike(city: Workspace, reader: Reader) -> None:
    path = filled(exported(city), ("同一人", "张核", "一"), ("也许", "李核", "二"))
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    sheet.insert_rows(4, 2)
    book.save(path)
    assert [f.row for f in take(city, path, reader=reader).faults] == [7]
    lines = [
        ",".join(f'"{cell.value or ""}"'.replace('""', "") for cell in row)
        for row in sheet.iter_rows(min_row=3)
    ]
    text = city.root / "核对表.csv"
    text.write_text("\n".join(re.sub("[\r\n]", " ", line) for line in lines), "gb18030")
    assert [f.row for f in take(city, text, reader=reader).faults] == [5]


def test_an_item_of_an_older_version_that_is_kept_can_still_be_decided(
    city: Workspace, reader: Reader
) -> None:
    path = filled(exported(city), ("同一人", "张核", "电话核实"))
    later = tables()
    later["review_item"], later["review_record"] = later["review_item"][1:], later["review_record"][2:]
    publish_reviewed(city, "20241123T020000", later)
    with Desk(city) as desk:
        assert ITEMS[0] not in [i.item_id for i in desk.items(Wanted())]
    assert take(city, path, reader=reader).decided == ("J00000001",)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    sheet["B4"].value = "qffffffffffffffff"
    book.save(path)
    assert [f.column for f in take(city, path, reader=reader).faults] == ["B（条目编号）"]


def test_other_files_are_refused_in_words(city: Workspace, reader: Reader) -> None:
    with pytest.raises(Problem):
        take(city, city.root / "没有.xlsx", reader=reader)
    other = city.root / "其他.csv"
    other.write_text("姓名,判定\n甲,同一人\n", "utf-8")
    with pytest.raises(Problem, match="no list to review"):
        take(city, other, reader=reader)
    other.write_text("条目编号,判定\nq1,同一人\n", "utf-8")
    with pytest.raises(Problem, match="missing"):
        take(city, other, reader=reader)
