"""What is checked of a source: its deliveries that await a decision, and their records as tables.

A delivery is the files that stand or fall together (one date, one part). Belongs here: which they are, and the tables
``<kind>_core``, ``delivery``, ``og_issue``, ``og_fill`` and ``og_measure`` that suites speak of. Does not belong here:
what is expected of them, whether they are kept (``warehouse/editions.py``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.model import schema
from schemas.sources import Source
from warehouse.editions import OPEN, Group, group
from warehouse.expectations.outcomes import Profile
from warehouse.expectations.session import scan
from warehouse.expectations.suites import DELIVERY, measured
from warehouse.ledger import Edition
from warehouse.normalize.issues import severities
from warehouse.store import literal, quoted
from warehouse.workspace import Workspace


@dataclass(frozen=True)
class Delivery:
    """Files of one date and part. ``opened``: those that await a decision, normalized. ``standing``: those of the same
    delivery that were kept before and are not replaced by them. ``before``: the delivery that was kept before it."""

    number: int
    key: Group
    opened: tuple[Edition, ...]
    standing: tuple[Edition, ...]
    before: Group | None

    @property
    def name(self) -> str:
        return named(self.key)

    @property
    def rows(self) -> int:
        return sum(e.rows_kept or 0 for e in (*self.opened, *self.standing))


def named(key: Group) -> str:
    """A delivery in words: its date, and its part where there are parts."""
    return str(key[0]) if key[1] is None else f"{key[0]} {key[1]}"


def deliveries(source: Source, editions: Sequence[Edition]) -> list[Delivery]:
    """The deliveries of ``source`` that await a decision and are normalized, oldest first."""
    groups: dict[Group, list[Edition]] = defaultdict(list)
    for edition in editions:
        groups[group(source, edition)].append(edition)
    order = sorted(groups, key=lambda key: (key[0], key[1] or ""))
    kept = [key for key in order if any(e.status == "kept" for e in groups[key])]
    found: list[Delivery] = []
    for key in order:
        opened = tuple(e for e in groups[key] if e.status in OPEN and e.batch)
        if not opened:
            continue
        replaced = {e.replaces for e in opened if e.replaces}
        standing = tuple(e for e in groups[key] if e.status == "kept" and e.edition_id not in replaced)
        before = [k for k in kept if k[0] < key[0] and k[1] == key[1]]
        found.append(Delivery(len(found), key, opened, standing, before[-1] if before else None))
    return found


def expose(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, source: Source, found: Sequence[Delivery],
    profiles: Mapping[str, Profile],
) -> dict[str, Profile]:  # fmt: skip
    """Make the tables of the deliveries in ``con``; ``profiles`` are those of earlier ones. Returns theirs."""
    members = [(e.edition_id, d.number) for d in found for e in d.opened]
    _table(con, "og_member", "edition_id varchar, og_delivery integer", members)
    _table(con, DELIVERY, "og_delivery integer, og_rows bigint", [(d.number, d.rows) for d in found])
    for kind in source.feeds:
        _view(con, workspace, f"{kind}_core", found)
    errors = ", ".join(literal(code) for code, severity in severities().items() if severity == "error")
    _view(con, workspace, "issue", found)
    con.execute(
        "create or replace view og_issue as select *, coalesce(field || ': ', '') || code as og_field from issue "
        f"where code in ({errors}) and row_number is not null"
    )
    fills = [
        (d.number, name, sum((e.rows_kept or 0) * e.fills.get(name, 0.0) for e in (*d.opened, *d.standing)), d.rows)
        for d in found for name in ((source.bounds.fill or {}) if source.bounds else {})
    ]  # fmt: skip
    _table(con, "og_fill", "og_delivery integer, og_field varchar, filled double, og_rows bigint", fills)
    made = _profiles(con, source, found)
    _table(
        con, "og_measure",
        "og_delivery integer, og_field varchar, og_rows bigint, filled bigint, rows_before bigint, filled_before bigint",
        [
            (d.number, f"{kind}.{name}", counts[""], filled, then.get(kind, {}).get("", 0), then.get(kind, {}).get(name, 0))
            for d in found for then in [profiles.get(named(d.before), {}) if d.before else {}]
            for kind, counts in made[d.name].items() for name, filled in counts.items() if name
        ],
    )  # fmt: skip
    return made


def _view(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, table: str, found: Sequence[Delivery]
) -> None:
    batches = dict.fromkeys(e.batch.partition(":")[2] for d in found for e in d.opened if e.batch)
    paths: list[Path] = [workspace.stages / batch / f"{table}.parquet" for batch in batches]
    con.execute(
        f"create or replace view {quoted(table)} as select m.og_delivery, r.* from {scan(paths)} r "
        "join og_member m on m.edition_id = r.edition_id"
    )


def _profiles(
    con: duckdb.DuckDBPyConnection, source: Source, found: Sequence[Delivery]
) -> dict[str, Profile]:
    """How many records of each delivery there are, and how many have a value, by kind and mapped column."""
    made: dict[str, Profile] = {d.name: {} for d in found}
    names = {d.number: d.name for d in found}
    for kind, columns in measured(source).items():
        counts = "".join(f", count({quoted(c)})" for c in columns)
        for number, *row in con.execute(
            f"select og_delivery, count(*){counts} from {schema().record_table(kind).name} group by og_delivery"
        ).fetchall():
            made[names[number]][kind] = dict(zip(("", *columns), row, strict=True))
    return made


def _table(
    con: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Sequence[tuple[object, ...]]
) -> None:
    con.execute(f"create or replace table {name} ({columns})")
    if rows:
        con.executemany(f"insert into {name} values ({', '.join('?' * len(rows[0]))})", rows)
