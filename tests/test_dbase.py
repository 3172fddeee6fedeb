"""dBASE tables made byte by byte here; dbfread, which shares no code with the reader, is the second opinion."""

from __future__ import annotations

import datetime as dt
import json
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import dbfread
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.child import Reader
from connectors.raw import read_edition
from connectors.reading import as_json, read_tables
from connectors.records import dbase
from connectors.records.dbase_header import dbase_header
from connectors.sniff import sniff
from schemas.problem import Problem
from tests.published import REAL

Field = tuple[bytes, str, int]
PEOPLE: tuple[Field, ...] = ((b"XM", "C", 12), (b"NL", "N", 5), (b"CSRQ", "D", 8), (b"YX", "L", 1))


def table(
    fields: Sequence[Field], records: Iterable[bytes], *, version: int = 3, language: int = 0x4D,
    count: int | None = None, end: bytes = b"\x1a", flags: Sequence[int] = (),
) -> bytes:  # fmt: skip
    """A table of ready records (with their deletion flags)."""
    body = list(records)
    back = bytes(263) if version in (0x30, 0x31, 0x32) else b""
    offset, width = 33 + 32 * len(fields) + len(back), 1 + sum(f[2] for f in fields)
    head = struct.pack(
        "<4BIHH17xB2x", version, 124, 11, 1, len(body) if count is None else count, offset, width, language
    )
    for i, (name, letter, size) in enumerate(fields):
        high = size >> 8 if letter == "C" else 0
        head += struct.pack(
            "<11sc4xBBB13x", name, letter.encode(), size & 255, high, flags[i] if flags else 0
        )
    return head + b"\r" + back + b"".join(body) + end


def record(fields: Sequence[Field], cells: Sequence[bytes], flag: bytes = b" ") -> bytes:
    padded = (
        c.rjust(size) if letter in "NF" else c.ljust(size)
        for (_, letter, size), c in zip(fields, cells, strict=True)
    )
    return flag + b"".join(padded)


def person(
    name: str, age: int = 30, born: str = "19940102", flag: bytes = b" ", encoding: str = "gbk"
) -> bytes:
    return record(PEOPLE, [name.encode(encoding), str(age).encode(), born.encode(), b"T"], flag)


def put(folder: Path, data: bytes, name: str = "a.dbf") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def rows(path: Path, **options: Any) -> list[list[str | None]]:
    report, tables = read_tables(path, **options)
    assert report.rows_read == report.n_rows + sum(report.skip_counts().values()) + report.rejected()
    return tables[0].rows


def test_fields_are_text_as_stored(tmp_path: Path) -> None:
    path = put(
        tmp_path,
        table(
            PEOPLE,
            [
                person("欧阳 某"),
                person(" 前空", 7, "20240229"),
                person("\ue863", 0, "20230229", encoding="gb18030"),
            ],
        ),
    )
    report, tables = read_tables(path)
    assert (
        report.format == "dbf" and report.encoding == "gb18030" and report.decided_by == "language byte 0x4D"
    )
    assert tables[0].report.columns == ["XM", "NL", "CSRQ", "YX"]
    assert tables[0].numbers == [2, 3, 4] and tables[0].report.header_rows == [1]
    assert tables[0].rows == [
        ["欧阳 某", "30", "1994-01-02", "T"], [" 前空", "7", "2024-02-29", "T"], ["䶮", "0", "20230229", "T"],
    ]  # fmt: skip
    assert report.rows_read == 4


def test_what_was_never_entered_is_empty(tmp_path: Path) -> None:
    never = [record(PEOPLE, [b"A", b"", born, b"?"]) for born in (b"", b"00000000", b"\0" * 8)]
    assert rows(put(tmp_path, table(PEOPLE, never))) == [["A", None, None, None]] * 3


def test_numbers_keep_their_digits(tmp_path: Path) -> None:
    fields: tuple[Field, ...] = ((b"SFZ", "N", 18), (b"JE", "N", 12))
    data = table(
        fields,
        [
            record(fields, [b"210203199001011234", b"1234.50"]),
            record(fields, [b"123456789012345", b"*" * 12]),
        ],
    )
    _, tables = read_tables(put(tmp_path, data))
    assert tables[0].rows == [["210203199001011234", "1234.50"], ["123456789012345", "*" * 12]]
    assert tables[0].long == ["|SFZ|", None] and tables[0].report.long_numbers == 1


def test_deleted_blank_and_unmarked_records_are_counted(tmp_path: Path) -> None:
    data = table(
        PEOPLE, [person("甲"), person("乙", flag=b"*"), b" " * 27, person("丙", flag=b"x"), person("丁")]
    )
    path = put(tmp_path, data)
    report, tables = read_tables(path)
    assert [r[0] for r in tables[0].rows] == ["甲", "丁"] and tables[0].numbers == [2, 6]
    assert report.skip_counts() == {"header": 1, "deleted_row": 1, "blank": 1}
    assert [(r.row, r.reason) for r in report.tables[0].rejected] == [(5, "structure")]
    assert report.rows_read == 6
    # Whose record was deleted is nobody's business in a report.
    assert "乙" not in json.dumps(report.plain(), ensure_ascii=False)


@pytest.mark.parametrize("kept", [27 * 3 + 5, 27 * 3, 27 * 3 + 1])
def test_a_truncated_table_gives_its_whole_records_and_one_rejection(tmp_path: Path, kept: int) -> None:
    whole = table(PEOPLE, [person("张三", n) for n in range(9)], end=b"")
    path = put(tmp_path, whole[: 33 + 32 * 4 + kept])
    assert sniff(path).kind == "dbf"
    report, tables = read_tables(path)
    assert [r[1] for r in tables[0].rows] == ["0", "1", "2"]
    assert [(r.row, r.reason) for r in report.tables[0].rejected] == [(5, "structure")]
    assert report.rows_read == 5


@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize("end", [b"\x1a", b"", b"\x1a\x00\x00", b"\x1a" + b"x" * 80, b"\r\n"])
def test_records_behind_the_stated_number_are_read_up_to_the_end_mark(
    tmp_path: Path, count: int, end: bytes
) -> None:
    path = put(tmp_path, table(PEOPLE, [person("张三", n) for n in range(3)], count=count, end=end))
    report, tables = read_tables(path)
    assert len(tables[0].rows) == 3 and report.rejected() == 0


def test_no_records(tmp_path: Path) -> None:
    path = put(tmp_path, table(PEOPLE, []))
    assert as_json(path)[0] | {"skipped": None} == {
        "sheet": None, "header_rows": [1], "first_data_row": None, "columns": ["XM", "NL", "CSRQ", "YX"],
        "rows": [], "skipped": None,
    }  # fmt: skip


def test_blocks_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [person("张三" if n % 3 else "李四", n, flag=b"*" if n % 7 == 0 else b" ") for n in range(100)]
    path = put(tmp_path, table(PEOPLE, people)[:-40])
    whole = read_tables(path)
    for block in (1, 27, 60, 1000):
        monkeypatch.setattr(dbase, "BLOCK", block)
        assert read_tables(path) == whole


@pytest.mark.parametrize(
    ("encoding", "language", "codec"),
    [
        ("gbk", 0x4D, "gb18030"), ("gbk", 0x7A, "gb18030"), ("gbk", 0, "gb18030"), ("gbk", 0x03, "gb18030"),
        ("utf-8", 0, "utf-8"), ("utf-8", 0x57, "utf-8"), ("utf-8", 0x4D, "utf-8"), ("big5", 0x78, "cp950"),
    ],
)  # fmt: skip
def test_encoding_by_language_byte_else_by_the_text(
    tmp_path: Path, encoding: str, language: int, codec: str
) -> None:
    names = (
        ["高雄市", "臺南市", "林志明"] if encoding == "big5" else ["沙河口区", "西岗区", "孙建国", "王海燕"]
    )
    path = put(tmp_path, table(PEOPLE, [person(n, encoding=encoding) for n in names], language=language))
    report, tables = read_tables(path)
    assert report.encoding == codec and [r[0] for r in tables[0].rows] == names and report.undecodable == 0


def test_stated_encoding_has_the_first_word(tmp_path: Path) -> None:
    path = put(tmp_path, table(PEOPLE, [person("沙河口区", encoding="utf-8")], language=0x4D))
    report, _ = read_tables(path, encoding="gbk")
    assert report.encoding == "gb18030" and report.decided_by == "stated by the source"
    with pytest.raises(Problem, match="no encoding"):
        read_tables(path, encoding="klingon")


def test_ascii_says_so(tmp_path: Path) -> None:
    report, _ = read_tables(put(tmp_path, table(PEOPLE, [person("Zhang")], language=0)))
    assert (report.encoding, report.decided_by) == ("utf-8", "all text is ASCII")


def test_a_character_cut_by_its_field_spoils_only_its_cell(tmp_path: Path) -> None:
    fields: tuple[Field, ...] = ((b"A", "C", 5), (b"B", "C", 4))
    report, tables = read_tables(
        put(tmp_path, table(fields, [record(fields, ["张三李".encode("gbk")[:5], "四五".encode("gbk")])]))
    )
    assert tables[0].rows == [["张三\ufffd", "四五"]] and report.undecodable == 1


def test_names_of_fields(tmp_path: Path) -> None:
    fields: tuple[Field, ...] = (
        ("姓名".encode("gbk"), "C", 4), (b"xb", "C", 1), (b"XB", "C", 1), (b" ", "C", 1), (b"AB\0junk", "C", 1),
    )  # fmt: skip
    _, tables = read_tables(put(tmp_path, table(fields, [record(fields, [b"a", b"b", b"c", b"d", b"e"])])))
    assert tables[0].report.columns == ["姓名", "xb", "XB#2", "列4", "AB"]


def test_forward_fill(tmp_path: Path) -> None:
    fields: tuple[Field, ...] = ((b"HZ", "C", 4), (b"XM", "C", 4))
    data = table(fields, [record(fields, c) for c in ([b"A", b"a"], [b"", b"b"], [b"C", b"c"])])
    path = put(tmp_path, data)
    assert rows(path, layout={"forward_fill": ["HZ"]}) == [["A", "a"], ["A", "b"], ["C", "c"]]
    with pytest.raises(Problem, match="XX"):
        read_tables(path, layout={"forward_fill": "XX"})


def visual_foxpro() -> bytes:
    fields: tuple[Field, ...] = (
        (b"I", "I", 4), (b"B", "B", 8), (b"Y", "Y", 8), (b"T", "T", 8), (b"V", "V", 6), (b"C", "C", 3), (b"_NullFlags", "0", 1),
    )  # fmt: skip
    days = dt.date(2024, 2, 29).toordinal() + 1721425
    one = struct.pack("<idqii", -5, 1.5, 123456, days, 3_661_000) + b"ab\0\0\0\x02" + b"xyz" + bytes([0b001])
    two = struct.pack("<idqii", 7, 0.1, -1, 0, 0) + b"abcdef" + b"xyz" + bytes([0b100])
    return table(fields, [b" " + one, b" " + two], version=0x32, language=0x7A, flags=(0, 0, 0, 0, 2, 2, 5))


def test_visual_foxpro_types_and_nulls(tmp_path: Path) -> None:
    assert rows(put(tmp_path, visual_foxpro())) == [
        ["-5", "1.5", "12.3456", "2024-02-29 01:01:01", "ab", "xyz"], ["7", "0.1", "-0.0001", None, "abcdef", None],
    ]  # fmt: skip


MEMO: tuple[Field, ...] = ((b"XM", "C", 6), (b"BZ", "M", 10))


def memo_table(version: int) -> bytes:
    cells = [["张三".encode("gbk"), b"1"], ["李四".encode("gbk"), b""], ["王五".encode("gbk"), b"2"]]
    return table(
        MEMO,
        [record(MEMO, [name, block.rjust(10) if block else b""]) for name, block in cells],
        version=version,
    )


def memo_file(form: str) -> bytes:
    long, short = ("备注" * 200).encode("gbk"), "低保户".encode("gbk")
    if form == "dbt3":
        return (
            struct.pack("<I", 3).ljust(512, b"\0")
            + (short + b"\x1a\x1a").ljust(512, b"\0")
            + long
            + b"\x1a\x1a"
        )
    if form == "dbt4":
        head = (struct.pack("<I", 3).ljust(20, b"\0") + struct.pack("<H", 512)).ljust(512, b"\0")
        return (
            head
            + (struct.pack("<HHI", 0xFFFF, 8, 8 + len(short)) + short).ljust(512, b"\0")
            + struct.pack("<HHI", 0xFFFF, 8, 8 + len(long))
            + long
        )
    head = struct.pack(">IHH", 3, 0, 512).ljust(512, b"\0")
    return (
        head
        + (struct.pack(">II", 1, len(short)) + short).ljust(512, b"\0")
        + struct.pack(">II", 1, len(long))
        + long
    )


@pytest.mark.parametrize(
    ("version", "form", "name"),
    [(0x83, "dbt3", "a.dbt"), (0x8B, "dbt4", "A.DBT"), (0xF5, "fpt", "a.FPT")],
)
def test_memos_are_read_from_the_file_beside(tmp_path: Path, version: int, form: str, name: str) -> None:
    put(tmp_path, memo_file(form), name)
    assert rows(put(tmp_path, memo_table(version))) == [
        ["张三", "低保户"],
        ["李四", None],
        ["王五", "备注" * 200],
    ]


@pytest.mark.parametrize(("version", "missing"), [(0x83, "a.dbt"), (0xF5, "a.fpt")])
def test_a_missing_memo_file_is_named(tmp_path: Path, version: int, missing: str) -> None:
    with pytest.raises(Problem, match=missing.replace(".", r"\.")) as caught:
        read_tables(put(tmp_path, memo_table(version)))
    assert missing in caught.value.zh and str(tmp_path) not in str(caught.value)


def test_a_table_without_memos_needs_no_memo_file(tmp_path: Path) -> None:
    data = table(MEMO, [record(MEMO, [b"a", b""])], version=0x83)
    assert rows(put(tmp_path, data)) == [["a", None]]


def test_a_memo_that_is_not_there_shows(tmp_path: Path) -> None:
    put(tmp_path, memo_file("fpt")[:1100], "a.fpt")
    report, tables = read_tables(put(tmp_path, memo_table(0xF5)))
    assert tables[0].rows[2] == ["王五", "\ufffd"] and report.undecodable == 1


def test_a_broken_header_is_refused(tmp_path: Path) -> None:
    data = bytearray(table(PEOPLE, [person("张三")]))
    data[10] += 1  # the widths no longer make the record
    assert dbase_header(bytes(data)) is None
    with pytest.raises(Problem, match="header"):
        read_tables(put(tmp_path, bytes(data) + b" " * 50))


@given(st.binary(max_size=400))
def test_any_bytes_are_no_table_or_one(data: bytes) -> None:
    header = dbase_header(data)
    assert header is None or header.width == 1 + sum(f.width for f in header.fields)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damage_never_escapes_as_anything_but_a_problem(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = bytearray(
        data.draw(st.sampled_from([table(PEOPLE, [person("张三", n) for n in range(4)]), visual_foxpro()]))
    )
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=6)):
        whole[at] = data.draw(st.integers(0, 255))
    path = put(tmp_path_factory.mktemp("d"), bytes(whole[: data.draw(st.integers(1, len(whole)))]))
    try:
        report, _ = read_tables(path, format="dbf")
    except Problem:
        return
    assert report.rows_read == report.n_rows + sum(report.skip_counts().values()) + report.rejected()


GBK = [
    c
    for c in (bytes((a, b)).decode("gbk", "ignore") for a in range(0xB0, 0xF8) for b in range(0xA1, 0xFF))
    if c
]
words = st.text(st.sampled_from([*"ABz019.-", *GBK]), max_size=8)


@settings(max_examples=80, deadline=None)
@given(
    people=st.lists(st.tuples(words, st.integers(-999, 99999) | st.none(), st.dates(dt.date(1900, 1, 1)) | st.none(), st.sampled_from("TFYN?")), max_size=30),
    deleted=st.sets(st.integers(0, 29)), version=st.sampled_from([0x03, 0x30]),
)  # fmt: skip
def test_round_trip_and_dbfread_agree(
    tmp_path_factory: pytest.TempPathFactory,
    people: list[tuple[str, int | None, dt.date | None, str]],
    deleted: set[int],
    version: int,
) -> None:
    fields: tuple[Field, ...] = ((b"XM", "C", 16), (b"NL", "N", 6), (b"RQ", "D", 8), (b"YX", "L", 1))
    cells = [
        [
            n.encode("gbk"),
            b"" if a is None else str(a).encode(),
            b"" if d is None else d.strftime("%Y%m%d").encode(),
            w.encode(),
        ]
        for n, a, d, w in people
    ]
    records = [record(fields, c, b"*" if i in deleted else b" ") for i, c in enumerate(cells)]
    path = put(tmp_path_factory.mktemp("d"), table(fields, records, version=version))
    report, tables = read_tables(path)
    blank = {i for i, (n, a, d, w) in enumerate(people) if not n and a is None and d is None and w == "?"}
    live = [i for i in range(len(people)) if i not in deleted and i not in blank]
    assert [t.numbers for t in tables] == [[i + 2 for i in live]]
    assert tables[0].rows == [
        [n or None, None if a is None else str(a), d.isoformat() if d else None, None if w == "?" else w]
        for n, a, d, w in (people[i] for i in live)
    ]
    assert report.skip_counts().get("deleted_row", 0) == len([i for i in deleted if i < len(people)])
    other = [
        r
        for r in dbfread.DBF(path, encoding="gb18030")
        if r["XM"] or r["NL"] is not None or r["RQ"] or r["YX"] is not None
    ]
    seen = [
        [r["XM"] or None, None if r["NL"] is None else str(r["NL"]), r["RQ"].isoformat() if r["RQ"] else None]
        for r in other
    ]
    assert [r[:3] for r in tables[0].rows] == seen


def test_raw_parquet_and_child(tmp_path: Path) -> None:
    path = put(tmp_path, table(PEOPLE, [person("张三"), person("李四", flag=b"*")]))
    report = read_edition(path, tmp_path / "out")
    told = pq.read_table(tmp_path / "out" / str(report.tables[0].parquet))
    assert told.column_names == ["_file", "_sheet", "_row", "_long_numbers", "XM", "NL", "CSRQ", "YX"]
    assert told.to_pylist() == [
        {
            "_file": "a.dbf",
            "_sheet": None,
            "_row": 2,
            "_long_numbers": None,
            "XM": "张三",
            "NL": "30",
            "CSRQ": "1994-01-02",
            "YX": "T",
        }
    ]
    with Reader() as reader:
        assert reader.tables(path) == as_json(path)


@pytest.mark.real
def test_the_real_table_as_expected() -> None:
    if not REAL.is_dir():
        pytest.skip("ONCEGRID_SHARED")
    name = "行政区_gbk.dbf"
    expected = json.loads((REAL / "expect.json").read_text("utf-8"))[name]["tables"][0]
    found = as_json(REAL / name)[0]
    assert found["columns"] == expected["columns"] and len(found["rows"]) == expected["n_rows"]
    assert found["rows"][0] == expected["first_row"] and found["rows"][-1] == expected["last_row"]
    assert found["header_rows"] == [r + 1 for r in expected["header_rows"]] and found["skipped"] == []
