"""One small demo city for the tests of this folder."""

from __future__ import annotations

import pytest
from made_city import Made, opened

from pipelines.demo import make_demo


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Made:
    root = tmp_path_factory.mktemp("city")
    return opened(root, make_demo(root, people=4000, seed=5))
