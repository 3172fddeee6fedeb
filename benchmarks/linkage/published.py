"""All methods on the public truth sets: plain Splink with its documented models, and the project's engine.

Belongs here: which models run on which set, their lines. Does not belong here: the models (``published_sets``,
``published_ours``).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb

from linkage.city import Line
from linkage.measured import child
from linkage.measures import score
from linkage.published_sets import DOCUMENTED, SETS, load


def published_lines(folder: Path) -> list[Line]:
    """The lines of every set that lies in ``folder``: clusters, scored over pairs and records."""
    lines: list[Line] = []
    for name in SETS:
        con = duckdb.connect()
        con.execute("set enable_progress_bar = false")
        load(con, name, folder)
        with tempfile.TemporaryDirectory(prefix="linkage-") as scratch:
            pattern = (Path(scratch) / "{}.parquet").as_posix()
            for known in (d for d in DOCUMENTED if d.published_set == name):
                cost, said = child(
                    "published_splink", set=name, model=known.model, folder=folder, thresholds=known.thresholds, out=pattern
                )  # fmt: skip
                for place, threshold in enumerate(known.thresholds):
                    found = score(con, f"read_parquet('{pattern.format(place)}')", "truth")
                    note = f"documented model {known.model}, clusters at {threshold}"
                    lines.append(Line(name, "splink", found, cost, said, note))
            out = Path(scratch) / "ours.parquet"
            cost, said = child("published_ours", set=name, folder=folder, out=out)
            lines.append(
                Line(name, "oncegrid", score(con, f"read_parquet('{out.as_posix()}')", "truth"), cost, said)
            )
        con.close()
    return lines
