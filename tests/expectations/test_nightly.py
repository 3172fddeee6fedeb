"""A whole sync: what blocks holds one source back and no other, what warns is told, nothing runs without need."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from sync.conftest import HEADER, IDS, PEOPLE, City

import warehouse.expectations.nightly as nightly
from pipelines.new_workspace import make_workspace
from warehouse.expectations.outcomes import load_state
from warehouse.workspace import Workspace

CLINIC = """\
source: clinic
title: 健康档案
agency: 某市卫生健康委员会
feeds: [resident]
legal_basis: 基本公共卫生服务规范
files: "JKDA_*.csv"
as_of: {pattern: "(\\\\d{8})"}
key: [档案号]
columns: {name: 姓名, phone: 电话}
"""


def people(city: City, day: int, *, names: int = 40, ids: int = 40) -> None:
    """40 people, of whom the first ``names`` have a name and the first ``ids`` an id number (of four specimens)."""
    lines = [HEADER]
    for n in range(40):
        number = IDS[n % 4] if n < ids else ""
        sex = ("男" if int(number[16]) % 2 else "女") if number else "男"
        lines.append(f"R{n:04d},{f'张{chr(0x4E00 + n)}' if n < names else ''},{number},{sex}")
    city.drop("police", f"CZRK_202411{day:02d}.csv", "\n".join(lines) + "\n")


def clinic(city: City, day: int, *, phones: int = 40) -> None:
    city.source("clinic", CLINIC)
    lines = ["档案号,姓名,电话"]
    lines += [
        f"D{n:04d},李{chr(0x4E00 + n)},{f'1391{day:03d}{n:04d}' if n < phones else ''}" for n in range(40)
    ]
    city.drop("clinic", f"JKDA_202411{day:02d}.csv", "\n".join(lines) + "\n")


def outcomes(city: City, source: str) -> dict[str, Any]:
    return {one.name: one for one in load_state(Workspace.open(city.root), source).outcomes}


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> City:
    """Two sources, synced once, for all tests; they work on copies."""
    root = tmp_path_factory.mktemp("synced") / "w"
    make_workspace(root, "测试市")
    made = City(root)
    made.source("police", PEOPLE)
    people(made, 1)
    clinic(made, 1)
    status, summary = made.sync()
    assert status == 0, summary
    assert all(one.passed for source in ("police", "clinic") for one in outcomes(made, source).values())
    return made


@pytest.fixture
def two(synced: City, tmp_path: Path) -> City:
    shutil.copytree(synced.root, tmp_path / "w", symlinks=True)
    return City(tmp_path / "w")


def test_what_blocks_keeps_the_last_good_edition_and_the_others_go_on(two: City) -> None:
    people(two, 2, ids=5)
    clinic(two, 2)
    status, summary = two.sync()
    assert status == 1 and summary["changed"] and not summary["all_well"]
    police, other = two.row(summary), two.row(summary, "clinic")
    assert (police["status"], police["as_of"]) == ("stale", "2024-11-01")
    assert (
        "lost" in police["reason"]
        and "resident.id_number 35/40" in police["reason"]
        and "edition accept" in police["reason"]
    )
    assert (other["status"], other["as_of"]) == ("ok", "2024-11-02")
    assert two.query("select source, max(as_of)::varchar from resident_record group by 1 order by 1") == [
        ("clinic", "2024-11-02"), ("police", "2024-11-01"),
    ]  # fmt: skip
    lost = outcomes(two, "police")["lost"]
    assert (
        not lost.passed
        and len(lost.sample) == 20
        and {row["file"] for row in lost.sample} == {"CZRK_20241102.csv"}
    )


def test_what_waits_is_not_checked_again_and_a_persons_word_releases_it(
    two: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(two, 2, ids=5)
    assert two.sync()[0] == 1

    def never(**_: Any) -> None:
        raise AssertionError("nothing changed: Great Expectations must not be loaded")

    monkeypatch.setattr(nightly, "Session", never)
    pages = sorted((two.root / "state" / "expectations").glob("2*.html"))
    status, summary = two.sync()
    assert (status, two.row(summary)["status"], summary["changed"]) == (1, "stale", False)
    assert sorted((two.root / "state" / "expectations").glob("2*.html")) == pages
    [held] = [e for e in json.loads(two.run("edition", "list", "--json").stdout) if e["status"] == "held"]
    assert (
        two.run("edition", "accept", held["edition_id"], "--reason", "证件号改由另一系统提供").exit_code == 0
    )
    status, summary = two.sync()
    assert (status, two.row(summary)["as_of"]) == (0, "2024-11-02")


def test_what_warns_goes_on_and_is_told(two: City) -> None:
    clinic(two, 2, phones=10)
    status, summary = two.sync()
    assert (status, two.row(summary, "clinic")["as_of"], summary["all_well"]) == (0, "2024-11-02", True)
    [note] = [note for note in summary["notes"] if note.startswith("clinic")]
    assert "resident.phone: 30/40" in note and "state/expectations/" in note
    fell = outcomes(two, "clinic")["fell"]
    assert (fell.passed, fell.severity) == (False, "warning")


def test_a_source_makes_a_warning_blocking(two: City) -> None:
    text = CLINIC + "checks: {fell: blocking}\n"
    clinic(two, 2, phones=10)
    two.source("clinic", text)
    status, summary = two.sync()
    assert (status, two.row(summary, "clinic")["status"]) == (1, "stale")


def test_no_history_no_comparison_and_few_rows_are_not_judged(city: City) -> None:
    city.sync()
    city.people(2, rows=9)
    assert city.sync()[0] == 0


def test_bounds_are_shown_and_decided_once(two: City) -> None:
    two.source("police", PEOPLE.replace("drop: 0.2", "drop: 0.2, fill: {id_number: 0.9}"))
    people(two, 2, ids=33)
    status, summary = two.sync()
    reason = two.row(summary)["reason"]
    assert status == 1 and "(bounds.fill)" in reason and "expectation" not in reason
    fill = outcomes(two, "police")["fill"]
    assert (fill.passed, fill.offending, fill.severity) == (False, 7, "blocking")


def test_an_expectation_that_cannot_be_evaluated_holds_the_source_back(
    two: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    derived = nightly.suites

    def spoilt(source: Any) -> Any:
        made = derived(source)
        if source.source != "police":
            return made
        first = made[0].expectations[0]
        return [
            replace(made[0], expectations=(replace(first, breaches="select nonsense from og_batch"),)),
            *made[1:],
        ]

    monkeypatch.setattr(nightly, "suites", spoilt)
    people(two, 2, ids=39)  # the same bytes would be no new edition
    clinic(two, 2)
    status, summary = two.sync()
    assert status == 1
    assert "could not be evaluated" in two.row(summary)["reason"] and "nonsense" in two.row(summary)["reason"]
    assert two.row(summary, "clinic")["status"] == "ok"


def test_a_new_column_under_strict_holds_back_for_as_long_as_it_waits(city: City) -> None:
    city.source("police", PEOPLE + "strict: true\n")
    city.sync()
    path = city.people(2)
    text = path.read_text("utf-8").splitlines()
    city.drop(
        "police", path.name, "\n".join(f"{line},{'备注' if n == 0 else 'x'}" for n, line in enumerate(text))
    )
    for _ in range(3):
        status, summary = city.sync()
        assert (status, city.row(summary)["status"], city.row(summary)["as_of"]) == (1, "stale", "2024-11-01")


def test_no_personal_value_is_in_pages_states_or_dagsters_store(two: City) -> None:
    people(two, 2, names=39, ids=5)
    two.sync()
    secrets = [IDS[0], IDS[1], "张一", "张丁"]
    folder = two.root / "state"
    for path in [p for p in folder.rglob("*") if p.is_file()]:
        content = path.read_bytes()
        assert not any(secret.encode() in content for secret in secrets), path


def test_checks_in_the_graph_say_what_was_found(two: City) -> None:
    import dagster as dg

    from pipelines.definitions import build_defs
    from pipelines.instance import open_instance

    people(two, 2, ids=5)
    clinic(two, 2, phones=10)
    workspace = Workspace.open(two.root)
    with open_instance(workspace) as instance:
        job = build_defs(workspace).resolve_job_def("sync")
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    assert result.success
    told = {one.check_name: one for one in result.get_asset_check_evaluations()}
    lost, fell = told["police_delivery_blocking"], told["clinic_delivery_warning"]
    assert (lost.passed, lost.severity, lost.blocking) == (False, dg.AssetCheckSeverity.ERROR, False)
    assert (fell.passed, fell.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert lost.metadata["offending"].value == {"lost": 35}
    assert len(lost.metadata["sample (masked)"].value["lost"]) == 20
    assert lost.description.startswith("lost: ") and "fell: " in fell.description
    resident = told["police_resident_core_blocking"]
    assert resident.passed and {"resident_required", "resident_key", "resident_codes"} <= set(
        resident.metadata["expectations"].value
    )
