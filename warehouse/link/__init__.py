"""Stage 3, link: which records are one person, and which resident that person is, night after night.

Belongs here: ``link`` (records → ``assignment``, ``resident_change`` and the evidence for them) and the ledger of identities.
Does not belong here: what is known of the person (``unify/``), how values are cleaned (``normalize/``), what a person
decides (``review/``).

``link`` is a pure function of the records, the decisions in force, the model and the ledger. In order: nodes and scored
pairs (``graph.py``, kept for the next night), what decisions and keys demand (``constraints.py``), the partition
(``assign.py``), each record's place in it (``members.py``), ids (``identity.py``).
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import yaml

from warehouse.link.assign import TABLES as ASSIGN_TABLES
from warehouse.link.assign import AssignSettings, assign
from warehouse.link.constraints import TABLES as CONSTRAINT_TABLES
from warehouse.link.constraints import make_constraints
from warehouse.link.engine import TABLES as ENGINE_TABLES
from warehouse.link.graph import graph
from warehouse.link.identity import TABLES as IDENTITY_TABLES
from warehouse.link.identity import identify
from warehouse.link.inputs import KEY, LinkInputs, same_key
from warehouse.link.keyed_hash import key_blocks
from warehouse.link.ledger import CHANGES, RECORDS, commit_ledger, open_ledger
from warehouse.link.members import TABLES as MEMBER_TABLES
from warehouse.link.members import agreement, make_members
from warehouse.link.settings import load_link_settings, words
from warehouse.link.versions import models
from warehouse.normalize.functions import name_functions
from warehouse.normalize.issues import severities
from warehouse.store import Stage, Store, literal, signature

__all__ = ["LinkInputs", "commit_ledger", "link", "open_ledger"]

RULES = 3
"""Number of the rule set; raised whenever the rules change, so that results of older rules are not reused."""
SETTINGS = Path(__file__).with_name("model") / "assign.yaml"


def link(store: Store, inputs: LinkInputs, key: bytes, version: str) -> Stage:
    """Link the current records of residents; returns the finished stage with its tables:

    ``assignment``: a resident for every record; ``link_cluster``: the partition of the nodes; ``resident_change``:
    everything that ever happened to an identity, tonight's events under ``version``; ``identity_step``: what
    ``commit_ledger`` will add; ``review_item``, ``review_record``, ``resident_link``: what waits for a person, and the
    evidence; ``issue``: id numbers that were restored.
    ``key`` is the secret under which ids are minted. Nothing of the ledger changes here.
    Facts of the stage: ``serial`` of the ledger, ``version``, ``events``, ``residents``, ``set_aside``, ``waiting``, ``aside``.
    """
    blocks = key_blocks(key)
    serial = open_ledger(store)
    settings = AssignSettings.of(yaml.safe_load(SETTINGS.read_text("utf-8")))
    told: dict[str, object] = {
        "records": inputs.signature, "person_keys": sorted(inputs.person_keys), "ledger": serial, "rules": RULES,
        "key": signature(key.hex()), "assign": asdict(settings), "model": max(models(store.workspace), default=1),
    }  # fmt: skip
    stage = store.stage("link", told)
    if stage.done and stage.facts["events"] and stage.facts["version"] != version:
        # Made for a version that was never published: its events would tell of a version nobody can find.
        stage = store.stage("link", told | {"version": version})
    try:
        with stage:
            if not stage.done:
                name_functions(store.con)
                stage.facts |= graph(store, inputs).facts
                make_constraints(store, inputs)
                assign(store.con, settings, agreement(words(load_link_settings())))
                make_members(store)
                identify(store, blocks)
                _write(store, inputs, stage, version)
                _write_review(store, inputs, stage, blocks, settings)
                stage.facts |= {"serial": serial, "version": version}
    finally:
        for table in (*ENGINE_TABLES, *CONSTRAINT_TABLES, *ASSIGN_TABLES, *MEMBER_TABLES, *IDENTITY_TABLES):
            store.con.execute(f"drop table if exists temp.{table}")
    return stage


def _write(store: Store, inputs: LinkInputs, stage: Stage, version: str) -> None:
    stage.write(
        "assignment",
        f"""
        select r.source, r.edition_id, r.record_key, r.record_no, i.resident_id,
            m.match_rule, m.match_probability, m.reason
        from {inputs.residents} r join link_member m on {same_key("m", "r")} join link_identity i using (cluster)
        """,
    )
    stage.write("link_cluster", "select * from link_cluster")
    stage.write("link_doubt", "select * from link_doubt")
    stage.write(
        "resident_change",
        f"""
        select resident_id, change, other_id, version, reason from {CHANGES}
        union all select resident_id, change, other_id, $version, reason from link_event
        """,
        {"version": version},
    )
    # A record gone today follows its resident into a merge, and its id number to whom that belongs now: else
    # its return would revive an id that ended.
    stage.write(
        "identity_step",
        f"""
        select {", ".join(f"m.{name}" for name in KEY)}, i.resident_id, g.generation, m.anchor as id_number,
            m.name_key, m.birth_date, m.birth_date_precision
        from link_member m join link_identity i using (cluster)
        left join link_identity g on g.resident_id = i.resident_id and g.generation is not null and {same_key("g", "m")}
        left join {RECORDS} b on b.until_version is null and {same_key("b", "m")}
        where b.resident_id is null or b.resident_id <> i.resident_id
            or b.id_number is distinct from m.anchor or b.name_key is distinct from m.name_key
            or b.birth_date is distinct from m.birth_date or b.birth_date_precision is distinct from m.birth_date_precision
        union all
        select * from (
            select {", ".join(f"b.{name}" for name in KEY)}, coalesce(i.resident_id, e.other_id) as resident_id,
                null, b.id_number, b.name_key, b.birth_date, b.birth_date_precision
            from link_before b
            left join link_identity i using (cluster)
            left join (select resident_id, other_id from link_event where change = 'merged') e
                on e.resident_id = b.resident_id
            where b.how in ('id', 'gone') and coalesce(i.resident_id, e.other_id) <> b.resident_id
        )
        """,
    )
    stage.write(
        "issue",
        f"""
        select r.source, r.edition_id, r.file, r.sheet, r.row_number, 'id_number' as field, 'id_restored' as code,
            {literal(severities()["id_restored"])} as severity, og_masked(x.id_number) as value_masked
        from link_restored x join {inputs.residents} r on x.edition_id = r.edition_id and {same_key("x", "r")}
        """,
    )
    events = store.rows("select count(*) from link_event")[0][0]
    residents, aside = store.rows(
        "select count(distinct cluster), count(*) filter (where match_rule = 'id_conflict') from link_member"
    )[0]
    stage.facts |= {"events": events, "residents": residents, "set_aside": aside}


def _write_review(
    store: Store, inputs: LinkInputs, stage: Stage, blocks: dict[str, bytes], settings: AssignSettings
) -> None:
    # Review reads what linkage made and needs its names: imported here, either may be imported first.
    from warehouse.review.queue import QueueSettings
    from warehouse.review.tables import write_review

    queue = QueueSettings(threshold=settings.link, margin=settings.margin, records=settings.most)
    write_review(store, stage, inputs.judgements, blocks, queue, words(load_link_settings()))
