"""What is wrong with a file as such reaches the published issues, with its file, sheet and row; so do the words of
its form."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest
from sync.conftest import PEOPLE, City


def workbook() -> bytes:
    """Ten people from row 5 with points that do not add up, rows 6 and 8 hidden, a sheet that is not asked for."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "人员"
    sheet.append(["人员登记表"])
    sheet.append(["填报单位：幸福街道", None, None, "填报日期：2024年11月1日"])
    sheet.append(["序号", "人员编号", "姓名", "身份证号", "性别", "人数"])
    for n in range(1, 11):
        sheet.append([n, f"R{n:04d}", "张" + chr(0x4E00 + n), "", "男", 2])
    sheet.append(["合计", None, None, None, None, 21])
    sheet.row_dimensions[6].hidden = sheet.row_dimensions[8].hidden = True
    book.create_sheet("填表说明").append(["请如实填写"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.fixture
def form(empty_city: City) -> City:
    yaml = PEOPLE.replace("CZRK_*.csv", "CZRK_*.xlsx") + "ignore: [序号, 人数]\nlayout: {sheets: [人员]}\n"
    empty_city.source("police", yaml)
    empty_city.drop("police", "CZRK_20241101.xlsx", workbook())
    status, summary = empty_city.sync()
    assert status == 0, summary
    return empty_city


def test_a_form_with_hidden_rows_and_a_wrong_total(form: City) -> None:
    found = form.query(
        "select code, sheet, row_number, field, severity, value_masked from issue "
        "where code in ('hidden_rows', 'sheet_skipped', 'total_mismatch') order by code"
    )
    assert found[:2] == [
        ("hidden_rows", "人员", None, None, "info", "2"),
        ("sheet_skipped", "填表说明", None, None, "info", None),
    ]
    code, sheet, row, field, severity, text = found[2]
    assert (code, sheet, row, field, severity) == ("total_mismatch", "人员", 14, "人数", "warning")
    assert "21" in text and "20" in text
    files = form.query("select distinct file, source from issue where code = 'total_mismatch'")
    assert files == [("CZRK_20241101.xlsx", "police")]


def test_what_the_form_states_is_edition_metadata(form: City) -> None:
    ((stated,),) = form.query("select stated from edition")
    assert json.loads(stated) == {"填报单位": "幸福街道", "填报日期": "2024年11月1日"}


def test_damaged_quotes_and_ragged_rows(empty_city: City) -> None:
    empty_city.source("police", PEOPLE)
    lines = ["人员编号,姓名,身份证号,性别"]
    lines += [f'R{n:04d},"张{chr(0x4E00 + n)}",,"男"' for n in range(1, 41)]
    lines[20] = 'R0020,"张二十,,男'
    lines[5] = "R0005,张五"
    lines[7] = "R0007,张七,,男,多余"
    empty_city.drop("police", "CZRK_20241101.csv", "\n".join(lines) + "\n")
    status, summary = empty_city.sync()
    assert status == 0, summary
    told = dict(empty_city.query(
        "select code, value_masked from issue where code in ('quotes_mended', 'rows_short', 'rows_long')"
    ))  # fmt: skip
    assert told["rows_short"] == "1" and told["rows_long"] == "1" and int(told["quotes_mended"]) >= 1
    ((read, kept, skipped, rejected),) = empty_city.query(
        "select rows_read, rows_kept, rows_skipped, rows_rejected from edition"
    )
    assert read == kept + skipped + rejected
    assert empty_city.query("select count(*) from issue where code = 'row_structure'") == [(rejected,)]


def test_a_file_that_cannot_be_read_is_an_issue(city: City) -> None:
    city.source("civil", PEOPLE.replace("source: police", "source: civil"))
    city.drop("civil", "CZRK_20241101.csv", b"")
    assert city.sync()[0] == 1
    assert city.query("select source, file, severity from issue where code = 'file_unreadable'") == [
        ("civil", "CZRK_20241101.csv", "error")
    ]
