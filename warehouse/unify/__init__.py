"""Stage 4, one: what is known of each person, home, household and event, with the evidence for it.

Belongs here: ``unify`` (assigned records → the gold and evidence tables). Does not belong here: who is who
(``link/``), what lies where (``place/``), what each audience sees (``publish/``).

``unify`` is a pure function of its inputs, the day and the key. People never silently vanish: whoever was
published before and is spoken of no more stays, with the status ``unseen``.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from schemas.derive import labelled
from schemas.model import schema
from warehouse.link.keyed_hash import key_blocks
from warehouse.link.ledger import open_ledger
from warehouse.store import Stage, Store, signature
from warehouse.unify import (
    conflicts,
    events,
    history,
    households,
    membership,
    organisations,
    people,
    places,
    records,
    residence,
    values,
)
from warehouse.unify.inputs import Previous, UnifyInputs, listed, same_record

__all__ = ["Previous", "UnifyInputs", "unify"]

RULES = 2
"""Number of the rule set; raised whenever the rules change, so that results of older rules are not reused."""


def unify(store: Store, inputs: UnifyInputs, key: bytes, as_of: date) -> Stage:
    """Unify the linked records; returns the finished stage with the gold and evidence tables.

    ``key`` is the secret of ``link`` (ids of households and organisations are keyed hashes too); ``as_of`` the day
    of the run, from which changed residents are valid. Tables: resident, resident_record,
    resident_record_history, resident_value, resident_history, household, dwelling, grid,
    the histories of the last three, benefit, event, staff,
    organisation, issue. ``dwelling`` and ``grid`` are those of stage place with what people tell about them.
    """
    blocks = key_blocks(key)
    open_ledger(store)
    stage = store.stage(
        "unify",
        {"inputs": inputs.signature, "agencies": dict(inputs.agencies), "as_of": as_of.isoformat(), "rules": RULES,
         "key": signature(key.hex())},
    )  # fmt: skip
    folder = store.workspace.scratch / f"values-{stage.key}"
    with stage:
        if not stage.done:
            try:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                _make(store, stage, inputs, blocks, as_of, folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
                _drop(store)
    return stage


def _make(
    store: Store, stage: Stage, inputs: UnifyInputs, key: dict[str, bytes], as_of: date, folder: Path
) -> None:
    tables = schema().tables

    def write(name: str, select: str) -> None:
        stage.write(name, labelled(tables[name], select))

    records.number_records(store, inputs)
    values.choose_values(store, folder)
    people.make_people(store, inputs, folder, key)
    write("resident", "select * from one_person")
    write("resident_value", people.value_rows(store, inputs, folder))
    write(
        "resident_record",
        f"""select r.resident_id, k.match_rule, k.match_probability, k.match_reason, {listed(tables["resident_core"].column_names, "c")}
        from {inputs.residents} c join one_key k on {same_record("k", "c")} join one_resident r using (rid)""",
    )
    write("resident_history", history.resident_history_rows(store, inputs, as_of))
    write("resident_record_history", history.record_history_rows(store, inputs))
    write("household", households.household_rows(store, inputs, key))
    write("dwelling", places.dwelling_rows(inputs))
    write("grid", places.grid_rows(inputs, stage.scan("household")))
    for name in ("household", "dwelling", "grid"):
        write(f"{name}_history", history.thing_history_rows(store, inputs, name, stage.scan(name), as_of))
    write("benefit", events.benefit_rows(store, inputs))
    stage.write("issue", conflicts.issue_rows(store, inputs, folder, stage.scan("benefit")))
    write("event", events.event_rows(inputs))
    write("staff", events.staff_rows(inputs))
    write("organisation", organisations.organisation_rows(store, inputs, key))
    unseen = store.rows("select count(*) from one_unseen")[0][0]
    stage.facts |= {"as_of": as_of.isoformat(), "unseen": unseen}


def _drop(store: Store) -> None:
    for module in (
        records,
        residence,
        values,
        membership,
        people,
        households,
        conflicts,
        events,
        organisations,
        history,
    ):
        for table in module.TABLES:
            store.con.execute(f"drop table if exists temp.{table}")
