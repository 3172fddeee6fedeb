"""Checks across the tables of a version that is about to be published: each finds the rows that break a rule.

A check is a ``.sql`` file beside this module: comment lines ``-- en:``, ``-- zh:`` (what must hold) and ``-- needs:``
(the tables), then one SELECT of the offending rows; no rows is a pass. ``declared.py`` adds those that follow from
``schemas/``. Does not belong here: bounds of one source, what is done about a failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from schemas.model import schema
from schemas.problem import told
from warehouse.checks.declared import Check, declared_checks
from warehouse.store import Store, quoted

__all__ = ["CheckResult", "all_checks", "run_checks"]

SAMPLE = 20
# Opaque ids of our own tell nothing of anybody; a source's own keys may be id numbers.
OPEN_KEYS = frozenset({"resident_id", "other_id", "household_id", "head_resident_id", "dwelling_id", "organisation_id", "parent_id", "edition_id"})  # fmt: skip
OPEN_WORDS = frozenset({"column_name", "missing", "code"})


@dataclass(frozen=True)
class CheckResult:
    """What one check found: how many rows offend, and a few of them with personal values masked."""

    name: str
    says: str
    offending: int
    sample: tuple[dict[str, Any], ...]

    @property
    def passed(self) -> bool:
        return self.offending == 0


def run_checks(store: Store, scans: Mapping[str, str]) -> list[CheckResult]:
    """Run every check whose tables are all in ``scans`` (table name → anything for a FROM clause), by name.

    ``resident_core`` in ``scans`` are the current records of residents.
    """
    con, checks = store.con, all_checks(scans)
    views = sorted(set().union(*(c.needs for c in checks))) if checks else []
    for name in views:
        con.execute(f"create or replace temp view {quoted(name)} as select * from {scans[name]}")
    try:
        return [_run(store, check) for check in checks]
    finally:
        for name in views:
            con.execute(f"drop view if exists temp.{quoted(name)}")


def all_checks(tables: Iterable[str]) -> list[Check]:
    """The checks that can be run over tables of these names, by name."""
    given = dict.fromkeys(tables, "")
    checks = [c for c in (*written_checks(), *declared_checks(given)) if c.needs <= set(given)]
    return sorted(checks, key=lambda c: c.name)


@cache
def written_checks() -> tuple[Check, ...]:
    """The checks of the ``.sql`` files, by name."""
    return tuple(
        _parse(entry.name.removesuffix(".sql"), entry.read_text("utf-8"))
        for entry in sorted(files(__package__).iterdir(), key=lambda e: e.name)
        if entry.name.endswith(".sql")
    )


def _parse(name: str, text: str) -> Check:
    said: dict[str, str] = {}
    for line in text.splitlines():
        mark, colon, words = line.removeprefix("-- ").partition(": ")
        if line.startswith("-- ") and colon and mark in ("en", "zh", "needs"):
            said[mark] = words.strip()
    needs = frozenset(word.strip() for word in said["needs"].split(","))
    return Check(name, said["en"], said["zh"], text.strip().rstrip(";"), needs)


def _run(store: Store, check: Check) -> CheckResult:
    count = int(store.rows(f"select count(*) from ({check.sql}\n)")[0][0])
    sample: list[dict[str, Any]] = []
    if count:
        names = [row[0] for row in store.rows(f"describe {check.sql}")]
        rows = store.rows(f"select * from ({check.sql}\n) order by all limit {SAMPLE}")
        sample = [{n: masked(n, v) for n, v in zip(names, row, strict=True)} for row in rows]
    return CheckResult(check.name, told(check.en, check.zh), count, tuple(sample))


def masked(column: str, value: Any) -> Any:
    """``value`` of a sample as it may be shown: open keys, numbers and plain fields whole, all else as ``1…(18)``."""
    field = schema().fields.get(column)
    shown = column in OPEN_KEYS | OPEN_WORDS or (field is not None and field.sensitivity == "plain")
    if value is None or shown or (isinstance(value, (int, float, bool)) and field is None):
        return value
    text = str(value)
    return f"{text[:1]}…({len(text)})"
