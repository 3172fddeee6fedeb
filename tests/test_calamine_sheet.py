"""connectors.workbooks.calamine_sheet: what calamine gives, by column; errors put where they stood; damage in words."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.workbooks.calamine_sheet import (
    calamine_sheets,
    cell_text,
    column_texts,
    guarded,
    piece_of,
    with_errors,
)
from connectors.workbooks.number_format import LONG
from connectors.workbooks.workbook_check import sheet_facts
from schemas.problem import Problem

VALUE = st.one_of(
    st.text(max_size=4), st.floats(), st.integers(-(10**6), 10**6).map(float), st.booleans(),
    st.datetimes(dt.datetime(1900, 1, 1)), st.dates(), st.times(), st.timedeltas(dt.timedelta(days=-9), dt.timedelta(days=99)),
)  # fmt: skip


@settings(deadline=None)
@given(
    st.one_of(st.lists(VALUE, max_size=30), st.lists(st.integers(-(10**16), 10**16).map(float), max_size=30))
)
def test_a_column_is_its_cells(values: list[Any]) -> None:
    made, long = column_texts(values)
    assert made.to_pylist() == [cell_text(v) for v in values]
    assert long == [n for n, v in enumerate(values) if type(v) is float and abs(v) >= LONG]


def test_equal_values_of_different_kinds_are_kept_apart() -> None:
    assert column_texts([1.0, True, "1", 0.0, False, ""])[0].to_pylist() == [
        "1",
        "TRUE",
        "1",
        "0",
        "FALSE",
        "",
    ]


def test_errors_are_put_where_they_stood() -> None:
    pieces = [piece_of(1, [["a", 1.0], ["", 2.0]], 1), piece_of(3, [["c", ""]], 1)]
    with_errors(pieces, {(2, 1): "#N/A", (3, 4): "#REF!", (7, 0): "#NUM!", (1, 1): "not seen"})
    columns = [[c.to_pylist() for c in piece.columns] for piece in pieces]
    assert columns[0] == [["", ""], ["a", "#N/A"], ["1", "2"]]
    assert columns[1] == [[""], ["c"], [""], [""], ["#REF!"]]
    assert columns[2] == [["#NUM!"]] and pieces[2].numbers.tolist() == [7]


def test_sheets_with_what_calamine_leaves_out(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("表")
        sheet.write_row(1, 1, ["姓名", 370602199003120000, 0.5])
        sheet.write_formula(2, 1, "=NA()", None, "#N/A")
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.merge_range(4, 1, 5, 2, "合并")
        book.add_chartsheet("图")
    [read] = calamine_sheets(path, "a.xlsx", sheet_facts(path, "a.xlsx"))
    rows = dict(read.rows())
    assert (
        rows[2] == ["", "姓名", "370602199003120000", "0.5"]
        and rows[3] == ["", "#N/A", "", ""]
        and rows[5][1] == "合并"
    )
    assert read.hidden_rows == {3} and list(read.merges) == [(5, 1, 6, 2)] and read.long == {2: [2]}
    assert read.errors == {(3, 1): "#N/A"}


def test_panics_and_errors_are_damage() -> None:
    def panic() -> None:
        raise type("PanicException", (BaseException,), {})("index out of bounds")

    for action in (panic, lambda: int("x")):
        with pytest.raises(Problem, match="damaged"):
            guarded(action, "a.xls", "表")
    with pytest.raises(KeyboardInterrupt):
        guarded(lambda: (_ for _ in ()).throw(KeyboardInterrupt()), "a.xls")
