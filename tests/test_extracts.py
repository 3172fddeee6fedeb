"""Extract YAML and its little condition language: only known names, no way round, typed parameters."""

from __future__ import annotations

import contextlib
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.conditions import parse_condition
from schemas.derive import ddl
from schemas.extracts import Extract, load_extract, load_extracts
from schemas.model import schema
from schemas.problem import Problem

GOOD = """
id: elderly_alone_v2
title: 独居老人清单
grain: resident
purpose: [elderly_visit, dibao_review]
roles: [grid_worker, community_clerk]
scope: grid
from: resident
where: "status = 'active' and birth_date <= :born_by and not (sex in ('1') or name is null)"
params: {born_by: {type: date, default: "1960-01-01", max: "2000-01-01"}}
columns:
  - {name: name, label: 姓名}
  - {name: id_number, label: 公民身份号码, mask: id18, unmask_for: [dibao_review]}
  - {name: phone, mask: phone}
order: [building, unit, room, name]
limits: {rows: 2000, per_day: 5}
sensitive: false
retention_days: 30
output: {formats: [xlsx], watermark: true}
pia: PIA-1
"""
COLUMNS = schema().tables["resident"].column_names


def _load(tmp_path: Path, text: str) -> Extract:
    (tmp_path / "e.yaml").write_text(text, "utf-8")
    return load_extract(tmp_path / "e.yaml")


def test_a_good_extract_compiles_to_sql_that_runs(tmp_path: Path) -> None:
    extract = _load(tmp_path, GOOD)
    assert extract.scope_column == "grid_code" and extract.label_of(extract.columns[2]) == "联系电话"
    condition = extract.condition
    assert (
        condition is not None
        and condition.params == {"born_by"}
        and condition.columns == {"status", "birth_date", "sex", "name"}
    )
    con = duckdb.connect()
    con.execute(ddl(schema().tables["resident"])[0])
    assert con.execute(
        f"select count(*) from resident where {condition.sql}", extract.bind({})
    ).fetchall() == [(0,)]


def test_equal_definitions_have_equal_hashes(tmp_path: Path) -> None:
    first, second = _load(tmp_path, GOOD), _load(tmp_path, GOOD + "# a remark\n")
    assert first.definition_hash == second.definition_hash
    assert first.definition_hash != _load(tmp_path, GOOD.replace("2000,", "1999,")).definition_hash


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("scope: grid", "scope: none", 7, "without a scope"),
        ("scope: grid\n", "", 1, "'scope' is missing"),
        ("scope: grid", "scope: galaxy", 7, "must be one of"),
        ("from: resident", "from: residents", 8, "did you mean 'resident'"),
        ("from: resident", "from: resident_core", 8, "unknown published table"),
        ("from: resident", "from: benefit", 7, "benefit has no grid_code"),
        ("name: phone", "name: fone", 14, "did you mean 'phone'"),
        ("mask: phone", "mask: fone", 14, "did you mean 'phone'"),
        ("mask: id18, unmask_for: [dibao_review]", "label: x", 13, "stands twice"),
        (", mask: id18, unmask_for: [dibao_review]", "", 13, "is sensitive"),
        ("unmask_for: [dibao_review]", "unmask_for: [fun]", 13, "unknown purpose 'fun'"),
        ("order: [building", "order: [bilding", 15, "did you mean 'building'"),
        ("birth_date <=", "birthdate <=", 9, "did you mean 'birth_date'"),
        (":born_by", ":born", 9, "unknown parameter 'born'"),
        ("birth_date <= :born_by", "sex = '1'", 10, "used in no condition"),
        ("status = 'active'", "query('drop')", 9, "unknown function 'query'"),
        ('default: "1960-01-01"', "default: early", 10, "must be of type date"),
        ("roles: [grid_worker", "roles: [boss", 6, "must be one of"),
    ],
)  # fmt: skip
def test_faults(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    assert old in GOOD
    with pytest.raises(Problem) as caught:
        _load(tmp_path, GOOD.replace(old, new, 1))
    told = caught.value.text("en").split("\n")
    assert any(words in one for one in told), told
    if "stands twice" not in words:
        assert any(words in one and f"e.yaml:{line}:" in one for one in told), told


def test_parameters_are_typed_and_limited(tmp_path: Path) -> None:
    extract = _load(tmp_path, GOOD)
    assert extract.bind({"born_by": "1950-02-03"}) == {"born_by": date(1950, 2, 3)}
    for given_value, words in (("soon", "type date"), ("2001-01-01", "between")):
        with pytest.raises(Problem, match=words):
            extract.bind({"born_by": given_value})
    with pytest.raises(Problem, match="did you mean 'born_by'"):
        extract.bind({"bornby": "1950-01-01"})
    with pytest.raises(Problem, match="is needed"):
        _load(tmp_path, GOOD.replace('default: "1960-01-01", ', "")).bind({})


@pytest.mark.parametrize(
    "text",
    [
        "1 = 1; drop table resident", "(select 1)", "name = (select name from area)", "name = ", "and", "name name", "name = $x",
        "name in ()", 'name = "x"', "read_text('/etc/passwd') is null", "name = 'x", "not", "name -- x", "name /* x */ = 'a'",
        "between", "name = 'a' union all", "(" * 200 + "name is null" + ")" * 200, "name not null",
    ],
)  # fmt: skip
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(Problem):
        parse_condition(text, COLUMNS, [])


@given(st.text("abn '()=<>:;,.-*/%$\"select\n", max_size=30))
def test_nothing_but_names_that_are_known_and_literals_comes_through(text: str) -> None:
    try:
        condition = parse_condition(text, ["a", "b"], ["n"])
    except Problem:
        return
    con = duckdb.connect()
    con.execute("create table t (a varchar, b varchar)")
    # Types that do not fit are told when the extract runs.
    misfit = (
        duckdb.BinderException,
        duckdb.ConversionException,
        duckdb.InvalidInputException,
        duckdb.OutOfRangeException,
    )
    with contextlib.suppress(*misfit):
        con.execute(f"select * from t where {condition.sql}", dict.fromkeys(condition.params, "x")).fetchall()


def test_folders_load_side_by_side(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "b.yaml").write_text(GOOD.replace("scope: grid", "scope: none"), "utf-8")
    (tmp_path / "c.yaml").write_text(GOOD, "utf-8")
    good, problems = load_extracts(tmp_path)
    assert [one.id for one in good] == ["elderly_alone_v2"]
    assert [p.file for p in problems] == [f"{tmp_path.name}/b.yaml", f"{tmp_path.name}/c.yaml"]
