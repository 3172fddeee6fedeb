"""The macro that gives what held on a day: ``resident_at(DATE '2026-01-01')``.

Belongs here: its SQL. Does not belong here: making histories (``unify/history.py``), where the macro is put: into the
published file (``publish/build.py``), or, for a history that lies beside it, into the connection (``gateway.py``).
"""

from __future__ import annotations

from warehouse.store import quoted


def as_of_macro(macro: str, table: str) -> str:
    """What follows CREATE: the rows of the history ``table`` that held on ``day``, without their period."""
    return (
        f"macro {quoted(macro)}(day) as table select * exclude (valid_from, valid_to) from {quoted(table)} "
        "where valid_from <= cast(day as date) and (valid_to is null or valid_to > cast(day as date))"
    )
