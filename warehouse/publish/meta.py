"""The tables about the data that publishing itself makes: the dictionary, the lineage, the snapshot.

Does not belong here: editions and issues, which the stages know.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from schemas.derive import dictionary_rows
from schemas.model import Audience, Schema
from warehouse.publish.lineage import lineage_rows

if TYPE_CHECKING:
    from warehouse.publish.publishing import Facts

META_TABLES = ("column_dictionary", "lineage", "snapshot")


def meta_rows(
    declared: Schema, audience: Audience, facts: Facts, told: Mapping[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """table → rows, for one audience's file. ``told`` is what ``snapshot.json`` says of the version."""
    as_of = told["as_of"]
    snapshot = {
        "version": told["version"],
        "audience": audience,
        "published_at": datetime.fromisoformat(told["published_at"]).replace(tzinfo=None),
        "as_of": date.fromisoformat(as_of) if as_of else None,
        "signature": told["signature"],
        "schema_hash": told["schema_hash"],
    }
    return {
        "column_dictionary": dictionary_rows(declared, audience),
        "lineage": lineage_rows(declared, audience, facts.sources),
        "snapshot": [snapshot],
    }
