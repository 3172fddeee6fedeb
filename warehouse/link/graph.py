"""The scored pairs of a night, kept from night to night: stage ``link_graph``.

A pair's weight is a function of its two nodes and the model, so tonight's pairs are last night's, but for nodes that
changed. The stage keeps ``link_node_record``, ``link_node``, ``link_edge`` and ``link_capped``; the newest one that was made
with the same model by the same code is where the next night starts from. Where there is none, all pairs are scored.
The two newest are kept: a run may yet fail, and the next one begins from the night before.

Belongs here: what is kept, found and swept. Does not belong here: nodes and scores (``engine.py``).
"""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
from pathlib import Path

from schemas.model import schema
from warehouse.link.engine import LastNight, build_nodes, score_pairs
from warehouse.link.inputs import LinkInputs
from warehouse.link.versions import model_of
from warehouse.store import Stage, Store, signature

STAGE = "link_graph"
KEPT = ("link_node_record", "link_node", "link_edge", "link_capped")
_CODE = Path(__file__).resolve().parent, Path(__file__).resolve().parent.parent / "normalize"


def graph(store: Store, inputs: LinkInputs) -> Stage:
    """The finished stage of tonight's records; makes the temporary tables ``link_record`` (with ``link_restored``,
    ``link_leader``) and those that are kept."""
    build_nodes(store, inputs)
    model, folder = model_of(store)
    way = signature([_code(), folder.name, _bytes(folder / "weights.json")])
    with store.stage(STAGE, {"records": inputs.signature, "way": way}) as stage:
        if stage.done:
            for table in ("link_edge", "link_capped"):
                store.con.execute(
                    f"create or replace temp table {table} as select * from {stage.scan(table)}"
                )
        else:
            last = _last(store, stage, way)
            stage.facts |= {"way": way, "model": folder.name, "from_last_night": last is not None}
            stage.facts |= score_pairs(store, model, folder, last)
            for table in KEPT:
                stage.write(table, f"select {', '.join(schema().tables[table].column_names)} from {table}")
    _sweep(store, stage)
    return stage


def _finished(store: Store) -> list[Path]:
    """The folders of finished stages, the newest first."""
    folders = [path.parent for path in (store.workspace.stages / STAGE).glob("*/stage.json")]
    return sorted(
        folders, key=lambda path: ((path / "stage.json").stat().st_mtime_ns, path.name), reverse=True
    )


def _last(store: Store, stage: Stage, way: str) -> LastNight | None:
    for folder in _finished(store):
        told = json.loads((folder / "stage.json").read_text("utf-8"))
        if folder != stage.directory and told["facts"].get("way") == way:
            last = Stage(store, STAGE, folder.name, None)
            return LastNight(*(last.scan(name) for name in ("link_node", "link_edge", "link_capped")))
    return None


def _sweep(store: Store, stage: Stage) -> None:
    for folder in [path for path in _finished(store) if path != stage.directory][1:]:
        # Not whole any more before the first file goes.
        dying = folder.with_name(f"{folder.name}.building")
        shutil.rmtree(dying, ignore_errors=True)
        folder.replace(dying)
        shutil.rmtree(dying, ignore_errors=True)


@functools.cache
def _code() -> str:
    """A signature of the code and settings that scores depend on."""
    paths = sorted(
        path for folder in _CODE for path in folder.rglob("*") if path.suffix in (".py", ".yaml", ".csv")
    )
    return signature([(path.name, _bytes(path)) for path in paths])


def _bytes(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
