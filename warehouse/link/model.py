"""Weights and frequencies: a model, how it is kept, and Splink's form of it.

Belongs here: ``Model`` (settings, the prior, m and u of every level), its JSON, and the tables of term frequencies that
are kept beside it: weights and frequencies are versioned together, so that a pair's score is a function of its two
nodes and the model alone. Does not belong here: finding the weights (``training.py``), using them (``scoring.py``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from warehouse.link.settings import LinkSettings
from warehouse.store import literal, quoted

LEAST = 1e-10
"""No level is impossible: a probability never falls below this."""
SMALL = 20_000
"""Nodes of a place whose own shares say enough: below it a chance of one in ten thousand rests on a few pairs."""


@dataclass(frozen=True)
class Model:
    """``matches``: true pairs for each node; ``m``, ``u``: by comparison, the probability of each level among pairs of
    one person and of two (in the order of the settings' levels). ``nodes``: how many ``u`` and the frequencies
    were counted over; ``shares``: of all their pairs those that have a value of a list column in common."""

    settings: LinkSettings
    matches: float
    m: Mapping[str, tuple[float, ...]]
    u: Mapping[str, tuple[float, ...]]
    nodes: int
    shares: Mapping[str, float]

    @property
    def prior(self) -> float:
        """The probability that two nodes drawn at random are one person."""
        return min(0.5, 2 * self.matches / max(2, self.nodes - 1))

    def splink(self) -> dict[str, Any]:
        """The settings as Splink 5 reads them."""
        return {
            "link_type": "dedupe_only",
            "unique_id_column_name": self.settings.unique_id,
            "probability_two_random_records_match": self.prior,
            "retain_matching_columns": True,
            "retain_intermediate_calculation_columns": True,
            "max_iterations": 30,
            "blocking_rules_to_generate_predictions": [],
            "comparisons": [
                {"output_column_name": one.name, "comparison_levels": self._levels(one.name)}
                for one in self.settings.comparisons
            ],
        }

    def _levels(self, name: str) -> list[dict[str, Any]]:
        one = next(one for one in self.settings.comparisons if one.name == name)
        made: list[dict[str, Any]] = [
            {"sql_condition": one.none, "label_for_charts": "none", "is_null_level": True}
        ]
        for i, level in enumerate(one.levels):
            told: dict[str, Any] = {
                "sql_condition": level.when or "ELSE",
                "label_for_charts": f"{one.gamma(i)}",
                "m_probability": self.m[name][i],
                "u_probability": self.u[name][i],
            }
            if level.frequency:
                told |= {
                    "tf_adjustment_column": level.frequency,
                    "tf_minimum_u_value": level.rarest,
                    "disable_tf_exact_match_detection": True,
                }
            if level.m is not None:
                told["fix_m_probability"] = True
            made.append(told)
        return made

    def save(self, folder: Path) -> None:
        """Write ``weights.json`` into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        told = {
            "settings": self.settings.name, "matches": self.matches, "nodes": self.nodes, "shares": dict(self.shares),
            "m": {k: list(v) for k, v in self.m.items()}, "u": {k: list(v) for k, v in self.u.items()},
        }  # fmt: skip
        (folder / "weights.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def load_model(folder: Path, settings: LinkSettings) -> Model:
    """The model in ``folder``. Raises ValueError where it is not of these settings' levels."""
    told = json.loads((folder / "weights.json").read_text("utf-8"))
    m = {k: tuple(v) for k, v in told["m"].items()}
    u = {k: tuple(v) for k, v in told["u"].items()}
    shape = {one.name: len(one.levels) for one in settings.comparisons}
    if {k: len(v) for k, v in m.items()} != shape or {k: len(v) for k, v in u.items()} != shape:
        raise ValueError(f"{folder / 'weights.json'} is not a model of the comparisons {sorted(shape)}")
    return Model(settings, told["matches"], m, u, told["nodes"], told["shares"])


def blank(settings: LinkSettings, nodes: int) -> Model:
    """A model that knows nothing yet but the settings: what training begins with."""
    m, u = {}, {}
    for one in settings.comparisons:
        rest = len(one.levels) - 1
        m[one.name] = tuple(level.m or (0.9 if i == 0 else 0.1 / rest) for i, level in enumerate(one.levels))
        u[one.name] = tuple(
            level.chance or (0.9 if i == rest else 0.1 / rest) for i, level in enumerate(one.levels)
        )
    return Model(settings, settings.training.matches, m, u, nodes, {})


def at_home(con: duckdb.DuckDBPyConnection, nodes: str, model: Model) -> Model:
    """A model from elsewhere with the chances of this city: how often two of ``nodes`` share a phone or a community.

    A place of a few thousand tells too little of that: it is taken for a part of one like those trained on.
    """
    total = int(con.execute(f"select count(*) from {nodes}").fetchall()[0][0])
    if total < SMALL:
        return model
    shares = count_shares(con, nodes, model.settings)
    u = {}
    for one in model.settings.comparisons:
        values = list(model.u[one.name])
        for i, level in enumerate(one.levels):
            if level.share is not None and model.shares.get(level.share):
                values[i] = min(0.5, max(LEAST, values[i] * shares[level.share] / model.shares[level.share]))
        u[one.name] = tuple(values)
    return replace(model, u=u, nodes=total, shares=shares)


def count_shares(con: duckdb.DuckDBPyConnection, nodes: str, settings: LinkSettings) -> dict[str, float]:
    """For each list column of ``settings.shares``: the share of pairs of nodes that have a value in common."""
    found = {}
    for column in settings.shares:
        name = quoted(column)
        pairs, of = con.execute(
            f"""
            select (select sum(n * (n - 1) / 2.0) from (
                    select count(*) as n from (select unnest({name}) as v from {nodes}) group by v)),
                (select count(*) from {nodes} where len({name}) > 0)
            """
        ).fetchall()[0]
        found[column] = float(pairs or 0) / max(1.0, of * (of - 1) / 2.0)
    return found


def count_frequencies(
    con: duckdb.DuckDBPyConnection, nodes: str, settings: LinkSettings, folder: Path, *, least: int = 1
) -> None:
    """Write the frequencies of the values of ``nodes`` into ``folder``: ``<column>.parquet`` (value, frequency), of
    ``least`` nodes at the least, as a few tell little."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in settings.frequencies:
        column = quoted(name)
        con.execute(
            f"""
            copy (
                select {column} as value, count(*) / greatest(sum(count(*)) over (), {least}) as frequency from {nodes}
                where {column} is not null group by {column} having count(*) > 1 order by value
            ) to {literal(str(folder / f"{name}.parquet"))} (format parquet, compression zstd)
            """
        )


def frequency_sql(nodes: str, name: str, folder: Path, total: int) -> str:
    """SELECT of the frequency of each value that stands in ``nodes`` tonight: of one that the model has not seen twice,
    that of one node."""
    column = quoted(name)
    return f"""
        select n.{column}, coalesce(f.frequency, {1.0 / max(1, total)!r}) as tf_{name}
        from (select distinct {column} from {nodes} where {column} is not null) n
        left join read_parquet({literal(str(folder / f"{name}.parquet"))}) f on f.value = n.{column}
    """
