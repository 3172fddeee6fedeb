"""What the inbox brings to the ledger: landed files as editions, and a source's fault when there is none.

Belongs here: from a source's declaration to ``connectors.landing`` and back to editions. No copying, no reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from connectors.landing import Arrival, Known, land
from schemas.problem import Problem, told
from schemas.sources import Source
from warehouse.ledger import Edition
from warehouse.workspace import Workspace


@dataclass(frozen=True)
class Arrived:
    """New editions; how many files wait or hold the bytes of an earlier one; the source's fault, if any."""

    editions: list[Edition]
    waiting: int
    same_bytes: int
    problem: Problem | None


def arrive(workspace: Workspace, source: Source, known: Sequence[Edition], day: date) -> Arrived:
    """Land the source's new files. Faults of single files are joined into the source's problem."""
    before = [Known(e.edition_id, e.file, e.sha256, e.landed_at, e.size) for e in known]
    inbox, landing = workspace.inbox / source.folder, workspace.landing / source.source
    if source.database is not None:
        arrivals = _pull(workspace, source, landing, before, day)
    elif not inbox.is_dir():
        return Arrived([], 0, 0, _no_inbox(workspace, source))
    else:
        arrivals = land(
            source.source, inbox, landing, source.files or "*", before, day=day,
            as_of_pattern=source.as_of.pattern if source.as_of else None,
            part_pattern=source.part.pattern if source.part else None,
        )  # fmt: skip
    problem = _first_fault(workspace, source, arrivals, bool(known))
    return Arrived(
        [_edition(a) for a in arrivals if a.outcome == "landed"],
        sum(a.outcome == "waiting" for a in arrivals),
        sum(a.outcome == "duplicate" for a in arrivals),
        problem,
    )


def _pull(
    workspace: Workspace, source: Source, landing: Path, before: Sequence[Known], day: date
) -> list[Arrival]:
    # SQLAlchemy is imported only where a source asks for a database.
    from connectors.databases.database import pull

    assert source.database is not None
    return pull(source.source, source.database, workspace.root, landing, before, day=day, mode=source.mode)


def _edition(arrival: Arrival) -> Edition:
    new = arrival.edition
    assert new is not None
    return Edition(
        edition_id=new.edition_id, source=new.source, file=new.file, sha256=new.sha256, size=new.size, as_of=new.as_of,
        as_of_from=new.as_of_from, part=new.part, landed_at=new.landed_at, replaces=new.replaces,
    )  # fmt: skip


def _first_fault(
    workspace: Workspace, source: Source, arrivals: Sequence[Arrival], known: bool
) -> Problem | None:
    faults = [a.problem for a in arrivals if a.problem is not None]
    if faults:
        return faults[0]
    if not arrivals and not known:
        shown = workspace.shown(workspace.inbox / source.folder)
        return Problem(
            f"no file matches '{source.files}'; put the agency's export there, or mend 'files' in sources/{source.source}.yaml.",
            f"没有文件符合“{source.files}”；请放入单位导出文件，或修改 sources/{source.source}.yaml 中的 files。",
            file=shown,
        )
    return None


def _no_inbox(workspace: Workspace, source: Source) -> Problem:
    return Problem(
        f"this folder is missing, so nothing of {source.source} could arrive; make it and put the agency's export there.",
        f"缺少此目录，{source.source} 没有数据可接收；请建立该目录并放入单位导出文件。",
        file=workspace.shown(workspace.inbox / source.folder),
    )


def folders_without_source(workspace: Workspace, sources: Iterable[Source]) -> list[str]:
    """A sentence for each folder of the inbox that holds files and that no source reads."""
    read = {source.folder for source in sources}
    found = []
    for folder in (
        sorted(p for p in workspace.inbox.iterdir() if p.is_dir()) if workspace.inbox.is_dir() else []
    ):
        has_yaml = any(
            (workspace.sources / f"{folder.name}{suffix}").is_file() for suffix in (".yaml", ".yml")
        )
        if folder.name not in read and not has_yaml and any(folder.iterdir()):
            shown = workspace.shown(folder)
            found.append(told(
                f"{shown}: no source reads this folder; draft one: oncegrid infer {shown}/* --source {folder.name} "
                f"-o sources/{folder.name}.yaml",
                f"{shown}：没有数据源读取此目录；可起草：oncegrid infer {shown}/* --source {folder.name} "
                f"-o sources/{folder.name}.yaml",
            ))  # fmt: skip
    return found
