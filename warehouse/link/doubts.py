"""What assignment did not do for a reason that the scored pairs alone do not show: ``link_doubt``, one row a question.

``kind``: same_source (would have been the second living record of a source), apart (may not be together with another
member), oversize (more records than one person has), judgement (decisions that contradict each other). ``node_id`` is
the node that was left out, ``other_id`` the one it fits, ``weight`` in bits. Thin margins stand in ``link_cluster``, pairs of
middling weight and vetoed ones in ``link_edge``.

Does not belong here: the queue, its order and evidence (``warehouse/review``).
"""

from __future__ import annotations

from duckdb import DuckDBPyConnection


def find_doubts(con: DuckDBPyConnection) -> None:
    """Make ``link_doubt`` from the tables of assignment."""
    con.execute(
        """
        create or replace temp table link_doubt as
        with asked as (
            select case f.why when 'oversize' then 'oversize' when 'slot' then 'same_source' else 'apart' end as kind,
                p.here, p.via, p.w, case f.why when 'oversize' then '归并后记录过多，疑似误并'
                    when 'slot' then '同一来源已有此人的另一条记录' else '与此人的另一条记录不能为同一人' end as reason
            from assign_refused f join assign_pull p on p.unit = f.unit and p.anchor = f.anchor
            union all
            select 'oversize', a, b, cast(round(mean) as bigint), '归并后记录过多，疑似误并' from assign_oversize
            union all
            select 'judgement', l, r, null, '人工判定相互矛盾：判定为同一人的记录另有判定为不同人' from assign_broken
        )
        select a.kind, h.node_id, v.node_id as other_id, max(a.w) / 1000.0 as weight, a.reason
        from asked a join assign_node h on h.n = a.here join assign_node v on v.n = a.via group by all
        """
    )
