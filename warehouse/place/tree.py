"""The five-level tree of areas, and what of it answers need: lines, present codes, names.

Belongs here: temporary tables made from area lists, or, where a city has none, from the codes that records state:

* ``place_area``: the rows of ``area`` (one a code system and code);
* ``place_node``: one row an area code;
* ``place_line``: for each code the codes above it (and its own) by level, and whether it is the city's own;
* ``place_code``: for each code the one that is in force for it now (``present``), else why there is none;
* ``place_key``: names: level, rank, key → present code.

Does not belong here: which of them a record means (``answers.py``).
"""

from __future__ import annotations

from warehouse.place.former import abolished_counties, make_crosswalk, make_zones, shipped, zone_names
from warehouse.place.inputs import PlaceInputs, Town, ranked, short_code
from warehouse.place.names import LEVELS, STATED, name_keys, plain_name
from warehouse.store import Store, literal

TABLES = ("place_told", "place_area", "place_node", "place_line", "place_code", "place_key")

CODE_LENGTHS = {"province": 2, "prefecture": 4, "county": 6, "township": 9, "village": 12}
_CODE = "[1-9][0-9](([0-9]{2}){0,2}|[0-9]{7}|[0-9]{10})"
# Where two systems give one code to different places, the statistical code is the one that has villages below it.
_SYSTEM_ORDER = "case code_system when 'NBS' then 1 when 'MCA' then 2 else 3 end"
AREA_COLUMNS = "code_system, area_code, level, name, parent_code, aliases, valid_from, valid_to, successor_codes, urban_rural"


def make_tree(store: Store, inputs: PlaceInputs, said: str, town: Town) -> bool:
    """Make the tables; returns whether they come from area lists (False: from stated codes only)."""
    con = store.con
    con.execute(f"create or replace temp table place_told as {_listed(inputs.scan('area'))}")
    listed = bool(store.rows("select count(*) from place_told")[0][0])
    if not listed:
        con.execute(f"create or replace temp table place_told as {_grown(said, town)}")
    con.execute(f"insert into place_told {_missing_above(town)}")
    # After those above: a county that is no more makes no prefecture that is no more present again.
    con.execute(f"insert into place_told {abolished_counties()}")
    con.execute(
        f"""
        create or replace temp table place_area as
        select t.* exclude (parent_code, stated_parent), coalesce(p.area_code, {_above("t")}) as parent_code
        from place_told t
        left join (select distinct area_code from place_told) p
            on p.area_code = t.stated_parent and p.area_code <> t.area_code
        {" ".join(f"left join (select distinct area_code from place_told) a{n} on a{n}.area_code = left(t.area_code, {n}) and length(t.area_code) > {n}" for n in (2, 4, 6, 9))}
        """
    )
    con.execute(
        f"""
        create or replace temp table place_node as
        select * exclude (place) from (
            select *, {ranked("area_code", _SYSTEM_ORDER + ", code_system")} as place from place_area
        ) where place = 1
        """
    )
    _lines(store, town)
    _present_codes(store, town)
    make_zones(store, town)
    _keys(store, town)
    return listed


def _listed(scan: str) -> str:
    """One row a code system and code: the newest edition speaks, the source's name breaks ties."""
    level = " ".join(f"when {n} then '{name}'" for name, n in CODE_LENGTHS.items())
    return f"""
        select code_system, area_code, level, coalesce(name, area_code) as name,
            cast(null as varchar) as parent_code, {short_code("said_parent")} as stated_parent,
            aliases, valid_from, valid_to, successor_codes, urban_rural
        from (
            select *, {ranked("code_system, area_code", "name is null, as_of desc, source, edition_id desc, row_number desc, record_key, record_no")} as place
            from (
                select * exclude (level, parent_code, area_code, code_system), parent_code as said_parent, area_code,
                    coalesce(code_system, 'NBS') as code_system, coalesce(level, case length(area_code) {level} end) as level
                from (
                    select * exclude (area_code),
                        case when level = 'county' then left(area_code, 6) else {short_code("area_code")} end as area_code
                    from {scan} where area_code is not null
                )
            ) where level is not null
        ) where place = 1
    """


def _grown(said: str, town: Town) -> str:
    """A tree from the codes that records state, each by its most frequent name; codes of other cities are left out."""
    columns = [("community_code", "community"), ("street_code", "street")]
    parts = [
        # What is written into a column may be of any level; its name is only that of the column's own.
        f"select {code} as area_code, case length({code}) when 12 then community when 9 then street when 6 then county end as name "
        f"from {said} where {code} is not null"
        for code, _ in columns
    ]
    parts.append(
        f"select left(grid_said, 12), community from {said} where regexp_full_match(grid_said, '[0-9]{{15}}')"
    )
    own = literal(short_city(town.division) + "%") if town.division else "'%'"
    return f"""
        select 'NBS' as code_system, area_code,
            case length(area_code) when 6 then 'county' when 9 then 'township' else 'village' end as level,
            coalesce(name, area_code) as name, cast(null as varchar) as parent_code, cast(null as varchar) as stated_parent,
            cast(null as varchar) as aliases, cast(null as date) as valid_from, cast(null as date) as valid_to,
            cast(null as varchar) as successor_codes, cast(null as varchar) as urban_rural
        from (
            select *, {ranked("area_code", "name is null, n desc, name")} as place from (
                select area_code, name, count(*) as n from ({" union all ".join(parts)})
                where regexp_full_match(area_code, '{_CODE}') and length(area_code) in (6, 9, 12) and area_code like {own}
                group by area_code, name
            )
        ) where place = 1
    """


def short_city(division: str) -> str:
    """A division code of the settings as long as its level: 210200 → 2102."""
    return division[:2] if division.endswith("0000") else division[:4] if division[4:] == "00" else division


def _missing_above(town: Town) -> str:
    """Areas that codes have above them and no list names: so that every code's line leads to its province.

    A county is called as the code table of counties has it, the city as the settings call it, others by their code.
    """
    city = literal(short_city(town.division)[:4]) if town.division and len(town.division) >= 4 else "null"
    lengths = " ".join(f"when {n} then '{name}'" for name, n in CODE_LENGTHS.items())
    return f"""
        select m.code_system, m.area_code, case length(m.area_code) {lengths} end,
            coalesce(case when m.area_code = {city} then {literal(town.city)} end, h.name, m.area_code),
            null, null, null, null, null, null, null
        from (
            select min(code_system) as code_system, area_code from (
                select t.code_system, left(t.area_code, n.n) as area_code
                from place_told t, (values (2), (4), (6), (9)) n(n)
                where n.n < length(t.area_code) and not exists (
                    select 1 from place_told p where p.area_code = t.stated_parent and p.area_code <> t.area_code)
            ) group by area_code
        ) m
        left join (
            select code, name from (
                select *, {ranked("code", "first_year desc, name")} as place
                from {shipped("county_history.csv")}
            ) where place = 1
        ) h on h.code = m.area_code
        where not exists (select 1 from place_told t where t.area_code = m.area_code)
    """


def _above(alias: str) -> str:
    """The longest code of the tree that ``alias.area_code`` begins with."""
    return f"coalesce({', '.join(f'a{n}.area_code' for n in (9, 6, 4, 2))})"


def _lines(store: Store, town: Town) -> None:
    own = f"code like {literal(short_city(town.division) + '%')}" if town.division else "true"
    levels = ", ".join(
        f"max(case when n.level = '{level}' then u.above end) as {name}"
        for level, name in {"prefecture": "prefecture", **STATED}.items()
    )
    # Lists with a circle in them exist: five steps lead from a village to its province, more is a circle.
    store.con.execute(
        f"""
        create or replace temp table place_line as
        with recursive up(code, above, steps) as (
            select area_code, area_code, 0 from place_node
            union all
            select u.code, n.parent_code, u.steps + 1 from up u join place_node n on n.area_code = u.above
            where n.parent_code is not null and u.steps < 5
        )
        select u.code, {levels}, {own} as own from up u join place_node n on n.area_code = u.above group by u.code
        """
    )


def _present_codes(store: Store, town: Town) -> None:
    """An ended area is its only successor; a township of another code system is the NBS one of its county and name."""
    ended = f"coalesce(valid_to <= {town.today}, false)"
    make_crosswalk(store, _townships(ended))
    store.con.execute(
        f"""
        create or replace temp table place_code as
        with recursive next as (
            select x.area_code, count(distinct s.area_code) as n, min(s.area_code) as successor
            from (
                select area_code, {short_code("trim(c)")} as c
                from (select area_code, unnest(regexp_split_to_array(successor_codes, '[,，、;；\\s]+')) as c
                    from place_node where {ended})
            ) x join place_node s on s.area_code = x.c group by x.area_code
        ), hop(code, now, steps) as (
            select area_code, area_code, 0 from place_node
            union all
            select h.code, x.successor, h.steps + 1 from hop h join next x on x.area_code = h.now and x.n = 1
            where h.steps < 5
        ), final as (
            select code, now from (select *, {ranked("code", "steps desc, now")} as place from hop) where place = 1
        )
        select l.code, case when not {ended} then coalesce(t.nbs_code, l.now) end as present,
            case when {ended} then case when x.n > 1 then 'area_ambiguous' else 'area_unknown' end
                when l.now <> l.code then 'area_changed' end as why
        from final l join place_node n on n.area_code = l.now
        left join place_crosswalk t on t.area_code = l.now and t.code_system = n.code_system left join next x on x.area_code = l.now
        """
    )


def _townships(ended: str) -> str:
    """The townships in force of every code system, by their names without the word for their kind."""
    rows = f"select area_code, code_system, left(area_code, 6) as county, {plain_name('name')} as plain from place_area where level = 'township' and not {ended}"
    return f"select area_code, code_system, county, key from ({name_keys(rows, 'township', 'area_code, code_system, county')}) where rank = 2"


def _keys(store: Store, town: Town) -> None:
    """Names and other names of what has begun. What an ended area was called leads to what it is now, after (ranks 11
    to 13) whatever bears the name today."""
    rows = f"""
        select distinct c.present, n.level as level, {plain_name("called")} as plain, was_ended from (
            select area_code, level, called, coalesce(valid_to <= {town.today}, false) as was_ended from (
                select *, unnest(list_concat([name], regexp_split_to_array(coalesce(aliases, ''), '[,，、;；|]+'))) as called
                from place_area where coalesce(valid_from <= {town.today}, true)
            )
        ) n join place_code c on c.code = n.area_code where c.present is not null
    """
    parts = []
    for level in ("prefecture", *LEVELS):
        keys = name_keys(
            f"select * from ({rows}) where level = '{level}' and plain is not null",
            level,
            "present, level, was_ended",
        )
        parts.append(
            f"select level, key, rank + case when was_ended then 10 else 0 end as rank, rank as key_rank, present from ({keys})"
        )
    store.con.execute(
        f"""
        create or replace temp table place_key as
        select level, key, key_rank, present as code, min(rank) as rank from (
            {" union all ".join(parts)} union all select level, plain, 1, 1, code from ({zone_names()})
        )
        group by level, key, key_rank, present
        """
    )
