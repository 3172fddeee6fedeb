"""The project's engine on the public sets: its settings file of each, weights by EM on the set itself, no labels.

Belongs here: handing a set's records to ``warehouse.link.tables``. Does not belong here: the settings (``<set>.yaml``).
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

from linkage.published_sets import load
from warehouse.link.settings import load_link_settings
from warehouse.link.tables import link_table


def linked(name: str, folder: Path, out: Path) -> dict[str, Any]:
    """Link the set; ``out`` gets (unique_id, cluster)."""
    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    tables = load(con, name, folder)
    records = " union all ".join(f"select *, '{table}' as source from {table}" for table in tables)
    began = time.perf_counter()
    settings = load_link_settings(Path(__file__).with_name(f"{name}.yaml"))
    with tempfile.TemporaryDirectory(prefix="linkage-model-") as model:
        link_table(con, f"(select * exclude (person) from ({records}))", settings, Path(model))
    con.execute(
        f"copy (select node_id as unique_id, cluster from link_cluster) to '{out.as_posix()}' (format parquet)"
    )
    return {"seconds": {"link": round(time.perf_counter() - began, 2)}, "assign": dict(settings.assign)}
