"""Checks that follow from the declarations alone: required columns, codes and labels, references, golden values.

Belongs here: SQL generated from ``schemas/``. Does not belong here: what only a person can say must hold; that is
written in the ``.sql`` files beside this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schemas.model import Table, schema
from warehouse.store import literal, quoted


@dataclass(frozen=True)
class Check:
    """A query that returns offending rows, what must hold in two languages, and the tables it needs."""

    name: str
    en: str
    zh: str
    sql: str
    needs: frozenset[str]


def declared_checks(given: Mapping[str, str]) -> Iterator[Check]:
    """The checks of the tables in ``given`` (name → scan); a reference is checked where both tables are there."""
    for name in sorted(given):
        table = schema().tables.get(name)
        if table is None or table.layer not in ("gold", "evidence", "meta"):
            continue
        yield from _required(table)
        yield from _codes(table)
        yield from _references(table, given)
    if {"resident", "resident_value"} <= set(given):
        yield _golden()


def _required(table: Table) -> Iterator[Check]:
    columns = [c.name for c in table.columns if not c.nullable]
    parts = [
        f"select {literal(c)} as column_name, count(*) as n from {table.name} where {quoted(c)} is null having count(*) > 0"
        for c in columns
    ]
    if parts:
        yield Check(
            f"{table.name}_required",
            f"The required columns of {table.name} are never empty.",
            f"{table.name} 的必填列均不为空。",
            " union all ".join(parts),
            frozenset({table.name}),
        )


def _codes(table: Table) -> Iterator[Check]:
    parts = []
    for column in table.columns:
        if column.field.codes is None:
            continue
        codes = schema().code_lists[column.field.codes].codes
        listed = ", ".join(f"({literal(code.code)}, {literal(code.label)})" for code in codes)
        label = f"{column.name}_label"
        wrong = f"or t.{quoted(label)} is distinct from l.label" if label in table.column_names else ""
        parts.append(
            f"select {literal(column.name)} as column_name, t.{quoted(column.name)} as code, count(*) as n "
            f"from {table.name} t left join (values {listed}) l(code, label) on l.code = t.{quoted(column.name)} "
            f"where (t.{quoted(column.name)} is not null and l.code is null) {wrong} group by t.{quoted(column.name)}"
        )
    if parts:
        yield Check(
            f"{table.name}_codes",
            f"The codes of {table.name} stand in their lists, and their labels are those of the lists.",
            f"{table.name} 的代码均在码表中，名称与码表一致。",
            " union all ".join(parts),
            frozenset({table.name}),
        )


def _references(table: Table, given: Mapping[str, str]) -> Iterator[Check]:
    parts, needs = [], {table.name}
    for column in table.columns:
        target, _, key = (column.references or "").partition(".")
        if target not in given:
            continue
        needs.add(target)
        parts.append(
            f"select {literal(column.name)} as column_name, t.{quoted(column.name)} as missing, count(*) as n "
            f"from {table.name} t where t.{quoted(column.name)} is not null and not exists "
            f"(select 1 from {target} x where x.{quoted(key)} = t.{quoted(column.name)}) group by t.{quoted(column.name)}"
        )
    if parts:
        yield Check(
            f"{table.name}_references",
            f"What {table.name} refers to exists.",
            f"{table.name} 所引用的对象均存在。",
            " union all ".join(parts),
            frozenset(needs),
        )


def _golden() -> Check:
    governed = [c.name for c in schema().tables["resident"].columns if c.field.survivorship is not None]
    cast = ", ".join(f"cast({quoted(name)} as varchar) as {quoted(name)}" for name in governed)
    names = ", ".join(quoted(name) for name in governed)
    sql = f"""
        select coalesce(g.resident_id, c.resident_id) as resident_id, coalesce(g.field, c.field) as field,
            coalesce(c.n, 0) as n
        from (
            unpivot (select resident_id, {cast} from resident) on {names} into name field value golden
        ) g full join (
            select resident_id, field, count(*) as n, min(value) as value from resident_value
            where chosen group by resident_id, field
        ) c on c.resident_id = g.resident_id and c.field = g.field
        where g.golden is distinct from c.value or c.n <> 1
    """
    return Check(
        "golden_value_has_one_chosen_word",
        "Every non-null value of a governed field of a resident has exactly one chosen word, and the same one.",
        "居民每个受管字段的非空值恰有一条被采用的说法，且与之相同。",
        sql,
        frozenset({"resident", "resident_value"}),
    )
