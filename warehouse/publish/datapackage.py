"""``datapackage.json``: what lies in a folder of published Parquet files, in the form of Frictionless Data.

Belongs here: the descriptor. Does not belong here: the files (``build.py``).
Form: https://specs.frictionlessdata.io, tabular-data-resource, with Parquet as the format.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schemas.derive import column_comment, table_comment
from schemas.model import Column, Schema, Table

_TYPES = {
    "date": "date",
    "timestamp": "datetime",
    "integer": "integer",
    "amount": "number",
    "decimal": "number",
    "boolean": "boolean",
}


def write_descriptor(
    folder: Path, schema: Schema, tables: Mapping[str, tuple[Table, int]], *, package: Mapping[str, Any]
) -> None:
    """Write ``folder/datapackage.json`` for ``tables`` (name → declaration as published, rows), whose Parquet files
    are in ``folder``. ``package`` are the properties of the package itself: name, title, version, created …"""
    resources = [_resource(folder, schema, table, rows, set(tables)) for table, rows in tables.values()]
    told = {"profile": "tabular-data-package", **package, "resources": resources}
    (folder / "datapackage.json").write_text(
        json.dumps(told, ensure_ascii=False, indent=1, default=str), "utf-8"
    )


def _resource(folder: Path, schema: Schema, table: Table, rows: int, present: set[str]) -> dict[str, Any]:
    path = folder / f"{table.name}.parquet"
    form: dict[str, Any] = {"fields": [_field(schema, column) for column in table.columns]}
    if table.key:
        form["primaryKey"] = list(table.key)
    keys = [
        {"fields": column.name, "reference": {"resource": target, "fields": name}}
        for column in table.columns
        if column.references
        for target, _, name in [column.references.partition(".")]
        if target in present
    ]
    if keys:
        form["foreignKeys"] = keys
    # Our own property: the macro that gives the rows of a history on a day (``warehouse/as_of.py``).
    period = {"asOf": table.as_of} if table.as_of is not None else {}
    return {
        "name": table.name,
        "title": table.title,
        "description": table_comment(table),
        "path": path.name,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256_of(path)}",
        "rows": rows,
        "schema": form,
        **period,
    }


def _field(schema: Schema, column: Column) -> dict[str, Any]:
    field = column.field
    told: dict[str, Any] = {
        "name": column.name,
        "type": _TYPES.get(field.type, "string"),
        "title": field.label,
        "description": column_comment(column),
    }
    if field.standard:
        told["standard"] = field.standard
    limits: dict[str, Any] = {} if column.nullable else {"required": True}
    if field.codes is not None and not column.name.endswith("_label"):
        limits["enum"] = [code.code for code in schema.code_lists[field.codes].codes]
    if limits:
        told["constraints"] = limits
    return told


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
