"""Authority by words of the agency's name, and scans that an older version wrote."""

from __future__ import annotations

import pytest
from small_city import City

from schemas.model import schema
from warehouse.store import Store
from warehouse.unify.inputs import conform, scan_or_empty
from warehouse.unify.records import authorities, governed, placed_fields, rank


@pytest.mark.parametrize(
    ("agency", "place"),
    [("大连市公安局", 0), ("大连市卫生健康委员会", 2), ("中山区网格中心", 3), ("", 3), ("公安局卫生处", 0)],
)
def test_the_first_word_found_in_the_agency_counts(agency: str, place: int) -> None:
    assert rank(agency, ("公安", "卫健", "卫生")) == place


def test_every_authority_rule_has_its_rank_and_every_part_its_place() -> None:
    rules = [f.survivorship for f in governed().values() if f.survivorship is not None]
    assert {r.authority for r in rules} == set(authorities())
    following = {
        n
        for n, f in governed().items()
        if f.survivorship is not None and f.survivorship.with_field == "live_address"
    }
    assert set(placed_fields()) == following


def test_an_older_version_lacks_new_columns_and_keeps_no_dropped_ones(store: Store) -> None:
    store.con.execute(
        "create table old as select 'r1' as resident_id, 'active' as status, 1 as dropped, '在册' as status_label"
    )
    names = [n for n in schema().tables["resident"].column_names if not n.endswith("_label")]
    rows = store.con.execute(f"select * from {conform(store, 'old', 'resident')}")
    assert [d[0] for d in rows.description or []] == names
    found = dict(zip(names, rows.fetchall()[0], strict=True))
    assert found["resident_id"] == "r1" and found["status"] == "active"
    assert all(v is None for k, v in found.items() if k not in ("resident_id", "status"))


def test_what_a_city_does_not_have_is_an_empty_scan(store: Store, city: City) -> None:
    assert store.rows(f"select count(*), count(uscc) from {scan_or_empty(None, 'organisation_core')}") == [
        (0, 0)
    ]
    stage = city.night([])
    assert set(stage.counts.values()) == {0}
