"""Rows of ``issue``: from the issue columns of typed rows, from rows that lost their key, from whole editions.

Belongs here: their SQL and their severity. Does not belong here: which value has which issue (the types).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import pyarrow as pa

from schemas.model import schema
from warehouse.normalize.records import SHARED, TOLD
from warehouse.store import Store, literal

MANY = 10  # records that must share an unknown value before it is shown: it then names none of them
_COLUMNS = "source, edition_id, file, sheet, row_number, field, code, severity, value_masked"


@functools.cache
def severities() -> Mapping[str, str]:
    """Severity by code of an issue."""
    return {code.code: code.extra["severity"] for code in schema().code_lists["issue_code"].codes}


def of_typed_rows(scan: str, source: str) -> str:
    """SELECT of the issues in the wide rows ``scan`` (a FROM item)."""
    masked = "told.masked"
    shown = (
        f"case when not starts_with({masked}, '{SHARED}') then {masked} "
        f"when count(*) over (partition by told.field, {masked}) >= {MANY} "
        f"then substr({masked}, 2) else og_masked(substr({masked}, 2)) end"
    )
    return (
        f"select {literal(source)} as source, edition_id, file, sheet, row_number, told.field as field, told.code as code, "
        f"{shown} as value_masked from (select edition_id, file, sheet, row_number, unnest({TOLD}) as told from {scan} "
        f"where og_there and {TOLD} is not null)"
    )


def of_rows(source: str) -> list[str]:
    """SELECTs of the issues of rows without a key, and of repeated keys whose rows differ."""
    where = f"{literal(source)} as source, edition_id, file, sheet, row_number"
    return [
        f"select {where}, null as field, 'key_empty' as code, null as value_masked from og_rows where state = 'empty_key'",
        f"select {where}, null as field, 'key_repeated_differs' as code, null as value_masked from og_rows "
        "where state = 'repeated_key' and differs",
    ]


def of_editions(
    store: Store, source: str, new: Mapping[str, Sequence[str]], lacking: Mapping[str, Sequence[str]]
) -> list[str]:
    """SELECT of the issues of whole editions: new columns, and mapped ones that a file lacks."""
    rows = [(e, name, "column_new") for e, names in new.items() for name in names]
    rows += [(e, name, "column_missing") for e, names in lacking.items() for name in names]
    if not rows:
        return []
    store.con.register(
        "og_edition_issues_in",
        pa.table(
            {name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(("e", "f", "c"))}
        ),
    )
    store.con.execute("create or replace temp table og_edition_issues as select * from og_edition_issues_in")
    store.con.unregister("og_edition_issues_in")
    return [
        f"select {literal(source)} as source, i.e as edition_id, (select min(p.file) from og_parts p where p.edition_id = i.e) "
        "as file, null as sheet, null as row_number, i.f as field, i.c as code, null as value_masked from og_edition_issues i"
    ]


def together(selects: Sequence[str], *, once: bool) -> str:
    """All issues with their severity; ``once`` where several kinds read the same cells."""
    whens = " ".join(
        f"when {literal(code)} then {literal(severity)}" for code, severity in severities().items()
    )
    union = f" {'union' if once else 'union all'} ".join(
        f"(select source, edition_id, file, cast(sheet as varchar) as sheet, cast(row_number as bigint) as row_number, "
        f"cast(field as varchar) as field, code, cast(value_masked as varchar) as value_masked from ({one}))"
        for one in selects
    )
    return (
        f"select {_COLUMNS} from (select *, case code {whens} else 'warning' end as severity from ({union}))"
    )
