"""What was decided of each record's place, and by which rules.

Belongs here: the SELECT of ``placement`` and the counts of its rules. Does not belong here: the decisions
(``answers.py``, ``homes.py``, ``grids.py``), what is wrong with a record (``issues.py``).
"""

from __future__ import annotations

from warehouse.normalize.address_forms import level, standard
from warehouse.place.inputs import PLACED_KINDS, RECORD
from warehouse.store import Stage, literal

_PARTS = ("road", "road_no", "estate", "building", "unit", "room")


def placement_rows(said: str) -> str:
    """The SELECT of ``placement``. A home's address is the same whoever tells it: by its own parts and the names that its
    areas have today."""
    kinds = ", ".join(literal(kind) for kind in PLACED_KINDS)
    parts = {name: f"coalesce(h.{name}, c.{name})" for name in ("estate", "building", "unit", "room")}
    # A road and its number are one name: never half of each.
    parts |= {
        name: f"case when h.home is null then c.{name} else h.{name} end" for name in ("road", "road_no")
    }
    areas = {"county": "county_code", "street": "street_code", "community": "community_code"}
    finest = level({**{name: name for name in _PARTS}, **areas})
    names = "concat(case when not own then concat(province_name, city_name) end, county_name, street_name, community_name)"
    return f"""
        select record_kind, {", ".join(RECORD)}, address_basis, {standard(names, *_PARTS)} as address_standard,
            {finest} as address_level, address_certainty, area_rule, county_code, street_code, community_code, grid_rule,
            grid_code, dwelling_id
        from (
            select r.kind as record_kind, {", ".join(f"r.{name}" for name in RECORD)}, c.address_basis, c.area_rule, c.county_code,
                c.street_code, c.community_code, c.grid_rule, c.grid_code, h.dwelling_id,
                {", ".join(f"{sql} as {name}" for name, sql in parts.items())}, l.own, n6.name as county_name,
                n9.name as street_name, n12.name as community_name, n4.name as city_name, n2.name as province_name,
                case when h.home is null then null when v.registered then 'registered' when v.sources > 1 then 'confirmed' else 'single' end as address_certainty
            from {said} r join place_spot_cell c using (spot) left join place_home h using (home)
            left join (
                select home, count(distinct source) as sources, bool_or(kind = 'dwelling') as registered
                from {said} join place_spot_cell using (spot) where home is not null group by home
            ) v using (home)
            left join place_line l on l.code = c.county_code
            left join place_node n2 on n2.area_code = left(l.prefecture, 2) left join place_node n4 on n4.area_code = l.prefecture
            left join place_node n6 on n6.area_code = c.county_code left join place_node n9 on n9.area_code = c.street_code
            left join place_node n12 on n12.area_code = c.community_code
            where r.kind in ({kinds})
        )
    """


def rule_counts(stage: Stage) -> dict[str, dict[str, int]]:
    """How many records each rule decided: rule of the area, of the grid, certainty of the home."""
    scan = stage.scan("placement")
    return {
        column: {
            str(rule): int(n)
            for rule, n in stage.store.rows(
                f"select coalesce({column}, 'none'), count(*) from {scan} group by all order by all"
            )
        }
        for column in ("area_rule", "grid_rule", "address_certainty")
    }
