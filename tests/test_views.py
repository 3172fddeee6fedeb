"""connectors.views: what is written as it is read is what is read."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from connectors.reading import as_json, read_tables
from connectors.views import as_csv, write_json
from pipelines.cli.app import app
from schemas.problem import Problem


def late_column(folder: Path) -> Path:
    """A column without a header turns up far behind the head, so that the table begins again."""
    path = folder / "late.csv"
    rows = ["编号,姓名,", *(f"{n},张{n}," for n in range(30_000)), "30000,王,晚", "合计,30001,"]
    path.write_text("\n".join(rows) + "\n", "gb18030")
    return path


def sheets(folder: Path) -> Path:
    import xlsxwriter

    path = folder / "sheets.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name, cells in (
            ("甲", [["编号", "备注"], ["1", " x "], ["", ""], ["2", 'say "hi"\nthere']]),
            ("空", []),
            ("乙", [["编号"], ["3"]]),
        ):
            sheet = book.add_worksheet(name)
            for r, row in enumerate(cells):
                sheet.write_row(r, 0, row)
    return path


def torn(folder: Path) -> Path:
    path = folder / "torn.csv"
    path.write_bytes(b'a,b,c\n1,2,3\n1,"2"x"y,3,4"5,6,7\n"\n4,5,6\n')
    return path


@pytest.mark.parametrize("make", [late_column, sheets, torn])
def test_json_is_that_of_the_tables_in_memory(tmp_path: Path, make: object) -> None:
    path = make(tmp_path)  # type: ignore[operator]
    write_json(path, tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text("utf-8")) == as_json(path)
    shown = CliRunner().invoke(app, ["read", "--json", str(path)])
    assert shown.exit_code == 0 and json.loads(shown.stdout) == as_json(path)


@pytest.mark.parametrize("make", [late_column, sheets, torn])
def test_csv_is_that_of_the_tables_in_memory(tmp_path: Path, make: object) -> None:
    path = make(tmp_path)  # type: ignore[operator]
    written = as_csv(path, tmp_path / "out.csv")
    tables = read_tables(path)[1]
    names = ["out.csv"] if len(tables) == 1 else [f"out.{n}.csv" for n in range(1, len(tables) + 1)]
    assert [p.name for p, _ in written] == names
    for (out, rows), table, told in zip(written, tables, as_json(path), strict=True):
        with out.open(encoding="utf-8", newline="") as stream:
            found = list(csv.reader(stream))
        assert found[0] == table.report.columns and len(found) == rows + 1
        assert found[1:] == [[c or "" for c in row] for row in told["rows"]]


def test_nothing_is_left_of_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = sheets(tmp_path)
    data = bytearray(path.read_bytes())
    at = data.rfind(b"xl/worksheets/sheet3.xml", 0, data.rfind(b"PK\x01\x02"))
    data[at + 40 : at + 60] = bytes(20)
    path.write_bytes(data)
    with pytest.raises(Problem):
        as_csv(path, tmp_path / "out.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["sheets.xlsx"]
