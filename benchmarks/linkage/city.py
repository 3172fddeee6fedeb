"""All methods on one demo city: their lines, and what the project must reach on it.

Belongs here: which methods run on a set, in what order, how their clusters are scored. Does not belong here: the
methods (``methods``), the measures (``measures``), printing (``report``).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from linkage.data import KEY, LinkageSet
from linkage.measured import Cost, child, run
from linkage.measures import Score, score
from linkage.ours import subset, without_newest

PEERS = Path(__file__).parents[2] / ".venv" / "peers" / "bin" / "python"
PEER_PROGRAM = Path(__file__).with_name("peer_recordlinkage.py")
NEW_RECORDS = 5000
SAMPLE = 30_000
"""Records of the sample that recordlinkage is run on: it holds all pairs and their features in memory."""
METHODS = ("exact_id", "splink", "splink_typed", "oncegrid", "night", "recordlinkage")


@dataclass(frozen=True)
class Line:
    """One method on one set. ``said``: seconds by step, what waits for a person, versions; ``note``: what differs."""

    set: str
    method: str
    score: Score | None
    cost: Cost | None
    said: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    def items(self, status: str) -> int | None:
        """Review items of this status (``waiting`` for a person, or ``aside``); None where there is no queue."""
        review = self.said.get("review")
        return None if review is None else sum(review.get(status, {}).values())


class CityRun:
    """The methods on one kept set; scratch files go to a folder of its own."""

    def __init__(self, kept: LinkageSet, scratch: Path) -> None:
        self.kept, self.scratch = kept, Path(tempfile.mkdtemp(prefix="linkage-", dir=scratch))
        self.name = kept.folder.name
        self.con = duckdb.connect()
        self.con.execute("set enable_progress_bar = false")
        self.con.execute(f"""
            create table truth as
            select row_number() over (order by {KEY}) as unique_id, {KEY}, person_id as person from {kept.scan("truth")}""")

    def close(self) -> None:
        self.con.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def lines(self, methods: Sequence[str] = METHODS) -> list[Line]:
        """Every method's line, in the order of METHODS."""
        found: list[Line] = []
        for method in METHODS:
            if method in methods:
                found += getattr(self, f"_{method}")()
        return found

    def _scored(self, out: Path, truth: str = "truth") -> Score:
        clusters = (
            f"(select unique_id, cluster from read_parquet('{out.as_posix()}') join truth using ({KEY}))"
        )
        return score(self.con, clusters, truth)

    def _simple(self, name: str, method: str, **options: object) -> list[Line]:
        out = self.scratch / f"{name}.parquet"
        cost, said = child(method, kept=self.kept.folder, out=out, **options)
        return [Line(self.name, name, self._scored(out), cost, said)]

    def _exact_id(self) -> list[Line]:
        return self._simple("exact_id", "exact_id")

    def _splink(self) -> list[Line]:
        return self._simple("splink", "splink", table="text")

    def _splink_typed(self) -> list[Line]:
        return self._simple("splink_typed", "splink", table="typed")

    def _ours(self, name: str, root: str, records: Path, golden: bool, truth: str = "truth") -> Line:
        out = self.scratch / f"{name}.parquet"
        cost, said = child(
            "ours", root=self.scratch / root, kept=self.kept.folder, records=records, out=out, golden=golden
        )
        return Line(self.name, name, self._scored(out, truth), cost, said)

    def _oncegrid(self) -> list[Line]:
        return [self._ours("oncegrid", "full", self.kept.folder, golden=True)]

    def _night(self) -> list[Line]:
        """A night with new records after one without them; agreement with the full run where that was made."""
        before = without_newest(self.kept, NEW_RECORDS, self.scratch / "before")
        self._ours("before", "nights", before, golden=False)
        line = self._ours("night", "nights", self.kept.folder, golden=False)
        full, later = (self.scratch / f"{name}.parquet" for name in ("oncegrid", "night"))
        if full.is_file():
            whole = f"(select unique_id, cluster as person from read_parquet('{full.as_posix()}') join truth using ({KEY}))"
            line.said["agreement_with_full"] = self._scored(later, whole).f1
        return [line]

    def _recordlinkage(self) -> list[Line]:
        """recordlinkage on a sample of households, and the project on the same sample."""
        one_in = max(1, round(self.kept.about.records / SAMPLE))
        plain, keys, out = (self.scratch / f"sample_{x}.parquet" for x in ("plain", "keys", "out"))
        child("plain", kept=self.kept.folder, out=plain, keys=keys, one_in=one_in)
        self.con.execute(f"""
            create or replace table sample as
            select unique_id, person from truth semi join read_parquet('{keys.as_posix()}') using ({KEY})""")
        note = f"records of one household in {one_in}"
        ours = self._ours(
            "oncegrid_sample", "sample", subset(self.kept, keys, self.scratch / "some"), False, "sample"
        )
        lines = [Line(ours.set, ours.method, ours.score, ours.cost, ours.said, note)]
        if not PEERS.is_file():
            return [*lines, Line(self.name, "recordlinkage", None, None, {}, "is not installed: make peers")]
        cost, said = run([str(PEER_PROGRAM), str(plain), str(out)], str(PEERS))
        # Both files number the records of the set by their key, so the numbers are the truth's.
        found = score(self.con, f"read_parquet('{out.as_posix()}')", "sample")
        return [*lines, Line(self.name, "recordlinkage", found, cost, said, note)]
