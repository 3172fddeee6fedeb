"""JSON lines made here: nesting, numbers as written, broken lines, encodings."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.child import Reader
from connectors.reading import ReadTable, as_json, read_tables
from connectors.records import json_records, record_table
from connectors.records.json_records import DEPTH, record
from connectors.report import FileReport
from connectors.sniff import sniff
from connectors.tables.row_kinds import shown
from schemas.problem import Problem


def read(
    folder: Path, data: bytes | str, layout: object = None, **options: Any
) -> tuple[FileReport, ReadTable]:
    path = folder / "a.jsonl"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    report, tables = read_tables(path, layout, format="json_lines", **options)
    assert report.rows_read == report.n_rows + sum(report.skip_counts().values()) + report.rejected()
    return report, tables[0]


def cells(line: str) -> dict[str, str | None]:
    found = record(line)
    assert found is not None
    return found.cells


def test_nested_names_are_dotted(tmp_path: Path) -> None:
    report, table = read(
        tmp_path, '{"no":"1","person":{"name":"张伟","id":{"no":"x"}}}\n{"no":"2","person":null,"old":true}\n'
    )
    assert (report.format, report.encoding, table.report.header_rows) == ("json_lines", "utf-8", [])
    assert table.report.columns == ["no", "person.name", "person.id.no", "old"]
    assert table.rows == [["1", "张伟", "x", None], ["2", None, None, "TRUE"]] and table.numbers == [1, 2]


def test_values_as_text() -> None:
    line = '{"a":1.50,"b":-0,"c":1e5,"d":true,"e":false,"f":null,"g":"","h":[],"i":{},"j":NaN,"k":370602199003120113}'
    assert cells(line) == {
        "a": "1.50", "b": "-0", "c": "1e5", "d": "TRUE", "e": "FALSE", "f": None, "g": "", "h": "", "i": None, "j": "NaN",
        "k": "370602199003120113",
    }  # fmt: skip
    assert cells('{"a":["高血压","糖尿病"],"b":[1,null,true],"c":["x;y","z"],"d":[{"n":1.50,"m":[]}],"e":[[1e5,"张"],null]}') == {
        "a": "高血压;糖尿病", "b": "1;;TRUE", "c": '["x;y","z"]', "d": '[{"n":1.50,"m":[]}]', "e": '[[1e5,"张"],null]',
    }  # fmt: skip


def test_names_that_come_twice_are_numbered(tmp_path: Path) -> None:
    assert cells('{"a":1,"a":2,"b":{"c":3},"b.c":4,"b":{"c":5}}') == {
        "a": "1",
        "a#2": "2",
        "b.c": "3",
        "b.c#2": "4",
        "b.c#3": "5",
    }
    _, table = read(tmp_path, '{"a":1,"A":2,"_row":3," ":4,"":5}\n{"A":6}\n')
    assert table.report.columns == ["a", "A#2", "_row#2", "列4", "列5"]
    assert table.rows == [["1", "2", "3", "4", "5"], [None, "6", None, None, None]]


def test_long_numbers_are_told(tmp_path: Path) -> None:
    lines = [
        '{"id":370602199003120113,"n":1}',
        '{"id":"370602199003120113","n":1}',
        '{"id":999999999999999,"n":[1,1e15]}',
        '{"id":121.4739561234567890,"n":-1000000000000000.5}',
    ]
    report, table = read(tmp_path, "\n".join(lines))
    assert table.long == ["|id|", None, "|n|", "|n|"] and report.tables[0].long_numbers == 3
    assert [r[0] for r in table.rows] == [
        "370602199003120113",
        "370602199003120113",
        "999999999999999",
        "121.4739561234567890",
    ]


def test_lines_that_are_no_objects_are_counted(tmp_path: Path) -> None:
    deep = '{"a":' * (DEPTH + 1) + "1" + "}" * (DEPTH + 1)
    lines = [
        '{"a":1}',
        "",
        '{"a":',
        "[1]",
        '"a"',
        "3",
        "null",
        '{"a":2} x',
        "   ",
        "{}",
        '{"a":null}',
        deep,
        "[" * 100_000,
        '{"a":3}',
    ]
    report, table = read(tmp_path, "\r\n".join(lines) + "\r\n\x1a")
    assert table.rows == [["1"], ["3"]] and table.numbers == [1, 14]
    assert report.skip_counts() == {"blank": 4}
    assert [(r.row, r.reason) for r in table.report.rejected] == [
        (n, "structure") for n in (3, 4, 5, 6, 7, 8, 12, 13)
    ]
    assert report.rows_read == 14
    kept = '{"a":' * DEPTH + "1" + "}" * DEPTH
    assert record(kept) is not None and record('{"a":' + "[" * 900 + "]" * 900 + "}") is None


@pytest.mark.parametrize(
    ("data", "codec"),
    [
        ("\ufeff{0}".encode(), "utf-8"),
        ("{0}".encode("gb18030"), "gb18030"),
        ("\ufeff{0}".encode("utf-16-le"), "utf-16-le"),
    ],
)
def test_encodings(tmp_path: Path, data: bytes, codec: str) -> None:
    # 郳 ends in a backslash in GB18030.
    text = "".join(f'{{"姓名":"郳伟{n}","住址":"中山区人民路街道的居民委员会"}}\n' for n in range(20))
    mark = data.decode(codec).partition("{")[0]
    path = tmp_path / "a.txt"
    path.write_bytes((mark + text).encode(codec))
    assert sniff(path).kind == "json_lines"
    report, [table] = read_tables(path)
    assert report.encoding == codec and report.undecodable == 0
    assert table.report.columns == ["姓名", "住址"] and [r[0] for r in table.rows] == [
        f"郳伟{n}" for n in range(20)
    ]


def test_what_does_not_decode_is_counted(tmp_path: Path) -> None:
    report, table = read(
        tmp_path, b'{"a":"A\xffB","b":"\\ud83d\\ude00 \\ud800","\\ud800":1}\n', encoding="utf-8"
    )
    assert table.rows == [["A\ufffdB", "\U0001f600 \ufffd", "1"]] and report.undecodable == 2
    assert table.report.columns == ["a", "b", "\ufffd"]


def test_raw_control_characters_and_other_line_ends_stay(tmp_path: Path) -> None:
    _, table = read(tmp_path, '{"a":"x\ty"}\n{"a":"x\u2028y\x85"}\n{"a":"x\\ny\\u0000"}\n')
    assert [r[0] for r in table.rows] == ["x\ty", "x\u2028y\x85", "x\ny\x00"]


def test_a_name_that_turns_up_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_table, "HEAD", 2)
    monkeypatch.setattr(record_table, "CELLS", 4)
    lines = [{"a": {"x": n}} if n % 2 else {"a": None} for n in range(50)] + [{"b": 1, "a": "whole"}]
    report, table = read(tmp_path, "\n".join(json.dumps(line) for line in lines))
    assert table.report.columns == ["a", "a.x", "b"]
    assert table.numbers == [*range(2, 51, 2), 51] and table.rows[-1] == ["whole", None, "1"]
    assert report.skip_counts() == {"blank": 25}


def test_forward_fill(tmp_path: Path) -> None:
    _, table = read(tmp_path, '{"h":"x","n":1}\n{"n":2}\n', {"forward_fill": "h"})
    assert table.rows == [["x", "1"], ["x", "2"]]


def test_what_is_no_json_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for data in ("姓名,住址\n张伟,x\n", "1\n2\n"):
        with pytest.raises(Problem, match="no line of the file is a JSON object"):
            read(tmp_path, data)
    for data in ('[\n{"a":1},\n{"a":2}\n]\n', '[{"a":1},\n{"a":2}]\n', '[{"a":1},{"a":2}]'):
        report, table = read(tmp_path, data)
        assert report.format == "json" and table.rows == [["1"], ["2"]]
    monkeypatch.setattr(record_table, "WIDEST", 10)
    with pytest.raises(Problem, match="different names"):
        read(tmp_path, "\n".join(f'{{"n{n}":1}}' for n in range(11)))
    monkeypatch.setattr(json_records, "LONGEST", 50)
    with pytest.raises(Problem, match="longer than 50"):
        read(tmp_path, '{"a":"' + "x" * 60)
    report, _ = read_tables(tmp_path / "a.jsonl", format="delimited")
    assert report.format == "delimited"


def test_in_the_child_and_as_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"no":1,"person":{"name":" 张伟 "}}\nbroken\n{"no":2}\n', "utf-8")
    with Reader() as reader:
        report = reader.read_edition(path, tmp_path / "raw", format="json_lines", name="inbox/a.jsonl")
    assert (report.n_rows, report.rejected(), report.tables[0].parquet) == (2, 1, "1.parquet")
    [told] = as_json(path, format="json_lines")
    assert told["rows"] == [["1", "张伟"], ["2", None]]
    assert told["skipped"] == [{"row": 2, "why": "rejected: structure", "text": ""}]


NAME = st.text(st.characters(exclude_categories=("Cs",), exclude_characters=".#"), min_size=1, max_size=4)
SCALAR = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=6),
)  # fmt: skip
VALUE = st.recursive(SCALAR, lambda inner: st.dictionaries(NAME, inner, max_size=3), max_leaves=6)
OBJECT = st.dictionaries(NAME, VALUE, max_size=4)
LINE = st.one_of(
    OBJECT.map(lambda o: json.dumps(o, ensure_ascii=False)),
    st.sampled_from(["", " ", "{", "[1]", '{"a" 1}', "x", '{"a":1}}']),
)


def flat(value: dict[str, Any], prefix: str = "") -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            found |= flat(inner, f"{prefix}{key}.")
        else:
            text = json.dumps(inner) if isinstance(inner, (int, float)) else inner
            found[prefix + key] = (
                str(inner).upper() if isinstance(inner, bool) else None if inner == {} else text
            )
    return found


@settings(max_examples=150, deadline=None)
@given(OBJECT)
def test_an_object_comes_through(value: dict[str, Any]) -> None:
    for line in (json.dumps(value, ensure_ascii=False), json.dumps(value)):
        assert cells(line) == flat(value)


@settings(max_examples=100, deadline=None)
@given(st.lists(LINE, max_size=8))
def test_every_line_is_a_row_a_skip_or_a_rejection(lines: list[str]) -> None:
    lines = ['{"first":"1"}', *lines]
    with tempfile.TemporaryDirectory() as folder:
        report, table = read(Path(folder), "\n".join(lines) + "\n", encoding="utf-8")
    assert report.rows_read == len(lines) and len(set(table.report.columns)) == len(table.report.columns)
    rejected = {r.row for r in table.report.rejected}
    for number, line in enumerate(lines, 1):
        broken = bool(shown(line)) and record(shown(line)) is None
        assert (number in rejected) == broken
    for number, row in zip(table.numbers, table.rows, strict=True):
        texts = [t for t in cells(lines[number - 1]).values() if t]
        assert sorted(texts) == sorted(c for c in row if c)
