"""Households: their members, head, kind and place.

A household's place is its head's, else that of most of its members, else what its own record says. Its head is the
member who is called 户主, then 本人, else whom the household's record names, else its only member. A numbered household of
many people who are no relatives is a collective one (集体户).

Does not belong here: who belongs to which household (``membership.py``), what is wrong with one (``conflicts.py``).
"""

from __future__ import annotations

from collections.abc import Mapping

from warehouse.store import Store
from warehouse.unify.inputs import UnifyInputs, listed, same_record, scan_or_empty
from warehouse.unify.membership import UNRELATED, household_id_sql

TABLES = ("one_house_record", "one_house", "one_head")
MANY = 10
"""Members from which on people who are no relatives are a collective household, not flatmates."""
CODES = ("county_code", "street_code", "community_code", "grid_code")


def household_rows(store: Store, inputs: UnifyInputs, key: Mapping[str, bytes]) -> str:
    """Make the temporary tables of households; returns the SELECT of ``household``."""
    con = store.con
    records = scan_or_empty(inputs.households, "household_core")
    placed = scan_or_empty(inputs.household_placed, "household_placed")
    # One record speaks for a household: the latest, then the first by its key.
    con.execute(
        f"""
        create or replace temp table one_house_record as
        select {household_id_sql("source", "household_no")} as household_id, * exclude (place) from (
            select coalesce(b.to_source, c.source) as source, coalesce(b.to_number, c.household_no) as household_no,
                c.source as told_by, c.edition_id, c.record_key, c.record_no, c.head_name, c.head_id_number, c.members, p.dwelling_id,
                {listed(CODES, "p")}, row_number() over (
                    partition by coalesce(b.to_source, c.source), coalesce(b.to_number, c.household_no)
                    order by b.to_number is not null, c.as_of desc, c.source, c.record_key, c.record_no, c.edition_id desc
                ) as place
            from {records} c left join {placed} p on {same_record("p", "c")}
            left join one_better b on b.source = c.source and b.number = c.household_no
            where c.household_no is not null
        ) where place = 1
        """,
        dict(key),
    )
    con.execute(
        """
        create or replace temp table one_house as
        select household_id, coalesce(min(household_no), min(unseen_no)) as household_no from (
            select household_id, household_no, null as unseen_no from one_household
            union all select household_id, household_no, null from one_house_record
            union all
            select household_id, null, case when household_rule is distinct from 'living' then household_no end
            from one_unseen where household_id is not null
        ) group by household_id
        """
    )
    _heads(store)
    unrelated = ", ".join(f"'{code}'" for code in UNRELATED)
    return f"""
        with candidates as (
            select p.household_id, p.dwelling_id, {listed(CODES, "p")}, p.resident_id as tie,
                case when p.resident_id = h.head_resident_id then 0 when p.status = 'active' then 1 else 2 end as standing,
                count(*) over (partition by p.household_id, p.dwelling_id, p.community_code) as alike
            from one_person p left join one_head h using (household_id) where p.household_id is not null
            union all
            select household_id, dwelling_id, {listed(CODES)}, '', 3, 0 from one_house_record
        ), places as (
            select * from (
                select *, row_number() over (
                    partition by household_id order by standing, (dwelling_id is null), alike desc, tie
                ) as place
                from candidates where dwelling_id is not null or community_code is not null or street_code is not null
            ) where place = 1
        ), counted as (
            select household_id, count(*) filter (where status = 'active') as members, count(*) as n,
                count(*) filter (where relation_to_head is null or relation_to_head in ({unrelated})) as strangers
            from one_person where household_id is not null group by household_id
        )
        select o.household_id,
            case when o.household_no is null then 'living' when c.n >= {MANY} and c.strangers >= 0.8 * c.n then 'collective'
                else 'family' end as household_type,
            o.household_no, h.head_resident_id,
            coalesce(nullif(c.members, 0), r.members, 0) as members, p.dwelling_id, {listed(CODES, "p")}
        from one_house o
        left join one_head h using (household_id) left join counted c using (household_id)
        left join one_house_record r using (household_id) left join places p using (household_id)
    """


def _heads(store: Store) -> None:
    """The head, as the module says; who is active before who is not."""
    store.con.execute(
        """
        create or replace temp table one_head as
        select household_id, resident_id as head_resident_id from (
            select *, row_number() over (partition by household_id order by standing, resident_id) as place from (
                select household_id, resident_id,
                    case relation_to_head when '02' then 0 else 2 end + case status when 'active' then 0 else 1 end as standing
                from one_person where household_id is not null and relation_to_head in ('01', '02')
                union all
                select r.household_id, p.resident_id, 4 from one_house_record r
                join (
                    select id_number, min(resident_id) as resident_id from one_person
                    where id_number is not null group by id_number having count(*) = 1
                ) p on p.id_number = r.head_id_number
                union all
                select r.household_id, p.resident_id, 5 from one_house_record r
                join (
                    select household_id, name, min(resident_id) as resident_id from one_person
                    where household_id is not null group by household_id, name having count(*) = 1
                ) p on p.household_id = r.household_id and p.name = r.head_name
                union all
                select household_id, min(resident_id), 6 from one_person where household_id is not null
                group by household_id having count(*) = 1
            )
        ) where place = 1
        """
    )
