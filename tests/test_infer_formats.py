"""A draft from any format names the fields, and reads the file again as it was read: same tables, same rows."""

from __future__ import annotations

import gzip
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from connectors.infer import infer
from connectors.reading import read_tables
from schemas.sources import Source, load_source

NUMBERS = ["11010519491231002X", "440524188001010014", "370602195503120111", "370634197001010131"]
FIELDS = ("no", "name", "number", "sex", "phone", "address")
CHINESE = ("人员编号", "姓名", "身份证号", "性别", "联系电话", "现住址")
DATABASE = ("RYBH", "XM", "GMSFHM", "XB", "LXDH", "XZZ")
Row = tuple[str, ...]


def people() -> list[Row]:
    rows = []
    for n in range(40):
        number = NUMBERS[n % 4]
        sex = "男" if int(number[16]) % 2 else "女"
        name = "王李张刘"[n % 4] + "伟芳娜敏静"[n % 5]
        rows.append((f"R{n:05d}", name, number, sex, f"1380000{n:04d}", f"春海街{n}号{n % 3 + 1}单元{n}室"))
    return rows


def csv_text() -> str:
    return "\n".join([",".join(CHINESE), *(",".join(row) for row in people())]) + "\n"


def json_document(path: Path) -> None:
    names = ("personNo", "name", "idCard", "gender", "mobile", "liveAddress")
    rows = [dict(zip(names, row, strict=True)) for row in people()]
    codes = [{"k": "1", "v": "男"}, {"k": "2", "v": "女"}]
    path.write_text(
        json.dumps({"code": 0, "data": {"list": rows}, "dict": codes}, ensure_ascii=False), "utf-8"
    )


def xml(path: Path) -> None:
    names = [name.lower() for name in DATABASE]
    rows = [
        "<person>" + "".join(f"<{n}>{v}</{n}>" for n, v in zip(names, row, strict=True)) + "</person>" for row in people()
    ]  # fmt: skip
    path.write_text(
        f"<?xml version='1.0' encoding='GB18030'?><r xmlns='urn:x'><unit>某局</unit><ps>{''.join(rows)}</ps></r>", "gb18030"
    )  # fmt: skip


def sql_dump(path: Path) -> None:
    rows = ",\n".join("('" + "','".join(row) + "')" for row in people())
    path.write_text(
        "CREATE TABLE `t_dict` (`k` varchar(2), `v` varchar(9));\nINSERT INTO `t_dict` VALUES ('1','男'),('2','女');\n"
        f"CREATE TABLE `t_person` ({', '.join(f'`{n}` varchar(99)' for n in DATABASE)});\nINSERT INTO `t_person` VALUES {rows};\n",
        "utf-8",
    )  # fmt: skip


def sqlite_file(path: Path) -> None:
    with sqlite3.connect(path) as con:
        con.execute(f"create table t_person ({', '.join(DATABASE)})")
        con.execute("create table t_dict (k, v)")
        con.executemany("insert into t_person values (?, ?, ?, ?, ?, ?)", people())
        con.execute("insert into t_dict values ('1', '男'), ('2', '女')")
    con.close()


def html(path: Path) -> None:
    head = "".join(f"<th>{name}</th>" for name in CHINESE)
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in people())
    path.write_text(f"<html><body><table border=1><tr>{head}</tr>{rows}</table></body></html>", "gb18030")


def spreadsheet_xml(path: Path) -> None:
    def row(cells: Row) -> str:
        return "<Row>" + "".join(f'<Cell><Data ss:Type="String">{c}</Data></Cell>' for c in cells) + "</Row>"

    path.write_text(
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Worksheet ss:Name="名单"><Table>{row(CHINESE)}{"".join(map(row, people()))}</Table></Worksheet></Workbook>', "utf-8",
    )  # fmt: skip


def workbook_with_sheets_of_two_kinds(path: Path) -> None:
    book = openpyxl.Workbook()
    for n, title in enumerate(("一组", "二组")):
        sheet = book.active if n == 0 else book.create_sheet()
        sheet.title = title
        for line in (CHINESE, *people()[n * 20 : n * 20 + 20]):
            sheet.append(line)
    other = book.create_sheet("代码表")
    for line in (("代码", "含义"), ("1", "男"), ("2", "女"), ("9", "未说明")):
        other.append(line)
    book.save(path)


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("名单.csv", csv_text().encode("gb18030"))


def gzipped(path: Path) -> None:
    path.write_bytes(gzip.compress(csv_text().encode("gb18030")))


MAKERS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "json": ("a.json", json_document), "xml": ("a.xml", xml), "sql": ("a.sql", sql_dump), "sqlite": ("a.db", sqlite_file),
    "html": ("a.xls", html), "spreadsheet": ("b.xls", spreadsheet_xml), "sheets": ("a.xlsx", workbook_with_sheets_of_two_kinds),
    "zip": ("a.zip", zipped), "gz": ("a.csv.gz", gzipped),
}  # fmt: skip


def loaded(folder: Path, text: str) -> Source:
    (folder / "s.yaml").write_text(text, "utf-8")
    return load_source(folder / "s.yaml")


@pytest.mark.parametrize("kind", MAKERS)
def test_a_draft_reads_the_file_again(tmp_path: Path, kind: str) -> None:
    name, make = MAKERS[kind]
    path = tmp_path / name
    make(path)
    source = loaded(tmp_path, infer([path], "s"))
    _, tables = read_tables(path, source.layout, source.encoding, source.format)
    rows = list[dict[str, str | None]]()
    for table in tables:
        found = source.resolve(table.report.columns)
        assert not found.missing and not found.ambiguous
        fields = {field: found.found[one.headers[0]] for field, one in source.columns.items()}
        places = {field: table.report.columns.index(column) for field, column in fields.items()}
        rows += [{field: row[at] for field, at in places.items()} for row in table.rows]
    expected = [
        {"name": n, "id_number": i, "sex": s, "phone": p, "live_address": a} for _, n, i, s, p, a in people()
    ]
    assert rows == expected
    assert len(source.key) == 1 and source.feeds == ("resident",)


def test_headings_of_sections_are_a_column_of_the_draft(tmp_path: Path) -> None:
    lines = [",".join(CHINESE)]
    for n, community in enumerate(("春海社区（20人）", "望海社区（20人）")):
        lines.append(community + "," * 5)
        lines += [",".join(row) for row in people()[n * 20 : n * 20 + 20]]
    path = tmp_path / "名单.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    report, _ = read_tables(path)
    source = loaded(tmp_path, infer([path], "s"))
    section = report.tables[0].section_column
    assert section is not None and section in (*source.used_headers, *source.ignore)
