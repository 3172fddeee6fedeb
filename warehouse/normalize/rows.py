"""Rows before they are records: their key, whether they count, and what became of each.

Belongs here: ``where``, ``deleted``, the record key, repeated keys, the table ``og_rows``.
Does not belong here: what the cells say (``records.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.sources import Source
from warehouse.normalize.raw import RawCell, RawRelation
from warehouse.store import Store, literal

# What tells records of a kind apart where the source names no key: the first of each group that is filled, all
# groups together.
IDENTIFYING: dict[str, tuple[tuple[str, ...], ...]] = {
    "resident": (("id_number", "birth_date", "phone", "hukou_address", "live_address", "address"), ("name",)),
    "household": (("household_no", "head_id_number", "address"), ("head_name",)),
    "dwelling": (("dwelling_no", "address"), ("estate",), ("building",), ("unit",), ("room",)),
    "grid": (("grid_code", "grid_name"), ("grid_type",)),
    "area": (("area_code", "name"), ("code_system",)),
    "event": (("event_no", "content"), ("reported_at",), ("phone",)),
    "benefit": (("id_number", "name"), ("program",), ("start_date",)),
    "staff": (("name",), ("unit_code", "unit_name"), ("role",)),
    "organisation": (("uscc", "name"), ("address",)),
}


def make_rows(store: Store, source: Source, raw: RawRelation) -> None:
    """Make the table ``og_rows``: edition_id, seq, row_number, file, sheet, record_key, state, differs.

    ``state`` is 'ok', or why the row is no record: where, empty_key, deleted, repeated_key. ``differs``: the row
    that took the key says something else.
    """
    keep = [
        f"coalesce(og_ends({raw.text(RawCell(from_=(header,)))}), '') in ({', '.join(literal(v) for v in values)})"
        for header, values in source.where.items()
    ]
    withdraws = "false"
    if source.deleted is not None:
        values = ", ".join(literal(value) for value in source.deleted.values)
        withdraws = (
            f"coalesce(og_ends({raw.text(RawCell(from_=(source.deleted.column,)))}), '') in ({values})"
        )
    columns = [f"coalesce(w.c{n}, '')" for n in raw.numbers.values()]
    digest = f"hash(concat_ws(chr(31), {', '.join(columns)}))" if columns else "0::ubigint"
    con = store.con
    con.execute(f"""
        create or replace temp table og_rows as
        select edition_id, as_of, seq, row_number, file, sheet, record_key, false as differs,
            case when not ({" and ".join(keep) or "true"}) then 'where' when record_key = '' then 'empty_key'
                 when {withdraws} then 'deleted' else 'ok' end as state
        from (select *, {_key(source, raw)} as record_key from og_raw)
    """)
    # What a row says is hashed for the few rows whose key comes again.
    con.execute(f"""
        create or replace temp table og_lost as
        with again as (
            select edition_id, record_key from og_rows where state in ('ok', 'deleted')
            group by edition_id, record_key having count(*) > 1
        ), said as (
            select r.edition_id, r.record_key, r.seq, r.row_number, {digest} as digest
            from og_rows r join again using (edition_id, record_key) join og_raw w on w.seq = r.seq and w.row_number = r.row_number
            where r.state in ('ok', 'deleted')
        ), ranked as (
            select seq, row_number, min(digest) over same <> max(digest) over same as differs,
                row_number() over (partition by edition_id, record_key order by seq desc, row_number desc) as n
            from said window same as (partition by edition_id, record_key)
        )
        select seq, row_number, differs from ranked where n > 1
    """)
    if store.rows("select count(*) from og_lost")[0][0]:
        con.execute("""
            update og_rows set state = 'repeated_key', differs = og_lost.differs
            from og_lost where og_lost.seq = og_rows.seq and og_lost.row_number = og_rows.row_number
        """)


def mark_without_record(store: Store, wide: Sequence[tuple[bool, str]]) -> None:
    """Mark the good rows of which no kind has a record. ``wide``: the typed rows of each statement (a FROM item with
    seq, row_number and og_there), and whether every good row stands in it."""
    at = next((n for n, (whole, _) in enumerate(wide) if whole), None)
    if at is None:
        candidates, others = (
            "select seq, row_number from og_rows where state = 'ok'",
            [scan for _, scan in wide],
        )
    else:  # few: then the others are asked for these alone
        candidates = f"select seq, row_number from {wide[at][1]} where not og_there"
        others = [scan for n, (_, scan) in enumerate(wide) if n != at]
    con = store.con
    con.execute(f"create or replace temp table og_without as {candidates}")
    for scan in others:
        con.execute(f"""
            create or replace temp table og_without as
            select w.* from og_without w anti join (
                select t.seq, t.row_number from {scan} t semi join og_without o
                on t.seq = o.seq and t.row_number = o.row_number where t.og_there
            ) there on there.seq = w.seq and there.row_number = w.row_number
        """)
    con.execute("""
        update og_rows set state = 'no_record' where state = 'ok'
        and exists (select 1 from og_without w where w.seq = og_rows.seq and w.row_number = og_rows.row_number)
    """)


def _key(source: Source, raw: RawRelation) -> str:
    if source.key:
        parts = [f"coalesce(og_ends({raw.text(RawCell(from_=(header,)))}), '')" for header in source.key]
        joined = " || '|' || ".join(parts)
        if len(parts) == 1:
            return joined
        return f"case when {' || '.join(parts)} = '' then '' else {joined} end"
    words: list[str] = []
    for kind in source.feeds:
        # Those of a household or benefit are added to the person's: one person with two programmes is two records.
        for group in IDENTIFYING[kind]:
            for number in source.record_numbers(kind):
                mapped = source.mappings(kind, number)
                texts = [
                    f"nullif(upper(og_half(og_plain({raw.text(RawCell.of(mapped[name]))}))), '')"
                    for name in group
                    if name in mapped and mapped[name].const is None
                ]
                if texts:
                    words.append(f"coalesce({', '.join(texts)}, '')")
    distinct = list(dict.fromkeys(words))
    if not distinct:
        return "''"
    return f"case when {' || '.join(distinct)} = '' then '' else og_digest(concat_ws(chr(31), {', '.join(distinct)})) end"
