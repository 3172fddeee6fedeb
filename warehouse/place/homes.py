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
from warehouse.store import Store, literal

TABLES = ("place_spot", "place_half", "place_learned", "place_site", "place_home")

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
            count(*) filter (where kind = 'dwelling') as n_own, count(*) as n, max(as_of) as newest
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
        select s.spot, s.n_roster, s.n_own, s.n, s.newest, a.open, a.community as answered, w.grid_code as stated,
            case when {drop} then 'live' else s.address_basis end as address_basis, s.community as community_name,
            coalesce(a.community, l.community) as community, coalesce(a.street, l.street) as street,
            coalesce(a.county, l.county) as county, {parts}
        from place_spot s join place_answer a using (question)
        left join place_grid_word w on w.grid_said = s.grid_said and w.community is not distinct from a.community
        left join place_grid g on g.grid_code = w.grid_code
        left join place_line l on l.code = g.community and {consistent("l", "a")}
        """
    )
    _learn(store)
    _sites(store)
    # As large as the records' addresses, and done with: memory is the homes' now.
    for table in ("place_spot", "place_half"):
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


def _learn(store: Store) -> None:
    """``place_learned``: within a street, a county or the whole city ('' ), the only community of an estate's (or house
    number's) building; building '*' for the only community of the estate as a whole."""
    store.con.execute(
        f"""
        create or replace temp table place_learned as
        with known as (
            select county, street, community, place, coalesce(building, '') as building, sum(n) as n
            from (select *, {_place("false")} as place from place_half)
            where community is not null and place is not null and room is not null and open group by all
        ), scoped as (
            select scope, place, b.building, community, sum(n) as n
            from (
                select street as scope, * exclude (street, county) from known
                union all select county, * exclude (street, county) from known
                union all select '', * exclude (street, county) from known
            ) k, lateral (select k.building union select '*') b(building)
            where scope is not null group by all
        )
        select scope, place, building, community from (
            select *, sum(n) over (partition by scope, place, building) as total,
                {ranked("scope, place, building", "n desc, community")} as nth
            from scoped
        ) where nth = 1 and n >= {AGREED} * total
        """
    )


def _sites(store: Store) -> None:
    village = (
        f"coalesce(regexp_matches(n.name, '{VILLAGE}') or regexp_matches(h.community_name, '{VILLAGE}') "
        "or (n.name = n.area_code and substr(n.area_code, 10, 1) in ('2', '3')), false)"
    )
    room = "room is not null or (village and building is null and unit is null and road_no is not null)"
    store.con.execute(
        f"""
        create or replace temp table place_site as
        select * exclude (village), case when open and area is not null and place is not null and ({room})
            then cast(md5({message_sql(("area", "place", "building", "unit", "room"))}) as uuid) end as home
        from (
            select *, {_place("village")} as place, coalesce(community, street, county) as area from (
                select h.* replace (
                    l.community as community, coalesce(l.street, h.street) as street, coalesce(l.county, h.county) as county
                ), {village} as village
                from (
                    select f.* replace (case when f.open then coalesce(f.community, k.community, e.community) else f.community end as community)
                    from (
                        select *, {_place("false")} as told, coalesce(street, county, '') as scope from place_half
                    ) f
                    left join place_learned k on f.community is null and k.scope = f.scope and k.place = f.told
                        and k.building = coalesce(f.building, '')
                    left join place_learned e on f.community is null and e.scope = f.scope and e.place = f.told
                        and e.building = '*' and starts_with(f.told, 'E')
                ) h
                left join place_line l on l.code = h.community
                left join place_node n on n.area_code = h.community
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
