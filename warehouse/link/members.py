"""Of each record, whose it is tonight and why: ``link_member``, from its node and the node's cluster.

Belongs here: the rule, probability and words that a record shows. Does not belong here: which resident the cluster is
(``identity.py``).
"""

from __future__ import annotations

from collections.abc import Mapping

from warehouse.link.inputs import KEY, same_key
from warehouse.store import Store, literal

TABLES = ("link_member",)


def make_members(store: Store) -> None:
    """Make ``link_member``: the key, ``cluster``, ``match_rule``, ``match_probability``, ``reason``, and what the ledger
    remembers of the record (``anchor``, ``name_key``, ``birth_date`` and its precision)."""
    aside = "m.owner is not null and o.cluster is distinct from c.cluster"
    store.con.execute(
        f"""
        create or replace temp table link_member as
        select {", ".join(f"m.{name}" for name in KEY)}, r.name_key, r.birth_date, r.birth_date_precision,
            case when m.owner is null then r.anchor end as anchor, c.cluster,
            -- The number of a record that was set aside is not its bearer's, whoever the rest of it links to. Else
            -- what a person said counts before the number, the number before weights.
            case when {aside} then 'id_conflict' when c.match_rule = 'judgement' then 'judgement'
                when m.rule in ('id_number', 'recovered_id') then m.rule
                when c.match_rule = 'single' then m.rule else c.match_rule end as match_rule,
            case when m.rule in ('id_number', 'recovered_id') then 1.0 else c.match_probability end as match_probability,
            case when c.match_rule = 'judgement' and m.owner is null then c.reason
                when m.rule = 'id_number' then '有效证件号码与其他记录相同，姓名或出生日期相符'
                when m.rule = 'recovered_id' then '受损的证件号码按其他来源唯一同名的号码恢复后相同'
                when {aside} and c.match_rule = 'single' then m.reason || '，另立一人'
                when {aside} then m.reason || '，改按其余信息：' || c.reason
                when c.match_rule = 'single' and r.anchor is null then '没有可用于匹配的有效证件号码，也' || c.reason
                else c.reason end as reason
        from link_node_record m join link_record r on {same_key("r", "m")} join link_cluster c using (node_id)
        left join link_cluster o on o.node_id = m.owner
        """
    )


def agreement(words: Mapping[str, tuple[str, Mapping[int, str]]]) -> str:
    """SQL of what the nodes of an edge ``e`` agree in: the words of each comparison's level, but of the lowest.

    ``words``: comparison → (its label, level → words), as ``settings.words`` gives them.
    """
    parts = []
    for name, (_, levels) in words.items():
        cases = " ".join(f"when {n} then {literal(text)}" for n, text in sorted(levels.items()) if n > 0)
        parts.append(f"case e.gamma_{name} {cases} end")
    return f"concat_ws('、', {', '.join(parts)})"
