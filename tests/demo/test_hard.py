"""The hard city: people who are easily taken for each other, as declared, told by the truth, and nobody else touched."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from click.testing import CliRunner
from made_city import Made, opened

from pipelines.cli.app import app
from pipelines.demo import make_demo
from pipelines.demo.damage import HARD, USUAL, rates_of

PEOPLE = 4000


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Made:
    root = tmp_path_factory.mktemp("hard")
    return opened(root, make_demo(root, people=PEOPLE, seed=5, hard=True))


def test_doubles_are_what_the_truth_says(hard: Made) -> None:
    wrong = hard.rows("""
        SELECT d.* FROM double d JOIN person a ON a.person_id = d.like_id JOIN person b ON b.person_id = d.person_id
        WHERE a.household_id = b.household_id OR a.sex <> b.sex OR NOT CASE d.kind
            WHEN 'namesake' THEN a.name = b.name AND a.birth_date = b.birth_date AND a.id_number <> b.id_number
            WHEN 'shared_number' THEN a.id_number = b.id_number AND a.birth_date = b.birth_date
            ELSE a.id_number = b.id_number AND a.birth_date <> b.birth_date END""")
    assert wrong == []
    kinds = dict(hard.rows("SELECT kind, count(*) FROM double GROUP BY kind"))
    assert set(kinds) <= {"namesake", "shared_number", "wrong_number"} and int(str(kinds["namesake"])) > 3
    # What is not declared does not happen: no other two people have one number.
    shared = hard.rows("SELECT count(*) - count(DISTINCT id_number) FROM person")
    assert shared == hard.rows("SELECT count(*) FROM double WHERE kind <> 'namesake'")


def test_rates_are_as_declared(hard: Made) -> None:
    far = []
    for kind, rate, able, made in hard.rows(
        "SELECT kind, rate, eligible, hit FROM damage WHERE field = 'person'"
    ):
        rate, able, made = float(str(rate)), int(str(able)), int(str(made))
        # Doubles come by twos: the deviation of half as many draws, twice over.
        if abs(made - rate * able) > 5 * math.sqrt(2 * rate * able) + 2:
            far.append((kind, rate, able, made))
    assert far == []
    missing = hard.rows("""
        SELECT count(*) FILTER (c.damage = 'missing') / count(*) FROM record_text t
        LEFT JOIN cell c ON c.source = t.source AND c.file = t.file AND c.row_number = t.row_number
            AND c.record_no = t.record_no AND c.field = 'id_number'""")
    assert 0.14 < float(str(missing[0][0])) < 0.17


def test_every_rate_is_harder_than_the_usual() -> None:
    usual, hard = rates_of(USUAL), rates_of(HARD)
    gentler = [
        (key, kind)
        for key, kinds in hard.items()
        for kind, rate in kinds.items()
        if rate <= usual.get(key, {}).get(kind, 0)
    ]
    assert gentler == []


def test_nobody_else_is_another(tmp_path: Path) -> None:
    """A hard city is the usual one of its seed but for the doubles (whose numbers may move a namesake's by one)."""
    made = {}
    for kind, is_hard in (("usual", False), ("hard", True)):
        root = tmp_path / kind
        root.mkdir()
        made[kind] = opened(root, make_demo(root, people=600, seed=5, hard=is_hard))
    columns = "person_id, name, sex, birth_date, phone, live_address"
    doubles = {row[0] for row in made["hard"].rows("SELECT person_id FROM double")}
    usual, hard = (
        {row[0]: row for row in made[kind].rows(f"SELECT {columns} FROM person")}
        for kind in ("usual", "hard")
    )
    assert {n for n in usual if usual[n] != hard[n]} <= doubles
    assert not (tmp_path / "usual" / "truth" / "double.parquet").exists()


def test_hard_is_about_the_demo(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["init", str(tmp_path / "city"), "--hard"])
    assert result.exit_code == 2 and not (tmp_path / "city").exists()
