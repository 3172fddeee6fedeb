"""What the link stage writes for review: ``review_item``, ``review_record`` and ``resident_link``.

Belongs here: writing them through the gate. Does not belong here: which items there are (``queue.py``), what the
evidence is (``links.py``).
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.derive import labelled
from schemas.model import schema
from warehouse.link.inputs import KEY
from warehouse.review.links import Words, leaders, links_sql
from warehouse.review.queue import QueueSettings, drop_queue, make_queue
from warehouse.store import Stage, Store

LEDGER = ("identity_record", "identity_change")


def write_review(
    store: Store,
    stage: Stage,
    judgements: str | None,
    key_parameters: Mapping[str, bytes],
    settings: QueueSettings,
    words: Words,
    ledger: tuple[str, str] | None = LEDGER,
) -> None:
    """Write the three tables into ``stage``, from the temporary tables of linkage and the ledger of identities.

    ``judgements``: the decisions in force as a FROM item, 'unsure' ones too. Facts of the stage: ``waiting`` and
    ``aside`` (items). Tonight's events are taken from ``link_event``; the ledger holds those of nights before.
    """
    con = store.con
    try:
        make_queue(con, settings, key_parameters, judgements, ledger)
        leaders(con)
        stage.write("review_item", labelled(schema().tables["review_item"], _items()))
        stage.write("review_record", "select * from review_found_record")
        stage.write("resident_link", links_sql(con, words))
        waiting, aside = store.rows(
            "select count(*) filter (where status = 'waiting'), count(*) filter (where status = 'aside') from review_found"
        )[0]
        stage.facts |= {"waiting": waiting, "aside": aside}
    finally:
        drop_queue(con)
        con.execute("drop table if exists temp.review_leader")


def _items() -> str:
    key = ", ".join(f"f.{side}_{name}" for side in ("left", "right") for name in KEY)
    owners = "select m.*, i.resident_id from link_member m join link_identity i using (cluster)"
    sides = " ".join(
        f"left join ({owners}) {alias} on "
        + " and ".join(f"{alias}.{name} = f.{side}_{name}" for name in KEY)
        for alias, side in (("lo", "left"), ("ro", "right"))
    )
    return f"""
        select f.item_id, f.rank, f.reason, f.status, {key},
            lo.resident_id as left_resident_id, f.left_records,
            ro.resident_id as right_resident_id, coalesce(f.right_records, 0) as right_records,
            f.weight as match_weight, f.probability as match_probability, f.margin, f.uncertainty, f.priority, f.suggestion
        from review_found f {sides}
    """
