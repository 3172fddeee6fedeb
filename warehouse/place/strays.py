"""Addresses that lie elsewhere than the codes beside them say.

Belongs here: ``place_stray`` (homes that a record puts into a community by the codes of its area or cell, although the house stands in
another one), and taking them out of what is said. Does not belong here: names that contradict codes (``answers.py``).

People move and rosters keep the old address beside the new cell. Believing both would make a house in the new
community that is not there, and make it the person's home. The codes are believed (as everywhere), the house is not.
What shows it: the very same home (estate or house number, building, unit, room) is known in another community, hardly
anybody puts this estate (or road) here, and of those who do no two sources tell the same home, and no register of
dwellings has one. Estates of one name are common in a city, and roads cross several communities; those with few homes
here stay by the last two signs.
"""

from __future__ import annotations

from warehouse.store import Store

TABLES = ("place_stray",)
PARTS = ("road", "road_no", "estate", "building", "unit", "room")


def find_strays(store: Store, agreed: float, whole: str) -> None:
    """Make ``place_stray`` from ``place_known`` and take the strays out of it and out of ``place_half``, whose column
    ``astray`` tells them. ``agreed``: the share of an estate's records that leaves the rest to slips; ``whole``: SQL of
    the estate or road that ``place`` is part of."""
    con = store.con
    con.execute(
        f"""
        create or replace temp table place_stray as
        with known as (
            select *, {whole} as whole from place_known
        ), told as (
            select whole, community, sum(n) as n, sum(n_own) = 0 and not bool_or(first_source <> last_source) as hearsay
            from known group by whole, community
        ), shared as (
            select *, n / sum(n) over (partition by whole) as share from told
        ), here as (
            select whole, community from shared where share <= {1 - agreed} and hearsay
        ), there as (
            select whole, community from shared where share > {1 - agreed}
        )
        select distinct k.community, k.place, k.building, k.unit, k.room
        from known k join here using (whole, community)
        where exists (
            select 1 from known t join there using (whole, community)
            where t.place = k.place and t.building = k.building and t.unit = k.unit and t.room = k.room
                and t.community <> k.community
        )
        """
    )
    same = "k.community = s.community and k.place = s.place and k.building = s.building and k.unit = s.unit and k.room = s.room"
    con.execute(f"delete from place_known k using place_stray s where {same}")
    parts = ", ".join(f"case when s.place is null then h.{name} end as {name}" for name in PARTS)
    con.execute(
        f"""
        create or replace temp table place_half as
        select h.* replace ({parts}, s.place is not null as astray)
        from place_half h left join place_stray s on s.community = h.community and s.place = h.told
            and s.building = coalesce(h.building, '') and s.unit = coalesce(h.unit, '') and s.room = h.room
            and h.area_rule in ('code', 'grid') and h.address_basis = 'live'
        """
    )
