"""What came of the expectations: outcomes, and the state of a source between nights.

Belongs here: their form, and keeping the last of each source as JSON in the workspace's state, so that a night on
which nothing changed runs nothing and still shows what stands. Does not belong here: running, pages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from schemas.problem import told
from warehouse.workspace import Workspace

Profile = dict[str, dict[str, int]]  # by record kind: filled records by column, and all of them under ""


@dataclass(frozen=True)
class Breach:
    """Where an expectation does not hold: a delivery (``2024-11-01`` or ``2024-11-01 part``), a field, how many rows."""

    delivery: str
    field: str
    offending: int
    rows: int | None


@dataclass(frozen=True)
class Outcome:
    """What one expectation found. ``sample``: offending rows, values masked. ``fault``: why it could not be
    evaluated, which is a failure."""

    name: str
    suite: str
    rule: str
    severity: str
    en: str
    zh: str
    passed: bool
    breaches: tuple[Breach, ...] = ()
    sample: tuple[Mapping[str, Any], ...] = ()
    fault: str | None = None

    @property
    def offending(self) -> int:
        return sum(breach.offending for breach in self.breaches)

    @property
    def says(self) -> str:
        """What must hold, in the current language."""
        return told(self.en, self.zh)

    @property
    def found(self) -> str:
        """What was found, in words and without a value; empty where it holds."""
        if self.fault is not None:
            return told(f"could not be evaluated: {self.fault}", f"无法执行：{self.fault}")
        return "; ".join(
            f"{b.delivery} {b.field}: {b.offending}" + (f"/{b.rows}" if b.rows is not None else "")
            for b in self.breaches
        )


@dataclass
class SourceState:
    """The last run of a source's suites. ``signature`` is of all that went in; ``profiles`` by delivery."""

    signature: str = ""
    moment: str = ""
    page: str = ""
    outcomes: tuple[Outcome, ...] = ()
    profiles: dict[str, Profile] = field(default_factory=dict)


def folder(workspace: Workspace) -> Path:
    """Where pages and states of the expectations lie."""
    return workspace.state / "expectations"


def load_state(workspace: Workspace, source: str) -> SourceState:
    """The state of ``source``; an empty one where none was kept, or an older program kept it in another form."""
    try:
        kept = json.loads(_path(workspace, source).read_text("utf-8"))
        kept["outcomes"] = tuple(
            Outcome(**{**one, "breaches": tuple(Breach(**b) for b in one["breaches"]), "sample": tuple(one["sample"])})
            for one in kept["outcomes"]
        )  # fmt: skip
        return SourceState(**kept)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return SourceState()


def save_state(workspace: Workspace, source: str, state: SourceState) -> None:
    """Keep ``state``, whole or not at all."""
    path = _path(workspace, source)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_suffix(".building")
    beside.write_text(json.dumps(asdict(state), ensure_ascii=False, default=str), "utf-8")
    beside.replace(path)


def pages_in_use(workspace: Workspace) -> set[str]:
    """The pages that the last outcomes of the sources stand on."""
    kept = (folder(workspace) / "sources").glob("*.json")
    return {load_state(workspace, path.stem).page for path in kept}


def _path(workspace: Workspace, source: str) -> Path:
    return folder(workspace) / "sources" / f"{source}.json"
