"""The statement that turns rows into typed records of one kind.

Belongs here: from the source's mappings to one SELECT over all its new editions, with the value, issue and masked
text of every field. Does not belong here: the types' SQL, keys (``rows.py``), what is written (``batch.py``).
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass

from schemas.model import CodeList, Field, Table, schema
from schemas.sources import Mapping, Source
from warehouse.normalize.births import birth
from warehouse.normalize.derived import columns_of, issues_between
from warehouse.normalize.once import Joined, Once, RawColumns, key_cell, settled
from warehouse.normalize.raw import RawCell, RawRelation
from warehouse.normalize.steps import Cell, Options, Reading, compose
from warehouse.normalize.types import reading
from warehouse.store import literal

COMMON = ("source", "edition_id", "as_of", "file", "sheet", "row_number", "record_key", "record_no")
# Without any of these a row holds no record of the kind (a benefit needs a programme, an empty home no person).
ESSENTIAL: AnyMapping[str, tuple[str, ...]] = {
    "resident": ("name", "id_number", "phone", "birth_date", "former_name", "disability_no", "student_no"),
    "household": ("household_no", "head_name", "head_id_number", "address"),
    "dwelling": ("dwelling_no", "address", "estate", "building", "room"),
    "grid": ("grid_code", "grid_name"),
    "area": ("area_code", "name"),
    "event": ("event_no", "content", "category", "reported_at", "address"),
    "benefit": ("program", "amount", "level", "start_date"),
    "staff": ("name",),
    "organisation": ("name", "uscc"),
}
TOLD = "og_told"  # the issues of a row, in one column: some fifty, nearly always null, cost as much as the addresses
ID_ISSUE = "og_id_issue"  # that of its id number again: columns of damaged ids are found by it
SHARED = "\x01"  # before a value that is masked unless many records share it


@dataclass(frozen=True)
class Statement:
    """A SELECT of wide rows: those of the core table's columns that can have a value, ``seq``, ``og_there`` (it is a
    record), ``og_told`` (its issues: a list of field, code, masked; null for none) and ``og_id_issue``.

    ``fields``: those that are read. ``whole``: every good row is in it, once."""

    select: str
    fields: tuple[str, ...]
    whole: bool


Maps = dict[str, tuple[AnyMapping[str, str], CodeList | None]]


def own_maps(source: Source) -> Maps:
    """The source's own code maps by the name under which readings look them up."""
    made: Maps = {}
    for kind in source.feeds:
        fields = schema().record_table(kind).mappable
        for group in groups(source, kind):
            for name, mapping in source.mappings(kind, group[0]).items():
                if mapping.codes is not None:
                    codes = fields[name].codes
                    made[_map_name(kind, group[0], name)] = (
                        mapping.codes,
                        schema().code_lists[codes] if codes else None,
                    )
    return made


def groups(source: Source, kind: str) -> list[tuple[int, ...]]:
    """The record numbers of ``kind``, those together that map the same fields by the same codes: one statement each."""
    made: dict[str, list[int]] = {}
    for number in source.record_numbers(kind):
        alike = {name: sorted((one.codes or {}).items()) if one.codes is not None else None
                 for name, one in source.mappings(kind, number).items()}  # fmt: skip
        made.setdefault(repr(alike), []).append(number)
    return [tuple(numbers) for numbers in made.values()]


def _map_name(kind: str, number: int, field: str) -> str:
    return f"{kind}.{number}.{field}"


def statement(
    source: Source, kind: str, numbers: tuple[int, ...], raw: RawRelation, options: Options, once: Once
) -> Statement:
    """The wide rows of ``kind`` for the record numbers of one group, from ``og_raw`` and the good rows of ``og_rows``.

    ``once`` makes the tables of values that repeat."""
    table = schema().record_table(kind)
    mappings = source.mappings(kind, numbers[0])
    readings, joins = _readings(source, kind, numbers, raw, table, options, once)
    stated = {number: _stated(source, kind, number, raw) for number in numbers}
    rows = " union all ".join(
        _rows(source, kind, number, raw, joins[number], stated[number]) for number in numbers
    )
    made = columns_of(table, readings)
    select = {
        "edition_id": "edition_id", "as_of": "as_of", "file": "file", "sheet": "sheet",
        "row_number": "row_number", "record_key": "record_key", "record_no": "record_no", "seq": "seq",
    }  # fmt: skip
    select |= {name: sql for name, sql in made.items() if name not in COMMON and sql != "null"}
    select["og_there"] = _there(kind, mappings, readings)
    select[TOLD] = _told(readings)
    select[ID_ISSUE] = readings["id_number"].issue if "id_number" in readings else "null::varchar"
    words = {column: few for one in joins[numbers[0]].values() for column, few in one.words.items()}
    select = {name: words.get(sql, sql) for name, sql in select.items()}
    whole = len(numbers) == 1 and not stated[numbers[0]]
    beside = [one for one in (birth(readings),) if one is not None]
    return Statement(compose(rows, [*readings.values(), *beside], select), tuple(readings), whole)


def _rows(
    source: Source,
    kind: str,
    number: int,
    raw: RawRelation,
    joined: AnyMapping[str, Joined],
    stated: str,
) -> str:
    """The good rows, with the cells of record ``number`` named by their fields: c_<field>, l_<field>; what is read once
    a value is joined."""
    mappings = source.mappings(kind, number)
    cells = "".join(
        f", r.{raw.text(RawCell.of(one))} as c_{name}, r.{raw.long(RawCell.of(one))} as l_{name}"
        for name, one in mappings.items()
    )
    more = "".join(one.columns for one in joined.values())
    joins = "".join(one.join for one in joined.values())
    return (
        f"select r.edition_id, r.as_of, r.file, r.sheet, r.row_number, r.seq, k.record_key, {number} as record_no{cells}{more} "
        f"from og_raw as r join og_rows as k on k.seq = r.seq and k.row_number = r.row_number{joins} "
        f"where k.state = 'ok'{f' and ({stated})' if stated else ''}"
    )


def _stated(source: Source, kind: str, number: int, raw: RawRelation) -> str:
    """SQL: one of several records of a row is there at all; '' where a row has one record."""
    mappings = source.mappings(kind, number)
    own = [
        name for name in source.each_fields(kind, number) if name in mappings and mappings[name].const is None
    ]
    return " or ".join(
        f"coalesce(og_ends(r.{raw.text(RawCell.of(mappings[name]))}), '') <> ''" for name in own
    )


def _readings(
    source: Source,
    kind: str,
    numbers: tuple[int, ...],
    raw: RawRelation,
    table: Table,
    options: Options,
    once: Once,
) -> tuple[dict[str, Reading], dict[int, dict[str, Joined]]]:
    """The reading of every field, and by record number what those read once a value are joined by."""
    fields: dict[str, Field] = table.mappable
    mappings = {number: source.mappings(kind, number) for number in numbers}
    cells = {
        number: {name: _columns(raw, mapping) for name, mapping in one.items()}
        for number, one in mappings.items()
    }
    joins: dict[int, dict[str, Joined]] = {number: {} for number in numbers}
    made: dict[str, Reading] = {}

    def read(name: str, cell: Cell) -> Reading:
        own = _map_name(kind, numbers[0], name) if mappings[numbers[0]][name].codes is not None else None
        return reading(cell, fields[name].type, options, field=name, codes=fields[name].codes, own_map=own)

    at_once = {
        name: read(name, key_cell(name == "birth_date"))
        for name in mappings[numbers[0]]
        if all(once.worth(cells[number][name], fields[name].type) for number in numbers)
    }
    stated_kind, stated_after = "null::varchar", 0
    # The kind of document that the record states goes before its number.
    for name in sorted(mappings[numbers[0]], key=lambda name: name != "id_type"):
        if name in at_once:
            alike = [other for other, one in at_once.items() if one == at_once[name]]
            for number in numbers:
                columns = [cells[number][name], *(cells[n][other] for n in numbers for other in alike)]
                joins[number][name], made[name] = once.join(name, columns, at_once[name])
        else:
            kind_of, steps = (stated_kind, stated_after) if name == "id_number" else ("null::varchar", 0)
            cell = Cell(
                f"f_{name}",
                f"c_{name}",
                f"l_{name}",
                "as_of",
                born=name == "birth_date",
                kind=kind_of,
                kind_after=steps,
            )
            made[name] = read(name, cell)
        if name == "id_type":
            stated_kind, stated_after = made[name].value, len(made[name].steps)
    made = {
        name: made[name] if name in at_once else settled(name, made[name]) for name in mappings[numbers[0]]
    }
    return made, joins


def _columns(raw: RawRelation, mapping: Mapping) -> RawColumns:
    cell = RawCell.of(mapping)
    return RawColumns(raw.text(cell), raw.long(cell))


def _there(kind: str, mappings: AnyMapping[str, Mapping], readings: AnyMapping[str, Reading]) -> str:
    essential = [name for name in ESSENTIAL[kind] if name in mappings]
    if not essential or any(mappings[name].const is not None for name in essential):
        return "true"
    words = []
    for name in essential:
        words.append(f"({readings[name].value}) is not null")
        if "stated" in readings[name].outputs:
            words.append(f"({readings[name].outputs['stated']}) is not null")
        if "note" in readings[name].outputs:
            words.append(f"({readings[name].issue}) in ('name_masked', 'name_invalid')")
    return f"coalesce({' or '.join(words)}, false)"


def _told(readings: AnyMapping[str, Reading]) -> str:
    """SQL of the list of a row's issues, null where it has none."""
    told = [
        (name, f"({one.issue})", _masked(f"({one.issue})", f"c_{name}")) for name, one in readings.items()
    ]
    told += [(name, f"({issue})", "null::varchar") for name, issue in issues_between(readings).items()]
    listed = ", ".join(
        f"struct_pack(field := {literal(name)}, code := {issue}, masked := {masked})"
        for name, issue, masked in told
    )
    if not told:
        return "null::struct(field varchar, code varchar, masked varchar)[]"
    return (
        f"case when coalesce({', '.join(issue for _, issue, _ in told)}) is null then null "
        f"else list_filter([{listed}], lambda one: one.code is not null) end"
    )


def _masked(issue: str, raw: str) -> str:
    # Without the unknown codes nobody can complete the code map. One of three letters is no one's secret; a longer one
    # is shown where many records share it (``issues.py``), and is masked at once with the digits of a person's number.
    unknown = f"{issue} in ('code_unknown', 'code_conflict')"
    return (
        f"case when {issue} is null then null when {unknown} and og_is({raw}, '[0-9A-Za-z]{{1,3}}') then {raw} "
        f"when {unknown} and length({raw}) <= 12 and not og_matches({raw}, '[0-9]{{5}}') then '{SHARED}' || {raw} "
        f"else og_masked({raw}) end"
    )
