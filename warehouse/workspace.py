"""Where things lie in a workspace (DESIGN A2). Paths and their making; no content.

Every managed file is made with umask 077: what lies here is about people.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from schemas.problem import Problem


@dataclass(frozen=True)
class Workspace:
    """The folders of one city's workspace, all below ``root`` (absolute)."""

    root: Path

    @classmethod
    def open(cls, root: Path | str) -> Workspace:
        """The workspace at ``root``. Raises Problem where there is none."""
        path = Path(root).resolve()
        if not (path / "oncegrid.yaml").is_file():
            raise Problem(
                "there is no workspace here (no oncegrid.yaml); make one with 'oncegrid init DIR', "
                "or name yours with -w DIR or ONCEGRID_WORKSPACE.",
                "这里没有工作区（缺少 oncegrid.yaml）；用 'oncegrid init 目录' 新建，"
                "或用 -w 目录 或 ONCEGRID_WORKSPACE 指明。",
                file=str(root),
            )
        return cls(path)

    @property
    def settings(self) -> Path:
        return self.root / "oncegrid.yaml"

    @property
    def users(self) -> Path:
        return self.root / "users.yaml"

    @property
    def sources(self) -> Path:
        return self.root / "sources"

    @property
    def extracts(self) -> Path:
        return self.root / "extracts"

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def landing(self) -> Path:
        """Immutable bytes and manifests: ``landing/<source>/<edition_id>/``."""
        return self.root / "landing"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse"

    @property
    def raw(self) -> Path:
        """All-text Parquet: ``warehouse/raw/<source>/<edition_id>/<n>.parquet`` and ``report.json``."""
        return self.warehouse / "raw"

    @property
    def stages(self) -> Path:
        """Content-addressed results of the stages: ``warehouse/stages/<stage>/<signature>/``."""
        return self.warehouse / "stages"

    @property
    def work_database(self) -> Path:
        return self.warehouse / "work.duckdb"

    @property
    def scratch(self) -> Path:
        """Spill files of DuckDB and of the readers; emptied at the start of a sync."""
        return self.warehouse / "tmp"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def audit(self) -> Path:
        return self.root / "audit"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def ledger(self) -> Path:
        return self.state / "oncegrid.sqlite"

    @property
    def dagster_home(self) -> Path:
        return self.state / "dagster"

    def make(self) -> None:
        """Make every managed folder (mode 700) that is missing."""
        for path in (
            self.sources, self.extracts, self.inbox, self.landing, self.raw, self.stages, self.scratch,
            self.published, self.audit, self.state, self.dagster_home,
        ):  # fmt: skip
            path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def shown(self, path: Path | str) -> str:
        """``path`` relative to the workspace where it lies in it, for messages."""
        try:
            return str(Path(path).resolve().relative_to(self.root))
        except ValueError:
            return str(path)


def private_files() -> None:
    """Make every file that this process makes readable by its owner alone (umask 077)."""
    os.umask(0o077)
