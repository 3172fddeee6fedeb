"""Great Expectations over our DuckDB: what it finds is what is there, and what it cannot evaluate has failed."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from schemas.derive import duckdb_type
from schemas.model import schema
from warehouse.expectations.dialect import engine
from warehouse.expectations.outcomes import Outcome
from warehouse.expectations.session import SAMPLE, Session
from warehouse.expectations.suites import BATCH, Expectation, Suite, table_expectations

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = schema().record_table("resident")


def people(session: Session, **columns: str) -> None:
    """``resident_core``: 50 people in two deliveries of 25; ``columns`` gives SQL over ``n``."""
    told = {
        "source": "'s'", "edition_id": "'e' || n // 25", "as_of": "date '2024-11-01'", "file": "'f' || n // 25 || '.csv'",
        "row_number": "n + 2", "record_key": "'R' || n", "record_no": "0", "name": "'张' || n", "id_status": "'ok'",
        "id_stated": "'11010519491231002X'",
    } | columns  # fmt: skip
    listed = ", ".join(
        f'cast({told.get(c.name, "null")} as {duckdb_type(c.field)}) as "{c.name}"' for c in PEOPLE.columns
    )
    session.con.execute(
        f"create or replace view resident_core as select n // 25 as og_delivery, {listed} from range(50) t(n)"
    )


def run(session: Session, *expectations: Expectation) -> dict[str, Outcome]:
    suite = Suite("resident_core", expectations or tuple(table_expectations(PEOPLE)))
    return {one.rule: one for one in session.run(suite, {0: "2024-11-01", 1: "2024-11-02"})}


def test_good_records_pass_everything(session: Session) -> None:
    people(session)
    outcomes = run(session)
    assert {"required", "key", "codes", "range", "order", "check_digit"} == set(outcomes)
    assert all(one.passed and one.fault is None and not one.breaches for one in outcomes.values())


def test_breaches_name_the_delivery_the_field_and_the_rows(session: Session) -> None:
    people(session, sex="case when n >= 40 then 'x' end")
    one = run(session)["codes"]
    assert not one.passed and one.severity == "blocking" and one.fault is None
    [breach] = one.breaches
    assert (breach.delivery, breach.field, breach.offending, breach.rows) == ("2024-11-02", "sex", 10, 25)
    assert [row["row"] for row in one.sample] == list(range(42, 52))
    assert {row["file"] for row in one.sample} == {"f1.csv"}


def test_offending_rows_are_few_and_masked(session: Session) -> None:
    people(session, id_status="'bad_checksum'")
    one = run(session)["check_digit"]
    assert one.offending == 50 and len(one.sample) == SAMPLE == 20
    assert {row["value"] for row in one.sample} == {"1…(18)"}
    people(session, record_key="'张伟'", record_no="0", edition_id="'e'")
    key = run(session)["key"]
    assert key.offending == 50 and {row["value"] for row in key.sample} == {"张…(2)"}
    assert "张伟" not in json.dumps(
        [o.__dict__ for o in run(session).values()], default=str, ensure_ascii=False
    )


def broken(breaches: str, severity: str = "blocking") -> Expectation:
    return Expectation(name="broken", rule="key", severity=severity, en="e", zh="z", breaches=breaches)


@pytest.mark.parametrize(("sql", "says"), [
    (f"select og_delivery, 'x' as og_field, 1 as og_offending, 1 as og_rows from {BATCH} where no_such_column", "no_such_column"),
    (f"select og_delivery, name as og_field, cast(name as integer) as og_offending, 1 as og_rows from {BATCH}", "ConversionException"),
    (f"select from where {BATCH}", "ParserException"),
])  # fmt: skip
def test_an_expectation_that_raises_has_failed_and_says_why(session: Session, sql: str, says: str) -> None:
    people(session, name="'张伟'")
    good = table_expectations(PEOPLE)[0]
    outcomes = session.run(Suite("resident_core", (broken(sql), good)), {0: "a", 1: "b"})
    assert [one.passed for one in outcomes] == [False, True]
    assert outcomes[0].fault is not None and says in outcomes[0].fault
    assert "张伟" not in outcomes[0].fault


def test_what_great_expectations_fails_and_we_do_not_find_is_a_failure_too(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(session)
    one = table_expectations(PEOPLE)[0]
    outcome = session._outcome(Suite("resident_core", (one,)), one, False, {0: "a", 1: "b"})
    assert not outcome.passed and outcome.fault == "failed without a breach"
    missing = session._outcome(Suite("resident_core", (one,)), one, None, {0: "a", 1: "b"})
    assert not missing.passed and missing.fault == "no result"


def test_braces_in_a_query_are_its_own(session: Session) -> None:
    people(session, name="'{x}'")
    one = broken(
        f"select og_delivery, 'name' as og_field, count(*) as og_offending, count(*) as og_rows from {BATCH} "
        "where regexp_matches(name, '^.{3}$') group by og_delivery"
    )
    assert [b.offending for b in run(session, one)["key"].breaches] == [25, 25]
    assert run(session, replace(one, breaches=one.breaches.replace("{3}", "{4}")))["key"].passed


def test_results_of_the_dialect_outlive_the_next_statement_and_the_connection(session: Session) -> None:
    made = engine(session.con)
    with made.connect() as con:
        first = con.execute(text("select range from range(5)"))
        second = con.execute(text("select 7"))
    assert [row[0] for row in first] == [0, 1, 2, 3, 4] and second.scalar() == 7


def test_nothing_is_told_to_anybody(session: Session, caplog: pytest.LogCaptureFixture) -> None:
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
    assert not session._context.variables.analytics_enabled and "posthog" not in sys.modules
    people(session, name="'张伟'")
    with caplog.at_level(logging.DEBUG):
        run(session, broken(f"select cast(name as integer) as og_delivery from {BATCH}"))
    assert not [r for r in caplog.records if r.name.startswith("great_expectations")]


def test_it_leaves_no_word_on_the_terminal() -> None:
    code = (
        "from warehouse.expectations.session import Session\n"
        "from warehouse.expectations.suites import Suite, table_expectations\n"
        "from schemas.model import schema\n"
        "with Session() as s:\n"
        "    s.con.execute('create view t as select 0 as og_delivery, range as source from range(3)')\n"
        "    one = table_expectations(schema().tables['resident'])[0]\n"
        "    assert not s.run(Suite('t', (one,)), {0: 'd'})[0].passed\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("what", ["oncegrid", "pipelines.definitions", "pipelines.night", "pipelines.sync"])
def test_nothing_loads_great_expectations_before_it_is_needed(what: str) -> None:
    code = f"import sys, {what}\nprint([m for m in sys.modules if m.partition('.')[0] in ('great_expectations', 'duckdb_engine')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "[]\n", done.stderr
