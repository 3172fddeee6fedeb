"""What was: residents, households, dwellings and grid cells over periods, and older versions of records.

A period begins on the day (``as_of`` of the run) that first showed the row as it is and ends on the day that
showed another; ``valid_to`` is not part of it. Running a day again replaces that day's row. Small changes of the
evidence (``UNWATCHED``) do not begin a period.
"""

from __future__ import annotations

from datetime import date

from schemas.model import schema
from warehouse.link.inputs import KEY, same_key
from warehouse.link.ledger import RECORDS
from warehouse.store import Store, literal, quoted
from warehouse.unify.inputs import UnifyInputs, conform, listed, same_record, scan_or_empty

TABLES = ("one_version",)
PERIOD = ("valid_from", "valid_to")
# Counts of a cell change every night without the cell being another.
UNWATCHED = (
    "resident_id",
    "first_seen",
    "last_seen",
    "confidence",
    "household_rule",
    "households",
    "residents",
)
# What a list states of a cell's validity is no period of ours: it has another name there.
STATED = {("grid", "stated_from"): "valid_from", ("grid", "stated_to"): "valid_to"}
# Where a record stands in a delivery is no part of what it says.
NOT_CONTENT = ("source", "edition_id", "as_of", "file", "sheet", "row_number", "record_key", "record_no")


def resident_history_rows(store: Store, inputs: UnifyInputs, as_of: date) -> str:
    """The SELECT of ``resident_history`` without labels (SCD2 by ``as_of``)."""
    before = inputs.previous.resident_history if inputs.previous is not None else None
    return _periods(store, "resident", "one_person", before, as_of)


def thing_history_rows(store: Store, inputs: UnifyInputs, table: str, now: str, as_of: date) -> str:
    """The SELECT of the history of ``table`` (household, dwelling, grid) without labels; ``now`` is its scan tonight.

    A version from before there was such a history has none to go on from: it begins tonight."""
    before = inputs.previous.things.get(f"{table}_history") if inputs.previous is not None else None
    return _periods(store, table, now, before, as_of)


def _periods(store: Store, table: str, now: str, before: str | None, as_of: date) -> str:
    """Periods of the rows of ``now`` (by the key of ``table``), going on from ``before``."""
    declared = schema().tables[f"{table}_history"]
    key = quoted(declared.key[0])
    names = [name for name in declared.column_names if name not in PERIOD and not name.endswith("_label")]
    day, told = f"date {literal(as_of.isoformat())}", ", ".join(
        f"n.{quoted(STATED.get((table, name), name))} as {quoted(name)}" for name in names
    )  # fmt: skip
    now = f"(select {told} from {now} n)"
    if before is None:
        return f"select {listed(names)}, {day} as valid_from, cast(null as date) as valid_to from {now}"
    # A column that the older version did not have says nothing of whether something changed.
    known = {row[0] for row in store.rows(f"describe select * from {before}")}
    before = conform(store, before, declared.name)
    watched = [name for name in names if name not in UNWATCHED and name in known]
    same = " and ".join(f"p.{quoted(name)} is not distinct from o.{quoted(name)}" for name in watched)
    return f"""
        with old as (select * from {before} where valid_to is null),
        matched as (
            select o.{key}, o.valid_from, p.{key} is not null and {same} as same
            from old o left join {now} p using ({key})
        )
        select {listed([*names, *PERIOD])} from {before} where valid_to is not null
        union all
        -- Ended today: what differs now, and what is no more. What began today and ended today never was.
        select {listed(names, "o")}, o.valid_from, {day}
        from old o join matched m using ({key}) where not m.same and o.valid_from < {day}
        union all
        select {listed(names, "p")},
            case when m.same then m.valid_from else greatest({day}, coalesce(m.valid_from, {day})) end, null
        from {now} p left join matched m using ({key})
    """


def record_history_rows(store: Store, inputs: UnifyInputs) -> str:
    """The SELECT of ``resident_record_history``: for each record the versions before the current one.

    A version that only repeats the one before it (the same record in the next night's full export) is the same
    version. ``valid_from`` is the first day of it; ``valid_to`` the day of the next version, or, of a record that
    has gone, of the next edition of its source. Its resident is the one its key stood for under that name.
    """
    core = [c.name for c in schema().tables["resident_core"].columns]
    content = [name for name in core if name not in NOT_CONTENT]
    older = scan_or_empty(inputs.older, "resident_core")
    store.con.execute(
        f"""
        create or replace temp table one_version as
        with rows as (
            select source, edition_id, record_key, record_no, row_number, as_of, name_key, is_current,
                hash({listed(content)}) as digest
            from (
                select {listed(core)}, false as is_current from {older}
                union all select {listed(core)}, true from {inputs.residents}
            )
        ), runs as (
            select *, count(*) filter (where changed) over (
                partition by source, record_key, record_no order by as_of, is_current, edition_id, row_number
                rows between unbounded preceding and current row
            ) as run
            from (
                select *, digest is distinct from lag(digest) over (
                    partition by source, record_key, record_no order by as_of, is_current, edition_id, row_number
                ) as changed
                from rows
            )
        ), versions as (
            select source, record_key, record_no, run, min(edition_id) filter (where changed) as edition_id,
                min(name_key) filter (where changed) as name_key, min(as_of) as first_day, max(as_of) as last_day,
                bool_or(is_current) as is_current
            from runs group by source, record_key, record_no, run
        )
        select * from (
            select *, lead(first_day) over (partition by source, record_key, record_no order by run) as next_day
            from versions
        ) where not is_current
        """
    )
    deliveries = f"""
        select distinct source, as_of from {older} union select distinct source, as_of from {inputs.residents}
    """
    return f"""
        with gone as (
            select v.source, v.last_day, min(d.as_of) as next_day
            from (select distinct source, last_day from one_version) v join ({deliveries}) d
                on d.source = v.source and d.as_of > v.last_day
            group by v.source, v.last_day
        ), known as (
            -- Whom a key stood for, under which name: tonight's word, then the ledger's open rows, then its closed ones.
            select a.source, a.record_key, a.record_no, a.resident_id, c.name_key, 0 as age, 0 as serial
            from {inputs.assignment} a join {inputs.residents} c on {same_record("a", "c")}
            union all
            select {listed(KEY)}, coalesce(l.new_id, b.resident_id), name_key,
                case when until_version is null then 1 else 2 end, serial
            from {RECORDS} b left join one_alias l on l.old_id = b.resident_id
        ), owners as (
            select * from (
                select v.source, v.edition_id, v.record_key, v.record_no, k.resident_id, row_number() over (
                    partition by v.source, v.edition_id, v.record_key, v.record_no
                    order by (k.name_key is not distinct from v.name_key) desc, k.age, k.serial desc, k.resident_id
                ) as place
                from one_version v left join known k on {same_key("k", "v")}
            ) where place = 1
        )
        select o.resident_id, null as match_rule, null as match_probability, {listed(core, "c")},
            v.first_day as valid_from, coalesce(v.next_day, g.next_day) as valid_to
        from {older} c
        join one_version v on {same_record("v", "c")}
        join owners o on {same_record("o", "c")}
        left join gone g on g.source = v.source and g.last_day = v.last_day
    """
