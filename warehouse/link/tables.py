"""The engine over any table of records: settings in, clusters out, without id numbers, nights or decisions.

For data sets with settings of their own (``prepare`` makes the nodes, ``functions`` the macros, ``assign`` the thresholds):
the same training, blocking, scoring and assignment as the city's. Belongs here: putting those together. Does not
belong here: the city's records (``engine.py``), the measuring of results (``benchmarks``).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.link.assign import AssignSettings, assign
from warehouse.link.blocking import make_pairs
from warehouse.link.characters import character_functions
from warehouse.link.model import Model
from warehouse.link.scoring import score
from warehouse.link.settings import LinkSettings
from warehouse.link.training import train
from warehouse.normalize.functions import name_functions
from warehouse.store import quoted


def link_table(con: duckdb.DuckDBPyConnection, record: str, settings: LinkSettings, folder: Path) -> Model:
    """Link the rows of ``record`` (a FROM item): makes the temporary table ``link_cluster`` (``node_id``, ``cluster``, …).

    ``con``: a connection whose database may get tables of ours and Splink's (one in memory). The weights are trained on
    the very rows, by EM alone; they and the frequencies are written into ``folder``.
    """
    if settings.prepare is None:
        raise ValueError(f"the settings {settings.name} do not say how nodes are made of records (prepare)")
    name_functions(con)
    character_functions(con)
    for signature, body in settings.functions.items():
        con.execute(f"create or replace temp macro {signature} as {body}")
    con.execute(f"create or replace table node as {settings.prepare.replace('{record}', record)}")
    model = train(con, "node", settings, folder)
    model.save(folder)
    make_pairs(con, "node", settings)
    score(con, "node", model, folder)
    unique = quoted(settings.unique_id)
    con.execute(
        f"create or replace temp table link_node as select {unique} as node_id, cast(null as varchar) as anchor, 1 as n_records from node"
    )
    con.execute("create or replace temp table link_edge as select * from link_scored")
    if settings.blocking.unlike is not None:
        # of one side no two records are one person
        con.execute(
            f"create or replace temp table link_slot as select {unique} as node_id, {quoted(settings.blocking.unlike)} as slot from node"
        )
    assign(con, AssignSettings.of(dict(settings.assign)))
    return model
