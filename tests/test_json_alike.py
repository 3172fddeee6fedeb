"""connectors.records.json_alike: one pattern for many lines gives what decoding each gives."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.reading import read_tables
from connectors.records import json_alike
from connectors.records.json_alike import Alike
from connectors.records.json_values import pairs_of
from connectors.text import encoding


def learned(*lines: str) -> Alike:
    first = pairs_of(lines[0])
    assert first is not None
    alike = Alike([key for key, _ in first])
    for line in lines:
        alike.learn(pairs_of(line))
    return alike


def test_lines_of_one_shape_are_cut(tmp_path: Path) -> None:
    alike = learned('{"a":"x","b":1,"c":null,"d":"t"}', '{"a":"x","b":true,"c":null,"d":2}')
    assert alike.pattern is not None
    lines = [
        '{ "a" : "张", "b": -1.50e3 , "c":null, "d":"1" }', '{"a":null,"b":null,"c":"","d":false}',
        '{"a":"","b":370602199003120113,"c":"z","d":370602199003120113}', '{"a":"","b":0,"c":"z","d":"370602199003120113"}',
    ]  # fmt: skip
    found = [alike.pattern.fullmatch(line) for line in lines]
    columns, long = alike.columns([m.groups("") for m in found if m is not None])
    assert list(zip(*columns, strict=True)) == [
        ("张", "-1.50e3", "", "1"), ("", "", "", "FALSE"), ("", "370602199003120113", "z", "370602199003120113"),
        ("", "0", "z", "370602199003120113"),
    ]  # fmt: skip
    assert long == {1: [2], 3: [2]}


@pytest.mark.parametrize(
    "line",
    [
        '{"a":"x","b":01}', '{"a":"x","b":+1}', '{"a":"x","b":1.}', '{"a":"x","b":NaN}', '{"a":"x\\n","b":1}', '{"a":"x"}', '{"b":1,"a":"x"}',
        '{"a":"x","b":1,"c":2}', '{"a":"x","b":1}x', '{"a":"x","b":1}\n{"a":"x","b":1}', '{"a":["x"],"b":1}', '{"a":"x","b":"1"}',
        '{"a":"x","a":1}', '{"A":"x","b":1}', '{"a":"x","b":１}', '{"a":"x","b":tru}', '{"a":"x"y","b":1}', '{"a":"x","b":1,}',
    ],
)  # fmt: skip
def test_what_must_be_decoded_is_not_cut(line: str) -> None:
    alike = learned('{"a":"x","b":1}')
    assert alike.pattern is not None and alike.pattern.fullmatch(line) is None


def test_what_never_looks_alike_is_given_up() -> None:
    alike = learned('{"a":[1],"b":1}')
    assert alike.pattern is None
    for _ in range(200):
        alike.learn(pairs_of('{"a":"x","b":1}'))
    assert alike.pattern is None
    for keys in ([], ["a", "a.b"], ['q"'], ["x\\y"]):
        shy = Alike(keys)
        shy.learn(pairs_of(json.dumps(dict.fromkeys(keys, "v"))))
        assert shy.pattern is None


VALUE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.integers(10**14, 10**19), st.lists(st.integers(), max_size=2),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=5), st.sampled_from(["null", "true", "1e9", "\x1a", '"']),
)  # fmt: skip
LINE = st.one_of(
    st.fixed_dictionaries(
        {"a": st.text("ab张 ", max_size=3), "姓.名": VALUE, "c": st.one_of(st.none(), st.integers())}
    ),
    st.dictionaries(st.sampled_from("abc"), VALUE, max_size=3),
)
TEXT = st.one_of(
    st.tuples(LINE, st.booleans(), st.sampled_from([None, (",", ":")])).map(
        lambda v: json.dumps(v[0], ensure_ascii=v[1], separators=v[2])
    ),
    st.sampled_from(["", "x", '{"a":1', "[1]", '{"a":"x","姓.名":1,"c":01}']),
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(TEXT, min_size=1, max_size=40),
    st.integers(1, 5),
    st.sampled_from(["json", "json_lines"]),
    st.integers(5, 90),
)
def test_the_pattern_gives_what_decoding_gives(
    lines: list[str], at_once: int, format: str, chunk: int
) -> None:
    def told(widest: int) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(json_alike, "_WIDEST", widest)
            patch.setattr(json_alike, "AT_ONCE", at_once)
            patch.setattr(encoding, "CHUNK", chunk)
            report, tables = read_tables(path, format=format, encoding="utf-8")
        return report, [(t.rows, t.numbers, t.long) for t in tables]

    lines = ['{"a":"x","姓.名":"y","c":1}', *lines]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        path.write_text(
            "\n".join(lines) + "\n" if format == "json_lines" else "[" + ",\n".join(lines) + "]", "utf-8"
        )
        assert told(500) == told(0)
