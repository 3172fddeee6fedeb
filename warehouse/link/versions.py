"""The models of a workspace: ``state/link/model-N/``, weights and frequencies together; the highest N is in force.

Belongs here: where models lie, which is in force, and the first one, which every city begins with: the shipped shares
among true pairs (trained on synthetic cities), with chances of agreement and frequencies counted in this city's own
first night. Does not belong here: training (``training.py``).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from warehouse.link.model import Model, at_home, count_frequencies, load_model
from warehouse.link.settings import CITY, LinkSettings, load_link_settings
from warehouse.store import Store
from warehouse.workspace import Workspace

SHIPPED = CITY.parent
_NAME = re.compile(r"model-(\d+)")


def models(workspace: Workspace) -> dict[int, Path]:
    """The models of a workspace by number, in order."""
    found = {}
    for path in (workspace.state / "link").glob("model-*"):
        if (number := _NAME.fullmatch(path.name)) and (path / "weights.json").is_file():
            found[int(number[1])] = path
    return dict(sorted(found.items()))


def model_of(store: Store) -> tuple[Model, Path]:
    """The model in force and its folder; in a workspace without any the first is made from ``link_node``.

    A model of other comparisons than the present settings' (an older program's) is passed over: then a new one is made.
    """
    settings = load_link_settings()
    for path in reversed(models(store.workspace).values()):
        try:
            return load_model(path, settings), path
        except ValueError:
            continue
    path = adopt(store.workspace, lambda folder: first_model(store, settings, folder))
    return load_model(path, settings), path


def first_model(store: Store, settings: LinkSettings, folder: Path) -> Model:
    """The shipped model with this city's chances and frequencies; the frequencies are written into ``folder``."""
    shipped = load_model(SHIPPED, settings)
    count_frequencies(store.con, "link_node", settings, folder, least=shipped.nodes)
    return at_home(store.con, "link_node", shipped)


def adopt(workspace: Workspace, make: Callable[[Path], Model]) -> Path:
    """Let ``make`` write a model's frequencies into a folder and return the model; its place once it is whole."""
    number = max(models(workspace), default=0) + 1
    base = workspace.state / "link"
    building = base / f"model-{number}.building"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True, mode=0o700)
    make(building).save(building)
    done = base / f"model-{number}"
    building.replace(done)
    return done
