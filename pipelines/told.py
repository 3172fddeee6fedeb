"""What a night tells of the data itself: the ledger of issues, its trend, and quality.

Belongs here: gathering what those tables are made from. Does not belong here: the tables (``warehouse/issues``,
``warehouse/quality``), editions and single issues (``city.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from schemas.model import schema
from warehouse.issues import IssueInputs, make_cases, sight
from warehouse.issues.editions import batch_of
from warehouse.place.inputs import PLACED_KINDS
from warehouse.publish import versions
from warehouse.quality import QualityInputs, make_quality
from warehouse.store import Stage, literal
from warehouse.workspace import Workspace

if TYPE_CHECKING:
    from pipelines.city import City
    from schemas.sources import Source
    from warehouse.ledger import Edition
    from warehouse.store import Store


def sight_batches(store: Store, source: Source, editions: Sequence[Edition]) -> None:
    """Keep what the batches of these editions told, those that wait for a decision included."""
    for batch in sorted({batch for e in editions if (batch := batch_of(e)) is not None}):
        if (store.workspace.stages / batch).is_dir():
            sight(store, source, batch)


def write_cases(city: City, stage: Stage) -> None:
    """``issue_case`` and ``issue_trend`` of the city's present state."""
    for source in city.sources:
        sight_batches(city.store, source, city.ledger.editions(source.source))
    place = city.stages["place"]
    make_cases(
        city.store, stage,
        IssueInputs(
            sources=city.sources, editions=city.ledger.editions(), current=_current(city),
            place_issues=_found(city), placed={kind: place.scan(f"{kind}_placed") for kind in PLACED_KINDS},
            as_of=city.as_of or city.moment.date(), previous=_previous(city.workspace, "issue_case"),
        ),
    )  # fmt: skip


def quality_stage(city: City, about: Stage) -> Stage:
    """The finished stage of the table ``quality``."""
    with city.store.stage("quality", [about.key, city.stages["one"].key]) as stage:
        if not stage.done:
            make_quality(
                city.store, stage,
                QualityInputs(
                    sources=city.sources, editions=city.ledger.editions(), current=_current(city),
                    values=city.stages["one"].scan("resident_value"), place_issues=_found(city),
                    as_of=city.as_of or city.moment.date(), previous=_previous(city.workspace, "quality"),
                ),
            )  # fmt: skip
    return stage


def _found(city: City) -> str:
    """The issues that placing and unification found: both are true of the current records only."""
    scans = " union all by name ".join(
        f"select * from {city.stages[name].scan('issue')}" for name in ("place", "one")
    )
    return f"({scans})"


def _current(city: City) -> frozenset[str]:
    return frozenset(e.edition_id for editions in city.editions.values() for e in editions)


def _previous(workspace: Workspace, table: str) -> str | None:
    """The table in the newest published version, whatever is served; None where no version has it."""
    assert table in schema().tables
    newest = max(versions(workspace), key=lambda v: v.published_at, default=None)
    path = workspace.published / newest.version / "core" / f"{table}.parquet" if newest else None
    return f"read_parquet({literal(str(path))})" if path is not None and path.is_file() else None
