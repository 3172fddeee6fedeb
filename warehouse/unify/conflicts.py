"""What the agencies' words contradict each other in, told to those who can put it right.

Belongs here: the stage's ``issue`` rows: status, heads and members of households, relations that sex or age belie,
entitlements of nobody or of the dead. Does
not belong here: what is chosen in spite of it (``values.py``, ``households.py``), issues of one cell (``normalize/``).

An issue is told at the record whose word it is. Ages are compared with the head's only where both dates are days.
"""

from __future__ import annotations

from pathlib import Path

from schemas.model import schema
from warehouse.store import Store, literal
from warehouse.unify import standing
from warehouse.unify.inputs import UnifyInputs, same_record, scan_or_empty
from warehouse.unify.values import value_file

TABLES = ("one_conflict",)


def issue_rows(store: Store, inputs: UnifyInputs, folder: Path, benefits: str) -> str:
    """The SELECT of ``issue``. ``benefits``: the scan of ``benefit``."""
    con = store.con
    con.execute(
        f"""
        create or replace temp table one_conflict as
        {standing.conflict_rows(value_file(folder, "status"))}
        union all
        {_relations(folder)}
        """
    )
    severities = " ".join(
        f"when {literal(code.code)} then {literal(code.extra['severity'])}"
        for code in schema().code_lists["issue_code"].codes
    )
    return f"""
        select source, edition_id, file, sheet, row_number, field, code, case code {severities} end as severity, value_masked
        from (
            select c.source, c.edition_id, c.file, c.sheet, c.row_number, x.field, x.code, x.shown as value_masked
            from one_conflict x join one_record r on r.n = x.n join {inputs.residents} c on {same_record("c", "r")}
            union all
            {_stated_members(inputs)}
            union all
            {_benefits(inputs, benefits)}
        )
    """


def _relations(folder: Path) -> str:
    """Several heads (told at each of them), no head (at the household's first record), and relations that contradict sex
    or age; at the record whose relation was chosen."""
    codes = schema().code_lists["relation_to_head"].codes
    sexes, ages = (
        ", ".join(f"({literal(c.code)}, {literal(c.extra[name])})" for c in codes if c.extra[name])
        for name in ("sex", "generation")
    )
    return f"""
        select distinct * from (
            with member as (
                select p.household_id, p.resident_id, p.sex, p.relation_to_head, p.birth_date, r.rid, t.n, h.household_rule, h.household_no,
                    p.birth_date_precision = 'day' as to_the_day
                from one_person p join one_resident r using (resident_id) join one_household h using (rid)
                left join (select rid, n from {value_file(folder, "relation_to_head")} where chosen) t using (rid)
                where p.status = 'active'
            )
            select n, 'relation_to_head' as field, 'household_two_heads' as code, null as shown from (
                select *, count(*) over (partition by household_id) as heads from member
                where relation_to_head = '02' and household_rule = 'number'
            ) where heads > 1
            union all
            select min(w.n), 'relation_to_head', 'household_no_head', null
            from member m join (select rid, n from {value_file(folder, "household_no")} where chosen) w using (rid)
            where m.household_rule = 'number'
            group by m.household_id having count(*) filter (where m.relation_to_head in ('01', '02')) = 0
            union all
            select m.n, 'relation_to_head', 'relation_conflict', m.relation_to_head from member m
            join (values {sexes}) x(code, sex) on x.code = m.relation_to_head where m.sex in ('1', '2') and m.sex <> x.sex
            union all
            select m.n, 'relation_to_head', 'relation_conflict', m.relation_to_head from member m
            join (values {ages}) x(code, generation) on x.code = m.relation_to_head
            join one_head d using (household_id) join member h on h.resident_id = d.head_resident_id
            where m.resident_id <> h.resident_id and m.to_the_day and h.to_the_day and h.relation_to_head in ('01', '02')
                and case x.generation when 'younger' then m.birth_date <= h.birth_date else m.birth_date >= h.birth_date end
        )
    """


def _stated_members(inputs: UnifyInputs) -> str:
    """Households whose record states another number of members than the household has."""
    records = scan_or_empty(inputs.households, "household_core")
    return f"""
        select c.source, c.edition_id, c.file, c.sheet, c.row_number, 'members', 'household_size_conflict', cast(c.members as varchar)
        from one_house_record r join {records} c
            on c.source = r.told_by and c.edition_id = r.edition_id and c.record_key = r.record_key and c.record_no = r.record_no
        join (
            select household_id, count(*) as n from one_person where household_id is not null and status = 'active' group by household_id
        ) p using (household_id)
        where c.source = r.source and c.members is not null and c.members <> p.n
    """


def _benefits(inputs: UnifyInputs, benefits: str) -> str:
    """Entitlements that nobody can be found for, and those in payment of somebody who has died."""
    return f"""
        select c.source, c.edition_id, c.file, c.sheet, c.row_number, 'program',
            case when b.resident_id is null then 'benefit_without_resident' else 'deceased_active' end, null
        from {benefits} b join {scan_or_empty(inputs.benefits, "benefit_core")} c on {same_record("c", "b")}
        left join one_person p on p.resident_id = b.resident_id
        where b.resident_id is null or p.status = 'deceased' and b.status is not distinct from 'active'
            and coalesce(b.end_date > c.as_of, true)
    """
