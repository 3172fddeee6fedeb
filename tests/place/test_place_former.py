"""Other names and codes of areas: abolished counties, functional zones, townships of another code system."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from small_town import SmallTown, home

import schemas
from tests.published import DATA

AREAS = "county_code, street_code, community_code"
DALIAN = [
    {"area_code": code, "name": name}
    for code, name in (
        ("210200", "大连市"), ("210202", "中山区"), ("210211", "甘井子区"), ("210213", "金州区"), ("210214", "普兰店区"), ("210281", "瓦房店市"),
        ("210202005", "人民路街道"), ("210202006", "青泥洼桥街道"), ("210211007", "中华路街道"), ("210211023", "凌水街道"),
        ("210213001", "拥政街道"), ("210202005001", "福寿社区居委会"), ("210202006002", "阳光社区居委会"), ("210211007003", "阳光居委会"),
        ("210211007004", "和平社区"), ("210211023001", "和平社区居民委员会"),
        ("370600", "烟台市"), ("370611", "福山区"), ("370613", "莱山区"), ("370614", "蓬莱区"), ("370671", "烟台高新技术产业开发区"),
        ("370676", "烟台经济技术开发区"), ("370676001", "古现街道"), ("371000", "威海市"), ("371002", "环翠区"),
    )
]  # fmt: skip
MCA = [
    {"area_code": code, "name": name, "code_system": "MCA"}
    for code, name in (
        ("210202019", "人民路街道"), ("210202006", "人民路街道办事处"), ("210211025", "中华路街道"), ("370611008", "古现街道"),
    )
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("蓬莱市", "370614"), ("蓬莱县", "370614"), ("长岛县", "370614"), ("普兰店市", "210214"), ("新金县", "210214"), ("金县", "210213"),
        ("复县", "210281"), ("瓦房店", "210281"), ("金州新区", "210213"), ("烟台开发区", "370676"), ("烟台经济技术开发区", "370676"),
        ("烟台高新区", "370671"), ("大连高新技术产业园区", "210211"), ("高新园区", "210211"), ("大连开发区", "210213"), ("金普新区", None),
        ("远方开发区", None),
    ],
)  # fmt: skip
def test_names_of_counties_that_were_or_are_none(town: SmallTown, name: str, code: str | None) -> None:
    town.place(tree=DALIAN, grids=None, resident=[home(county=name)])
    assert town.placed("resident", "county_code") == code


def test_a_zone_without_its_own_code_is_its_legal_county(town: SmallTown) -> None:
    tree = [
        row for row in DALIAN if row["area_code"] != "370676" and not row["area_code"].startswith("370676")
    ]
    town.place(tree=tree, grids=None, resident=[home(county="烟台开发区")])
    assert town.placed("resident", "county_code") == "370611"
    town.place(tree=DALIAN, grids=None)
    assert town.rows("area_alias", "area_code, alias_kind, legal_codes", "alias = '烟台开发区'") == [
        ("370676", "zone", "370611")
    ]


def test_abolished_counties_have_their_years_and_successors(town: SmallTown) -> None:
    town.place(
        tree=DALIAN,
        grids=None,
        resident=[{"street_code": "370684"}, {"street_code": "210282"}, {"street_code": "370622"}],
    )
    assert [town.placed("resident", "county_code", n) for n in (1, 2, 3)] == ["370614", "210214", "370614"]
    assert {code for _, _, code in town.issues()} == {"area_changed"}
    told = "cast(valid_from as varchar), cast(valid_to as varchar), successor_codes, code_system, parent_code"
    assert town.rows("area", told, "area_code = '370684'") == [
        ("1995-01-01", "2020-01-01", "370614", "MCA", "3706")
    ]
    assert town.rows("area_alias", "alias_kind", "alias = '普兰店市' and area_code = '210214'") == [
        ("former",)
    ]


def test_one_street_with_two_codes(town: SmallTown) -> None:
    town.place(tree=[*DALIAN, *MCA], grids=None, resident=[
        {"street_code": "210202019"},
        {"street_code": "210202005"},
        {"street_code": "210211025", **home(community="和平社区")},
        {"street_code": "370611008"},
        {"street_code": "210202006", **home(street="人民路街道")},
        {"street_code": "210202006", **home(street="青泥洼桥街道")},
        {"street_code": "210202006"},
    ])  # fmt: skip
    assert [town.placed("resident", "street_code", n) for n in range(1, 8)] == [
        "210202005", "210202005", "210211007", "370676001", "210202005", "210202006", "210202006",
    ]  # fmt: skip
    assert town.issues() == [(7, "street_code", "area_ambiguous")]
    assert town.rows("area_crosswalk", "area_code, nbs_code, crosswalk_basis") == [
        ("210202006", "210202005", "county"), ("210202019", "210202005", "county"), ("210211025", "210211007", "county"),
        ("370611008", "370676001", "prefecture"),
    ]  # fmt: skip


def test_a_community_name_is_no_key_without_its_street(town: SmallTown) -> None:
    """However it is spelled: 阳光社区居委会 fits one of two better, and still it may be either."""
    names = ("阳光社区居委会", "阳光居委会", "阳光社区", "阳光")
    town.place(tree=DALIAN, grids=None, resident=[
        *(home(community=name) for name in names),
        home(county="中山区", community="阳光居委会"),
        home(county="甘井子区", community="和平社区居民委员会"),
        home(county="甘井子区", street="凌水街道", community="和平"),
    ])  # fmt: skip
    assert [town.placed("resident", "community_code", n) for n in range(1, 8)] == [
        None, None, None, None, "210202006002", None, "210211023001",
    ]  # fmt: skip
    assert {(row, code) for row, _, code in town.issues()} == {(n, "area_ambiguous") for n in (1, 2, 3, 4, 6)}


def test_every_shipped_successor_is_what_the_public_history_says() -> None:
    with (DATA / "areacodes_1981_2024_cc0.csv").open(encoding="utf-8-sig") as lines:
        history = list(csv.DictReader(lines))
    follows: dict[str, set[str]] = {}
    for row in history:
        follows.setdefault(row["代码"], set()).update(re.findall(r"\d{6}", row["新代码"] or ""))

    with (Path(schemas.__file__).parent / "county_history.csv").open(encoding="utf-8") as lines:
        in_force = {row["code"] for row in csv.DictReader(lines) if not row["last_year"]}

    def ends(code: str, seen: frozenset[str]) -> set[str]:
        if code in in_force:
            return {code}
        nexts = follows.get(code, set()) - seen
        return {end for n in nexts for end in ends(n, seen | {code})} or {code}

    with (Path(schemas.__file__).parent / "county_successors.csv").open(encoding="utf-8") as lines:
        shipped = [(row["code"], row["successor"]) for row in csv.DictReader(lines)]
    assert len(shipped) > 2500 and len({code for code, _ in shipped}) == len(shipped)
    compared = [(code, after, ends(code, frozenset())) for code, after in shipped if follows.get(code)]
    assert len(compared) > 2000
    assert [row for row in compared if row[1] not in row[2]] == []
