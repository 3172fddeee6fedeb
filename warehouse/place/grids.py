"""Which grid cells there are, and which cell a home is in.

Belongs here: ``place_grid`` (cells that lists have, and those that only rosters state), ``place_grid_word`` (the cell
that a stated code or name means), ``place_cell`` (cells of homes, buildings, estates and communities) and ``place_spot_cell``
(the cell of each spot, and by which rule). Does not belong here: homes (``homes.py``).

Cells of several lines of work overlap. Comprehensive cells come first, then those of public order, then others.
"""

from __future__ import annotations

from warehouse.place.homes import AGREED, consistent
from warehouse.place.inputs import PlaceInputs, Town, ranked
from warehouse.place.names import plain_part
from warehouse.store import Store

TABLES = (
    "place_list", "place_roster", "place_grid", "place_grid_word", "place_cell", "place_door", "place_spot_cell",
)  # fmt: skip

# 12 digits of the community and 3 of the cell; 14 are the unit cells of city management (CJ/T 213).
_TYPE_BY_SHAPE = (
    "case when regexp_full_match(grid_code, '[0-9]{15}') then 'comprehensive' "
    "when regexp_full_match(grid_code, '[0-9]{14}') then 'chengguan' else 'other' end"
)
# Shorter texts are numbers within a community (3, 02) or names: no code of a city.
_CODE = "[0-9A-Z][0-9A-Z_-]{5,}"
TYPE_ORDER = "case grid_type when 'comprehensive' then 0 when 'zongzhi' then 1 else 2 end"


def make_grids(store: Store, inputs: PlaceInputs, said: str) -> None:
    """``place_grid`` and ``place_grid_word``. A cell of several lists: the newest edition speaks, the source's name breaks
    ties; of its workers the full-time one stands first."""
    con = store.con
    con.execute(
        f"""
        create or replace temp table place_list as
        select * exclude (nth) from (
            select *, {ranked("grid_code", "as_of desc, source, grid_worker is null, part_time, edition_id desc, row_number desc, record_key, record_no")} as nth
            from (
                select g.* replace ({plain_part("g.grid_code")} as grid_code), a.county as in_county, a.street as in_street,
                    a.community as in_community, not coalesce(contains(g.grid_worker_kind, '专职') or contains(g.grid_worker_kind, '网格长'), false) as part_time
                from {inputs.scan("grid")} g
                join {said} r on r.kind = 'grid' and r.source = g.source and r.edition_id = g.edition_id
                    and r.record_key = g.record_key and r.record_no = g.record_no
                join place_answer a using (question)
            ) where grid_code is not null
        ) where nth = 1
        """
    )
    con.execute(
        f"""
        create or replace temp table place_roster as
        with voice as (
            select s.grid_said as grid_code, a.community, sum(s.n_roster) as n, max(s.newest) as newest
            from place_spot s join place_answer a using (question)
            where s.grid_said is not null and s.n_roster > 0 group by all
        )
        select v.grid_code, t.community from (select distinct grid_code from voice) v left join (
            select grid_code, community from (
                select *, {ranked("grid_code", "n desc, newest desc, community")} as nth from voice where community is not null
            ) where nth = 1
        ) t using (grid_code)
        """
    )
    con.execute(
        f"""
        create or replace temp table place_grid as
        select g.* exclude (told_county, told_street, told_community), l.community,
            coalesce(l.street, told_street) as street, coalesce(l.county, told_county) as county
        from ({_cells(inputs)}) g
        left join place_code c on regexp_full_match(g.grid_code, '[0-9]{{15}}') and c.code = left(g.grid_code, 12)
        left join place_roster r using (grid_code)
        left join place_line l on l.code = coalesce(g.told_community, c.present, r.community) and l.community is not null
        """
    )
    _words(store)


def _cells(inputs: PlaceInputs) -> str:
    """Cells of lists, then those that only rosters know, with the name and worker that most of them state."""
    stated = []
    for column in ("grid_name", "grid_worker"):
        stated.append(
            f"""left join (select grid_code, value as {column} from (
                select *, {ranked("grid_code", "n desc, newest desc, value")} as nth from (
                    select {plain_part("grid_code")} as grid_code, {column} as value, count(*) as n, max(as_of) as newest
                    from {inputs.scan("resident")} where grid_code is not null and {column} is not null group by all
                )) where nth = 1) {column}s using (grid_code)"""
        )
    return f"""
        select grid_code, coalesce(grid_type, 'comprehensive') as grid_type, grid_name, grid_worker, worker_phone, valid_from,
            valid_to, households, true as listed, in_county as told_county, in_street as told_street, in_community as told_community
        from place_list
        union all
        select grid_code, {_TYPE_BY_SHAPE}, grid_name, grid_worker, null, null, null, null, false, null, null, null
        from place_roster o {" ".join(stated)}
        where regexp_full_match(grid_code, '{_CODE}') and not exists (select 1 from place_list t where t.grid_code = o.grid_code)
    """


def _words(store: Store) -> None:
    """A stated text is a cell's code; else the name of the only cell so called in its community, or in the city."""
    store.con.execute(
        f"""
        create or replace temp table place_grid_word as
        with word as (
            select distinct s.grid_said, a.community from place_spot s join place_answer a using (question)
            where s.grid_said is not null
        ), named as (
            select w.grid_said, w.community, min(g.grid_code) as grid_code
            from word w join (select grid_code, community, {plain_part("grid_name")} as name from place_grid where listed) g
                on g.name = w.grid_said and coalesce(g.community = w.community, w.community is null)
            group by all having count(*) = 1
        )
        select w.grid_said, w.community, coalesce(g.grid_code, n.grid_code) as grid_code
        from word w left join place_grid g on g.grid_code = w.grid_said
        left join named n on n.grid_said = w.grid_said and n.community is not distinct from w.community
        """
    )


def assign_cells(store: Store, town: Town) -> None:
    """``place_cell`` (rule, the thing, its cell) and ``place_spot_cell``: stated, else of the home, the building, the
    estate, the house numbers on both sides, else the community's only cell. A building's cell has more than half of its
    voices, an estate's all but slips (``AGREED``)."""
    con = store.con
    vote = f"""(
        select s.home, s.area, s.place, s.building, s.estate, s.stated as grid_code, {TYPE_ORDER} as kind,
            s.n_roster as n, s.n_own, s.newest
        from place_site s join place_grid g on g.grid_code = s.stated where s.n_roster > 0)"""
    in_force = f"coalesce(valid_to > {town.today}, true) and coalesce(valid_from <= {town.today}, true)"
    things = {
        "dwelling": ("cast(home as varchar)", "home is not null", "true"),
        "building": (building_key("v"), building_known("v"), "n > 0.5 * total"),
        "estate": (estate_key("v"), "estate is not null and area is not null", f"n >= {AGREED} * total"),
    }
    parts = [
        f"""
        select '{rule}' as rule, thing, grid_code from (
            select *, {ranked("thing", "kind, n_own desc, n desc, newest desc, grid_code")} as nth,
                sum(n) over (partition by thing, kind) as total
            from (
                select {thing} as thing, grid_code, kind, sum(n) as n,
                    {"sum(n_own)" if rule == "dwelling" else "0"} as n_own, max(newest) as newest
                from {vote} v where {known} group by all
            )
        ) where nth = 1 and {enough}"""
        for rule, (thing, known, enough) in things.items()
    ]
    parts.append(
        f"""
        select 'community_only', community, min(grid_code) from (
            select community, grid_code, {TYPE_ORDER} as kind, min({TYPE_ORDER}) over (partition by community) as first
            from place_grid where community is not null and {in_force}
        ) where kind = first group by community having count(*) = 1"""
    )
    con.execute(f"create or replace temp table place_cell as {' union all '.join(parts)}")
    _between(store)
    con.execute(
        f"""
        create or replace temp table place_spot_cell as
        select s.spot, s.home, s.astray, s.address_basis, s.answered, s.stated, s.road, s.road_no, s.estate, s.building, s.unit, s.room,
            {decided("s")}, case when s.community is null and gl.community is not null then 'grid' else s.area_rule end as area_rule
        from place_site s {cells_of("s", "s.stated")}
        """
    )


def _between(store: Store) -> None:
    """Cells of house numbers that nobody states: that of the next known ones below and above, if it is the same (on a
    road, of the same side). Cells are drawn along house numbers."""
    con = store.con
    con.execute(
        f"""
        create or replace temp table place_door as
        with door as (
            select distinct area, {building_key("s")} as thing, case when starts_with(place, 'V') then 'V' else split_part(place, chr(31), 1) end as series,
                try_cast(case when starts_with(place, 'V') then substr(place, 2) else split_part(place, chr(31), 2) end as integer) as number
            from place_site s where building is null and area is not null and place is not null and not starts_with(place, 'E')
        )
        select area, case when series = 'V' then 0 else number % 2 end as side, series, number, thing, c.grid_code
        from door d left join place_cell c using (thing) where number is not null and coalesce(c.rule, 'building') = 'building'
        """
    )
    con.execute(
        """
        insert into place_cell
        with known as (select * from place_door where grid_code is not null)
        select 'neighbours', d.thing, b.grid_code from place_door d
        asof join known b on b.area = d.area and b.series = d.series and b.side = d.side and d.number > b.number
        asof join known a on a.area = d.area and a.series = d.series and a.side = d.side and d.number < a.number
        where d.grid_code is null and a.grid_code = b.grid_code
        """
    )


def building_key(alias: str) -> str:
    """SQL text that names a building."""
    return f"{alias}.area || chr(30) || {alias}.place || chr(30) || coalesce({alias}.building, '')"


def building_known(alias: str) -> str:
    """True where the parts name one building: an estate alone does not."""
    return f"{alias}.area is not null and {alias}.place is not null and ({alias}.building is not null or not starts_with({alias}.place, 'E'))"


def estate_key(alias: str) -> str:
    """SQL text that names an estate."""
    return f"{alias}.area || chr(30) || {alias}.estate"


def cells_of(alias: str, stated: str) -> str:
    """Joins that find the cell of ``alias`` (a row with the columns of ``place_site``), in the order of the rules."""
    return f"""
        left join place_cell c1 on c1.rule = 'dwelling' and {stated} is null and c1.thing = cast({alias}.home as varchar)
        left join place_cell c2 on c2.rule = 'building' and {stated} is null and c2.thing = {building_key(alias)} and {building_known(alias)}
        left join place_cell c3 on c3.rule = 'estate' and {stated} is null and c3.thing = {estate_key(alias)}
        left join place_cell c4 on c4.rule = 'neighbours' and {stated} is null and c4.thing = {building_key(alias)}
        left join place_cell c5 on c5.rule = 'community_only' and {stated} is null and c5.thing = {alias}.community
        left join place_grid g on g.grid_code = coalesce({stated}, c1.grid_code, c2.grid_code, c3.grid_code, c4.grid_code, c5.grid_code)
        left join place_line gl on gl.code = g.community and {consistent("gl", alias)}
    """


def decided(alias: str, stated: str = "s.stated") -> str:
    """Columns after ``cells_of``: the cell, the rule, and the areas, from the cell where the address gives none."""
    return f"""
        g.grid_code, case when g.grid_code is null then null when {stated} is not null then 'stated'
            when c1.grid_code is not null then 'dwelling' when c2.grid_code is not null then 'building'
            when c3.grid_code is not null then 'estate' when c4.grid_code is not null then 'neighbours' else 'community_only' end as grid_rule,
        coalesce({alias}.county, gl.county) as county_code, coalesce({alias}.street, gl.street) as street_code,
        coalesce({alias}.community, gl.community) as community_code
    """
