"""Samples of files: the first rows of each table, whatever the size, taken in the child; what the command line shows."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter
from click.testing import CliRunner

from connectors import sample
from connectors.child import Reader
from connectors.infer import infer
from connectors.sample import sample_file
from pipelines.cli.app import app
from schemas.problem import Problem


def people(path: Path, rows: int) -> Path:
    lines = [f"R{n:07d},张三,{'男女'[n % 2]}" for n in range(rows)]
    path.write_text("\n".join(["人员编号,姓名,性别", *lines]) + "\n", "gb18030")
    return path


def test_the_first_rows_of_each_table_and_the_whole_count(tmp_path: Path) -> None:
    found = sample_file(people(tmp_path / "a.csv", 500), rows=30)
    (table,) = found.tables
    assert table.columns == ["人员编号", "姓名", "性别"] and table.n_rows == 500
    assert [len(cells) for cells in table.cells] == [30, 30, 30] and found.whole
    assert table.cells[0][:2] == ["R0000000", "R0000001"]


def test_every_sheet_is_looked_at(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    for name in ("甲", "乙"):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, ["姓名", "性别"])
        for n in range(40):
            sheet.write_row(1 + n, 0, [f"{name}某{n}", "男"])
    book.close()
    found = sample_file(tmp_path / "a.xlsx", rows=5)
    assert [(t.sheet, t.n_rows, len(t.cells[0])) for t in found.tables] == [("甲", 40, 5), ("乙", 40, 5)]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-16"])
def test_of_a_large_text_only_the_head_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setattr(sample, "HEAD", 3001)
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["编号,姓名", *(f"{n:05d},张三" for n in range(2000))]) + "\n", encoding)
    found = sample_file(path)
    assert not found.whole and 100 < found.tables[0].n_rows < 400
    assert found.tables[0].cells[1] == ["张三"] * found.tables[0].n_rows and found.report.file == "a.csv"
    assert sample_file(path, whole=True).tables[0].n_rows == 2000


def test_the_child_gives_the_same_sample(tmp_path: Path) -> None:
    path = people(tmp_path / "a.csv", 50)
    with Reader() as reader:
        assert reader.sample(path, rows=7).plain() == sample_file(path, rows=7).plain()


def test_a_file_that_breaks_the_reader_costs_only_the_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = people(tmp_path / "a.csv", 50)
    monkeypatch.setattr("connectors.infer.Reader", lambda: Reader(memory=40 << 20))
    with pytest.raises(Problem) as caught:
        infer([path], "s")
    assert caught.value.file == "a.csv"


def test_a_draft_says_how_many_rows_were_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = people(tmp_path / "a.csv", 25_000)
    assert "25000 rows, the first 20000 of them looked at" in infer([path], "s").splitlines()[0]


def test_read_shows_how_and_what_was_found(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    sheet = book.add_worksheet("人员")
    sheet.write_row(0, 0, ["编号", "姓名", "性别"])
    for n in range(30):
        sheet.write_row(1 + n, 0, [f"R{n}", "张三", "男"])
    sheet.set_row(7, None, None, {"hidden": True})
    book.close()
    shown = CliRunner().invoke(app, ["read", str(tmp_path / "a.xlsx")], env={"ONCEGRID_LANG": "en"})
    assert shown.exit_code == 0, shown.output
    assert (
        "a.xlsx: xlsx" in shown.output
        and "sheet 人员: header rows [1], data from row 2, 30 rows" in shown.output
    )
    assert "! hidden rows: 人员 1" in shown.output and shown.output.count("张三") == 10
    text = CliRunner().invoke(app, ["read", str(people(tmp_path / "b.csv", 5))], env={"ONCEGRID_LANG": "en"})
    assert "encoding gb18030 (" in text.output and "delimiter ','" in text.output
