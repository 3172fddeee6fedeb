"""The resident itself: the chosen values as one row a person, those not seen today, and the evidence table.

Makes the temporary tables ``one_golden`` (rid and the chosen values, typed), ``one_alias`` (ids that ended in a
merge → the id that stands), ``one_unseen`` (residents of the previous version without a current record) and
``one_person`` (all residents, as ``resident`` without labels).

Does not belong here: the choosing (``values.py``), households (``membership.py``, ``households.py``), history (``history.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from schemas.derive import duckdb_type
from schemas.model import schema
from warehouse.store import Store, literal, quoted
from warehouse.unify.inputs import RECORD, UnifyInputs, conform, listed
from warehouse.unify.membership import make_memberships
from warehouse.unify.records import governed, placed_fields
from warehouse.unify.values import value_file, value_files

TABLES = ("one_golden", "one_seen", "one_alias", "one_unseen", "one_person")
IDENTITY = ("name", "sex", "birth_date", "id_number")
"""Fields whose agreement makes ``confidence``."""
FIELDS_AT_ONCE = 6
PLACES = {
    "dwelling_id": ("dwellings", "dwelling_id"),
    "grid_code": ("grids", "grid_code"),
    "community_code": ("areas", "area_code"),
    "street_code": ("areas", "area_code"),
    "county_code": ("areas", "area_code"),
}
"""What of a resident's row refers to a gold table: column → (scan of ``UnifyInputs``, its column)."""


def person_columns() -> list[str]:
    """The columns of ``resident`` without the labels."""
    return [name for name in schema().tables["resident"].column_names if not name.endswith("_label")]


def make_people(store: Store, inputs: UnifyInputs, folder: Path, key: Mapping[str, bytes]) -> None:
    """Make the tables named above. ``key``: the parameters of ``keyed_hash.key_blocks``."""
    _golden(store, folder)
    _seen(store, inputs, folder)
    make_memberships(store, folder, key)
    _unseen(store, inputs)
    columns = {name: f"g.{quoted(name)}" for name in governed()} | {
        "resident_id": "r.resident_id",
        "household_id": "h.household_id",
        "household_rule": "h.household_rule",
        "sources": "s.sources",
        "confidence": "s.confidence",
        "first_seen": "least(s.first_seen, b.first_seen)",
        "last_seen": "greatest(s.last_seen, b.last_seen)",
    }
    current = ", ".join(f"{columns[name]} as {quoted(name)}" for name in person_columns())
    store.con.execute(
        f"""
        create or replace temp table one_person as
        select {current}
        from one_resident r join one_golden g using (rid) join one_seen s using (rid)
        left join one_household h using (rid)
        left join ({_before(store, inputs)}) b on b.resident_id = r.resident_id
        union all
        select {listed(person_columns())} from one_unseen
        """
    )


def value_rows(store: Store, inputs: UnifyInputs, folder: Path) -> str:
    """The SELECT of ``resident_value``: tonight's words, and the last ones about residents not seen today."""
    current = f"""
        select r.resident_id, v.field, v.value, {listed(RECORD, "c")}, c.as_of as observed_at, v.chosen, v.reason
        from {value_files(folder)} v join one_record c on c.n = v.n join one_resident r on r.rid = v.rid
    """
    if inputs.previous is None:
        return current
    names = listed(("resident_id", "field", "value", *RECORD, "observed_at"), "v")
    standing = " or ".join(f"(v.field = {literal(name)} and u.{quoted(name)} is null)" for name in PLACES)
    before = conform(store, inputs.previous.resident_value, "resident_value")
    # What a place that is no more was chosen for is a word still, but chosen no longer.
    kept = f"""
        select {names}, v.chosen and not ({standing}) and not (v.field = 'status' and u.status = 'unseen') as chosen,
            v.reason
        from {before} v join one_unseen u using (resident_id) where v.reason <> 'unseen'
    """
    unseen = f"""
        select resident_id, 'status', 'unseen', {listed(RECORD)}, observed_at, true, 'unseen' from (
            select v.*, row_number() over (
                partition by resident_id order by chosen desc, observed_at desc, {listed(RECORD)}, reason
            ) as place
            from {before} v join one_unseen u using (resident_id) where v.field = 'status' and u.status = 'unseen'
        ) where place = 1
    """
    return f"{current} union all {kept} union all {unseen}"


def _golden(store: Store, folder: Path) -> None:
    """``one_golden``: the chosen value of every field, typed.

    Joined a few fields at a time: one join of all would hold every field of every resident in memory at once, and
    a pivot by aggregates takes several times as long.
    """
    con, placed = store.con, placed_fields()
    con.execute(
        f"""
        create or replace temp table one_golden as
        select o.rid, {listed(placed, "r")}
        from one_resident o left join one_residence h on h.rid = o.rid left join one_record r on r.n = h.n
        """
    )
    fields = [(name, field) for name, field in governed().items() if name not in placed]
    for start in range(0, len(fields), FIELDS_AT_ONCE):
        some = fields[start : start + FIELDS_AT_ONCE]
        columns = ", ".join(
            f"cast({name}_.value as {duckdb_type(field)}) as {quoted(name)}" for name, field in some
        )
        joins = " ".join(
            f"left join (select rid, value from {value_file(folder, name)} where chosen) {name}_ on {name}_.rid = g.rid"
            for name, _ in some
        )
        con.execute(
            f"create or replace temp table one_golden_wider as select g.*, {columns} from one_golden g {joins}"
        )
        con.execute("drop table one_golden")
        con.execute("alter table one_golden_wider rename to one_golden")


def _seen(store: Store, inputs: UnifyInputs, folder: Path) -> None:
    """Who speaks of each resident since when, and the confidence that all of it is about one person.

    confidence = the share of the records' words on name, sex, birth date and id number that agree with the chosen
    ones, times the smallest match probability among the records; rounded to four digits.
    """
    files = ", ".join(literal(str(folder / f"{name}.parquet")) for name in IDENTITY)
    store.con.execute(
        f"""
        create or replace temp table one_seen as
        select s.rid, s.sources, s.first_seen, s.last_seen,
            round(coalesce(cast(w.agreeing as double) / w.words, 1) * s.probability, 4) as confidence
        from (
            select rid, string_agg(distinct source, ',' order by source) as sources, min(as_of) as first_seen,
                max(as_of) as last_seen, min(coalesce(match_probability, 1)) as probability
            from one_record group by rid
        ) s left join (
            select rid, count(*) as words, count(*) filter (where agrees) as agreeing
            from read_parquet([{files}]) group by rid
        ) w using (rid)
        """
    )


def _before(store: Store, inputs: UnifyInputs) -> str:
    """First and last day that each resident of today was seen before, under its id or one merged into it."""
    if inputs.previous is None:
        return "select null as resident_id, cast(null as date) as first_seen, cast(null as date) as last_seen where false"
    return f"""
        select coalesce(a.new_id, p.resident_id) as resident_id, min(p.first_seen) as first_seen, max(p.last_seen) as last_seen
        from {conform(store, inputs.previous.resident, "resident")} p left join one_alias a on a.old_id = p.resident_id
        group by coalesce(a.new_id, p.resident_id)
    """


def _unseen(store: Store, inputs: UnifyInputs) -> None:
    """Residents of the previous version that no current record speaks of, with their last values.

    Who is known to have died or moved out stays so. Merged ids are no persons and are left out. References to a
    dwelling, grid or area that is no more are cleared.
    """
    con = store.con
    con.execute(
        f"""
        create or replace temp table one_alias as
        with recursive ended as (
            select resident_id as old_id, other_id as new_id from (
                select resident_id, change, other_id, row_number() over (
                    partition by resident_id order by version desc, change, other_id
                ) as place from {inputs.changes}
            ) c
            where place = 1 and change = 'merged'
                and not exists (select 1 from one_resident r where r.resident_id = c.resident_id)
        ), resolved as (
            select old_id, new_id, 1 as depth from ended
            union all
            select r.old_id, e.new_id, r.depth + 1 from resolved r join ended e on e.old_id = r.new_id where r.depth < 100
        )
        select old_id, new_id from (
            select *, row_number() over (partition by old_id order by depth desc, new_id) as place from resolved
        ) where place = 1
        """
    )
    columns = {name: f"p.{quoted(name)}" for name in person_columns()}
    columns["status"] = "case when p.status in ('deceased', 'moved_out') then p.status else 'unseen' end"
    for name, (scan, target) in PLACES.items():
        found = getattr(inputs, scan)
        if found is not None:
            columns[name] = (
                f"case when exists (select 1 from {found} x where x.{target} = p.{quoted(name)}) then p.{quoted(name)} end"
            )
    if inputs.previous is None:
        before = f"(select {', '.join(f'null as {quoted(name)}' for name in person_columns())} where false)"
    else:
        before = conform(store, inputs.previous.resident, "resident")
    con.execute(
        f"""
        create or replace temp table one_unseen as
        select {", ".join(f"{value} as {quoted(name)}" for name, value in columns.items())}
        from {before} p
        where not exists (select 1 from one_resident r where r.resident_id = p.resident_id)
            and not exists (select 1 from one_alias a where a.old_id = p.resident_id)
        """
    )
