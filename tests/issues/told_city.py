"""Sources whose batches are written by hand: what a batch told, edition after edition, without reading any file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from tiny_city import AS_OF, KEY, write

from schemas.derive import arrow_schema
from schemas.located_yaml import load_yaml
from schemas.model import schema
from schemas.sources import Source, check_source
from warehouse.editions import current
from warehouse.issues import IssueInputs, make_cases, sight
from warehouse.ledger import Edition, Ledger
from warehouse.publish import Facts, publish
from warehouse.quality import QualityInputs, make_quality
from warehouse.store import Stage, Store, literal
from warehouse.workspace import Workspace

POLICE = """\
source: police
title: 常住人口登记
agency: 甲市公安局
feeds: [resident]
files: "*.csv"
key: [人员编号]
due: {every: 7d, grace: 3d}
columns: {name: 姓名, id_number: 身份证号, phone: 联系电话}
"""
HEALTH = """\
source: health
title: 居民健康档案
agency: 甲市卫生健康委员会
feeds: [resident]
files: "*.csv"
key: [身份证号]
columns: {name: 姓名, id_number: 身份证号, birth_date: 出生日期}
"""
Row = Mapping[str, Any]


class ToldCity:
    """Drop editions with ``tell``; ``tables`` are made of all of them, as a night would."""

    def __init__(self, root: Path) -> None:
        (root / "oncegrid.yaml").write_text("city: 甲市\n", "utf-8")
        self.workspace = Workspace.open(root)
        self.workspace.make()
        self.store = Store(self.workspace, memory="1GB", threads=1)
        self.sources: dict[str, Source] = {}
        self.editions: list[Edition] = []
        self.place_issues: list[Row] = []
        self.placed: list[Row] = []
        self.values: list[Row] = []
        self.previous: dict[str, Path] = {}
        self.night = 0

    def source(self, text: str) -> Source:
        path = self.workspace.sources / f"{yaml.safe_load(text)['source']}.yaml"
        path.write_text(text, "utf-8")
        source, problems = check_source(load_yaml(path, path.name))
        assert source is not None, [str(p) for p in problems]
        self.sources[source.source] = source
        return source

    def tell(
        self, source: str, day: int, people: Sequence[Row], issues: Sequence[Row] = (), *, status: str = "kept",
        part: str | None = None, number: int = 1, **more: Any,
    ) -> Edition:  # fmt: skip
        """An edition of November ``day`` with records (``row``, ``key`` and canonical fields) and issues (``row``,
        ``field``, ``code``, ``value``)."""
        edition_id, as_of = f"{source}-202611{day:02d}-{part or ''}{number}", date(2026, 11, day)
        batch = f"core-{source}/{edition_id}"
        where = {"source": source, "edition_id": edition_id, "file": f"{source}-{day:02d}.csv"}
        core = [
            {**where, "as_of": as_of, "row_number": p["row"], "record_key": p["key"], "record_no": 0}
            | {k: v for k, v in p.items() if k not in ("row", "key")} for p in people
        ]  # fmt: skip
        severity = {c.code: c.extra["severity"] for c in schema().code_lists["issue_code"].codes}
        told = [
            {**where, "row_number": i.get("row"), "field": i.get("field"), "code": i["code"],
             "severity": severity[i["code"]], "value_masked": i.get("value")} for i in issues
        ]  # fmt: skip
        folder = self.workspace.stages / batch
        folder.mkdir(parents=True)
        self.parquet(folder / "resident_core.parquet", "resident_core", core)
        self.parquet(folder / "issue.parquet", "issue", told)
        self.parquet(folder / "withdrawal.parquet", "withdrawal", more.pop("withdrawn", []))
        edition = Edition(
            edition_id=edition_id, source=source, file=where["file"], sha256="0", size=1, as_of=as_of, as_of_from="name",
            part=part, landed_at=f"2026-11-{day:02d}T00:00:{number:02d}", status=status, batch=f"way:{batch}",  # type: ignore[arg-type]
            rows_read=more.pop("read", len(people)), rows_kept=len(people), rows_skipped=0,
            rows_rejected=more.pop("rejected", 0), **more,
        )  # fmt: skip
        self.editions.append(edition)
        sight(self.store, self.sources[source], batch)
        return edition

    def failed(self, source: str, day: int) -> None:
        """A file of that day that nobody could read."""
        edition = Edition(
            edition_id=f"{source}-202611{day:02d}-broken", source=source, file="坏.csv", sha256="1", size=1,
            as_of=date(2026, 11, day), as_of_from="name", part=None, landed_at=f"2026-11-{day:02d}T00:00:00",
            status="failed",
        )  # fmt: skip
        self.editions.append(edition)

    def becomes(self, edition: Edition, status: str) -> None:
        """The ledger's word on an edition changes."""
        self.editions = [replace(e, status=status) if e == edition else e for e in self.editions]  # type: ignore[arg-type]

    def tables(self) -> Stage:
        """One night: ``issue_case``, ``issue_trend`` and ``quality``, which the next night takes as published."""
        self.night += 1
        used = [
            e for s in self.sources.values() for e in current(s, [e for e in self.editions if e.source == s.source])
        ]  # fmt: skip
        ids, as_of = frozenset(e.edition_id for e in used), max(e.as_of for e in used)
        sources, folder = list(self.sources.values()), self.workspace.scratch / f"night{self.night}"
        folder.mkdir()
        scans = {
            name: self.parquet(folder / f"{name}.parquet", name, rows)
            for name, rows in (
                ("issue", self.place_issues), ("resident_placed", self.placed), ("resident_value", self.values),
            )
        }  # fmt: skip
        with self.store.stage("told", self.night) as stage:
            make_cases(
                self.store, stage,
                IssueInputs(
                    sources, self.editions, ids, scans["issue"], {"resident": scans["resident_placed"]}, as_of,
                    self._before("issue_case"),
                ),
            )  # fmt: skip
            make_quality(
                self.store, stage,
                QualityInputs(
                    sources, self.editions, ids, scans["resident_value"], scans["issue"], as_of, self._before("quality")
                ),
            )  # fmt: skip
        self.previous = {name: stage.path(name) for name in ("issue_case", "quality")}
        return stage

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """A query over the last night's tables, by their names."""
        for name in ("issue_case", "issue_trend", "quality"):
            scan = literal(str(self.previous["quality"].with_name(f"{name}.parquet")))
            self.store.con.execute(
                f"create or replace temp view {name} as select * from read_parquet({scan})"
            )
        return self.store.rows(sql)

    def publish(self) -> None:
        """The last night's tables as the snapshot that is served, and the ledger beside it."""
        given = write(self.workspace.stages / f"published{self.night}", {})
        told = self.previous["quality"].parent
        given |= {name: told / f"{name}.parquet" for name in ("issue_case", "issue_trend", "quality")}
        facts = Facts(content=f"night {self.night}", as_of=AS_OF, city="甲市")
        version = f"20261122T0200{self.night:02d}"
        publish(self.workspace, given, version=version, facts=facts, keys={"analyst": KEY}, memory="1GB")
        self.write_ledger()

    def write_ledger(self) -> None:
        """The editions as the workspace's ledger has them."""
        with Ledger(self.workspace) as ledger:
            ledger.put_all(self.editions)

    def parquet(self, path: Path, table: str, rows: Sequence[Row]) -> str:
        """Rows as a Parquet file of a declared table; what a row leaves out is null. Returns its scan."""
        declared = arrow_schema(schema().tables[table])
        for row in rows:
            assert set(row) <= set(declared.names), set(row) - set(declared.names)
        pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema=declared), path)
        return f"read_parquet({literal(str(path))})"

    def _before(self, table: str) -> str | None:
        return f"read_parquet({literal(str(self.previous[table]))})" if self.previous else None


def person(row: int, key: str, **fields: Any) -> Row:
    """A record in a row of the file."""
    return {"row": row, "key": key, **fields}


def issue(code: str, row: int | None = None, field: str | None = None, value: str | None = None) -> Row:
    """What was told of a row, or, without one, of the file."""
    return {"code": code, "row": row, "field": field, "value": value}
