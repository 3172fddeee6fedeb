"""Which home an address is, and the table of homes.

Belongs here: ``place_spot`` (everything records say about where they are, each once, with how often), ``place_site``
(for each spot the areas, the parts and the home) and ``place_home`` (the homes). Does not belong here: which areas the
names mean (``answers.py``), which grid a home is in (``grids.py``).

A home is a room: area, estate (else road and house number), building, unit, room; in a village a house number alone is
one. An address without a community takes the one where all known homes of its estate and building are.
"""

from __future__ import annotations

from collections.abc import Mapping

from warehouse.link.keyed_hash import hmac_sql, message_sql
from warehouse.place.inputs import ROSTER_KINDS, ranked
from warehouse.place.names import VILLAGE
from warehouse.place.said import SPOT
from warehouse.place.strays import find_strays
from warehouse.store import Store, literal

TABLES = (
    "place_spot", "place_half", "place_known", "place_learned", "place_told_apart", "place_site", "place_home",
)  # fmt: skip

AGREED = 0.95
"""Share of the records that must put an estate's building into one community (one estate into one grid): a few slips of
the pen among many records hide nothing, but a building that is spoken of rarely must be spoken of with one voice."""


def make_spots(store: Store, said: str) -> None:
    """``place_spot``: distinct things said, with the number of roster records and of dwelling records that say it."""
    rosters = ", ".join(literal(kind) for kind in ROSTER_KINDS)
    fields = ", ".join(f"min({name}) as {name}" for name in ("question", *SPOT))
    store.con.execute(
        f"""
        create or replace temp table place_spot as
        select spot, {fields}, count(*) filter (where kind in ({rosters})) as n_roster,
            count(*) filter (where kind = 'dwelling') as n_own, count(*) as n, max(as_of) as newest,
            min(source) as first_source, max(source) as last_source
        from {said} where kind <> 'grid' group by spot
        """
    )


def make_sites(store: Store, key: Mapping[str, bytes]) -> None:
    """``place_site`` and ``place_home``; needs the grids that lists and rosters name (``grids.make_grids``)."""
    con = store.con
    # Codes that a roster states beside a registered address in another community tell where the person is; the
    # registered house is then not his home.
    drop = "s.address_basis = 'presumed_hukou' and a.contradicted"
    parts = ", ".join(f"case when not ({drop}) then s.{name} end as {name}" for name in SPOT[-6:])
    con.execute(
        f"""
        create or replace temp table place_half as
        select *, {_place("false")} as told, false as astray from (
        select s.spot, s.n_roster, s.n_own, s.n, s.newest, s.first_source, s.last_source, a.open, a.community as answered, w.grid_code as stated,
            case when {drop} then 'live' else s.address_basis end as address_basis, s.community as community_name,
            case when a.community is null and l.community is not null then 'grid'
                when coalesce(a.community, a.street, a.county) is null then null when a.coded then 'code' else 'name' end as area_rule,
            coalesce(a.community, l.community) as community, coalesce(a.street, l.street) as street,
            coalesce(a.county, l.county) as county, {parts}
        from place_spot s join place_answer a using (question)
        left join place_grid_word w on w.grid_said = s.grid_said and w.community is not distinct from a.community
        left join place_grid g on g.grid_code = w.grid_code
        left join place_line l on l.code = g.community and {consistent("l", "a")})
        """
    )
    _learn(store)
    _sites(store)
    # As large as the records' addresses, and done with: memory is the homes' now.
    for table in ("place_spot", "place_half", "place_known", "place_told_apart"):
        con.execute(f"drop table temp.{table}")
    _homes(store, key)


def consistent(line: str, site: str) -> str:
    """True where the community that ``line`` leads to may be that of ``site``: its known areas are the line's."""
    return (
        f"({site}.community is null and coalesce({site}.street = {line}.street, true) "
        f"and coalesce({site}.county = {line}.county, true))"
    )


def _place(village: str) -> str:
    """What names a building's surroundings: the estate, else road and number; of a village, the house's number too."""
    number = f"case when {village} and building is null and room is null then chr(31) || road_no else '' end"
    return (
        f"case when estate is not null then 'E' || estate || coalesce({number}, '') "
        f"when road is not null and road_no is not null then 'R' || road || chr(31) || road_no "
        f"when road is null and {village} then 'V' || road_no end"
    )


def _wide(place: str) -> str:
    """SQL of what ``place`` is part of: an estate is its own, a house's number is its road's."""
    return f"case when starts_with({place}, 'E') then {place} else split_part({place}, chr(31), 1) end"


def _learn(store: Store) -> None:
    """``place_learned``: within a street, a county or the whole city ('' ), the only community of an estate's (or house
    number's) building; building '*' for the only community of the estate as a whole. ``place_told_apart``: of buildings
    that several communities have (estates of one name), the only community of a unit, or of a room (else '*')."""
    con = store.con
    con.execute(
        """
        create or replace temp table place_known as
        select county, street, community, told as place, coalesce(building, '') as building, coalesce(unit, '') as unit, room,
            sum(n) as n, sum(n_own) as n_own, min(first_source) as first_source, max(last_source) as last_source
        from place_half where community is not null and told is not null and room is not null and open group by all
        """
    )
    find_strays(store, AGREED, _wide("place"))
    votes = "sum(n) over (partition by {0}) as total, row_number() over (partition by {0} order by n desc, community) as nth"
    building = votes.format("scope, place, building")
    wide = votes.format("scope, whole")
    con.execute(
        f"""
        create or replace temp table place_learned as
        with known as (
            select county, street, community, place, building, sum(n) as n from place_known group by all
        ), scoped as (
            select scope, place, building, community, sum(n) as n from (
                select street as scope, * exclude (street, county) from known
                union all select county, * exclude (street, county) from known
                union all select '', * exclude (street, county) from known
            ) where scope is not null group by all
        ), buildings as (
            select *, {building} from scoped
        ), wholes as (
            select * from (select *, {wide} from (
                select scope, {_wide("place")} as whole, community, sum(n) as n from scoped group by all
            )) where nth = 1 and n >= {AGREED} * total
        )
        select scope, place, building, community from buildings b
        where nth = 1 and (n >= {AGREED} * total or total >= 3 and n > 0.5 * total and exists (
            select 1 from wholes w where w.scope = b.scope and w.whole = {_wide("b.place")} and w.community = b.community))
        union all
        select scope, whole, '*', community from wholes where starts_with(whole, 'E')
        """
    )
    finer = votes.format("scope, place, building, unit, door")
    con.execute(
        f"""
        create or replace temp table place_told_apart as
        select scope, place, building, unit, door, community from (
            select *, {finer} from (
                select s.scope, k.place, k.building, k.unit, k.community, d.door, sum(k.n) as n from place_known k, lateral (
                    select '' as scope union all select k.county where k.county is not null union all select k.street where k.street is not null
                ) s, lateral (select '*' as door union all select k.room) d
                where not exists (select 1 from place_learned l where l.scope = s.scope and l.place = k.place and l.building = k.building)
                group by all
            )
        ) where nth = 1 and n >= 2 and n >= {AGREED} * total
        """
    )


def _sites(store: Store) -> None:
    """``place_site``. A community that is learned must be one that the address may mean, where it names one."""
    village = (
        f"coalesce(regexp_matches(n.name, '{VILLAGE}') or regexp_matches(h.community_name, '{VILLAGE}') "
        "or (n.name = n.area_code and substr(n.area_code, 10, 1) in ('2', '3')), false)"
    )
    room = "room is not null or (village and building is null and unit is null and road_no is not null)"
    thing = "{0}.scope = f.scope and {0}.place = f.told and {0}.building"
    told_apart = (
        thing + " = coalesce(f.building, '') and {0}.unit = coalesce(f.unit, '') and f.room is not null"
    )
    store.con.execute(
        f"""
        create or replace temp table place_site as
        select * exclude (village), case when open and area is not null and place is not null and ({room})
            then cast(md5({message_sql(("area", "place", "building", "unit", "room"))}) as uuid) end as home
        from (
            select *, {_place("village")} as place, coalesce(community, street, county) as area from (
                select h.* exclude (learned, named) replace (
                    l.community as community, coalesce(l.street, h.street) as street, coalesce(l.county, h.county) as county,
                    case when l.code is not null and h.community is null then 'known_homes' else h.area_rule end as area_rule
                ), {village} as village
                from (
                    select f.*, case when f.open then coalesce(k.community, u.community, m.community, e.community) end as learned,
                        f.community_name in (select word from place_fit where level = 'village') as named
                    from (select *, coalesce(street, county, '') as scope from place_half) f
                    left join place_learned k on f.community is null and {thing.format("k")} = coalesce(f.building, '')
                    left join place_learned e on f.community is null and {thing.format("e")} = '*' and starts_with(f.told, 'E')
                    left join place_told_apart u on f.community is null and {told_apart.format("u")} and u.door = '*'
                    left join place_told_apart m on f.community is null and {told_apart.format("m")} and m.door = f.room
                ) h
                left join (select distinct word, code from place_fit where level = 'village') w on w.word = h.community_name and w.code = h.learned
                left join place_line l on l.code = coalesce(h.community, case when w.code is not null or not coalesce(h.named, false) then h.learned end)
                left join place_node n on n.area_code = l.community
            )
        )
        """
    )


def _homes(store: Store, key: Mapping[str, bytes]) -> None:
    """``place_home``: a home's parts, and its id, a keyed hash of them. Its road is the one most records tell."""
    parts = ("area", "place", "building", "unit", "room")
    dwelling_id = hmac_sql(message_sql(("'dwelling'", *parts)), prefix="d")
    store.con.execute(
        f"""
        create or replace temp table place_home as
        select {dwelling_id} as dwelling_id, * exclude (nth, n)
        from (
            select *, {ranked("home", "road is null, n desc, road, road_no nulls last")} as nth from (
                select home, area, place, county, street, community, estate, building, unit, room, road, road_no, sum(n) as n
                from place_site where home is not null group by all
            )
        ) where nth = 1
        """,
        dict(key),
    )
