"""A new model for the city, and what it would change, before anybody adopts it.

Belongs here: training on the present records, linking them by the old and the new model, and the comparison of the two
partitions. Does not belong here: where models lie (``versions.py``), how a model is trained (``training.py``).
"""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from pathlib import Path

from warehouse.link.assign import TABLES as ASSIGN_TABLES
from warehouse.link.assign import AssignSettings, assign
from warehouse.link.constraints import TABLES as CONSTRAINT_TABLES
from warehouse.link.constraints import make_constraints
from warehouse.link.engine import TABLES as ENGINE_TABLES
from warehouse.link.engine import build_nodes, score_pairs
from warehouse.link.inputs import LinkInputs
from warehouse.link.model import Model
from warehouse.link.training import train
from warehouse.link.versions import adopt, model_of
from warehouse.link.working import working
from warehouse.store import Store


@dataclass(frozen=True)
class Change:
    """What the new model would do: pairs of records of one person under each, how many come and go, and how many
    records would have other company than now."""

    records: int
    persons_before: int
    persons_after: int
    pairs_before: int
    pairs_after: int
    pairs_kept: int
    records_moved: int


@dataclass(frozen=True)
class Trained:
    """``old``, ``new``: the models; ``adopted``: the new one's folder, or None."""

    old: Model
    new: Model
    change: Change
    adopted: Path | None


def retrain(store: Store, inputs: LinkInputs, settings: AssignSettings, *, adopt_it: bool) -> Trained:
    """Train a model on the current records and compare it with the one in force; with ``adopt_it`` it is in force from
    the next run on. Every run until then links as before."""
    trial = store.workspace.scratch / "model"
    shutil.rmtree(trial, ignore_errors=True)
    try:
        build_nodes(store, inputs)
        make_constraints(store, inputs)
        old, old_folder = model_of(store)
        _partition(store, old, old_folder, settings, "before")
        with working(store) as con:
            new = train(con, "node", old.settings, trial)
        _partition(store, new, trial, settings, "after")
        change = _compare(store)

        def made(folder: Path) -> Model:
            for path in trial.glob("*.parquet"):
                shutil.copy2(path, folder / path.name)
            return new

        return Trained(old, new, change, adopt(store.workspace, made) if adopt_it else None)
    finally:
        shutil.rmtree(trial, ignore_errors=True)
        for table in (
            *ENGINE_TABLES,
            *CONSTRAINT_TABLES,
            *ASSIGN_TABLES,
            "link_before_model",
            "link_after_model",
        ):
            store.con.execute(f"drop table if exists temp.{table}")


def bits(model: Model) -> dict[tuple[str, str], float]:
    """The weight of each level in bits, by the names of the comparison and the level."""
    return {
        (one.name, level.name): math.log2(model.m[one.name][i] / model.u[one.name][i])
        for one in model.settings.comparisons
        for i, level in enumerate(one.levels)
    }


def _partition(store: Store, model: Model, folder: Path, settings: AssignSettings, when: str) -> None:
    score_pairs(store, model, folder)
    assign(store.con, settings)
    store.con.execute(
        f"""
        create or replace temp table link_{when}_model as
        select source, record_key, record_no, cluster from link_node_record join link_cluster using (node_id)
        """
    )


def _compare(store: Store) -> Change:
    def pairs(by: str) -> str:
        return f"(select coalesce(sum(n * (n - 1) // 2), 0) from (select count(*) as n from both_models group by {by}))"

    row = store.rows(
        f"""
        with both_models as (
            select b.cluster as b, a.cluster as a
            from link_before_model b join link_after_model a using (source, record_key, record_no)
        ),
        company as (
            select count(*) as n, b, a from both_models group by b, a
        ),
        sized as (
            select n, sum(n) over (partition by b) as with_b, sum(n) over (partition by a) as with_a from company
        )
        select (select count(*) from both_models), (select count(distinct b) from both_models),
            (select count(distinct a) from both_models), {pairs("b")}, {pairs("a")}, {pairs("b, a")},
            (select coalesce(sum(n) filter (where with_b <> n or with_a <> n), 0) from sized)
        """
    )[0]
    return Change(*(int(value) for value in row))
