"""What must or may not be one person, whatever the weights say: ``link_apart``, ``link_together``, ``link_slot``.

Decisions speak of records (they outlive the nodes); here they become pairs of nodes. A slot is a source whose key
names one person: two living records of it are two persons, unless a valid id number holds them together.

Does not belong here: the vetoes of scored pairs (``model/city.yaml``), what follows (``assign.py``).
"""

from __future__ import annotations

from warehouse.link.inputs import KEY, LinkInputs
from warehouse.normalize.functions import sql_list
from warehouse.store import Store

TABLES = ("link_apart", "link_together", "link_slot")


def make_constraints(store: Store, inputs: LinkInputs) -> None:
    """Make the three tables from ``link_record``, ``link_node_record`` and the decisions in force."""
    con = store.con
    left, right = (
        " and ".join(f"{side[0]}.{name} = j.{side}_{name}" for name in KEY) for side in ("left", "right")
    )
    pairs = (
        "select null as node_l, null as node_r, null as verdict, null as judgement_id where false"
        if inputs.judgements is None
        else f"""
            select least(l.node_id, r.node_id) as node_l, greatest(l.node_id, r.node_id) as node_r, j.verdict,
                max(cast(j.judgement_id as varchar)) as judgement_id
            from {inputs.judgements} j join link_node_record l on {left} join link_node_record r on {right}
            where l.node_id <> r.node_id group by all
        """
    )
    con.execute(f"create or replace temp table link_judged as {pairs}")
    con.execute(
        """
        create or replace temp table link_apart as
        select cast(node_l as varchar) as node_l, cast(node_r as varchar) as node_r, 'judgement' as why
        from link_judged where verdict = 'different'
        """
    )
    con.execute(
        """
        create or replace temp table link_together as
        select cast(node_l as varchar) as node_l, cast(node_r as varchar) as node_r, cast(judgement_id as varchar) as judgement_id
        from link_judged where verdict = 'same'
        """
    )
    con.execute("drop table temp.link_judged")
    con.execute(
        f"""
        create or replace temp table link_slot as
        select distinct m.node_id, r.source as slot
        from link_record r join link_node_record m using (source, record_key, record_no)
        where r.living and r.source in ({sql_list(tuple(sorted(inputs.person_keys))) or "''"})
        """
    )
