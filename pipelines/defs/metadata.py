"""What the graph shows of a table: its columns from ``schemas/`` and its row counts. Never a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from schemas.derive import duckdb_type
from schemas.model import schema


def column_schema(*tables: str) -> dict[str, Any]:
    """Dagster's column schema of the first table, and the names of the others."""
    spec = schema().tables[tables[0]]
    columns = [
        dg.TableColumn(name=column.name, type=duckdb_type(column.field), description=column.field.label)
        for column in spec.columns
    ]
    return {"dagster/column_schema": dg.TableSchema(columns=columns), "tables": ", ".join(tables)}


def counts(told: Mapping[str, Any]) -> dict[str, Any]:
    """Counts and words of a step as run metadata; ``rows`` is Dagster's row count."""
    shown: dict[str, Any] = {k: v for k, v in told.items() if isinstance(v, (int, float, str))}
    if "rows" in shown:
        shown["dagster/row_count"] = shown.pop("rows")
    return shown
