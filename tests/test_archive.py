"""Archives made here: members of every kind, names of Chinese systems, what is refused."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import os
import sqlite3
import struct
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.archives import unpack
from connectors.archives.archive import _FOLDER, _sweep
from connectors.archives.member_names import decoded, names_inside
from connectors.child import Reader
from connectors.reading import ReadTable, read_tables
from connectors.report import FileReport
from connectors.sniff import NotReadableYet, sniff
from schemas.problem import Problem

PEOPLE = "编号,姓名\n1,张伟\n2,王秀英\n".encode()
STREETS = "代码;名称\n01;街道\n02;镇\n".encode("gb18030")
ROWS = [["1", "张伟"], ["2", "王秀英"]]


def zipped(folder: Path, members: dict[str, bytes], name: str = "a.zip") -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for label, data in members.items():
            archive.writestr(label, data)
    return path


def in_gbk(folder: Path, members: dict[str, bytes], codec: str = "gbk") -> Path:
    """A zip as programs write it that know nothing of UTF-8: no mark, names in the system's encoding."""
    path = folder / "gbk.zip"
    out, central, offset = io.BytesIO(), b"", 0
    for label, data in members.items():
        name = label.encode(codec)
        common = struct.pack(
            "<HHHHHIIIHH", 20, 0, 0, 0, 0x5821, zlib.crc32(data), len(data), len(data), len(name), 0
        )
        central += (
            b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, offset) + name
        )
        out.write(b"PK\x03\x04" + common + name + data)
        offset = out.tell()
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(central), offset, 0)
    path.write_bytes(out.getvalue() + central + end)
    return path


def read(path: Path, layout: object = None, **options: Any) -> tuple[FileReport, list[ReadTable]]:
    report, tables = read_tables(path, layout, **options)
    assert report.rows_read == report.n_rows + sum(report.skip_counts().values()) + report.rejected()
    return report, tables


def workbook(sheets: dict[str, list[list[str]]]) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for n, row in enumerate(rows):
                sheet.write_row(n, 0, row)
    return out.getvalue()


BOOK = {"名册": [["编号", "姓名"], *ROWS], "说明": [["代码", "名称"], ["x", "y"]]}


def test_a_single_member_is_read_as_without_the_archive(tmp_path: Path) -> None:
    plain = tmp_path / "p.csv"
    plain.write_bytes(PEOPLE)
    bare, [alone] = read(plain)
    for path in (
        zipped(tmp_path, {"数据/p.csv": PEOPLE}),
        _gz(tmp_path, PEOPLE),
        _gz(tmp_path, _tar({"x/p.csv": PEOPLE}), "a.tgz"),
    ):
        report, [table] = read(path)
        assert (
            table.rows == alone.rows == ROWS and table.numbers == alone.numbers and table.report.sheet is None
        )
        assert (report.format, report.kind, report.encoding, report.delimiter) == (
            bare.format,
            bare.kind,
            bare.encoding,
            ",",
        )
        assert report.file == path.name and report.findings == []
    report, tables = read(zipped(tmp_path, {"b.xlsx": workbook(BOOK)}))
    assert [t.report.sheet for t in tables] == ["名册", "说明"] and report.format == "excel"
    assert len(read(zipped(tmp_path, {"b.xlsx": workbook(BOOK)}), {"sheets": "b.xlsx/名册"})[1]) == 1
    with pytest.raises(Problem, match=r"layout\.sheets asks for x, but the archive holds: 名册, 说明"):
        read(zipped(tmp_path, {"b.xlsx": workbook(BOOK)}), {"sheets": "x"})


def _gz(folder: Path, data: bytes, name: str = "p.csv.gz") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(data, mtime=0))
    return path


def _tar(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for label, data in members.items():
            info = tarfile.TarInfo(label)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def test_other_ways_to_pack_one_file(tmp_path: Path) -> None:
    for name, data in (("p.csv.bz2", bz2.compress(PEOPLE)), ("p.csv.xz", lzma.compress(PEOPLE)), ("p.tbz2", bz2.compress(_tar({"p.csv": PEOPLE})))):  # fmt: skip
        path = tmp_path / name
        path.write_bytes(data)
        report, [table] = read(path)
        assert table.rows == ROWS and (report.format, table.report.sheet) == ("delimited", None)
        path.write_bytes(data[:-10])
        with pytest.raises(Problem, match="damaged"):
            read(path)
    (tmp_path / "bomb.bz2").write_bytes(bz2.compress(bytes(1 << 20)) * 100)
    _refused(tmp_path / "bomb.bz2", "unpack to more than 250 times its size")


def test_several_members_are_sheets(tmp_path: Path) -> None:
    members = {
        "中山区/人.csv": PEOPLE, "街.txt": STREETS, "b.xlsx": workbook(BOOK), "__MACOSX/._街.txt": b"x", "空/": b"",
        ".DS_Store": b"x", "中山区/": b"", "Thumbs.db": b"x", "c.json": b'[{"a":1},{"a":2}]',
    }  # fmt: skip
    report, tables = read(zipped(tmp_path, members))
    assert [t.report.sheet for t in tables] == [
        "中山区/人.csv",
        "街.txt",
        "b.xlsx/名册",
        "b.xlsx/说明",
        "c.json",
    ]
    assert tables[0].rows == ROWS and tables[1].rows == [["01", "街道"], ["02", "镇"]]
    assert (report.format, report.kind, report.encoding) == ("archive", "archive", None)
    [found] = report.findings
    assert found.code == "members_skipped" and found.text == "4: __MACOSX/._街.txt, 空/, .DS_Store, Thumbs.db"
    for wanted, sheets in (
        ("街.txt", ["街.txt"]), ("人.csv", ["中山区/人.csv"]), ("*.xlsx", ["b.xlsx/名册", "b.xlsx/说明"]),
        ("b.xlsx/名册", ["b.xlsx/名册"]), (["说明", "中山区/*"], ["中山区/人.csv", "b.xlsx/说明"]),
    ):  # fmt: skip
        report, tables = read(zipped(tmp_path, members), {"sheets": wanted})
        assert [t.report.sheet for t in tables] == sheets and len(report.other_sheets) == 5 - len(sheets)


def test_a_member_that_cannot_be_read_is_the_fault_of_the_archive(tmp_path: Path) -> None:
    members = {"a.csv": PEOPLE, "说明.pdf": b"%PDF-1.7"}
    with pytest.raises(NotReadableYet, match=r"a.zip/说明.pdf: this is a PDF .* layout.sheets") as caught:
        read(zipped(tmp_path, members))
    assert caught.value.kind == "pdf"
    assert read(zipped(tmp_path, members), {"sheets": "*.csv"})[1][0].rows == ROWS
    for bad in (b"", b"PK\x03\x04 [Content_Types].xml", b"SQLite format 3\x00" + b"x" * 500):
        with pytest.raises(Problem, match=r"a.zip/坏"):
            read(zipped(tmp_path, {"a.csv": PEOPLE, "坏": bad}))
    with pytest.raises(Problem, match="no files"):
        read(zipped(tmp_path, {"x/": b""}))


@pytest.mark.parametrize(
    ("names", "codec"),
    [
        (["人员名册.csv", "街道.csv"], "gbk"),
        (["人员名册.csv", "街道.csv"], "utf-8"),
        (["人員名冊.csv", "東區街道資料.csv"], "big5"),
        (["é.csv", "ü.csv"], "cp437"),
    ],
)
def test_names_of_members_in_other_encodings(tmp_path: Path, names: list[str], codec: str) -> None:
    path = in_gbk(tmp_path, dict.fromkeys(names, PEOPLE), codec)
    _, tables = read(path)
    assert [t.report.sheet for t in tables] == names and names_inside(path) == names


def test_memo_files_go_with_their_tables(tmp_path: Path) -> None:
    from test_dbase import memo_file, memo_table

    (tmp_path / "a.dbf").write_bytes(memo_table(0xF5))
    (tmp_path / "a.fpt").write_bytes(memo_file("fpt"))
    alone = read(tmp_path / "a.dbf")[1][0].rows
    assert any("\n" in (c or "") or len(c or "") > 10 for row in alone for c in row)
    members = {"库/X.DBF": memo_table(0xF5), "库/x.FPT": memo_file("fpt"), "街.txt": STREETS}
    _, tables = read(zipped(tmp_path, members))
    assert [t.report.sheet for t in tables] == ["库/X.DBF", "街.txt"] and tables[0].rows == alone


def test_archives_in_archives(tmp_path: Path) -> None:
    inner = zipped(tmp_path, {"p.csv": PEOPLE, "q.csv": STREETS}, "inner.zip").read_bytes()
    _, tables = read(zipped(tmp_path, {"区/inner.zip": inner, "r.csv.gz": gzip.compress(PEOPLE)}))
    assert [t.report.sheet for t in tables] == ["区/inner.zip/p.csv", "区/inner.zip/q.csv", "r.csv.gz/r.csv"]
    third = zipped(tmp_path, {"middle.zip": zipped(tmp_path, {"inner.zip": inner}).read_bytes()}, "third.zip")
    with pytest.raises(
        Problem, match=r"third.zip: the archive is refused: archives in it lie more than 2 deep"
    ):
        read(third)


@pytest.fixture(scope="module", autouse=True)
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("child")
    (folder / "good.csv").write_bytes(PEOPLE)
    with Reader() as reader:
        reader.read_edition(folder / "good.csv", folder / "good")
        _CHILD[:] = [reader]
        yield reader


_CHILD: list[Reader] = []


def _refused(path: Path, match: str) -> None:
    [reader] = _CHILD
    began = time.monotonic()
    with pytest.raises(Problem, match=match) as caught:
        reader.read_edition(path, path.parent / "raw")
    assert time.monotonic() - began < 2 and caught.value.zh != caught.value.en
    assert not list(Path(tempfile.gettempdir()).glob(f"{_FOLDER}{os.getpid()}-*"))


@pytest.mark.parametrize(
    "name", ["../x.csv", "/etc/x.csv", "a/../../x.csv", "C:\\x.csv", "..\\x.csv", "\\\\host\\x.csv"]
)
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    _refused(zipped(tmp_path, {"a.csv": PEOPLE, name: PEOPLE}), "leads out of it")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip"]


def test_links_and_devices_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "l.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    _refused(tmp_path / "l.zip", "'link' is a link or a device")
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
        with tarfile.open(tmp_path / "l.tar", "w") as tar:
            info = tarfile.TarInfo("dev")
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
        assert sniff(tmp_path / "l.tar").kind == "tar"
        _refused(tmp_path / "l.tar", "'dev' is a link or a device")


def test_bombs_are_refused(tmp_path: Path) -> None:
    zeros = b"0" * (1 << 20)
    with (
        zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("b.csv", "w") as out,
    ):
        for _ in range(100):
            out.write(zeros)
    _refused(tmp_path / "bomb.zip", "unpack to more than 250 times its size")
    # Every gzip member tells only its own size, and the last one's at that.
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(zeros) * 400)
    _refused(tmp_path / "bomb.gz", "unpack to more than 250 times its size")
    nested = zipped(tmp_path, {"bomb.gz": (tmp_path / "bomb.gz").read_bytes()}, "nested.zip")
    _refused(nested, "unpack to more than 250 times its size")
    many = zipped(tmp_path, {f"{n}.csv": b"a" for n in range(unpack.MEMBERS + 1)}, "many.zip")
    _refused(many, "more than 2000 members")


def test_sizes_that_lie(tmp_path: Path) -> None:
    path = zipped(tmp_path, {"a.csv": PEOPLE * 1000})
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    (tmp_path / "less.zip").write_bytes(data)
    _refused(tmp_path / "less.zip", "damaged")
    data[at + 24 : at + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    (tmp_path / "more.zip").write_bytes(data)
    _refused(tmp_path / "more.zip", "unpack to more than 250 times its size")


def test_a_directory_without_end_is_not_read(tmp_path: Path) -> None:
    entry = b"PK\x01\x02" + bytes(24) + struct.pack("<HHH", 1, 0, 0) + bytes(12) + b"a"
    body = b"PK\x03\x04" + bytes(26)
    central = entry * 400_000
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, len(central), len(body), 0)
    (tmp_path / "d.zip").write_bytes(body + central + end)
    assert names_inside(tmp_path / "d.zip") == []
    _refused(tmp_path / "d.zip", "more than 2000 members")


def test_passwords_and_damage(tmp_path: Path) -> None:
    path = zipped(tmp_path, {"a.csv": PEOPLE})
    data = bytearray(path.read_bytes())
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "p.zip").write_bytes(data)
    _refused(tmp_path / "p.zip", "protected by a password")
    whole = zipped(tmp_path, {"a.csv": os.urandom(3000)}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:-30])
    _refused(tmp_path / "cut.zip", "damaged")
    (tmp_path / "flip.zip").write_bytes(whole[:200] + bytes(100) + whole[300:])
    _refused(tmp_path / "flip.zip", "a.csv: the archive is damaged")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(os.urandom(3000))[:-20])
    _refused(tmp_path / "cut.gz", "damaged")
    method = bytearray(path.read_bytes())
    method[method.rfind(b"PK\x01\x02") + 10] = 9
    method[8] = 9
    (tmp_path / "deflate64.zip").write_bytes(method)
    _refused(tmp_path / "deflate64.zip", "packed in a way that is not known")


def test_what_killed_readers_leave_is_swept() -> None:
    base = Path(tempfile.gettempdir())
    dead, mine = base / f"{_FOLDER}4194399-x", base / f"{_FOLDER}{os.getpid()}-x"
    for folder in (dead, mine):
        folder.mkdir(exist_ok=True)
    _sweep()
    assert not dead.exists() and mine.exists()
    mine.rmdir()


def test_names_are_decided_together() -> None:
    assert decoded([b"a\\b", "人".encode("gbk"), "员名册.csv".encode("gbk"), "街"]) == [
        "a/b",
        "人",
        "员名册.csv",
        "街",
    ]


def test_nothing_inside_a_workbook_is_named(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    path.write_bytes(workbook(BOOK))
    assert names_inside(path) == [] and names_inside(_gz(tmp_path, PEOPLE)) == []
    named = tmp_path / "n.gz"
    with named.open("wb") as raw, gzip.GzipFile("ry_20240101.csv", "wb", fileobj=raw) as out:
        out.write(PEOPLE)
    assert names_inside(named) == ["ry_20240101.csv"]
    assert names_inside(zipped(tmp_path, {"x/人_20240101.csv": b"", "__MACOSX/a": b""})) == [
        "人_20240101.csv"
    ]


def test_a_source_without_a_format_reads_them_all(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "s.db")) as con:
        con.execute("create table 人 (编号, 姓名)")
        con.executemany("insert into 人 values (?, ?)", ROWS)
        con.commit()
    members = {
        "a.json": '{"data":[{"编号":"1","姓名":"张伟"},{"编号":"2","姓名":"王秀英"}]}'.encode(),
        "a.jsonl": '{"编号":"1","姓名":"张伟"}\n{"编号":"2","姓名":"王秀英"}\n'.encode(),
        "a.xml": "<r><p><编号>1</编号><姓名>张伟</姓名></p><p><编号>2</编号><姓名>王秀英</姓名></p></r>".encode(),
        "a.sql": "insert into 人 (编号,姓名) values ('1','张伟'),('2','王秀英');\n".encode(),
        "a.db": (tmp_path / "s.db").read_bytes(),
        "a.csv": PEOPLE,
    }
    with Reader() as reader:
        for name, data in {**members, "all.zip": zipped(tmp_path, members).read_bytes()}.items():
            path = tmp_path / name
            path.write_bytes(data)
            report = reader.read_edition(path, tmp_path / "raw", name=f"inbox/{name}")
            assert report.n_rows == (12 if name == "all.zip" else 2)
            assert all(t.columns == ["编号", "姓名"] and t.parquet for t in report.tables)


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.text("ab中/.", min_size=1, max_size=5), st.binary(max_size=30), max_size=4),
    st.booleans(),
)
def test_any_archive_is_read_or_refused(members: dict[str, bytes], tar: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(Problem):
        path = Path(folder) / "x"
        if tar:
            path.write_bytes(_tar(members))
        else:
            zipped(Path(folder), members, "x")
        read(path)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 400), st.integers(0, 255))
def test_any_damage_is_a_problem(at: int, byte: int) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(Problem):
        path = zipped(Path(folder), {"人.csv": PEOPLE, "b.csv": STREETS * 5})
        data = bytearray(path.read_bytes())
        data[at % len(data)] = byte
        path.write_bytes(data)
        read(path)
