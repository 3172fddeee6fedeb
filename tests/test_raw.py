"""connectors.raw: the Parquet files of an edition."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
import xlsxwriter

from connectors import raw
from connectors.raw import load_report, read_edition
from connectors.tables import body
from schemas.problem import Problem


def test_text_file(tmp_path: Path) -> None:
    path = tmp_path / "名单.csv"
    path.write_bytes("名单,,\n姓名,_row,姓名\n 张伟,,a\n\n王秀英,2,\n合计,2,\n".encode("gb18030"))
    report = read_edition(path, tmp_path / "out", name="inbox/名单.csv")
    table = pq.read_table(tmp_path / "out" / "1.parquet")
    assert table.column_names == ["_file", "_sheet", "_row", "_long_numbers", "姓名", "_row#2", "姓名#2"]
    assert [str(f.type) for f in table.schema] == ["string", "string", "int64", *["string"] * 4]
    assert table.to_pylist() == [
        {"_file": "inbox/名单.csv", "_sheet": None, "_row": 3, "_long_numbers": None, "姓名": " 张伟", "_row#2": None, "姓名#2": "a"},
        {"_file": "inbox/名单.csv", "_sheet": None, "_row": 5, "_long_numbers": None, "姓名": "王秀英", "_row#2": "2", "姓名#2": None},
    ]  # fmt: skip
    assert load_report(tmp_path / "out") == report and report.tables[0].parquet == "1.parquet"
    assert (
        pq.ParquetFile(tmp_path / "out" / "1.parquet").metadata.row_group(0).column(0).compression == "ZSTD"
    )


def test_workbook_of_several_sheets(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        for name in ("空", "一", "二"):
            sheet = book.add_worksheet(name)
            if name != "空":
                sheet.write_row(0, 0, ["姓名", "身份证号"])
                sheet.write_row(1, 0, [name, 370602199003120113])
    report = read_edition(tmp_path / "a.xlsx", tmp_path / "out")
    assert [(t.sheet, t.parquet) for t in report.tables] == [("一", "1.parquet"), ("二", "2.parquet")]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["1.parquet", "2.parquet", "report.json"]
    assert pq.read_table(tmp_path / "out" / "2.parquet")["_long_numbers"].to_pylist() == ["|身份证号|"]


def test_many_chunks_and_a_late_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "CHUNK_ROWS", 100)
    monkeypatch.setattr(raw, "ROW_GROUP", 250)
    path = tmp_path / "a.csv"
    lines = [f"{n},张伟" for n in range(1000)]
    lines[777] += ",迟"
    path.write_text("编号,姓名\n" + "\n".join(lines) + "\n", "utf-8")
    assert read_edition(path, tmp_path / "out").n_rows == 1000
    table = pq.read_table(tmp_path / "out" / "1.parquet")
    assert table["编号"].to_pylist() == [str(n) for n in range(1000)]
    assert table["_row"].to_pylist() == list(range(2, 1002))
    assert [v for v in table["列3"].to_pylist() if v] == ["迟"]


def test_whole_or_absent(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编号,姓名\n1,张伟\n", "utf-8")
    read_edition(path, tmp_path / "out")
    path.write_text("", "utf-8")
    with pytest.raises(Problem):
        read_edition(path, tmp_path / "out")
    assert pq.read_table(tmp_path / "out" / "1.parquet").num_rows == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "out"]


def test_a_header_without_rows_is_a_table_of_none(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编号,姓名,住址\n", "utf-8")
    report = read_edition(path, tmp_path / "out")
    assert report.n_rows == 0 and report.rows_read == 1
    assert pq.read_table(tmp_path / "out" / "1.parquet").column_names[4:] == ["编号", "姓名", "住址"]
