"""Where each resident lives: the one record from which the home and all parts of the residence are taken.

The record that knows best (``authority`` of ``live_address``, then the latest) says where the person is; whoever names
the home without contradicting it says which home that is: 福寿社区 锦绣花园3号楼 of the grid centre and 锦绣花园3号楼2单元501室
of the clinic are one residence, while a home elsewhere is another one, however fully it is written. A stated grid cell is
part of where the person is. A registered address counts where nobody says where the person lives.

Makes the temporary tables

* ``one_stay``: a row a record that places its person: ``n``, ``rid``, ``kind`` (0 lives there, 1 presumed from the
  registered address, 2 only an area is known), ``elsewhere`` (contradicts the record that knows best), ``homeless``
  (names no home), ``authority``, ``as_of``, ``told`` (sources of the person that tell the same home);
* ``one_residence``: the record chosen for each resident, its kind.

Does not belong here: what place an address is (``place/``), which address text is shown (``values.py``).
"""

from __future__ import annotations

from warehouse.store import Store
from warehouse.unify.records import authorities, governed

TABLES = ("one_place_of", "one_stay", "one_residence")
LIVES, PRESUMED, AREA = 0, 1, 2
CRITERIA = (
    # column, direction, what it is called in winning and in losing; strongest first
    ("elsewhere", "asc", "residence", "elsewhere"),
    ("homeless", "asc", "home", "no_home"),
    ("authority", "asc", "authority", "less_authority"),
    ("as_of", "desc", "latest", "older"),
    ("told", "desc", "agreement", "outvoted"),
)
_AREAS = ("county_code", "street_code", "community_code")
_PARTS = (*_AREAS, "estate", "building", "unit", "room")


def make_residences(store: Store) -> None:
    """Make the tables named above from ``one_record``."""
    con = store.con
    live, hukou = (_authority(name) for name in ("live_address", "hukou_address"))
    areas = ", ".join(("grid_code", *_AREAS))
    con.execute(
        f"""
        create or replace temp table one_place_of as
        with placed as (
            select *, case when address_basis = 'live' then {LIVES} when address_basis is not null then {PRESUMED}
                when coalesce({areas}) is not null then {AREA} end as kind
            from one_record
        ), shared as (
            select rid, kind, dwelling_id, count(distinct source) as told from placed
            where kind is not null and dwelling_id is not null group by rid, kind, dwelling_id having count(*) > 1
        )
        select p.n, p.rid, p.kind, p.as_of, case p.kind when {PRESUMED} then p.{hukou} else p.{live} end as authority,
            p.dwelling_id is null as homeless, p.grid_code, p.grid_rule = 'stated' as grid_stated, {", ".join(f"p.{name}" for name in _PARTS)},
            case when p.dwelling_id is null then 0 else coalesce(s.told, 1) end as told
        from placed p left join shared s on s.rid = p.rid and s.kind = p.kind and s.dwelling_id = p.dwelling_id
        where p.kind is not null
        """
    )
    differs = " or ".join(f"a.{name} is not null and s.{name} is distinct from a.{name}" for name in _PARTS)
    con.execute(
        f"""
        create or replace temp table one_stay as
        select s.n, s.rid, s.kind, s.kind > a.kind or {differs}
                or coalesce(a.grid_stated, false) and s.grid_code is distinct from a.grid_code as elsewhere,
            s.homeless, s.authority, s.as_of, s.told
        from one_place_of s join (
            select * from (
                select *, row_number() over (partition by rid order by kind, authority, as_of desc, told desc, n) as place
                from one_place_of
            ) where place = 1
        ) a using (rid)
        """
    )
    con.execute(
        f"""
        create or replace temp table one_residence as
        select rid, n, kind from (
            select *, row_number() over (partition by rid order by kind, {order()}, n) as place from one_stay
        ) where place = 1
        """
    )
    con.execute("drop table temp.one_place_of")


def order() -> str:
    """The criteria as a SQL order."""
    return ", ".join(f"{column} {direction}" for column, direction, _, _ in CRITERIA)


def _authority(name: str) -> str:
    rule = governed()[name].survivorship
    assert rule is not None
    return authorities()[rule.authority]
