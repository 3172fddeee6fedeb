"""Which pairs of nodes are worth a comparison: those that share the values of a blocking rule.

All rules go through one table (rule and values as one hash, node), so that a pair that many rules find is compared
once, and a value that too many nodes share makes no block in any of them. With lists of values (phones, homes, birth
dates) this costs a third of a join a rule.

Belongs here: blocks, their caps, the pairs; for a night's work only pairs of nodes that changed. Does not belong here:
the rules (settings), scores.
"""

from __future__ import annotations

import duckdb

from warehouse.link.settings import LinkSettings
from warehouse.store import quoted

TABLES = ("link_pair", "link_capped", "link_changed")


def make_pairs(
    con: duckdb.DuckDBPyConnection,
    nodes: str,
    settings: LinkSettings,
    *,
    changed: str | None = None,
    capped_before: str | None = None,
) -> int:
    """Make the tables ``link_pair`` (``match_key``: the number of the first rule; ``join_key_l`` < ``join_key_r``) and
    ``link_capped`` (``block``: values that too many nodes share); returns how many pairs there are.

    ``nodes``: a table. With ``changed`` (a FROM item, column ``node``) only pairs with one of these nodes are made, or
    with a node of a block whose cap was reached or left since ``capped_before`` (``link_capped`` of the last time):
    table ``link_changed`` (``node``) has them all.
    """
    unique = quoted(settings.unique_id)
    used = [name for name in settings.blocking.keys if any(name in rule for rule in settings.blocking.rules)]
    keys = ", ".join(f"{settings.blocking.keys[name]} as k_{name}" for name in used)
    unlike = f", {quoted(settings.blocking.unlike)} as k_unlike" if settings.blocking.unlike else ""
    settled = settings.blocking.settled or "false"
    con.execute(
        f"create or replace table link_keyed as select {unique} as node, {settled} as settled, {keys}{unlike} from {nodes}"
    )
    parts = " union all ".join(_blocks(number, rule) for number, rule in enumerate(settings.blocking.rules))
    con.execute(f"create or replace table link_block as {parts}")
    con.execute(
        "create or replace table link_block_size as select block, count(*) as n from link_block group by block having n > 1"
    )
    most = settings.blocking.most
    con.execute(
        f"create or replace table link_capped as select cast(block as varchar) as block from link_block_size where n > {most}"
    )
    touched, one_changed = "", ""
    if changed is not None:
        _widen(con, changed, capped_before)
        touched = "where block in (select b.block from link_block b join link_changed c on c.node = b.node)"
        one_changed = "and (l.changed or r.changed)"
    con.execute(
        f"""
        create or replace table link_blocked as
        select b.block, b.rule, b.node, b.settled{", u.k_unlike" if unlike else ""},
            {"b.node in (select node from link_changed)" if changed is not None else "true"} as changed
        from (select block, rule, node, settled from link_block {touched}) b
        join (select block from link_block_size where n <= {most}) s using (block)
        {"join link_keyed u on u.node = b.node" if unlike else ""}
        """
    )
    apart = "and l.k_unlike <> r.k_unlike" if unlike else ""
    con.execute(
        f"""
        create or replace table link_pair as
        select cast(min(l.rule) as varchar) as match_key, l.node as join_key_l, r.node as join_key_r
        from link_blocked l join link_blocked r on l.block = r.block and l.node < r.node {one_changed} {apart}
            and (l.rule < {settings.blocking.settled_rules} or not (l.settled and r.settled))
        group by l.node, r.node
        """
    )
    for table in ("link_keyed", "link_block", "link_block_size", "link_blocked"):
        con.execute(f"drop table {table}")
    return int(con.execute("select count(*) from link_pair").fetchall()[0][0])


def _widen(con: duckdb.DuckDBPyConnection, changed: str, capped_before: str | None) -> None:
    """``link_changed``: the nodes of ``changed``, and those of the blocks that were capped before or now but not both."""
    flipped = (
        "select null where false"
        if capped_before is None
        else f"""(select block from link_capped except select block from {capped_before})
            union all (select block from {capped_before} except select block from link_capped)"""
    )
    con.execute(
        f"""
        create or replace table link_changed as
        select node from {changed} union
        select node from link_block where block in (select cast(block as ubigint) from ({flipped}) f(block))
        """
    )


def _blocks(number: int, rule: tuple[str, ...]) -> str:
    """SELECT of the blocks of one rule: one level of unnesting a key (side by side they would be zipped)."""
    inner = "link_keyed"
    for place, key in enumerate(rule):
        rest = ", ".join(
            [*(f"v{i}" for i in range(place)), *(f"k_{name}" for name in dict.fromkeys(rule[place + 1 :]))]
        )
        inner = (
            f"(select node, settled{', ' + rest if rest else ''}, unnest(k_{key}) as v{place} from {inner})"
        )
    values = ", ".join(f"v{i}" for i in range(len(rule)))
    known = " and ".join(f"v{i} is not null" for i in range(len(rule)))
    return f"select hash({number}, {values}) as block, {number} as rule, node, settled from {inner} where {known}"
