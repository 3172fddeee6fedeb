"""The current records of residents, numbered in one total order and joined to their resident and their place.

Makes the temporary tables

* ``one_resident``: ``rid`` (a small number for tonight only), ``resident_id``;
* ``one_record``: a row a record: ``n`` (its number by source, record key and number in the row: the last tie-break
  of every choice), ``rid``, the record's names, ``as_of``, ``aside`` (its id number was found borrowed, or another than the one meant), the rank of
  its agency in each authority list, and every governed field as stated or, for the parts of the residence, placed.

Small numbers stand for long keys so that the choices field by field sort little. Nothing is chosen here.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.model import Field, schema
from warehouse.link.inputs import VALID_ID
from warehouse.store import Store, literal, quoted
from warehouse.unify.inputs import RECORD, UnifyInputs, listed, same_record

TABLES = ("one_resident", "one_key", "one_authority", "one_record")


def governed() -> dict[str, Field]:
    """The columns of ``resident`` that have a survivorship rule, in the table's order."""
    return {c.name: c.field for c in schema().tables["resident"].columns if c.field.survivorship is not None}


def authorities() -> dict[tuple[str, ...], str]:
    """Each authority list in use and the column of ``one_record`` that holds an agency's rank in it."""
    found = {f.survivorship.authority for f in governed().values() if f.survivorship is not None}
    return {authority: f"authority_{i}" for i, authority in enumerate(sorted(found))}


def rank(agency: str, authority: tuple[str, ...]) -> int:
    """Place of the first word of ``authority`` that stands in the agency's name; their number where none does."""
    return next((i for i, word in enumerate(authority) if word in agency), len(authority))


def number_records(store: Store, inputs: UnifyInputs) -> None:
    """Make the tables named above."""
    con = store.con
    con.execute(
        f"""
        create or replace temp table one_resident as
        select row_number() over (order by resident_id) as rid, resident_id
        from (select distinct resident_id from {inputs.assignment})
        """
    )
    con.execute(
        f"""
        create or replace temp table one_key as
        select row_number() over (order by a.source, a.record_key, a.record_no, a.edition_id desc) as n, r.rid,
            {listed(RECORD, "a")}, a.match_rule, a.match_probability, a.reason as match_reason,
            -- a recovered number may stand damaged in the record as one whose check digit holds
            a.match_rule in ('id_conflict', 'recovered_id') as aside
        from {inputs.assignment} a join one_resident r using (resident_id)
        """
    )
    _rank_agencies(store, inputs.agencies)
    placed = set(placed_fields())
    stated = [name for name in governed() if name not in placed]
    valid = ", ".join(literal(status) for status in VALID_ID)
    con.execute(
        f"""
        create or replace temp table one_record as
        select k.n, k.rid, {listed(RECORD, "k")}, c.as_of, k.aside, k.match_probability,
            not k.aside and c.id_status in ({valid}) and length(c.id_number) = 18 as id_holds,
            {listed(authorities().values(), "t")},
            {listed(stated, "c")}, {listed(placed_fields(), "p")}
        from {inputs.residents} c
        join one_key k on {same_record("k", "c")}
        join one_authority t on t.source = c.source
        left join {inputs.placed} p on {same_record("p", "c")}
        """
    )


def placed_fields() -> list[str]:
    """The governed fields that follow the residence and are decided by stage place, not stated."""
    columns = schema().tables["resident_placed"].column_names
    return [name for name in governed() if name in columns]


def _rank_agencies(store: Store, agencies: Mapping[str, str]) -> None:
    names = authorities()
    columns = ", ".join(f"{column} tinyint" for column in names.values())
    store.con.execute(f"create or replace temp table one_authority (source varchar, {columns})")
    for (source,) in store.rows("select distinct source from one_key order by source"):
        ranks = [rank(agencies.get(source, ""), authority) for authority in names]
        marks = ", ".join("?" for _ in range(len(ranks) + 1))
        store.con.execute(f"insert into one_authority values ({marks})", [source, *ranks])


def value_column(name: str) -> str:
    """A governed field of ``one_record`` as the text that ``resident_value`` holds."""
    return f"cast({quoted(name)} as varchar)"
