"""Lets these tests import the helpers beside their folder; the city of the review tests, published once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from review.reviewed_city import publish_reviewed

from warehouse.workspace import Workspace


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The published city; nobody changes it."""
    root = tmp_path_factory.mktemp("explained")
    (root / "oncegrid.yaml").write_text("city: 测试市\n", "utf-8")
    made = Workspace.open(root)
    made.make()
    publish_reviewed(made)
    return made
