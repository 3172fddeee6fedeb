"""A model trained on the city: said before it is adopted, adopted only on request."""

from __future__ import annotations

from pathlib import Path

import pytest
from link.records import store_of
from link.test_engine import city

from warehouse.link.assign import AssignSettings
from warehouse.link.model import load_model
from warehouse.link.retraining import bits, retrain
from warehouse.link.settings import load_link_settings
from warehouse.link.versions import SHIPPED, adopt, model_of, models
from warehouse.workspace import Workspace


def test_training_tells_first_and_changes_nothing_until_adopted(tmp_path: Path) -> None:
    store, inputs = store_of(*city(250, 7))
    store.workspace = Workspace(tmp_path)
    told = retrain(store, inputs, AssignSettings(), adopt_it=False)  # type: ignore[arg-type]
    assert told.adopted is None
    assert list(models(store.workspace)) == [1]  # the first night's
    assert told.change.records == len(city(250, 7))
    assert told.change.pairs_kept <= min(told.change.pairs_before, told.change.pairs_after)
    assert told.change.records_moved < told.change.records / 5
    # what agrees speaks for one person, what differs against it, also in weights found without labels
    weights = bits(told.new)
    assert weights["name", "same"] > 5 > 0 > weights["name", "other"]
    assert weights["birth", "same"] > 5 > 0 > weights["birth", "other"]
    adopted = adopt(store.workspace, lambda folder: told.new)
    assert adopted == tmp_path / "state" / "link" / "model-2"
    assert model_of(store) == (told.new, adopted)  # type: ignore[arg-type]


def test_a_model_of_other_comparisons_is_refused(tmp_path: Path) -> None:
    text = (SHIPPED / "weights.json").read_text("utf-8").replace('"phone"', '"telephone"')
    (tmp_path / "weights.json").write_text(text, "utf-8")
    with pytest.raises(ValueError, match="not a model of the comparisons"):
        load_model(tmp_path, load_link_settings())
