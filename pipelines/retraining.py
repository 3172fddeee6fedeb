"""``model train``: a new model on the records that a run would link now, under the workspace's lock.

Belongs here: what a run's linkage is given, for training. Does not belong here: training (``warehouse/link``).
"""

from __future__ import annotations

import yaml

from pipelines.night import Night
from schemas.model import RECORD_KINDS
from schemas.problem import Problem
from warehouse.keys import load_key
from warehouse.link import SETTINGS, LinkInputs
from warehouse.link.assign import AssignSettings
from warehouse.link.retraining import Trained, retrain
from warehouse.lock import write_lock
from warehouse.place import PlaceInputs, place
from warehouse.workspace import Workspace


def train_model(workspace: Workspace, *, adopt: bool, wait_seconds: float = 0.0) -> Trained:
    """Train on the current records of the workspace. Raises Problem where it has none, or is in use."""
    with write_lock(workspace, "model train", wait_seconds=wait_seconds), Night(workspace) as night:
        city = night.city
        residents = city.records("resident")
        if residents is None:
            raise Problem(
                "there are no records of residents to train on; run 'oncegrid sync' first.",
                "还没有可供训练的居民记录；请先运行 'oncegrid sync'。",
            )
        records = {kind: city.records(kind) for kind in RECORD_KINDS}
        shown = str(city.settings.keys.resident)
        placed = place(
            night.store, PlaceInputs(records=records, signature=city.content), city.settings,
            load_key(workspace.root / shown, shown),
        )  # fmt: skip
        inputs = LinkInputs(
            residents, placed.scan("resident_placed"), judgements="_judgements",
            person_keys=frozenset(s.source for s in city.sources if s.key and s.key_stands_for == "person"),
        )  # fmt: skip
        night.store.con.register("_judgements", city.judgements)
        try:
            settings = AssignSettings.of(yaml.safe_load(SETTINGS.read_text("utf-8")))
            return retrain(night.store, inputs, settings, adopt_it=adopt)
        finally:
            night.store.con.unregister("_judgements")
