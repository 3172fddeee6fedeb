"""Small graphs for the tests of assignment: nodes, pairs and prohibitions as short tuples, and what came of them."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from warehouse.link.assign import AssignSettings, assign

PLAIN = AssignSettings(link=2, margin=3, follow=6, group=2, unscored=-0.5, most=25, unsure=-1)


@dataclass(frozen=True)
class Graph:
    """``nodes``: id → whether it has an anchor; ``edges``: pair → weight or (weight, veto)."""

    nodes: Mapping[str, bool]
    edges: Mapping[tuple[str, str], float | tuple[float, str]] = field(default_factory=dict)
    apart: Sequence[tuple[str, str]] = ()
    together: Sequence[tuple[str, str]] = ()
    slots: Sequence[tuple[str, str]] = ()
    records: int = 1


def assigned(
    graph: Graph, settings: AssignSettings = PLAIN, *, shuffle: int | None = None, threads: int = 2
) -> duckdb.DuckDBPyConnection:
    """A connection on which ``link_cluster`` and ``link_doubt`` of the graph stand, until the next call."""
    con = _connection()
    con.execute(f"set threads = {threads}")
    edges = []
    for (one, other), told in graph.edges.items():
        weight, veto = told if isinstance(told, tuple) else (told, None)
        edges.append(
            (min(one, other), max(one, other), weight, 1 / (1 + 2**-weight), "rule", veto, "姓名相同")
        )
    ties = [(min(x), max(x), f"J{n:08d}") for n, x in enumerate(graph.together)]
    _table(con, "link_node", "node_id anchor n_records",
           [(n, n if anchored else None, graph.records) for n, anchored in graph.nodes.items()], shuffle)  # fmt: skip
    _table(con, "link_edge", "node_l node_r weight probability rule veto reason", edges, shuffle)
    _table(
        con, "link_apart", "node_l node_r why", [(min(x), max(x), "judgement") for x in graph.apart], shuffle
    )
    _table(con, "link_together", "node_l node_r judgement_id", ties, shuffle)
    _table(con, "link_slot", "node_id slot", graph.slots, shuffle)
    assign(con, settings)
    return con


@functools.cache
def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def _table(
    con: duckdb.DuckDBPyConnection,
    name: str,
    columns: str,
    rows: Iterable[tuple[object, ...]],
    shuffle: int | None,
) -> None:
    listed = list(rows)
    if shuffle is not None:
        random.Random(shuffle).shuffle(listed)
    kinds = {"weight": pa.float64(), "probability": pa.float64(), "n_records": pa.int64()}
    names = columns.split()
    values = list(zip(*listed, strict=True)) or [()] * len(names)
    made = pa.table({n: pa.array(v, kinds.get(n, pa.string())) for n, v in zip(names, values, strict=True)})
    con.register("_made", made)
    con.execute(f"create or replace temp table {name} as select * from _made")
    con.unregister("_made")


def clusters(con: duckdb.DuckDBPyConnection) -> set[frozenset[str]]:
    """The partition."""
    rows = con.execute("select list(node_id) from link_cluster group by cluster").fetchall()
    return {frozenset(row[0]) for row in rows}


def several(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The clusters of several nodes, each as its nodes' names joined."""
    return {"".join(sorted(one)) for one in clusters(con) if len(one) > 1}


def told(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    """Everything that assignment says, sorted."""
    rows = con.execute("select * from link_cluster order by all").fetchall()
    return [*rows, *con.execute("select * from link_doubt order by all").fetchall()]
