"""Doubts between the nodes of one night, by what was scored, forbidden and assigned.

Makes ``review_node``, ``review_cluster``, ``review_edge`` (edges to ask about, from both ends) and ``review_pair``: a doubt a row,
with its reason, its two nodes, weight, probability, margin and status. One pair may stand there for several reasons.

Does not belong here: doubts that only the ledger tells of (``queue_of_ids.py``), what becomes of doubts (``queue.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class QueueSettings:
    """``threshold``: the weight from which linkage links by itself. ``margin``: bits by which the best candidate must
    lead. ``grey``: bits below the threshold that are too good to drop unseen. ``records``, ``of_source``: what one
    person has at most, before somebody looks."""

    threshold: float
    margin: float = 3.0
    grey: float = 8.0
    records: int = 25
    of_source: int = 8


def find_of_pairs(con: DuckDBPyConnection, settings: QueueSettings) -> None:
    """Make the four tables."""
    _nodes(con, settings)
    _pairs(con, settings)


def _nodes(con: DuckDBPyConnection, settings: QueueSettings) -> None:
    con.execute(
        """
        create or replace temp table review_node as
        select n.node_id, n.anchor, n.name, c.cluster, c.match_weight, c.margin, c.via_node
        from link_node n join link_cluster c using (node_id)
        """
    )
    con.execute(
        """
        create or replace temp table review_cluster as
        select cluster, count(*) as nodes, count(anchor) as anchors from review_node group by cluster
        """
    )
    # From both ends, with what a person or a source's key forbids: the few edges that may be asked about. An edge
    # within one person is none, but of a node that was nearly given to another.
    con.execute(
        f"""
        create or replace temp table review_edge as
        with e as (
            select e.node_l, e.node_r, e.weight, e.probability, e.veto, x.cluster as cluster_l, y.cluster as cluster_r,
                x.anchor as anchor_l, y.anchor as anchor_r, coalesce(x.name = y.name, false) as one_name
            from link_edge e join review_node x on x.node_id = e.node_l join review_node y on y.node_id = e.node_r
            where x.cluster <> y.cluster or x.margin < {settings.margin} or y.margin < {settings.margin}
        ), d as (
            select e.* replace (coalesce(e.veto, a.why) as veto), a.why is not null as forbidden,
                coalesce(left(anchor_l, 14) = left(anchor_r, 14), false) as one_birth_and_place
            from e left join (
                select least(node_l, node_r) as node_l, greatest(node_l, node_r) as node_r, min(why) as why
                from link_apart group by all
            ) a on a.node_l = e.node_l and a.node_r = e.node_r
        )
        select node_l as node, node_r as other, cluster_l as cluster, cluster_r as other_cluster, anchor_l as anchor,
            weight, probability, veto, forbidden, one_name, one_birth_and_place from d
        union all
        select node_r, node_l, cluster_r, cluster_l, anchor_r, weight, probability, veto, forbidden, one_name,
            one_birth_and_place from d
        """
    )


def _pairs(con: DuckDBPyConnection, settings: QueueSettings) -> None:
    low, threshold = settings.threshold - settings.grey, settings.threshold
    # A node whose person has no id number yet: for those an edge that was not taken is a question. (Two persons
    # with ids of their own are two unless somebody says otherwise, which is the reason two_ids.)
    alone = "exists (select 1 from review_cluster c where c.cluster = e.cluster and c.anchors = 0)"
    con.execute(
        f"""
        create or replace temp table review_pair as
        select 'id_conflict' as reason, m.node_id as left_node, m.owner as right_node, e.weight, e.probability,
            null::double as margin, case when c.nodes > 1 then 'aside' else 'waiting' end as status
        from (select distinct node_id, owner from link_node_record where rule = 'id_conflict') m
        join review_node n on n.node_id = m.node_id join review_cluster c using (cluster)
        left join review_edge e on e.node = m.node_id and e.other = m.owner
        union all
        select 'twins', node, other, weight, probability, null, 'waiting' from (
            select e.*, row_number() over (partition by node order by weight desc, other) as place
            from review_edge e
            where veto = 'twins' and weight >= {low} and anchor is null and cluster <> other_cluster and {alone}
        ) where place = 1
        union all
        select case when one_birth_and_place and not one_name then 'twins' else 'two_ids' end,
            node, other, weight, probability, null, 'waiting'
        from review_edge where veto = 'two_ids' and weight >= {threshold} and node < other and cluster <> other_cluster
        union all
        select 'low_margin', n.node_id, e.other, e.weight, e.probability, n.margin, 'waiting'
        from review_node n join (
            select e.*, row_number() over (
                partition by node order by coalesce(other = v.via_node, false) desc, weight desc, other
            ) as place
            from review_edge e join review_node v on v.node_id = e.node
            where e.veto is null and e.weight >= {threshold}
        ) e on e.node = n.node_id and e.place = 1
        where n.anchor is null and n.margin < {settings.margin}
        union all
        select 'grey_zone', node, other, weight, probability, null, 'waiting' from (
            select e.*, row_number() over (partition by node order by weight desc, other) as place
            from review_edge e where veto is null and cluster <> other_cluster and anchor is null and {alone}
        ) where place = 1 and weight >= {low} and weight < {threshold}
        union all
        select 'vetoed', node, other, weight, probability, null, 'waiting' from (
            select e.*, row_number() over (partition by node order by weight desc, other) as place
            from review_edge e
            where veto not in ('twins', 'two_ids') and not forbidden and cluster <> other_cluster and anchor is null and {alone}
        ) where place = 1 and weight >= {threshold}
        union all
        select case d.kind when 'judgement' then 'contradiction' else d.kind end, d.node_id, d.other_id, d.weight, e.probability,
            null, 'waiting'
        from (
            select *, row_number() over (partition by kind, node_id order by weight desc nulls last, other_id) as place
            from link_doubt where kind in ('same_source', 'oversize', 'judgement')
        ) d join review_node l on l.node_id = d.node_id join review_node r on r.node_id = d.other_id
        left join review_edge e on e.node = d.node_id and e.other = d.other_id
        where (d.place = 1 or d.kind = 'judgement') and l.cluster <> r.cluster
        union all
        select 'oversize', node_id, null, match_weight, null, null, 'waiting' from (
            select n.*, row_number() over (
                partition by n.cluster order by n.match_weight nulls last, n.anchor is null desc, n.node_id desc
            ) as place
            from review_node n join ({_oversize(settings)}) o using (cluster)
        ) where place = 1
        """
    )


def _oversize(settings: QueueSettings) -> str:
    return f"""
        select cluster from (select cluster, source, count(*) as n from link_member group by all)
        group by cluster having sum(n) > {settings.records} or max(n) > {settings.of_source}
    """
