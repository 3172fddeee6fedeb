"""connectors.sniff: what a file is, by content."""

from __future__ import annotations

import gzip
import json
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from connectors.sniff import NAMES, NotReadableYet, not_readable_yet, sniff
from connectors.text.encoding import decide, likelihood, private_use, without_private_use
from schemas.problem import Problem

PEOPLE = "编号,姓名,住址\n1,张伟,大连市中山区人民路街道\n2,王秀英,烟台市芝罘区向阳街道\n3,欧阳娜娜,沙河口区\n"
TAIWAN = "編號,姓名,住址\n1,陳志明,臺南市安南區海佃路一段\n2,林淑芬,臺南市東區裕信路\n3,黃國華,新營區\n"


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_does_not_import_heavy_libraries() -> None:
    code = "import sys, connectors.sniff; print([m for m in ('pandas', 'pyarrow', 'python_calamine', 'pydantic') if m in sys.modules])"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )


def _workbook(folder: Path) -> bytes:
    import xlsxwriter

    path = folder / "made.bin"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet().write(0, 0, "姓名")
    return path.read_bytes()


def test_the_extension_says_nothing(tmp_path: Path) -> None:
    assert sniff(put(tmp_path, "a.xls", _workbook(tmp_path))).kind == "xlsx"
    assert sniff(put(tmp_path, "b.xlsx", PEOPLE.encode("gb18030"))).format == "delimited"
    assert sniff(put(tmp_path, "c.csv", _workbook(tmp_path))).format == "excel"


def test_a_stated_text_format_does_not_hide_a_workbook(tmp_path: Path) -> None:
    assert sniff(put(tmp_path, "a.txt", _workbook(tmp_path)), "delimited").kind == "xlsx"
    assert sniff(put(tmp_path, "b.txt", b"0001zhang\n"), "fixed_width").kind == "fixed_width"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"PAR1xxxxPAR1", "parquet"),
        (gzip.compress(b"a,b\n", mtime=0), "gz"),
        (b"Rar!\x1a\x07\x00", "rar"),
        (b"%PDF-1.7", "pdf"),
        (b'{"a": 1}\n{"a": 2}\n', "json_lines"),
        (b'{"data": [{"a": 1}]}', "json"),
        (b'[{"a": 1}]', "json"),
        ('\ufeff[{"姓名": "张伟"}]'.encode(), "json"),
        ("[1] 说明,b\n1,2\n".encode(), "delimited"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "html"),
        (b"<table><tr><td>1</td></tr></table>", "html"),
        (b"<?xml version='1.0'?><rows><row/></rows>", "xml"),
        (b"<?xml version='1.0'?><table><row a='1'/><row a='2'/></table>", "xml"),
        (b"<!-- a -->" * 500 + b"<rows/>", "xml"),
        (b"<!-- a --><table><tr><td>1</td></tr></table>", "html"),
        (b"/* a */ -- b\n" * 500 + b"insert into t values (1);", "sql_dump"),
        (b"prompt Loading\nset define off\ninsert into T (A)\nvalues (1);\n", "sql_dump"),
        (b"set,name\n1,2\n", "delimited"),
        (b"<?xml version='1.0'?><?mso-application progid='Excel.Sheet'?><Workbook/>", "xml_spreadsheet"),
        ("<?xml version='1.0'?><rows/>".encode("utf-16"), "xml"),
        (b"INSERT INTO t VALUES (1);\n", "sql_dump"),
        (bytes(range(256)) * 20, "binary"),
        (b"<18,5\n<20,6\n", "delimited"),
        ("姓名,年龄\n张伟,3\n".encode("utf-16-le"), "delimited"),
    ],
)
def test_kinds(tmp_path: Path, data: bytes, kind: str) -> None:
    assert sniff(put(tmp_path, "f", data)).kind == kind


def test_containers(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z", "w") as archive:
        archive.writestr("a.csv", "a,b")
    assert sniff(tmp_path / "z").kind == "zip"
    with sqlite3.connect(tmp_path / "s") as con:
        con.execute("create table t(a)")
    con.close()
    assert sniff(tmp_path / "s").kind == "sqlite"
    dbf = (
        bytes([3, 124, 11, 1])
        + (0).to_bytes(4, "little")
        + (65).to_bytes(2, "little")
        + (11).to_bytes(2, "little")
    )
    dbf += bytes(20) + b"NAME".ljust(11, b"\0") + b"C" + bytes(4) + bytes([10]) + bytes(15) + b"\r" + b"\x1a"
    assert sniff(put(tmp_path, "d", dbf)).kind == "dbf"
    name = "EncryptedPackage".encode("utf-16-le") + b"\0\0"
    assert (
        sniff(put(tmp_path, "e", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + name)).kind == "encrypted"
    )


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="0 bytes"):
        sniff(put(tmp_path, "a.csv", b""))


def test_every_kind_that_is_not_read_says_what_it_is() -> None:
    from connectors.sniff import READABLE, Sniffed

    for kind in NAMES.keys() - READABLE:
        problem = not_readable_yet(Sniffed(kind, kind, ""), "a.x")
        assert isinstance(problem, NotReadableYet) and problem.kind == kind
        assert NAMES[kind][0] in problem.text("en") and NAMES[kind][1] in problem.text("zh")


@pytest.mark.parametrize(
    ("text", "written", "decided"),
    [
        (PEOPLE, "utf-8", "utf-8"), (PEOPLE, "utf-8-sig", "utf-8"), (PEOPLE, "gb18030", "gb18030"),
        (PEOPLE, "utf-16", "utf-16-le"), (PEOPLE, "utf-16-le", "utf-16-le"), (PEOPLE, "utf-16-be", "utf-16-be"),
        (TAIWAN, "cp950", "cp950"), (TAIWAN, "gb18030", "gb18030"), (TAIWAN, "utf-8", "utf-8"),
        ("a,b\n1,2\n", "ascii", "utf-8"), ("姓名\n张三\n", "gb18030", "gb18030"), ("姓名\n李四\n", "gb18030", "gb18030"),
        ("姓名,备注\n㛃䶮,x\n", "gb18030", "gb18030"),
    ],
)  # fmt: skip
def test_encodings(tmp_path: Path, text: str, written: str, decided: str) -> None:
    encoding = decide(put(tmp_path, "f", text.encode(written)))
    assert encoding.codec == decided
    assert encoding.decided_by


def test_the_whole_file_is_looked_at(tmp_path: Path) -> None:
    late = b"a,b\n" * 2_000_000 + "张伟,男\n王秀英,女\n".encode("gb18030")
    assert decide(put(tmp_path, "f", late)).codec == "gb18030"


def test_utf8_with_one_broken_character_stays_utf8(tmp_path: Path) -> None:
    data = (PEOPLE * 50).encode()
    data = data[:400] + b"\xff" + data[400:]
    assert decide(put(tmp_path, "f", data)).codec == "utf-8"
    assert decide(put(tmp_path, "g", (PEOPLE * 50).encode()[:-2])).codec == "utf-8"


def test_gb18030_with_one_broken_byte_stays_gb18030(tmp_path: Path) -> None:
    data = (PEOPLE * 50).encode("gb18030")
    assert decide(put(tmp_path, "f", data[:300] + b"\x80" + data[300:])).codec == "gb18030"


def test_a_stated_encoding_wins_and_gbk_means_gb18030(tmp_path: Path) -> None:
    path = put(tmp_path, "f", PEOPLE.encode("gb18030"))
    assert decide(path, "GBK").codec == "gb18030"
    assert decide(path, "big5").codec == "cp950"
    for wrong in ("gbk2", "base64", ""):
        with pytest.raises(Problem, match="no encoding"):
            decide(path, wrong)


def test_big5_decodes_as_gb18030_so_likelihood_decides() -> None:
    data = TAIWAN.encode("cp950")
    assert "\ufffd" not in data.decode("gb18030")
    assert likelihood(data.decode("cp950"), "cp950") > likelihood(data.decode("gb18030"), "gb18030") + 0.5


def test_private_use_characters() -> None:
    assert len(private_use()) == 91
    assert without_private_use("张\ue863") == "张䶮"
    assert without_private_use(b"\xfe\x59".decode("gb18030")) == "龴"
    assert without_private_use(b"\xa8\xbc".decode("gb18030")) == "ḿ"
    assert without_private_use("\uf000") == "\uf000"
    assert json.loads(json.dumps(without_private_use("没有"))) == "没有"
