"""What points to a person: benefits and events; and staff, who are no residents of the records.

An event's caller is linked only where one resident alone has that name and phone. Nothing here changes who is who.
"""

from __future__ import annotations

from warehouse.link.inputs import VALID_ID
from warehouse.store import Store, literal
from warehouse.unify.inputs import RECORD, UnifyInputs, listed, same_record, scan_or_empty

TABLES = ("one_agency",)
DATES = ("start_date", "start_date_precision", "end_date", "end_date_precision")


def benefit_rows(store: Store, inputs: UnifyInputs) -> str:
    """The SELECT of ``benefit``.

    Its resident is that of the resident record made of the same row (same source, edition, key and number); where
    the row made several, the key's only resident; where it made none, the only resident with its valid id number.
    """
    con = store.con
    con.execute("create or replace temp table one_agency (source varchar, agency varchar)")
    for source, agency in sorted(inputs.agencies.items()):
        con.execute("insert into one_agency values (?, ?)", [source, agency])
    valid = ", ".join(literal(status) for status in VALID_ID)
    return f"""
        select coalesce(e.resident_id, k.resident_id, i.resident_id) as resident_id, c.program, g.agency, c.level,
            c.amount, c.benefit_status as status, {listed(DATES, "c")}, {listed(RECORD, "c")}
        from {scan_or_empty(inputs.benefits, "benefit_core")} c
        left join {inputs.assignment} e on {same_record("e", "c")}
        left join (
            select source, edition_id, record_key, min(resident_id) as resident_id from {inputs.assignment}
            group by source, edition_id, record_key having count(distinct resident_id) = 1
        ) k on k.source = c.source and k.edition_id = c.edition_id and k.record_key = c.record_key
        left join (
            select id_number, min(resident_id) as resident_id from one_person where id_number is not null
            group by id_number having count(*) = 1
        ) i on i.id_number = c.id_number and c.id_status in ({valid})
        left join one_agency g on g.source = c.source
    """


def event_rows(inputs: UnifyInputs) -> str:
    """The SELECT of ``event``; its place is that of its own address."""
    events = scan_or_empty(inputs.events, "event_core")
    placed = scan_or_empty(inputs.event_placed, "event_placed")
    return f"""
        with called as (
            select distinct name, phone from {events} where name is not null and phone is not null
        ), answered as (
            select d.name, d.phone, min(d.resident_id) as resident_id from (
                select c.name, d.phone, r.resident_id
                from {inputs.residents} c
                join one_key k on {same_record("k", "c")} join one_resident r on r.rid = k.rid
                cross join unnest(string_split(coalesce(c.phones, c.phone), ',')) as d(phone)
                where coalesce(c.phones, c.phone) is not null and exists (select 1 from called x where x.name = c.name)
            ) d join called x on x.name = d.name and x.phone = d.phone
            group by d.name, d.phone having count(distinct d.resident_id) = 1
        )
        select {listed(RECORD, "c")}, c.event_no, c.category, c.content, c.address,
            {listed(("county_code", "street_code", "community_code", "grid_code", "dwelling_id"), "p")},
            a.resident_id, {listed(("reported_at", "dispatched_at", "responded_at", "closed_at", "department", "rating"), "c")}
        from {events} c
        left join {placed} p on {same_record("p", "c")}
        left join answered a on a.name = c.name and a.phone = c.phone
    """


def staff_rows(inputs: UnifyInputs) -> str:
    """The SELECT of ``staff``: the current records as they are."""
    columns = (
        *RECORD, "name", "unit_code", "unit_name", "role", "certificate", *DATES, "birth_date", "birth_date_precision", "phone",
    )  # fmt: skip
    return f"select {listed(columns)} from {scan_or_empty(inputs.staff, 'staff_core')}"
