"""Nights of linkage in tests: records written short, linked, committed, and what came out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.link import LinkInputs, commit_ledger, link
from warehouse.store import Stage, Store

KEY = b"a key of the tests, 32 bytes long"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_number(birth: str, sequence: int = 1) -> str:
    """A synthetic valid number of area 210202 (GB 11643) with ``birth`` as YYYYMMDD."""
    body = f"210202{birth}{sequence:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


@dataclass(frozen=True)
class Rec:
    """A record of a resident as linkage sees it; ``number`` is a valid id number, ``cut`` one that lost its end."""

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


def night(
    store: Store, records: Sequence[Rec], version: str, *, commit: bool = True, shuffle: int | None = None
) -> Stage:
    """Link ``records`` as the whole truth of one night and, by default, commit."""
    rows = list(records)
    if shuffle is not None:
        random.Random(shuffle).shuffle(rows)
    store.con.execute(
        """create or replace table night (source varchar, edition_id varchar, record_key varchar, record_no bigint,
        row_number bigint, as_of date, id_number varchar, id_status varchar, id_stated varchar, name_key varchar,
        birth_date date, birth_date_precision varchar, sex varchar, file varchar, sheet varchar)"""
    )
    for i, r in enumerate(rows):
        store.con.execute(
            "insert into night values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null, null, null)",
            [r.source, r.edition or f"{r.source}-{r.as_of}", r.key, r.no, i, r.as_of, r.number,
             "ok" if r.number else "excel000" if r.cut else "missing", r.cut, r.name, r.birth, r.precision if r.birth else None],
        )  # fmt: skip
    told = sorted(repr(r) for r in rows)
    stage = link(store, LinkInputs("night", signature=[told, shuffle]), KEY, version)
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
