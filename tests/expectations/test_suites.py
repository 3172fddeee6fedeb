"""What is derived from the declarations: every table has its checks, every query runs, and bites."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas.derive import duckdb_type
from schemas.expectations import Rule, expectations, load_expectations
from schemas.model import RECORD_KINDS, Table, schema
from schemas.problem import Problem
from schemas.sources import Source, load_source
from warehouse.expectations.suites import BATCH, DELIVERY, Expectation, suites, table_expectations

TABLES = sorted(schema().tables)
OTHER = {"date": "date '2000-01-01'", "timestamp": "timestamp '2000-01-01'", "boolean": "true"}


def source(**values: Any) -> Source:
    base: dict[str, Any] = {
        "source": "s", "title": "t", "agency": "a", "feeds": ["resident"], "files": "*.csv", "columns": {"name": "姓名"},
    }  # fmt: skip
    return Source.model_validate(base | values)


def breaches(con: duckdb.DuckDBPyConnection, one: Expectation) -> list[tuple[Any, ...]]:
    return con.execute(f"select * from ({one.breaches.replace(BATCH, 'batch')}) order by all").fetchall()


CON = duckdb.connect(config={"threads": 1})


def filled(table: Table, count: int = 3, /, **instead: str) -> duckdb.DuckDBPyConnection:
    """A connection with a ``batch`` of good rows of ``table``; ``instead`` gives SQL for single columns."""
    con, columns = CON, []
    for column in table.columns:
        kind = duckdb_type(column.field)
        value = OTHER.get(column.field.type, "n")
        if column.field.codes is not None:
            value = "'" + schema().code_lists[column.field.codes].codes[0].code + "'"
        if column.name in expectations().ranges and column.field.type not in OTHER:
            value = "1"
        columns.append(f'cast({instead.get(column.name, value)} as {kind}) as "{column.name}"')
    con.execute(
        f"create or replace table batch as select 0 as og_delivery, {', '.join(columns)} from range({count}) t(n)"
    )
    return con


def by_rule(table: Table) -> dict[Rule, Expectation]:
    return {one.rule: one for one in table_expectations(table)}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_its_checks_and_good_rows_pass_them(name: str) -> None:
    table = schema().tables[name]
    derived = by_rule(table)
    assert ("required" in derived) == any(not c.nullable for c in table.columns)
    assert ("key" in derived) == bool(table.key)
    assert ("codes" in derived) == any(c.field.codes for c in table.columns)
    key = next((k for k in table.key if duckdb_type(table.column(k).field) in ("VARCHAR", "BIGINT")), None)
    con = filled(table, 1 if key is None or table.column(key).field.codes else 3)
    for one in derived.values():
        assert breaches(con, one) == [], one.name
        if one.offenders is not None:
            told = con.execute(one.offenders.replace(BATCH, "batch"))
            assert [d[0] for d in told.description] == [
                "og_delivery",
                "file",
                "sheet",
                "row_number",
                "og_field",
                "og_value",
            ]
            assert told.fetchall() == []


@pytest.mark.parametrize("kind", RECORD_KINDS)
def test_record_tables_have_required_key_and_codes(kind: str) -> None:
    table = schema().record_table(kind)
    derived = by_rule(table)
    assert {"required", "key"} <= set(derived)
    assert set(table.key) <= set(dict(derived["required"].fields))
    coded = {c.name for c in table.columns if c.field.codes}
    assert (set(dict(derived["codes"].fields)) if "codes" in derived else set()) == coded


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_required_column_and_a_strange_code_are_found(name: str) -> None:
    table = schema().tables[name]
    pairs: list[tuple[Rule, str]] = [("required", "null"), ("codes", "'no such code'")]
    for rule, strange in pairs:
        one = by_rule(table).get(rule)
        if one is not None:
            columns = [column for column, _ in one.fields]
            found = breaches(filled(table, **dict.fromkeys(columns, strange)), one)
            assert found == [(0, column, 3, 3) for column in sorted(columns)]


def test_a_repeated_key_is_found() -> None:
    table = schema().record_table("resident")
    con = filled(table, 4, record_key="case when n < 2 then 1 else n end", record_no="0", row_number="7")
    con.execute("alter table batch alter edition_id set data type varchar using 'e'")
    con.execute("update batch set source = 's'")
    [(delivery, fields, rows, _)] = breaches(con, by_rule(table)["key"])
    assert (delivery, rows, "record_key" in fields) == (0, 2, True)


@pytest.mark.parametrize(
    ("rule", "column", "bad", "good"),
    [
        ("range", "birth_date", "date '2000-01-02'", "date '2000-01-01'"),  # as_of is 2000-01-01
        ("range", "birth_date", "date '1849-12-31'", "date '1850-01-01'"),
        ("range", "amount", "-1", "0"),
        ("order", "end_date", "date '1999-12-31'", "date '2000-01-01'"),
        ("check_digit", "id_status", "'bad_checksum'", "'masked'"),
        ("check_digit", "id_status", "'excel000'", "'ok_upgraded15'"),
    ],
)
def test_values_out_of_range_are_found(rule: Rule, column: str, bad: str, good: str) -> None:
    table = schema().record_table("resident")
    one = by_rule(table)[rule]
    assert [row[2] for row in breaches(filled(table, 40, **{column: bad}), one)] == [40]
    assert breaches(filled(table, 40, **{column: good}), one) == []


def test_a_time_of_the_day_itself_is_in_range() -> None:
    table = schema().record_table("event")
    one = by_rule(table)["range"]
    assert breaches(filled(table, reported_at="timestamp '2000-01-01 23:59:59'"), one) == []
    assert breaches(filled(table, reported_at="timestamp '2000-01-02 00:00:00'"), one) != []


def test_few_damaged_numbers_pass_and_small_deliveries_are_not_judged_by_shares() -> None:
    table = schema().record_table("resident")
    one = by_rule(table)["check_digit"]
    share = expectations().rules["check_digit"].share
    just = f"case when n < {int(share * 100)} then 'bad_checksum' else 'ok' end"
    assert breaches(filled(table, 100, id_status=just), one) == []
    more = f"case when n <= {int(share * 100)} then 'bad_checksum' else 'ok' end"
    assert len(breaches(filled(table, 100, id_status=more), one)) == 1
    assert breaches(filled(table, 19, id_status="'bad_checksum'"), one) == []


def test_a_source_says_how_grave_a_breach_is_and_turns_checks_off() -> None:
    told = source(
        feeds=["resident", "benefit"],
        checks={"fell": "blocking", "range": "off"},
        bounds={"rows": [5, 10], "fill": {"name": 0.9}},
    )
    derived = suites(told)
    assert [suite.name for suite in derived] == ["resident_core", "benefit_core", DELIVERY]
    names = {one.name: one for suite in derived for one in suite.expectations}
    assert names["fell"].severity == "blocking" and names["lost"].severity == "blocking"
    assert not any(one.rule == "range" for one in names.values())
    assert "bounds.rows ≥ 5" in names["rows_least"].zh and "name ≥ 90%" in names["fill"].zh
    plain = {one.name for suite in suites(source()) for one in suite.expectations}
    assert not plain & {"rows_least", "rows_most", "fill"}


def test_a_source_cannot_turn_off_what_would_be_a_fault_of_the_program(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    text = 'source: s\nfeeds: [resident]\nfiles: "*.csv"\ncolumns: {name: 姓名}\nchecks: '
    path.write_text(text + "{fell: off}\n", "utf-8")
    assert load_source(path).checks == {"fell": "off"}
    path.write_text(text + "{key: off}\n", "utf-8")
    with pytest.raises(Problem) as raised:
        load_source(path)
    assert raised.value.line == 5


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("essential: [name,", "essential: [nome,", "nome"),
        ("least: 1850-01-01", "least: yesterday", "yesterday"),
        ("sound: [ok,", "sound: [fine,", "fine"),
        ("required: {severity: blocking", "required: {severity: grave", "grave"),
    ],
)
def test_what_contradicts_the_declarations_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    text = (Path(__file__).parents[2] / "schemas" / "expectations.yaml").read_text("utf-8")
    assert old in text
    path = tmp_path / "expectations.yaml"
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(Problem) as raised:
        load_expectations(path, schema())
    assert says in raised.value.text("en") and raised.value.line
