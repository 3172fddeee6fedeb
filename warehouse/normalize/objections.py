"""What normalization found that must hold an edition back, for as long as it waits.

An edition is normalized once and judged every night until it is settled: what was found lies with its batch.
Does not belong here: finding it (``batch.py``), deciding (``warehouse/editions.py``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from schemas.problem import Problem
from warehouse.editions import OPEN
from warehouse.ledger import Edition
from warehouse.workspace import Workspace


def standing_objections(workspace: Workspace, editions: Sequence[Edition]) -> dict[str, Problem]:
    """The objections against editions that await a decision, of this night or of an earlier one, by edition."""
    found = {}
    for edition in editions:
        if edition.status not in OPEN or not edition.batch:
            continue
        told = json.loads(
            (workspace.stages / edition.batch.partition(":")[2] / "stage.json").read_text("utf-8")
        )
        words = told["facts"]["objections"].get(edition.edition_id)
        if words is not None:
            found[edition.edition_id] = Problem(**words)
    return found
