"""Printing rows: a table for people, JSON, CSV or Parquet for programs. Messages go to standard error."""

from __future__ import annotations

import csv
import datetime
import decimal
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click


def say(text: str) -> None:
    """A line for the person at the keyboard: standard error, so that standard output stays data."""
    click.echo(text, err=True)


def plain(value: object) -> Any:
    """A value as JSON holds it: dates and times ISO, decimals as numbers, bytes as hex."""
    if isinstance(value, (datetime.date, datetime.datetime, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def print_json(value: object) -> None:
    """One JSON value and nothing else on standard output."""
    json.dump(plain(value), sys.stdout, ensure_ascii=False, default=str)
    sys.stdout.write("\n")


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """UTF-8 CSV on standard output, empty for null."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if v is None else plain(v) for v in row] for row in rows)


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], *, limit: int | None = None
) -> None:
    """A table as wide as its content, Chinese counted as two columns wide."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    shown = rows if limit is None else rows[:limit]
    for i, name in enumerate(columns):
        numeric = any(
            isinstance(row[i], (int, float, decimal.Decimal)) and not isinstance(row[i], bool)
            for row in shown
        )
        table.add_column(
            name, justify="right" if numeric else "left", overflow="fold", no_wrap=not sys.stdout.isatty()
        )
    for row in shown:
        table.add_row(*["" if value is None else str(plain(value)) for value in row])
    # Beside a terminal the table is as wide as it must be: a cut value would be a lost one.
    console = Console(width=None if sys.stdout.isatty() else 10_000, highlight=False, markup=False)
    console.print(table)
    if limit is not None and len(rows) > limit:
        say(f"… {len(rows) - limit} more rows (use -o or --json for all)")
