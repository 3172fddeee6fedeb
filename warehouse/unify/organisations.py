"""Organisations: records of one body across sources, by its credit code, else by its name within its county.

Two records of one name, one with and one without a code, stay two: names of bodies repeat. Values come from the
latest record that has any, place and address together. The parent is the only organisation of the stated name.
"""

from __future__ import annotations

from collections.abc import Mapping

from warehouse.link.keyed_hash import hmac_sql, message_sql
from warehouse.store import Store
from warehouse.unify.inputs import UnifyInputs, listed, same_record, scan_or_empty

TABLES = ("one_body",)
CODES = ("county_code", "street_code", "community_code", "grid_code")


def organisation_rows(store: Store, inputs: UnifyInputs, key: Mapping[str, bytes]) -> str:
    """Make the temporary table of organisation records; returns the SELECT of ``organisation``."""
    placed = scan_or_empty(inputs.organisation_placed, "organisation_placed")
    stated = message_sql(["'organisation'", "uscc"])
    named = message_sql(["'organisation'", "''", "name", "county_code"])
    # Without a code and a name a record stands for itself.
    alone = message_sql(["'organisation'", "''", "''", "''", "source", "record_key", "record_no"])
    message = f"case when uscc is not null then {stated} when name is not null then {named} else {alone} end"
    store.con.execute(
        f"""
        create or replace temp table one_body as
        select {hmac_sql(message, prefix="o")} as organisation_id, *,
            row_number() over (order by as_of desc, source, record_key, record_no, edition_id desc) as place
        from (
            select c.source, c.edition_id, c.record_key, c.record_no, c.as_of, c.name, c.uscc, c.kind, c.parent_name,
                c.address, c.phone, {listed(CODES, "p")}
            from {scan_or_empty(inputs.organisations, "organisation_core")} c
            left join {placed} p on {same_record("p", "c")}
        )
        """,
        dict(key),
    )
    latest = ", ".join(
        f"arg_min({name}, place) filter (where {name} is not null) as {name}"
        for name in ("name", "uscc", "kind", "parent_name", "phone")
    )
    located = ", ".join(
        f"arg_min(struct_pack(v := {name}), case when address is not null then place else place + 1000000000000 end).v as {name}"
        for name in ("address", *CODES)
    )
    return f"""
        with one as (
            select organisation_id, {latest}, {located}, string_agg(distinct source, ',' order by source) as sources
            from one_body group by organisation_id
        ), parents as (
            select name, min(organisation_id) as parent_id from one where name is not null
            group by name having count(*) = 1
        )
        select o.organisation_id, o.name, o.uscc, o.kind,
            case when p.parent_id <> o.organisation_id then p.parent_id end as parent_id, o.parent_name, o.address, o.phone,
            {listed(CODES, "o")}, o.sources
        from one o left join parents p on p.name = o.parent_name
    """
