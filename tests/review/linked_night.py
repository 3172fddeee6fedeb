"""The tables that linkage leaves for one night, written by hand: nodes, edges, clusters, what the ledger knows."""

from __future__ import annotations

from typing import Any

from warehouse.link.keyed_hash import key_blocks
from warehouse.link.ledger import open_ledger
from warehouse.review.judgements import Judgement, pairs_of
from warehouse.review.queue import QueueSettings
from warehouse.review.tables import write_review
from warehouse.store import Stage, Store

KEY = b"a key of the tests, 32 bytes long"
SETTINGS = QueueSettings(threshold=6.0)
WORDS = {
    "name": ("姓名", {0: "不同", 1: "拼音相同", 2: "相同"}),
    "birth": ("出生日期", {0: "不同", 1: "相同"}),
}
_TABLES = """
create or replace temp table link_node_record (source varchar, record_key varchar, record_no bigint, node_id varchar, rule varchar, owner varchar, reason varchar);
create or replace temp table link_node (node_id varchar, anchor varchar, name varchar);
create or replace temp table link_edge (node_l varchar, node_r varchar, weight double, probability double, rule varchar, veto varchar, reason varchar,
    gamma_name tinyint, mw_name double, gamma_birth tinyint, mw_birth double);
create or replace temp table link_cluster (node_id varchar, cluster varchar, match_rule varchar, match_weight double, match_probability double, via_node varchar, margin double, reason varchar);
create or replace temp table link_doubt (kind varchar, node_id varchar, other_id varchar, weight double, reason varchar);
create or replace temp table link_apart (node_l varchar, node_r varchar, why varchar);
create or replace temp table link_together (node_l varchar, node_r varchar, judgement_id varchar);
create or replace temp table link_member (source varchar, record_key varchar, record_no bigint, cluster varchar);
create or replace temp table link_identity (cluster varchar, resident_id varchar);
create or replace temp table link_event (resident_id varchar, change varchar, other_id varchar, reason varchar);
create or replace temp table link_before (resident_id varchar, source varchar, record_key varchar, record_no bigint, cluster varchar, how varchar);
"""


class LinkedNight:
    """Say ``node`` and ``edge``, then ``review``; ``item`` and ``items`` tell what came out."""

    def __init__(self, store: Store) -> None:
        self.store, self.nights = store, 0
        open_ledger(store)
        store.con.execute(_TABLES)

    def node(self, node: str, *keys: str, anchor: str | None = None, cluster: str | None = None, weight: float | None = None,
             via: str | None = None, margin: float | None = None, rule: str = "single", owner: str | None = None, name: str | None = None) -> None:  # fmt: skip
        """A node of records ``source:key``, in the cluster of its own name unless said."""
        con, cluster = self.store.con, cluster or node
        con.execute("insert into link_node values (?, ?, ?)", [node, anchor, name])
        con.execute(
            "insert into link_cluster values (?, ?, ?, ?, null, ?, ?, '')",
            [node, cluster, rule, weight, via, margin],
        )
        for key in keys:
            record = (*key.split(":"), 0)
            con.execute(
                "insert into link_node_record values (?, ?, ?, ?, ?, ?, '理由')", [*record, node, rule, owner]
            )
            con.execute("insert into link_member values (?, ?, ?, ?)", [*record, cluster])
        if not self.store.rows("select 1 from link_identity where cluster = ?", [cluster]):
            con.execute("insert into link_identity values (?, ?)", [cluster, f"r-{cluster}"])

    def edge(
        self, left: str, right: str, weight: float, probability: float, veto: str | None = None, name: int = 2
    ) -> None:
        left, right = sorted((left, right))
        self.store.con.execute(
            "insert into link_edge values (?, ?, ?, ?, 'name_birth', ?, '姓名相同', ?, ?, -1, 0)",
            [left, right, weight, probability, veto, name, weight],
        )

    def ledger(
        self, key: str, resident: str, serial: int, *, name: str | None = None, birth: str | None = None
    ) -> None:
        """A row of the ledger of identities."""
        self.store.con.execute(
            "insert into identity_record values (?, ?, 0, ?, ?, 'v', null, null, ?, ?, 'day')",
            [*key.split(":"), resident, serial, name, birth],
        )

    def review(self, *judgements: Judgement) -> Stage:
        """Write the review tables of this night."""
        self.nights += 1
        self.store.con.register("decisions_in_force", pairs_of(judgements))
        with self.store.stage("reviewed", self.nights) as stage:
            write_review(self.store, stage, "decisions_in_force", key_blocks(KEY), SETTINGS, WORDS)
        self.store.con.unregister("decisions_in_force")
        return stage

    def items(self, stage: Stage) -> list[tuple[Any, ...]]:
        """(reason, status, left record, right record) of every item, in rank order."""
        return self.store.rows(
            f"""select reason, status, left_source || ':' || left_record_key, right_source || ':' || right_record_key
            from {stage.scan("review_item")} order by rank"""
        )
