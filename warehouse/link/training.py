"""Weights found without labels: chances of agreement counted or drawn, shares of true pairs by EM (Splink).

Belongs here: training, as an explicit step whose result is a ``Model``. Does not belong here: using it, adopting it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb

from warehouse.link.blocking import make_pairs
from warehouse.link.model import LEAST, Model, blank, count_frequencies, count_shares
from warehouse.link.scoring import linker, score
from warehouse.link.settings import LinkSettings

ROUNDS = 2
"""How often the number of true pairs is counted anew from the scores; the third time nothing moves."""


def count_chances(con: duckdb.DuckDBPyConnection, nodes: str, model: Model) -> Model:
    """The model with ``u`` as in ``nodes``: drawn pairs, and where agreement is too rare for a draw, counts.

    What is counted holds some true pairs: agreement then speaks a little less than it might.
    """
    settings = model.settings
    total = _count(con, f"select count(*) from {nodes}")
    made = linker(con, nodes, replace(model, nodes=total), None)
    made.training.estimate_u_using_random_sampling(
        max_pairs=settings.training.sample, seed=settings.training.seed, min_count_per_level=None
    )
    drawn = _probabilities(made, "u", model)
    shares = count_shares(con, nodes, settings)
    u = {}
    for one in settings.comparisons:
        values = list(drawn[one.name])
        for i, level in enumerate(one.levels):
            if level.chance is not None:
                values[i] = level.chance
            elif level.share is not None and level.counted:
                values[i] = shares[level.share]
        u[one.name] = tuple(max(value, LEAST) for value in values)
    return replace(model, u=u, nodes=total, shares=shares)


def train(con: duckdb.DuckDBPyConnection, nodes: str, settings: LinkSettings, folder: Path) -> Model:
    """A model of ``nodes`` (a table); the frequencies are written into ``folder``, the weights are not."""
    count_frequencies(con, nodes, settings, folder)
    total = _count(con, f"select count(*) from {nodes}")
    model = count_chances(con, nodes, blank(settings, total))
    made = linker(con, nodes, model, folder)
    for rule in settings.training.rules:
        made.training.estimate_parameters_using_expectation_maximisation(
            rule, fix_u_probabilities=True, fix_probability_two_random_records_match=False
        )
    model = replace(model, m=_probabilities(made, "m", model))
    make_pairs(con, nodes, settings)
    for _ in range(ROUNDS):
        score(con, nodes, model, folder)
        found = con.execute("select coalesce(sum(probability), 0) from link_scored").fetchall()[0][0]
        model = replace(model, matches=max(float(found) / total, 0.001))
    return model


def _probabilities(made: object, which: str, model: Model) -> dict[str, tuple[float, ...]]:
    """The linker's m or u by comparison; of a level that was not observed what the model had, at most one in 1e5."""
    found = {}
    for comparison in made._settings_obj.core_model_settings.comparisons:  # type: ignore[attr-defined]
        name = comparison.output_column_name
        before = getattr(model, which)[name]
        values = []
        for i, level in enumerate(comparison._comparison_levels_excluding_null):
            value = getattr(level, f"_{which}_probability")
            values.append(float(value) if isinstance(value, (int, float)) else min(before[i], 1e-5))
        found[name] = tuple(max(value, LEAST) for value in values)
    return found


def _count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(con.execute(sql).fetchall()[0][0])
