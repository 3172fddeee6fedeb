"""YAML with lines: what stays text, duplicate keys, and faults put into words with their line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from schemas.located_yaml import load_yaml, parse_yaml, together, unknown_word, validate
from schemas.problem import Problem


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rows: int = 0


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    inner: Inner | None = None
    many: dict[str, Inner] = {}


def test_plain_scalars_stay_text() -> None:
    value = parse_yaml('a: 01\nb: no\nc: 2024-01-01\nd:\ne: ~\nf: true\ng: ""\nh: "true"\n1: x\n', "x").value
    assert value == {
        "a": "01",
        "b": "no",
        "c": "2024-01-01",
        "d": None,
        "e": None,
        "f": True,
        "g": "",
        "h": "true",
        "1": "x",
    }


def test_lines_of_paths() -> None:
    located = parse_yaml("name: a\nmany:\n  x:\n    rows: 1\n  y: {rows: 2}\n", "f.yaml")
    assert located.line(("many", "x", "rows")) == 4
    assert located.line(("many", "y", "rows")) == 5
    assert located.line(("many", "nowhere")) == 2


def test_keys_that_stand_twice_are_told_with_both_lines() -> None:
    located = parse_yaml("name: a\nmany: {}\nname: b\n", "f.yaml")
    (problem,) = located.problems
    assert (problem.file, problem.line) == ("f.yaml", 3)
    assert "line 1" in problem.en and "第 1 行" in problem.zh
    assert located.value["name"] == "a"


def test_unknown_keys_name_their_line_and_the_nearest_key() -> None:
    located = parse_yaml("name: a\nmany:\n  x:\n    rowz: 1\ninnner: {}\n", "f.yaml")
    assert validate(Outer, located) is None
    told = {problem.line: problem.en for problem in located.problems}
    assert "did you mean 'rows'" in told[4]
    assert "did you mean 'inner'" in told[5]


def test_wrong_types_and_missing_keys() -> None:
    located = parse_yaml("inner:\n  rows: many\n", "f.yaml")
    assert validate(Outer, located) is None
    assert {(p.line, p.en) for p in located.problems} == {
        (1, "'name' is missing; add it."),
        (2, "'inner.rows' must be a whole number."),
    }


@pytest.mark.parametrize("text", ["a: [1\n", "a: 'x\n", "a: b: c\n", "\tx: 1\n"])
def test_broken_yaml_is_a_problem_with_a_line(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_yaml(text, "f.yaml")
    assert caught.value.file == "f.yaml" and caught.value.line is not None


def test_files_that_are_missing_or_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="missing"):
        load_yaml(tmp_path / "no.yaml")
    (tmp_path / "gbk.yaml").write_bytes("名: 值".encode("gb18030"))
    with pytest.raises(Problem, match="not UTF-8"):
        load_yaml(tmp_path / "gbk.yaml")


def test_an_anchor_in_itself_does_not_hang() -> None:
    assert parse_yaml("a: &a\n  b: *a\n", "x").problems


def test_several_problems_as_one_keep_their_places() -> None:
    one = together([Problem("a.", "甲。", file="f", line=1), Problem("b.", "乙。", file="f", line=9)])
    assert one.text("en") == "f:1: a.\nf:9: b."
    assert one.text("zh") == "f:1: 甲。\nf:9: 乙。"


def test_short_lists_are_told_whole() -> None:
    assert "known: alpha, beta" in unknown_word("key", "键", "zzzz", ["beta", "alpha"])[0]


@given(st.dictionaries(st.text("abcxyz", min_size=1, max_size=4), st.integers(0, 9), max_size=6))
def test_any_flat_mapping_comes_back(value: dict[str, int]) -> None:
    text = "".join(f"{key}: {number}\n" for key, number in value.items()) or "{}"
    located = parse_yaml(text, "x")
    assert located.value == {key: str(number) for key, number in value.items()}
    assert [located.line((key,)) for key in value] == list(range(1, len(value) + 1))
