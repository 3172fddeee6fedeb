"""Nodes that a person said are one: units of nodes that are then assigned together.

Belongs here: how decisions that do not go together are settled. Does not belong here: what decisions there are
(``warehouse/review``), how weights assign (``anchoring.py``, ``grouping.py``).

Decisions are few, so they are taken one by one, the newest first: a "same" is not followed where it would bring
together two nodes that somebody said are different, by whatever chain of other decisions; it is noted instead.
"""

from __future__ import annotations

from duckdb import DuckDBPyConnection


def judged_units(con: DuckDBPyConnection) -> None:
    """Make ``assign_tie`` (``n`` and its ``unit``, for units of several nodes; ``lead``: the node that the unit's pairs
    speak of, ``via``: the node it was tied to) and ``assign_broken`` (``judgement_id``, ``l``, ``r``: a "same" that was not followed)."""
    con.execute(
        "create or replace temp table assign_tie (n integer, unit integer, lead boolean, via integer)"
    )
    con.execute("create or replace temp table assign_broken (judgement_id varchar, l integer, r integer)")
    ties = con.execute(
        """
        select x.judgement_id, least(l.n, r.n), greatest(l.n, r.n), l.n = r.n
        from link_together x join assign_node l on l.node_id = x.node_l join assign_node r on r.node_id = x.node_r
        where l.n <> r.n order by x.judgement_id desc, 2, 3
        """
    ).fetchall()
    if not ties:
        return
    apart: dict[int, set[int]] = {}
    for one, other in con.execute(
        """
        select l.n, r.n from link_apart x
        join assign_node l on l.node_id = x.node_l join assign_node r on r.node_id = x.node_r where x.why = 'judgement'
        """
    ).fetchall():
        apart.setdefault(one, set()).add(other)
        apart.setdefault(other, set()).add(one)
    groups: dict[int, set[int]] = {}
    tied_by: dict[int, int] = {}
    broken = []
    for judgement, one, other, _ in ties:
        left, right = groups.get(one, {one}), groups.get(other, {other})
        if left is right:
            continue
        if any(not apart.get(n, set()).isdisjoint(right) for n in left):
            broken.append((judgement, one, other))
            continue
        both = left | right
        groups |= dict.fromkeys(both, both)
        tied_by.setdefault(other, one)
        tied_by.setdefault(one, other)
    members = {id(group): group for group in groups.values()}.values()
    anchored = {
        n for (n,) in con.execute("select n from assign_node where anchored and n in (select unnest(?))", [sorted(groups)]).fetchall()
    } if groups else set()  # fmt: skip
    rows = []
    for group in members:
        lead = min(group & anchored or group)
        rows += [(n, min(group), n == lead, tied_by[n] if n != lead else None) for n in sorted(group)]
    if rows:
        con.executemany("insert into assign_tie values (?, ?, ?, ?)", rows)
    if broken:
        con.executemany("insert into assign_broken values (?, ?, ?)", broken)
