"""The evidence of links: pairs of records with the rule, the weights level by level, the veto and whether it was used.

Pairs are of nodes, told by their first records; that records of one node are one person, by their id number, each of them
says itself (``match_rule``). Half of a city's rows would tell that again, every night.

Belongs here: the rows of ``resident_link`` as SQL over the tables of the link stage. Does not belong here: how they
are shown (``warehouse/explain``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from duckdb import DuckDBPyConnection

from warehouse.link.inputs import KEY
from warehouse.link.members import agreement
from warehouse.store import literal, quoted

Words = Mapping[str, tuple[str, Mapping[int, str]]]
"""comparison → (its Chinese name, level → what it says)."""


def leaders(con: DuckDBPyConnection) -> None:
    """Make ``review_leader``: of each node that stands in a pair its first record, its resident and what it was joined by."""
    first = ", ".join(f"'{name}': {name}" for name in KEY)
    con.execute(
        f"""
        create or replace temp table review_leader as
        select r.node_id, {", ".join(f"r.first.{name} as {name}" for name in KEY)}, c.cluster, i.resident_id, c.via_node
        from (
            select node_id, min({{{first}}}) as first from link_node_record semi join (
                select node_l as node_id from link_edge union select node_r from link_edge
                union select node_l from link_together union select node_r from link_together
            ) using (node_id) group by node_id
        ) r join link_cluster c using (node_id) join link_identity i using (cluster)
        """
    )


def links_sql(con: DuckDBPyConnection, words: Words) -> str:
    """The SELECT of ``resident_link``; ``leaders`` was called before."""
    both = ", ".join(
        f"{side[0]}.{name} as {side}_{name}" for side in ("left", "right") for name in (*KEY, "resident_id")
    )
    columns = [row[0] for row in con.execute("describe link_edge").fetchall()]
    known = {name: said for name, said in words.items() if f"gamma_{name}" in columns}
    return f"""
        select {both}, e.rule, e.weight as match_weight, e.probability as match_probability,
            {_levels(columns, words)} as levels, coalesce(a.why, e.veto) as veto,
            coalesce(a.why, e.veto) is null and l.cluster = r.cluster
                and (coalesce(l.via_node = r.node_id, false) or coalesce(r.via_node = l.node_id, false)) as used,
            case a.why when 'judgement' then '人工判定为不同人'
                else coalesce(e.reason, '相符：' || nullif({agreement(known)}, '')) end as reason
        from link_edge e join review_leader l on l.node_id = e.node_l join review_leader r on r.node_id = e.node_r
        left join ({_once("link_apart", "min(why) as why")}) a on a.node_l = e.node_l and a.node_r = e.node_r
        union all
        select {both}, 'judgement', null, null, null, null, l.cluster = r.cluster, '人工判定为同一人：' || t.judgement_id
        from ({_once("link_together", "min(judgement_id) as judgement_id")}) t
        join review_leader l on l.node_id = t.node_l join review_leader r on r.node_id = t.node_r
        anti join link_edge e on e.node_l = t.node_l and e.node_r = t.node_r
        where l.node_id <> r.node_id
    """


def _once(table: str, what: str) -> str:
    """The pairs of a table, each once and with the smaller node on the left, as edges have them."""
    return (
        f"select least(node_l, node_r) as node_l, greatest(node_l, node_r) as node_r, {what} from {table} group by "
        "least(node_l, node_r), greatest(node_l, node_r)"
    )


def _levels(columns: list[str], words: Words) -> str:
    """SQL of the weights of an edge as a JSON array; comparisons that had nothing to compare are left out.

    Each level's object is written out here but for its weight: half a million lists of structs cost five times the CPU.
    """
    parts = []
    for column in columns:
        name = column.removeprefix("gamma_")
        if name == column or f"mw_{name}" not in columns:
            continue
        label, levels = words.get(name, (name, {}))
        whens = " ".join(
            f"when {level} then {literal(_begun(name, label, level, said))}"
            for level, said in sorted(levels.items())
            if level >= 0
        )
        gamma = f"e.{quoted(column)}"
        # A level that the words do not know (another model wrote the edges) is told by its number.
        known = json.dumps({"comparison": name, "label": label}, ensure_ascii=False)[:-1]
        ends = (known + ', "level": ', ', "words": "", "weight": ')
        told = f"{literal(ends[0])} || {gamma} || {literal(ends[1])}"
        begun = f"case {gamma} {whens} else {told} end" if whens else told
        parts.append(f"case when {gamma} >= 0 then {begun} || round(e.{quoted(f'mw_{name}')}, 3) || '}}' end")
    return f"'[' || concat_ws(', ', {', '.join(parts)}) || ']'" if parts else "null"


def _begun(name: str, label: str, level: int, said: str) -> str:
    """A level as JSON, up to its weight."""
    told = {"comparison": name, "label": label, "level": level, "words": said}
    return json.dumps(told, ensure_ascii=False)[:-1] + ', "weight": '
