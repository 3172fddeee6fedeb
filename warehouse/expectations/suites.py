"""Suites derived from the declarations: what the records of a table, and a delivery as a whole, must be like.

An expectation is a query for the breaches of a rule: one row a delivery and field, with how many rows offend. It
holds when there are none. No value of a cell is in it, so that nothing personal passes through what runs it; a second
query gives the offending rows, which are masked before anyone sees them.
Belongs here: from ``schemas/`` and a source's YAML to those queries. Does not belong here: running them
(``session.py``), what is done about a breach (``nightly.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.expectations import Rule, RuleForm, expectations
from schemas.model import Table, schema
from schemas.sources import Source
from warehouse.store import literal, quoted

BATCH = "og_batch"  # stands in the queries for what is checked
DELIVERY = "delivery"  # the suite over whole deliveries
_PLACE = ("file", "sheet", "row_number")


@dataclass(frozen=True)
class Expectation:
    """``breaches`` gives og_delivery, og_field, og_offending, og_rows; ``offenders`` og_delivery, file, sheet,
    row_number, og_field, og_value of single rows. ``fields`` says which declared field og_field stands for."""

    name: str
    rule: Rule
    severity: str
    en: str
    zh: str
    breaches: str
    offenders: str | None = None
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Suite:
    """The expectations of one table (``<kind>_core``) or of whole deliveries."""

    name: str
    expectations: tuple[Expectation, ...]


def suites(source: Source) -> list[Suite]:
    """Every suite of a source: one a record kind it feeds, and one over its deliveries."""
    tables = [schema().record_table(kind) for kind in source.feeds]
    made = [Suite(t.name, tuple(_heeded(source, table_expectations(t)))) for t in tables]
    made.append(Suite(DELIVERY, tuple(_heeded(source, _delivery_expectations(source)))))
    return made


def measured(source: Source) -> dict[str, tuple[str, ...]]:
    """By record kind, the columns whose fill is measured from delivery to delivery: those that the source maps."""
    found: dict[str, tuple[str, ...]] = {}
    for kind in source.feeds:
        mapped = {name for n in source.record_numbers(kind) for name in source.mappings(kind, n)}
        found[kind] = tuple(c for c in schema().record_table(kind).column_names if c in mapped)
    return found


def table_expectations(table: Table) -> list[Expectation]:
    """What follows for the rows of ``table`` from its declaration alone."""
    made = [_required(table), _key(table), _codes(table), _range(table), _order(table), _check_digit(table)]
    return [one for one in made if one is not None]


def _heeded(source: Source, made: Sequence[Expectation]) -> list[Expectation]:
    """With the source's own word on severities; without those that it turned off."""
    own = [one if one.rule not in source.checks else _replaced(one, source.checks[one.rule]) for one in made]
    return [one for one in own if one.severity != "off"]


def _replaced(one: Expectation, severity: str) -> Expectation:
    return Expectation(**{**one.__dict__, "severity": severity})


# -- a table -----------------------------------------------------------------------------------------------
def _required(table: Table) -> Expectation | None:
    return _by_column(
        "required",
        table,
        {c.name: f"{quoted(c.name)} is null" for c in table.columns if not c.nullable},
    )


def _key(table: Table) -> Expectation | None:
    if not table.key:
        return None
    names, listed = ", ".join(quoted(k) for k in table.key), ", ".join(table.key)
    empty = " or ".join(f"{quoted(k)} is null" for k in table.key)
    breaches = (
        f"select og_delivery, {literal(listed)} as og_field, sum(n) as og_offending, null as og_rows from ("
        f"select og_delivery, {names}, count(*) as n from {BATCH} group by og_delivery, {names}) "
        f"where n > 1 or {empty} group by og_delivery"
    )
    shown = quoted("record_key") if "record_key" in table.key else quoted(table.key[0])
    offenders = (
        f"select {_where(table)}, {literal(listed)} as og_field, cast({shown} as varchar) as og_value from {BATCH} "
        f"where {empty} or ({names}) in (select ({names}) from {BATCH} group by {names} having count(*) > 1)"
    )
    field = "record_key" if "record_key" in table.key else table.column(table.key[0]).field.name
    return _made("key", table.name, table.title, listed, breaches, offenders, {listed: field})


def _codes(table: Table) -> Expectation | None:
    wrong = {}
    for column in table.columns:
        if column.field.codes is None:
            continue
        listed = ", ".join(literal(c.code) for c in schema().code_lists[column.field.codes].codes)
        wrong[column.name] = f"{quoted(column.name)} not in ({listed})"
    return _by_column("codes", table, wrong)


def _range(table: Table) -> Expectation | None:
    wrong = {}
    for name, span in expectations().ranges.items():
        if name in table.column_names and (
            "as_of" in table.column_names or "as_of" not in (span.least, span.most)
        ):
            x = quoted(name)
            # The day itself still counts, whatever the hour.
            most = f"{_bound(span.most)} + interval 1 day" if _is_day(span.most) else _bound(span.most)
            beyond = ">=" if _is_day(span.most) else ">"
            wrong[name] = f"{x} < {_bound(span.least)} or {x} {beyond} {most}"
    return _by_column("range", table, wrong)


def _order(table: Table) -> Expectation | None:
    names = table.column_names
    wrong = {
        end: f"{quoted(end)} < {quoted(start)}"
        for end, start in expectations().orders.items() if end in names and start in names
    }  # fmt: skip
    return _by_column("order", table, wrong)


def _check_digit(table: Table) -> Expectation | None:
    told = expectations().check_digit
    if told.field not in table.column_names:
        return None
    damaged, sound = (", ".join(map(literal, which)) for which in (told.damaged, told.sound))
    status = quoted(told.field)
    stated = "id_stated" if "id_stated" in table.column_names else told.field
    return _by_column(
        "check_digit", table, {stated: f"{status} in ({damaged})"}, of=f"{status} in ({damaged}, {sound})"
    )


def _by_column(
    rule: Rule, table: Table, wrong: Mapping[str, str], of: str | None = None
) -> Expectation | None:
    """A rule on single columns: ``wrong`` is what is wrong with a row, by column; ``of`` which rows it speaks of."""
    if not wrong:
        return None
    rows = f"count(*) filter (where {of})" if of else "count(*)"
    counted = ", ".join(f"count(*) filter (where {bad}) as {quoted(name)}" for name, bad in wrong.items())
    listed = ", ".join(quoted(name) for name in wrong)
    breaches = (
        "select og_delivery, og_field, og_offending, og_rows from ("
        f"select og_delivery, {rows} as og_rows, {counted} from {BATCH} group by og_delivery) "
        f"unpivot (og_offending for og_field in ({listed})) where {_too_many(expectations().rules[rule])}"
    )
    offenders = " union all ".join(
        f"select {_where(table)}, {literal(name)} as og_field, cast({quoted(name)} as varchar) as og_value "
        f"from {BATCH} where {bad}" for name, bad in wrong.items()
    )  # fmt: skip
    fields = {name: table.column(name).field.name for name in wrong}
    return _made(rule, table.name, table.title, ", ".join(wrong), breaches, offenders, fields)


# -- a delivery --------------------------------------------------------------------------------------------
def _delivery_expectations(source: Source) -> list[Expectation]:
    made = [_problems(source)]
    bounds = source.bounds
    if bounds is not None and bounds.minimum is not None:
        made.append(_rows("rows_least", source, f"og_rows < {bounds.minimum}", f"≥ {bounds.minimum}"))
    if bounds is not None and bounds.maximum is not None:
        made.append(_rows("rows_most", source, f"og_rows > {bounds.maximum}", f"≤ {bounds.maximum}"))
    if bounds is not None and bounds.fill:
        made.append(_fill(source, bounds.fill))
    made += [
        _against_the_last("lost", source, expectations().essential),
        _against_the_last("fell", source, None),
    ]
    return made


def _problems(source: Source) -> Expectation:
    breaches = (
        "select i.og_delivery, i.og_field, i.og_offending, d.og_rows from ("
        "select og_delivery, og_field, count(distinct (edition_id, file, sheet, row_number)) as og_offending "
        f"from og_issue group by og_delivery, og_field) i join {BATCH} d on d.og_delivery = i.og_delivery "
        f"where {_too_many(expectations().rules['problems'])}"
    )
    offenders = (
        "select og_delivery, file, sheet, row_number, og_field, value_masked as og_value from og_issue"
    )
    return _made("problems", DELIVERY, source.title, "", breaches, offenders, {})


def _rows(rule: Rule, source: Source, wrong: str, shown: str) -> Expectation:
    breaches = (
        f"select og_delivery, 'rows' as og_field, og_rows as og_offending, og_rows from {BATCH} where {wrong}"
    )
    return _made(rule, DELIVERY, source.title, f"bounds.rows {shown}", breaches, None, {})


def _fill(source: Source, least: Mapping[str, float]) -> Expectation:
    wanted = " ".join(f"when {literal(name)} then {share!r}" for name, share in sorted(least.items()))
    breaches = (
        "select f.og_delivery, f.og_field, cast(round(f.og_rows - f.filled) as bigint) as og_offending, f.og_rows "
        f"from og_fill f join {BATCH} d on d.og_delivery = f.og_delivery "
        f"where f.og_rows > 0 and f.filled / f.og_rows < case f.og_field {wanted} end"
    )
    empty = []
    for name in sorted(least):
        kind = next((k for k in source.feeds if name in schema().record_table(k).column_names), None)
        if kind is not None:
            empty.append(_empty(kind, name, name))
    listed = ", ".join(f"{name} ≥ {share:.0%}" for name, share in sorted(least.items()))
    return _made(
        "fill",
        DELIVERY,
        source.title,
        f"bounds.fill {listed}",
        breaches,
        " union all ".join(empty) or None,
        {},
    )


def _against_the_last(rule: Rule, source: Source, only: Sequence[str] | None) -> Expectation:
    told = expectations().rules[rule]
    names = [(k, n) for k, columns in measured(source).items() for n in columns if only is None or n in only]
    listed = ", ".join(literal(f"{k}.{n}") for k, n in names) or "''"
    breaches = (
        "select m.og_delivery, m.og_field, m.og_rows - m.filled as og_offending, m.og_rows "
        f"from og_measure m join {BATCH} d on d.og_delivery = m.og_delivery "
        f"where m.og_field in ({listed}) and m.og_rows >= {told.at_least} and m.rows_before >= {told.at_least} "
        f"and m.filled / m.og_rows < {1 - told.share!r} * m.filled_before / m.rows_before "
        f"and (m.filled_before / m.rows_before) * m.og_rows - m.filled >= {told.at_least}"
    )
    offenders = " union all ".join(_empty(k, n, f"{k}.{n}") for k, n in names) or None
    return _made(rule, DELIVERY, source.title, "", breaches, offenders, {})


def _empty(kind: str, name: str, shown: str) -> str:
    table = schema().record_table(kind)
    return (
        f"select {_where(table)}, {literal(shown)} as og_field, cast(null as varchar) as og_value "
        f"from {table.name} where {quoted(name)} is null"
    )


# -- what they share ---------------------------------------------------------------------------------------
def _made(
    rule: Rule, suite: str, title: str, about: str, breaches: str, offenders: str | None, fields: Mapping[str, str]
) -> Expectation:  # fmt: skip
    told = expectations().rules[rule]
    kind = suite.removesuffix("_core")
    more_en, more_zh = (f" ({about})", f"（{about}）") if about else ("", "")
    if told.share and rule not in ("lost", "fell"):
        more_en, more_zh = f"{more_en}, but for {told.share:.0%}", f"{more_zh}，至多 {told.share:.0%} 例外"
    return Expectation(
        name=rule if suite == DELIVERY else f"{kind}_{rule}", rule=rule, severity=told.severity,
        en=f"{told.title_en}{more_en}", zh=f"{title}：{told.title}{more_zh}", breaches=breaches, offenders=offenders,
        fields=tuple(sorted(fields.items())),
    )  # fmt: skip


def _too_many(told: RuleForm) -> str:
    return f"og_offending > {told.share!r} * og_rows and og_rows >= {told.at_least}"


def _where(table: Table) -> str:
    return ", ".join(
        ["og_delivery", *(name if name in table.column_names else f"null as {name}" for name in _PLACE)]
    )


def _is_day(text: str) -> bool:
    return text == "as_of" or text[4:5] == "-"


def _bound(text: str) -> str:
    if text == "as_of":
        return quoted("as_of")
    return f"date {literal(text)}" if _is_day(text) else text
