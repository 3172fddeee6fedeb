"""Lets these tests import the helpers beside their folder; fixtures: an empty workspace, a store in it, a linked night."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from review.linked_night import LinkedNight
from review.reviewed_city import publish_reviewed

from warehouse.store import Store
from warehouse.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "oncegrid.yaml").write_text("city: 测试市\n", "utf-8")
    found = Workspace.open(tmp_path)
    found.make()
    return found


@pytest.fixture
def store(workspace: Workspace) -> Iterator[Store]:
    with Store(workspace, memory="1GB", threads=2) as opened:
        yield opened


@pytest.fixture
def night(store: Store) -> LinkedNight:
    return LinkedNight(store)


@pytest.fixture(scope="session")
def _published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("reviewed")
    (root / "oncegrid.yaml").write_text("city: 测试市\n", "utf-8")
    made = Workspace.open(root)
    made.make()
    publish_reviewed(made)
    return root


@pytest.fixture
def city(_published: Path, tmp_path: Path) -> Workspace:
    """A workspace of its own with the published city in it."""
    shutil.copytree(_published, tmp_path / "city", symlinks=True)
    return Workspace.open(tmp_path / "city")
