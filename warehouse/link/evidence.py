"""What each record says that tells one person from another: ``link_record``, one row a record key.

Belongs here: which columns of a record are evidence and in which form they are compared, and what a damaged id number
still tells. Does not belong here: which records belong together (``anchors.py``), what a group of records says
together (``nodes.py``).

A birth date or sex is taken only as the record states it: one read off the record's own number would be the number
counted twice.
"""

from __future__ import annotations

import duckdb

from warehouse.link.inputs import KEY, VALID_ID, LinkInputs, same_key
from warehouse.normalize.functions import sql_list
from warehouse.normalize.id_recovery import restored
from warehouse.normalize.identity import spacing
from warehouse.store import Store

TABLES = ("link_restored", "link_record")
SEPARATOR = ","
"""Between the values of a list that is kept as text; no key of a name, phone or home holds a comma."""
# What a number that cannot link by itself still tells, by the kind of its damage: the leading digits that are sure
# (a float64 carries into the sixteenth digit, never beyond the fifteenth but by one), the signs behind a mask.
PARTIAL = ("excel000", "float_rounded", "sci_notation", "masked", "bad_checksum", "bad_date", "length_error")
# A person who has gone still is that person, but a second record of the same source may then be another's.
_GONE = ("deceased", "moved_out")


def make_records(store: Store, inputs: LinkInputs) -> None:
    """Make ``link_restored`` (numbers found again, ``normalize/id_recovery.py``) and ``link_record``.

    ``link_record``: the key, ``edition_id``, ``as_of``; ``name_key`` and ``names`` (with the former name), ``pinyin``;
    ``birth_date`` and its precision, ``sex`` as stated; ``anchor`` (the number it may be linked by), ``recovered``;
    ``id_class``, ``id_part`` (what is left of a damaged number) and ``document`` (of other documents); ``phones``;
    ``live_home`` and ``hukou_home`` (keys in the addresses' own words), ``dwelling_id``; ``community``; ``living``.
    """
    con = store.con
    con.execute(f"create or replace temp table link_restored as {restored(inputs.residents)}")
    con.execute(
        f"""
        create or replace temp table link_record as
        select r.source, r.record_key, r.record_no, r.edition_id, r.as_of, r.row_number, r.name_key,
            nullif(replace(r.name_pinyin, ' ', ''), '') as pinyin,
            -- a former name is a name of the same person
            nullif(og_replaced(r.former_name, '[^\\p{{Han}}]', ''), '') as former_key,
            r.birth_date, r.birth_date_precision,
            case when r.sex in ('1', '2') then r.sex end as sex,
            case when r.id_status in ({sql_list(VALID_ID)}) and length(r.id_number) = 18 then r.id_number
                else x.id_number end as anchor,
            x.id_number is not null as recovered, r.id_status as id_class,
            case when r.id_status in ({sql_list(PARTIAL)}) and x.id_number is null then r.id_stated end as id_part,
            case when r.id_status = 'other_document' then r.id_number end as document,
            r.phones, {_home("r.live_")} as live_home, {_home("r.hukou_")} as hukou_home,
            p.dwelling_id, p.community_code as community,
            coalesce(r.status, 'active') not in ({sql_list(_GONE)}) as living
        from {inputs.residents} r
        left join link_restored x on x.edition_id = r.edition_id and {same_key("x", "r")}
        {_placed(inputs)}
        """
    )

    _latest(con)
    _rounded(con)


def _latest(con: duckdb.DuckDBPyConnection) -> None:
    """A person may stand in two current editions of one source (files by street, one of them older): the latest row
    speaks for the key. Such keys are few, so the others are spared the sorting."""
    keys = ", ".join(KEY)
    con.execute(
        f"""
        delete from link_record where rowid in (
            select rowid from (
                select rowid, row_number() over (partition by {keys} order by as_of desc, edition_id desc, row_number desc) as place
                from link_record where ({keys}) in (select ({keys}) from link_record group by {keys} having count(*) > 1)
            ) where place > 1
        )
        """
    )


def _rounded(con: duckdb.DuckDBPyConnection) -> None:
    """Numbers that are whole by chance: one number in eleven that a spreadsheet rounded passes its check digit.

    Such a number is a multiple of the rounding step, or ends in 000, and another record of the same name bears the one
    number that it was made of. Twins share the digits, but not the name.
    """
    whole = "cast(anchor as bigint)"
    con.execute(
        f"""
        create or replace temp table link_rounded as
        with number as (
            select name_key, anchor, {whole} as whole, count(*) as n from link_record
            where name_key is not null and anchor is not null and anchor not like '%X' group by name_key, anchor
        ),
        suspect as (
            select *, {spacing("(whole // 10)")} as step, substr(anchor, 16) = '000' as cut from number
            where cut or (step > 8 and whole % step = 0)
        )
        select s.name_key, s.anchor, min(k.anchor) as restored
        from suspect s join number k on k.name_key = s.name_key and k.anchor <> s.anchor
            -- rounding may carry into the fifteenth digit
            and k.whole // 10000 between s.whole // 10000 - 1 and s.whole // 10000 + 1
            and (abs(k.whole - s.whole) * 2 <= s.step or s.cut and k.whole // 1000 = s.whole // 1000)
            and k.n >= s.n
        group by s.name_key, s.anchor having count(distinct k.anchor) = 1
        """
    )
    if con.execute("select count(*) from link_rounded").fetchall()[0][0]:
        # two numbers that were each made of the other say nothing
        con.execute(
            "delete from link_rounded where (name_key, restored) in (select (name_key, anchor) from link_rounded)"
        )
        con.execute(
            """
            insert into link_restored
            select r.source, r.edition_id, r.record_key, r.record_no, r.name_key, x.restored, 'float_rounded', k.source
            from link_record r join link_rounded x on x.name_key = r.name_key and x.anchor = r.anchor
            join (select anchor, min(source) as source from link_record group by anchor) k on k.anchor = x.restored
            """
        )
        con.execute(
            """
            update link_record set anchor = x.restored, recovered = true
            from link_rounded x where x.name_key = link_record.name_key and x.anchor = link_record.anchor
            """
        )
    con.execute("drop table link_rounded")


EVIDENCE = (
    "name_key", "pinyin", "former_key", "birth_date", "birth_date_precision", "sex", "anchor", "recovered", "id_class",
    "id_part", "document", "phones", "live_home", "hukou_home", "dwelling_id", "community", "living",
)  # fmt: skip
"""The columns of ``link_record`` by which a record is linked."""


def _home(prefix: str) -> str:
    """SQL of the key of a home in an address' own words: an estate's or a road's name, building, unit, room.

    Without a room it names no home. The area is left out: most records do not say it.
    """
    parts = f"coalesce({prefix}building, '') || '|' || coalesce({prefix}unit, '') || '|' || {prefix}room"
    return (
        f"case when {prefix}room is null then null when {prefix}estate is not null then {prefix}estate || '|' || {parts} "
        f"when {prefix}road is not null then {prefix}road || coalesce({prefix}road_no, '') || '|' || {parts} end"
    )


def _placed(inputs: LinkInputs) -> str:
    if inputs.placed is None:
        return (
            "left join (select null as dwelling_id, null as community_code, null as address_basis) p on false"
        )
    return f"left join {inputs.placed} p on p.edition_id = r.edition_id and {same_key('p', 'r')}"
