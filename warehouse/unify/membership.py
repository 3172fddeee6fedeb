"""Which household each resident belongs to, and by which rule.

In this order:

* ``number``: the 户号 of the record chosen for ``household_no`` (the police's first); it means something within its source;
* ``shared_number``: who has only another source's number (a benefit's) belongs to the household of those who share that
  number and have a better agency's: the one most of them are in;
* ``dwelling``: who has no number but lives where exactly one numbered household lives, and is its relative by what a
  roster says of the relation to the head; where nothing is said of it, those who are no migrants;
* ``living``: all others of a dwelling are one household of their own (居住户).

Nobody whose home is unknown and who has no number is in any. Makes ``one_household`` (rid, household_id, household_rule,
household_no) and ``one_better`` (source, number → to_source, to_number: numbers whose household has a better one).
Does not belong here: heads, types and places of households (``households.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from warehouse.link.keyed_hash import hmac_sql, message_sql
from warehouse.store import Store
from warehouse.unify.records import authorities, governed
from warehouse.unify.residence import LIVES
from warehouse.unify.values import value_file

TABLES = ("one_better", "one_number", "one_home", "one_household")
UNRELATED = ("98", "99")
"""Codes of GB/T 4761 for those who are no relatives of the head."""


def household_id_sql(source: str, number: str) -> str:
    """Opaque id of a household: the number means something within one source only."""
    return hmac_sql(message_sql(["'household'", source, number]), prefix="h")


def make_memberships(store: Store, folder: Path, key: Mapping[str, bytes]) -> None:
    """Make ``one_household``. ``key``: the parameters of ``keyed_hash.key_blocks``."""
    con = store.con
    rule = governed()["household_no"].survivorship
    assert rule is not None
    con.execute(
        f"""
        create or replace temp table one_number as
        select v.rid, r.source, v.value as number, v.chosen, r.{authorities()[rule.authority]} as authority
        from {value_file(folder, "household_no")} v join one_record r on r.n = v.n
        """
    )
    # Of those who share a number, the households by a better agency's number; the one that most of them are in.
    con.execute(
        """
        create or replace temp table one_better as
        select source, number, to_source, to_number from (
            select w.source, w.number, o.source as to_source, o.number as to_number, row_number() over (
                partition by w.source, w.number order by count(distinct w.rid) desc, o.authority, o.source, o.number
            ) as place
            from one_number w join one_number o on o.rid = w.rid and o.chosen where o.authority < w.authority
            group by w.source, w.number, o.source, o.number, o.authority
        ) where place = 1
        """
    )
    con.execute(
        """
        create or replace temp table one_number as
        select o.rid, coalesce(b.to_source, o.source) as source, coalesce(b.to_number, o.number) as number,
            case when b.to_number is null then 'number' else 'shared_number' end as household_rule
        from one_number o left join one_better b on b.source = o.source and b.number = o.number where o.chosen
        """
    )
    unrelated = ", ".join(f"'{code}'" for code in UNRELATED)
    con.execute(
        f"""
        create or replace temp table one_home as
        select h.rid, r.dwelling_id, t.value in ({unrelated}) as unrelated, t.value is not null as related,
            coalesce(k.value in ('migrant', 'overseas'), false) as migrant
        from one_residence h join one_record r on r.n = h.n
        left join (select rid, value from {value_file(folder, "relation_to_head")} where chosen) t on t.rid = h.rid
        left join (select rid, value from {value_file(folder, "resident_kind")} where chosen) k on k.rid = h.rid
        where h.kind = {LIVES} and r.dwelling_id is not null
        """
    )
    con.execute(
        f"""
        create or replace temp table one_household as
        with joined as (
            select h.dwelling_id, min(n.source) as source, min(n.number) as number
            from one_home h join one_number n using (rid)
            group by h.dwelling_id having count(distinct (n.source, n.number)) = 1
        )
        select rid, {household_id_sql("source", "number")} as household_id, household_rule,
            case when household_rule <> 'living' then number end as household_no
        from (
            select rid, source, number, household_rule from one_number
            union all
            select h.rid, coalesce(j.source, 'dwelling'), coalesce(j.number, h.dwelling_id),
                case when j.number is null then 'living' else 'dwelling' end
            from one_home h left join joined j
                on j.dwelling_id = h.dwelling_id and not coalesce(h.unrelated, false) and (h.related or not h.migrant)
            where h.rid not in (select rid from one_number)
        )
        """,
        dict(key),
    )
