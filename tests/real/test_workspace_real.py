"""A workspace over published exports as they came: what is kept of each is what is in it, to the row."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from sync.conftest import City

from pipelines.new_workspace import make_workspace
from schemas.sources import load_source
from tests.published import REAL

SOURCES = sorted(Path(__file__).with_name("sources").glob("*.yaml"))

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not REAL.is_dir(), reason="ONCEGRID_SHARED has no data/real"),
]


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> tuple[City, int, dict[str, Any]]:
    """The city after a sync, its exit status and summary."""
    root = tmp_path_factory.mktemp("real") / "w"
    make_workspace(root, "全国")
    long_ago = time.time() - 3600
    for yaml in SOURCES:
        shutil.copy(yaml, root / "sources" / yaml.name)
        source = load_source(yaml)
        inbox = root / "inbox" / source.source
        inbox.mkdir(parents=True)
        for file in REAL.glob(source.files or ""):
            copy = Path(shutil.copy(file, inbox / file.name))
            copy.chmod(0o600)
            os.utime(copy, (long_ago, long_ago))
    city = City(root)
    status, summary = city.sync()
    return city, status, summary


def expected() -> dict[str, int]:
    """source → rows that the reviewed account of the files gives."""
    account = json.loads((REAL / "expect.json").read_text("utf-8"))
    wanted = {}
    for yaml in SOURCES:
        source = load_source(yaml)
        files = [name for name in account if Path(name).match(source.files or "")]
        assert len(files) == 1, source.source
        wanted[source.source] = sum(table["n_rows"] for table in account[files[0]]["tables"])
    return wanted


# Four rows of this list stand in it twice, equal in every cell: the second of each is a counted skip.
TWICE = {"hospitals_xian": 4}


def test_what_is_kept_of_each_source_is_what_is_in_its_file(synced: tuple[City, int, dict[str, Any]]) -> None:
    city, _, summary = synced
    kept = {row["source"]: row["rows_kept"] for row in summary["sources"]}
    assert {name: rows + TWICE.get(name, 0) for name, rows in kept.items()} == expected()
    assert dict(city.query("select source, rows from edition_skip where why = 'repeated_key'")) == TWICE


def test_the_damaged_workbook_is_refused_and_the_others_go_on(
    synced: tuple[City, int, dict[str, Any]],
) -> None:
    _, status, summary = synced
    assert status == 1
    states = {row["source"]: row["status"] for row in summary["sources"]}
    assert states.pop("schools") == "failed"
    assert set(states.values()) == {"ok"}
    [reason] = next(row["reasons"] for row in summary["sources"] if row["source"] == "schools")
    assert "学校_损坏.xlsx" in reason and "save it again" in reason


def test_every_row_is_accounted_for(synced: tuple[City, int, dict[str, Any]]) -> None:
    city, _, _ = synced
    assert (
        city.query(
            "select edition_id from edition where status = 'kept' and rows_read <> rows_kept + rows_skipped + rows_rejected"
        )
        == []
    )
    assert city.query("select source, rows from edition_skip where why = 'section' order by 1") == [
        ("moe_2011", 31),
        ("moe_2016", 31),
    ]


def test_areas_organisations_and_events_are_published(synced: tuple[City, int, dict[str, Any]]) -> None:
    city, _, _ = synced
    wanted = expected()
    # Two rows of the NBS list hold a remark where the code should be: kept as records, told as issues, no areas.
    remarks = city.query(
        "select count(distinct (sheet, row_number)) from issue where source = 'nbs_areas' and field = 'area_code'"
    )[0][0]
    assert remarks == 2
    assert city.query(
        "select code_system, count(*) from area where valid_to is null group by 1 order by 1"
    ) == [
        ("MCA", wanted["mca_areas"]),
        ("NBS", wanted["nbs_areas"] - remarks),
    ]
    assert city.query("select count(*) from event") == [(wanted["messages"] + wanted["hot_topics"],)]
    assert city.query("select name, level from area where area_code = '370602' and code_system = 'MCA'") == [
        ("芝罘区", "county")
    ]
    assert city.query("select count(*) from event where reported_at is null") == [(0,)]
    assert city.query("select count(*) from organisation where name = '北京大学'")[0][0] >= 1
