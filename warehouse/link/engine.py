"""From current records to scored, vetoed edges: what the city's link stage calls, in order.

``build_nodes``: records → ``link_record``, ``link_node_record``, ``link_node`` (temporary tables of the store).
``score_pairs``: nodes and a model → ``link_edge``, ``link_capped``. Given the last night's tables, only nodes that
changed are compared again: a pair's score is a function of its two nodes and the model, so the result is that of a full run.

Does not belong here: how any of it is done (the modules named in the imports), who is who (``assign.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from warehouse.link.anchors import TABLES as ANCHOR_TABLES
from warehouse.link.anchors import make_anchors
from warehouse.link.blocking import make_pairs
from warehouse.link.characters import character_functions
from warehouse.link.evidence import TABLES as RECORD_TABLES
from warehouse.link.evidence import make_records
from warehouse.link.inputs import LinkInputs
from warehouse.link.model import Model
from warehouse.link.nodes import TABLES as NODE_TABLES
from warehouse.link.nodes import make_nodes
from warehouse.link.scoring import edge_columns, score
from warehouse.link.working import working
from warehouse.normalize.functions import name_functions
from warehouse.store import Store

TABLES = (*RECORD_TABLES, *ANCHOR_TABLES, *NODE_TABLES, "link_edge", "link_capped")
"""The temporary tables that are left when both steps are done."""


@dataclass(frozen=True)
class LastNight:
    """FROM items of the tables of the last finished link stage that was made with the same model and rules."""

    nodes: str
    edges: str
    capped: str


def build_nodes(store: Store, inputs: LinkInputs) -> None:
    """Make ``link_restored``, ``link_record``, ``link_leader``, ``link_node_record``, ``link_node``."""
    name_functions(store.con)
    character_functions(store.con)
    make_records(store, inputs)
    make_anchors(store, inputs)
    make_nodes(store)


def score_pairs(store: Store, model: Model, folder: Path, last: LastNight | None = None) -> dict[str, int]:
    """Make ``link_edge`` (one row a pair of weight ``settings.least`` or more) and ``link_capped``; returns counts.

    ``folder``: the model's, with its frequencies. Splink makes tables of its own: they go into a database in memory
    that is attached for the time, and never into the work database.
    """
    con = store.con
    with working(store) as work:
        changed = capped = None
        if last is not None:
            changed, capped = "changed", "capped_before"
            con.execute(
                f"""
                create table link_work.changed as
                select n.node_id as node from link_node n
                left join (select node_id, node_hash from {last.nodes}) b using (node_id)
                where b.node_hash is distinct from n.node_hash
                """
            )
            con.execute(f"create table link_work.capped_before as select block from {last.capped}")
        pairs = make_pairs(work, "node", model.settings, changed=changed, capped_before=capped)
        score(work, "node", model, folder)
        columns = ", ".join(edge_columns(model.settings))
        kept = (
            ""
            if last is None
            else f"""
            union all select {columns} from {last.edges} e
            where e.node_l in (select node_id from link_node) and e.node_r in (select node_id from link_node)
                and e.node_l not in (select node from link_work.link_changed)
                and e.node_r not in (select node from link_work.link_changed)"""
        )
        con.execute(
            f"create or replace temp table link_edge as select {columns} from link_work.link_scored{kept}"
        )
        con.execute("create or replace temp table link_capped as select block from link_work.link_capped")
    edges = store.rows("select count(*), count(veto) from link_edge")[0]
    return {"pairs": pairs, "edges": int(edges[0]), "vetoed": int(edges[1])}
