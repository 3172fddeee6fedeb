"""Scope: what an extract gives is exactly what a slow and plain reading of the rule gives."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from city_of_grids import extract_yaml, served, settings_of, sheet_rows, worker
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tiny_city import workspace_in

from warehouse.extract import release
from warehouse.workspace import Workspace

TODAY = date.today()
COMMUNITIES = ["210203001001", "210203001002", "210204001001"]
LOCAL = ["WG1", "WG12", "010203"]
GRIDS = [*(f"{c}001" for c in COMMUNITIES), *LOCAL]
AREAS = ["21", "210203", "210203001", "2102030", *COMMUNITIES, *GRIDS, "210203001001001999"]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return workspace_in(tmp_path_factory.mktemp("city"))


def lies_in(code: str | None, areas: list[str]) -> bool:
    return code is not None and any(
        area.isdigit() and len(area) in (2, 4, 6, 9, 12) and code[: len(area)] == area for area in areas
    )


def in_scope(row: dict[str, Any], scope: str, areas: list[str], grids: list[dict[str, Any]]) -> bool:
    """The rule, row by row."""
    code = row[f"{scope}_code"]
    if code is None:
        return False
    if scope != "grid":
        return lies_in(code, areas)
    if code in areas:
        return True
    stated = [g for g in grids if g["grid_code"] == code and g["community_code"] is not None]
    if not stated:
        return lies_in(code, areas)
    now = [
        g for g in stated
        if (g["valid_from"] is None or g["valid_from"] <= TODAY) and (g["valid_to"] is None or g["valid_to"] > TODAY)
    ]  # fmt: skip
    return any(lies_in(g["community_code"], areas) for g in now)


NOWHERE = {"grid_code": None, "community_code": None, "street_code": None, "county_code": None, "sex": "1"}
GRID = {"grid_code": GRIDS[0], "community_code": COMMUNITIES[0], "valid_from": None, "valid_to": None}


def maybe(values: list[str]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values)


ROWS = st.lists(
    st.fixed_dictionaries(
        {"grid_code": maybe(GRIDS), "community_code": maybe(COMMUNITIES), "street_code": maybe(["210203001", "210204001"]),
         "county_code": maybe(["210203", "210204"]), "sex": st.sampled_from(["1", "2"])}
    ), max_size=15,
)  # fmt: skip
DAYS = st.none() | st.sampled_from(
    [TODAY - timedelta(days=400), TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)]
)
GRID_ROWS = st.lists(
    st.fixed_dictionaries(
        {"grid_code": st.sampled_from(GRIDS), "community_code": maybe(COMMUNITIES), "valid_from": DAYS, "valid_to": DAYS}
    ), max_size=8,
)  # fmt: skip


@given(
    ROWS,
    GRID_ROWS,
    st.lists(st.sampled_from(AREAS), max_size=3),
    st.sampled_from(["grid", "community", "street", "county"]),
    st.sampled_from([None, "1", "2"]),
)
@example([{**NOWHERE, "grid_code": "WG12"}], [], ["WG1"], "grid", None)
@example([{**NOWHERE, "grid_code": GRIDS[0]}], [], [], "grid", None)
@example([{**NOWHERE, "grid_code": GRIDS[0]}], [{**GRID, "valid_to": TODAY}], [COMMUNITIES[0]], "grid", None)
@example(
    [{**NOWHERE, "grid_code": GRIDS[0]}],
    [{**GRID, "valid_from": TODAY + timedelta(days=1)}],
    [COMMUNITIES[0]],
    "grid",
    None,
)
@example(
    [{**NOWHERE, "grid_code": GRIDS[0]}],
    [{**GRID, "community_code": COMMUNITIES[1]}],
    [COMMUNITIES[0]],
    "grid",
    None,
)
@example([{**NOWHERE, "grid_code": "WG1"}], [{**GRID, "grid_code": "WG1"}], [COMMUNITIES[0]], "grid", None)
@example([{**NOWHERE, "grid_code": "010203"}], [{**GRID, "grid_code": "010203"}], ["010203"], "grid", None)
@example([{**NOWHERE, "community_code": COMMUNITIES[0]}], [], [GRIDS[0]], "community", None)
@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_an_extract_gives_what_the_rule_says(
    city: Workspace,
    rows: list[dict[str, Any]],
    grids: list[dict[str, Any]],
    areas: list[str],
    scope: str,
    sex: str | None,
) -> None:
    rows = [{"resident_id": f"r{n}", "status": "active", **row} for n, row in enumerate(rows)]
    served(city, {"resident": rows, "grid": grids})
    # A condition with OR in it must not widen the scope.
    where = {} if sex is None else {"where": "sex = :sex or sex = '9'", "params": {"sex": {"type": "text"}}}
    extract_yaml(city, scope=scope, **where)
    done = release(
        city, settings_of(worker(areas=tuple(areas))), "people", user="zhang", output=city.root / "out.xlsx",
        given={} if sex is None else {"sex": sex},
    )  # fmt: skip
    right = {r["resident_id"] for r in rows if in_scope(r, scope, areas, grids) and sex in (None, r["sex"])}
    got = [row[0] for row in sheet_rows(city.root / "out.xlsx")[1:]]
    assert len(got) == len(set(got)) == done.rows
    assert set(got) == right


def test_no_areas_no_rows(tmp_path: Path) -> None:
    workspace = workspace_in(tmp_path)
    served(
        workspace,
        {"resident": [{"resident_id": "r1", "grid_code": GRIDS[0], "community_code": COMMUNITIES[0]}]},
    )
    extract_yaml(workspace)
    assert (
        release(
            workspace, settings_of(worker(areas=())), "people", user="zhang", output=tmp_path / "o.xlsx"
        ).rows
        == 0
    )
    assert sheet_rows(tmp_path / "o.xlsx")[0] == ["居民编号", "姓名"]
