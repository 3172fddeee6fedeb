"""Which kinds of record a table speaks of, and so which of its columns are which fields.

Belongs here: the choice of ``feeds`` by what columns were recognised; columns numbered 1 … n for several persons
in a row. Does not belong here: recognising a column (``candidates.py``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.drafting.candidates import AMBIGUOUS, UNSURE, Candidate, assign, candidates
from connectors.drafting.profile import Profile
from schemas.model import Field, schema

_SIGNS: dict[str, frozenset[str]] = {
    "event": frozenset(
        {
            "event_no",
            "category",
            "content",
            "reported_at",
            "dispatched_at",
            "responded_at",
            "closed_at",
            "department",
            "rating",
        }
    ),
    "dwelling": frozenset({"dwelling_no", "floor_area", "owner_name", "owner_id_number", "use"}),
    "grid": frozenset(
        {"grid_type", "grid_name", "households", "worker_phone", "valid_from", "grid_worker_kind"}
    ),
    "area": frozenset({"code_system", "level", "parent_code", "successor_codes"}),
    "staff": frozenset({"role", "certificate", "unit_name", "unit_code"}),
    "organisation": frozenset({"uscc", "name", "kind", "parent_name"}),
    "household": frozenset({"head_name", "head_id_number", "members", "household_no"}),
    "benefit": frozenset({"program", "amount", "level"}),
    "resident": frozenset(
        {
            "name",
            "sex",
            "birth_date",
            "id_number",
            "hukou_address",
            "live_address",
            "phone",
            "relation_to_head",
            "ethnicity",
        }
    ),
}
_AREAS = {"county", "street", "community", "county_code", "street_code", "community_code"}
_LIVING = {"live_address", "estate", "building", "unit", "room", "grid_code"}
_NUMBERED = re.compile(r"(\D*)(\d{1,2})(\D*)")
_MEMBER = re.compile(r"家庭成员|成员|人员|共同生活|第|人(?=姓|身|性|与)")


@dataclass
class Reading:
    """What a table was taken for. ``chosen``: field → candidate; ``each``: the same for numbered columns, whose
    candidates name headers with ``{n}``; ``numbers``: 1 … n; ``questions``: what was not sure, by column."""

    feeds: tuple[str, ...]
    fields: dict[str, Field]
    chosen: dict[str, Candidate]
    questions: dict[str, Candidate]
    each: dict[str, Candidate] = field(default_factory=dict)
    numbers: tuple[int, ...] = ()
    templates: dict[str, Profile] = field(default_factory=dict)


def read_table_as(columns: Mapping[str, Profile]) -> Reading:
    """The kinds that a table with these columns feeds, and its columns' fields."""
    templates, numbers, numbered = _templates(columns)
    plain = {header: profile for header, profile in columns.items() if header not in numbered}
    readings = {kind: _read(plain, kind) for kind in _SIGNS if kind != "benefit"}
    feeds = _choose(readings, plain)
    if templates:
        each = _read_templates(templates)
        if {"name", "id_number"} & set(each):
            household = bool(
                {"head_name", "head_id_number", "household_no", "members"} & set(readings["household"].chosen)
            )
            reading = _read(plain, "household" if household else "resident")
            reading.feeds = ("household", "resident") if household else ("resident",)
            if _entitled(reading):
                reading.feeds = (*reading.feeds, "benefit")
            reading.each, reading.numbers, reading.templates = each, numbers, templates
            return reading
        plain = dict(columns)
    if feeds == ("resident", "benefit"):
        return _with_benefit(plain, readings["resident"])
    reading = _read(plain, feeds[0])
    reading.feeds = feeds
    return _without_registered_area(reading) if feeds == ("resident",) else reading


def _without_registered_area(reading: Reading) -> Reading:
    """Area columns beside the registered address alone are parts of that one: they do not say where someone lives."""
    chosen = reading.chosen
    if "hukou_address" not in chosen or _LIVING & set(chosen):
        return reading
    for name in _AREAS & set(chosen):
        one = chosen.pop(name)
        reading.questions[one.column] = Candidate(
            one.column, name, UNSURE,
            f"{one.en}; but it seems to be that of the registered address", f"{one.zh}；但似为户籍地址的区划", one.by_header,
        )  # fmt: skip
    return reading


def _read(columns: Mapping[str, Profile], kind: str) -> Reading:
    fields = schema().record_table(kind).mappable
    if kind == "household":
        fields = {
            name: one for name, one in fields.items() if name != "address"
        }  # live_address stands in for it
    chosen, questions = assign(_in_context(candidates(columns, fields)))
    return Reading((kind,), dict(fields), chosen, questions)


def _in_context(found: list[Candidate]) -> list[Candidate]:
    """门牌号 beside a building is the door's number, not the house's."""
    if not any(c.field == "building" and c.confidence >= 0.6 for c in found):
        return found
    return sorted(
        (
            c
            for c in found
            if not (c.field == "road_no" and any(o.column == c.column and o.field == "room" for o in found))
        ),
        key=lambda c: -c.confidence,
    )


def _with_benefit(columns: Mapping[str, Profile], resident: Reading) -> Reading:
    """A person's entitlement in the row of the person: the fields of both kinds."""
    own, other = schema().record_table("resident").mappable, schema().record_table("benefit").mappable
    best = {"resident": _best(columns, own, "status"), "benefit": _best(columns, other, "status")}
    fields = own | {name: one for name, one in other.items() if name not in own}
    if best["benefit"] > best["resident"]:
        fields = fields | {"status": other["status"]}
    chosen, questions = assign(_in_context(candidates(columns, fields)))
    status = chosen.get("status")
    if status is not None:
        # One mapping feeds both kinds, and the two have codes of their own: 停发 is no state of a person.
        del chosen["status"]
        kind = "benefit" if best["benefit"] > best["resident"] else "resident"
        questions[status.column] = Candidate(
            status.column, "status", UNSURE,
            f"{status.en}; that of the {kind} alone, but both kinds would read it",
            f"{status.zh}；只是{'待遇' if kind == 'benefit' else '人员'}的状态，而两种记录都会读取", status.by_header,
        )  # fmt: skip
    return Reading(("resident", "benefit"), fields, chosen, questions)


def _best(columns: Mapping[str, Profile], fields: Mapping[str, Field], name: str) -> float:
    return max((c.confidence for c in candidates(columns, {name: fields[name]})), default=0.0)


def _signs(reading: Reading, kind: str) -> int:
    # What was found by its values alone, or by an abbreviation of many readings, tells nothing of the kind.
    return sum(
        1
        for name in _SIGNS[kind] & set(reading.chosen)
        if reading.chosen[name].by_header >= 0.6 and reading.chosen[name].column.casefold() not in AMBIGUOUS
    )


def _choose(readings: Mapping[str, Reading], columns: Mapping[str, Profile]) -> tuple[str, ...]:
    resident = readings["resident"].chosen
    person = "id_number" in resident or (
        "name" in resident and bool({"sex", "birth_date", "relation_to_head"} & set(resident))
    )
    signs = {kind: _signs(reading, kind) for kind, reading in readings.items()}
    if signs["event"] >= 3:
        return ("event",)
    if (
        signs["dwelling"] >= 2
        and {"dwelling_no", "floor_area"} & set(readings["dwelling"].chosen)
        and not _described(resident)
    ):
        return ("dwelling",)
    if not person and "grid_code" in readings["grid"].chosen and signs["grid"] >= 2:
        return ("grid",)
    if (
        not person
        and "area_code" in readings["area"].chosen
        and (signs["area"] >= 1 or "name" in readings["area"].chosen)
    ):
        return ("area",)
    if signs["staff"] >= 2 and "name" in readings["staff"].chosen and "id_number" not in resident:
        return ("staff",)
    if person:
        return ("resident", "benefit") if _entitled(readings["resident"]) else ("resident",)
    if signs["household"] >= 2:
        return ("household",)
    if signs["organisation"] >= 2 or "uscc" in readings["organisation"].chosen:
        return ("organisation",)
    best = max(
        readings,
        key=lambda kind: (
            signs[kind],
            sum(c.confidence for c in readings[kind].chosen.values()),
            kind == "resident",
        ),
    )
    return (best,)


def _described(resident: Mapping[str, Candidate]) -> bool:
    """Whether rows say about a person what a register of homes does not."""
    return bool({"sex", "birth_date", "relation_to_head", "ethnicity"} & set(resident))


def _entitled(resident: Reading) -> bool:
    amount, program = resident.chosen.get("amount"), resident.chosen.get("program")
    return any(c is not None and c.by_header >= 0.6 for c in (amount, program))


def _templates(columns: Mapping[str, Profile]) -> tuple[dict[str, Profile], tuple[int, ...], set[str]]:
    """Headers that repeat for persons 1 … n, as templates with ``{n}``: their profiles, the numbers, the headers."""
    groups: dict[tuple[str, str], dict[int, str]] = {}
    for header in columns:
        found = _NUMBERED.fullmatch(header.strip())
        if found is not None and (found[1] or found[3]):
            groups.setdefault((found[1], found[3]), {})[int(found[2])] = header
    repeated = {
        key: of for key, of in groups.items() if len(of) >= 2 and sorted(of) == list(range(1, len(of) + 1))
    }
    if len(repeated) < 2:
        return {}, (), set()
    most = max(len(of) for of in repeated.values())
    repeated = {key: of for key, of in repeated.items() if len(of) == most}
    templates: dict[str, Profile] = {}
    for (before, after), of in repeated.items():
        parts = [columns[of[n]] for n in sorted(of)]
        cells: Sequence[str | None] = [value for part in parts for value in part.by_row]
        templates[f"{before}{{n}}{after}"] = Profile.of(f"{before}{after}", cells)
    return (
        templates,
        tuple(range(1, most + 1)),
        {header for of in repeated.values() for header in of.values()},
    )


def _read_templates(templates: Mapping[str, Profile]) -> dict[str, Candidate]:
    """Field → candidate whose column is a template."""
    fields = schema().record_table("resident").mappable
    short = {_MEMBER.sub("", template.replace("{n}", "")) or template: template for template in templates}
    chosen, _ = assign(candidates({name: templates[template] for name, template in short.items()}, fields))
    return {
        name: Candidate(short[c.column], name, c.confidence, c.en, c.zh, c.by_header)
        for name, c in chosen.items()
    }
