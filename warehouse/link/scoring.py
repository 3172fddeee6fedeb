"""Pairs and a model → scored edges, by Splink: ``link_scored``, one row a pair worth keeping.

Belongs here: the call of Splink over pairs that are already made, and the form of its answer. Does not belong here:
which pairs (``blocking.py``), weights (``model.py``), what overrides a score (``vetoes.py``).
"""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import Any

import duckdb

from warehouse.link.model import Model, frequency_sql
from warehouse.link.settings import LinkSettings
from warehouse.store import literal

TABLES = ("link_scored",)


def linker(con: duckdb.DuckDBPyConnection, nodes: str, model: Model, frequencies: Path | None) -> Any:
    """A Splink linker over the table ``nodes`` of ``con``, with the frequencies kept in a folder."""
    from splink import DuckDBAPI, Linker

    # Its log tells of values that it has not seen; what matters of that is in the model.
    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection=con)
    made = Linker(api.register(nodes), model.splink(), log_level=logging.CRITICAL, validate_settings=False)
    if frequencies is not None:
        for name in model.settings.frequencies:
            con.execute(
                f"create or replace table link_tf_{name} as {frequency_sql(nodes, name, frequencies, model.nodes)}"
            )
            made.table_management.register_term_frequency_lookup(api.register(f"link_tf_{name}"), name)
    return made


def score(con: duckdb.DuckDBPyConnection, nodes: str, model: Model, frequencies: Path) -> int:
    """Make table ``link_scored`` from ``link_pair``: ``node_l`` < ``node_r``, ``weight``, ``probability``, ``rule``, for
    each comparison ``gamma_…`` (the level; -1: nothing to compare) and ``mw_…`` (its bits), ``veto`` and ``reason``;
    returns how many."""
    settings = model.settings
    made = linker(con, nodes, model, frequencies)
    api = made._db_api
    made.table_management.register_blocked_pairs_for_predict(api.register("link_pair"))
    found = made.inference.predict(threshold_match_weight=settings.least, warning_mode="never").physical_name
    columns, bits = [], [repr(math.log2(model.prior / (1 - model.prior)))]
    for one in settings.comparisons:
        raw = f"p.mw_{one.name}"
        if any(level.frequency for level in one.levels):
            raw = f"{raw} + p.mw_tf_adj_{one.name}"
        columns += [f"cast(p.gamma_{one.name} as tinyint) as gamma_{one.name}", f"{raw} as mw_{one.name}"]
        bits.append(f"({raw})")
    unique = settings.unique_id
    rules = " ".join(
        f"when '{i}' then '{' + '.join(rule)}'" for i, rule in enumerate(settings.blocking.rules)
    )
    weight = " + ".join(bits)
    con.execute(
        f"""
        create or replace table link_scored as
        select least({unique}_l, {unique}_r) as node_l, greatest({unique}_l, {unique}_r) as node_r,
            p.weight, 1 / (1 + pow(2, -p.weight)) as probability,
            case match_key {rules} end as rule, {", ".join(columns)},
            {_veto(settings, "name")} as veto, {_veto(settings, "words")} as reason
        from (select *, {weight} as weight from {found} p) p
        """
    )
    con.execute(f"drop table {found}")
    for name in settings.frequencies:
        con.execute(f"drop table link_tf_{name}")
    return int(con.execute("select count(*) from link_scored").fetchall()[0][0])


def edge_columns(settings: LinkSettings) -> tuple[str, ...]:
    """The columns of ``link_scored``, in order."""
    evidence = tuple(f"{part}_{one.name}" for one in settings.comparisons for part in ("gamma", "mw"))
    return ("node_l", "node_r", "weight", "probability", "rule", *evidence, "veto", "reason")


def _veto(settings: LinkSettings, what: str) -> str:
    """SQL of the ``name`` or ``words`` of the first veto that holds."""
    if not settings.vetoes:
        return "cast(null as varchar)"
    whens = " ".join(
        f"when {settings.condition(veto)} then {literal(getattr(veto, what))}" for veto in settings.vetoes
    )
    return f"case {whens} end"
