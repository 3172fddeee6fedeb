"""Nights of linkage in tests: records written short, linked, committed, and what came out."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from schemas.derive import arrow_schema
from schemas.model import schema
from warehouse.link import LinkInputs, commit_ledger, link
from warehouse.normalize.match_keys import readings
from warehouse.review.judgements import Judgement, Record, Verdict, pairs_of
from warehouse.store import Stage, Store

KEY = b"a key of the tests, 32 bytes long"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_number(birth: str, sequence: int = 1) -> str:
    """A synthetic valid number of area 210202 (GB 11643) with ``birth`` as YYYYMMDD."""
    body = f"210202{birth}{sequence:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


@dataclass(frozen=True)
class Rec:
    """A record of a resident as linkage sees it; ``number`` is a valid id number, ``cut`` one that lost its end. ``home`` is
    an estate, building, unit and room in one word each: 幸福里/3/1/501."""

    source: str
    key: str
    name: str | None = None
    birth: str | None = None
    number: str | None = None
    no: int = 0
    edition: str | None = None
    as_of: str = "2026-01-01"
    precision: str = "day"
    cut: str | None = None
    sex: str | None = None
    phone: str | None = None
    home: str | None = None
    status: str | None = None

    def row(self, number: int) -> dict[str, Any]:
        """The record as a row of ``resident_core``; ``number``: its row in the file."""
        estate, building, unit, room = self.home.split("/") if self.home else (None,) * 4
        return {
            "source": self.source, "edition_id": self.edition or f"{self.source}-{self.as_of}", "record_key": self.key,
            "record_no": self.no, "as_of": date.fromisoformat(self.as_of), "row_number": number, "name": self.name,
            "name_key": self.name, "name_pinyin": _pinyin(self.name) if self.name else None, "id_number": self.number,
            "id_status": "ok" if self.number else "excel000" if self.cut else "missing", "id_stated": self.cut, "sex": self.sex,
            "birth_date": date.fromisoformat(self.birth) if self.birth else None,
            "birth_date_precision": self.precision if self.birth else None, "phone": self.phone, "phones": self.phone,
            "live_estate": estate, "live_building": building, "live_unit": unit, "live_room": room, "status": self.status,
        }  # fmt: skip

    @property
    def record(self) -> Record:
        return Record(self.source, self.key, self.no)


def _pinyin(name: str) -> str:
    return " ".join(readings().get(character, character) for character in name)


def said(verdict: Verdict, left: Rec, right: Rec, serial: int = 1) -> Judgement:
    """What a person said of two records; ``serial``: the how manieth decision it is."""
    return Judgement(
        f"j{serial:09d}", verdict, (left.record,), (right.record,), "shenhe", "核对", "2026-01-01T00:00:00"
    )


def night(
    store: Store,
    records: Sequence[Rec],
    version: str,
    *,
    commit: bool = True,
    shuffle: int | None = None,
    decisions: Sequence[Judgement] = (),
    person_keys: Iterable[str] = (),
) -> Stage:
    """Link ``records`` as the whole truth of one night and, by default, commit."""
    rows = list(records)
    if shuffle is not None:
        random.Random(shuffle).shuffle(rows)
    core = pa.Table.from_pylist(
        [r.row(i) for i, r in enumerate(rows)], schema=arrow_schema(schema().tables["resident_core"])
    )
    store.con.register("night", core)
    store.con.register("judged", pairs_of(decisions))
    told = [sorted(repr(r) for r in rows), [repr(d) for d in decisions]]
    inputs = LinkInputs(
        "night", judgements="judged", person_keys=frozenset(person_keys), signature=[told, shuffle]
    )
    stage = link(store, inputs, KEY, version)
    if commit:
        commit_ledger(store, stage, version)
    return stage


def residents(store: Store, stage: Stage) -> dict[str, str]:
    """``source/key`` → resident_id."""
    rows = store.rows(f"select source || '/' || record_key, resident_id from {stage.scan('assignment')}")
    return dict(rows)


def rules(store: Store, stage: Stage) -> dict[str, str]:
    """``source/key`` → match_rule."""
    return dict(store.rows(f"select source || '/' || record_key, match_rule from {stage.scan('assignment')}"))


def changes(store: Store, stage: Stage, version: str) -> list[tuple[str, str, str | None]]:
    """Events of one version: resident_id, change, other_id, sorted."""
    return store.rows(
        f"select resident_id, change, other_id from {stage.scan('resident_change')} where version = ? order by all",
        [version],
    )


def table(store: Store, stage: Stage, name: str) -> list[tuple[object, ...]]:
    """All rows of a table of the stage, sorted."""
    return store.rows(f"select * from {stage.scan(name)} order by all")
