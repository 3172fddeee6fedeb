"""A whole sync over a tiny city: counts add up, a second one changes nothing, ids last, a rollback rolls back."""

from __future__ import annotations

import json

import pytest
from sync.conftest import City

STORED_RUNS = True


def test_a_first_sync_publishes_and_the_counts_add_up(city: City) -> None:
    status, summary = city.sync()
    assert (status, summary["residents"], summary["changed"]) == (0, 10, True), summary
    row = city.row(summary)
    assert (row["status"], row["rows_read"], row["rows_kept"], row["rows_skipped"], row["rows_rejected"]) == (
        "ok",
        11,
        10,
        1,
        0,
    )
    assert city.query("select count(*) from resident") == [(10,)]
    assert city.query(
        "select count(*) from edition where rows_read <> rows_kept + rows_skipped + rows_rejected"
    ) == [(0,)]
    assert city.query("select why, rows from edition_skip") == [("header", 1)]
    assert city.query("select count(*) from resident_record r anti join resident using (resident_id)") == [
        (0,)
    ]


def test_a_second_sync_changes_nothing(city: City) -> None:
    _, first = city.sync()
    before = sorted(p.name for p in (city.root / "published").iterdir())
    status, second = city.sync()
    assert (status, second["changed"], second["version"]) == (0, False, first["version"])
    assert sorted(p.name for p in (city.root / "published").iterdir()) == before


def test_residents_keep_their_ids_from_night_to_night(city: City) -> None:
    city.sync()
    before = dict(city.query("select record_key, resident_id from resident_record"))
    city.people(2, rows=11)
    status, summary = city.sync()
    after = dict(city.query("select record_key, resident_id from resident_record"))
    assert status == 0 and summary["changed"] and len(after) == 11
    assert all(after[key] == value for key, value in before.items())


def test_who_is_no_longer_exported_is_unseen_not_gone(city: City) -> None:
    city.sync()
    city.people(2, rows=9)
    status, _ = city.sync()
    assert status == 0
    assert city.query("select status, count(*) from resident where status = 'unseen' group by 1") == [
        ("unseen", 1)
    ]


def test_rollback_serves_the_earlier_version(city: City) -> None:
    _, first = city.sync()
    city.people(2, rows=11)
    city.sync()
    assert city.query("select count(*) from resident") == [(11,)]
    assert city.run("rollback", first["version"]).exit_code == 0
    assert city.query("select count(*) from resident") == [(10,)]
    listed = json.loads(city.run("versions", "--json").stdout)
    assert [v["version"] for v in listed if "core" in v["current"]] == [first["version"]]


def test_status_and_sql_answer_in_json(city: City) -> None:
    city.sync()
    [row] = json.loads(city.run("status", "--json").stdout)
    assert row["source"] == "police" and row["status"] == "ok" and row["as_of"] == "2024-11-01"
    answer = city.run(
        "sql", "--json", "select sex, sex_label, count(*) as n from resident group by all order by 1"
    )
    assert json.loads(answer.stdout) == [
        {"sex": "1", "sex_label": "男性", "n": 6},
        {"sex": "2", "sex_label": "女性", "n": 4},
    ]
    assert json.loads(
        city.run("sql", "--json", "--audience", "analyst", "select count(*) as n from resident").stdout
    ) == [{"n": 10}]


def test_explain_shows_records_and_values(city: City) -> None:
    city.sync()
    [(resident,)] = city.query("select resident_id from resident_record where record_key = 'R0001'")
    parts = json.loads(city.run("explain", resident, "--json").stdout)
    assert parts["resident_record"][0]["record_key"] == "R0001"
    assert any(v["field"] == "name" and v["chosen"] for v in parts["resident_value"])
    assert city.run("explain", "nobody").exit_code == 1


@pytest.mark.parametrize(
    "command",
    [
        ["sql", "select * from nothing"],
        ["sql", "copy resident to 'x.csv'"],
        ["explain", "x"],
        ["rollback", "20200101T000000"],
    ],
)
def test_what_is_refused_says_why_and_exits_1(city: City, command: list[str]) -> None:
    city.sync()
    result = city.run(*command)
    assert result.exit_code == 1 and result.stderr.startswith("error: ")
