"""The ledger gives back what it was told, and changes together or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from schemas.problem import Problem
from warehouse.ledger import Edition, Ledger
from warehouse.workspace import Workspace


def edition(number: int = 1, **values: object) -> Edition:
    base = Edition(
        edition_id=f"s-20241101-{number:010d}", source="s", file=f"f{number}.csv", sha256=f"{number:064d}", size=10,
        as_of=date(2024, 11, number), as_of_from="name", part=None, landed_at="2024-11-02T00:00:00+00:00",
    )  # fmt: skip
    return replace(base, **values)  # type: ignore[arg-type]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(Workspace(tmp_path))


def test_an_edition_comes_back_as_it_was_put(ledger: Ledger) -> None:
    told = edition(skips={"blank": 2}, fills={"name": 0.5}, rows_read=3, status="kept", part="210202")
    ledger.put(told)
    assert ledger.edition(told.edition_id) == told
    assert ledger.editions("s") == [told]
    assert ledger.editions("other") == []


def test_putting_again_replaces(ledger: Ledger) -> None:
    ledger.put(edition())
    ledger.put(edition().because("held", Problem("too few", "太少", file="f1.csv")))
    [now] = ledger.editions()
    assert (now.status, now.reason_en, now.reason_zh) == ("held", "f1.csv: too few", "f1.csv: 太少")


def test_a_failure_half_way_changes_nothing(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError), ledger.together():
        ledger.put(edition())
        raise RuntimeError
    assert ledger.editions() == []


def test_source_problems_are_kept_and_forgotten(ledger: Ledger) -> None:
    ledger.put_source("a", Problem("no inbox", "没有收件箱"))
    ledger.put_source("b", None)
    states = ledger.source_states()
    assert states["a"].problem_en == "no inbox" and states["b"].problem is None
    ledger.forget_sources(["b"])
    assert list(ledger.source_states()) == ["b"]


def test_runs_are_recorded(ledger: Ledger) -> None:
    number = ledger.start_run()
    ledger.end_run(number, "ok", "20241101T020000", {"residents": 5})
    last = ledger.last_run()
    assert last is not None and last["summary"] == {"residents": 5} and last["version"] == "20241101T020000"
