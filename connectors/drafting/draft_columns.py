"""The readings of several tables merged into the columns of one draft.

Belongs here: one field from one header with the others as its spellings, the key, what is ignored or asked.
Does not belong here: recognising columns (``candidates.py``, ``kinds.py``), what holds for whole files (``infer.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.drafting.candidates import Candidate
from connectors.drafting.code_maps import codes_of, codes_seen
from connectors.drafting.draft import Draft
from connectors.drafting.kinds import Reading
from connectors.drafting.profile import Profile
from connectors.drafting.record_key import record_key
from schemas.headers import fold_header, header_levels

# Numbers in which a citizen number stands: field → where.
_NUMBER_WITHIN = {"disability_no": (0, 18), "student_no": (1, 19)}


@dataclass
class Group:
    """Tables with the same columns: whose they are, and the sampled cells by column."""

    columns: list[str]
    places: list[tuple[str, str | None]] = field(default_factory=list)
    cells: list[list[str | None]] = field(default_factory=list)
    rows: int = 0
    labels: dict[str, str] = field(default_factory=dict)

    def profiles(self) -> dict[str, Profile]:
        """Header → profile."""
        return {
            header: Profile.of(header, cells, self.labels.get(header))
            for header, cells in zip(self.columns, self.cells, strict=True)
        }


Read = tuple[Group, Reading]


def merge(draft: Draft, main: Read, used: Sequence[Read]) -> None:
    """Fill the draft's columns, key, spellings, where and ignore from all readings, the main one first."""
    home: dict[str, str] = {}  # folded header → the header it is a spelling of, or itself
    for group, reading in used:
        profiles = group.profiles()
        short = _short(group.columns)
        ids = reading.chosen.get("id_number")
        for name, candidate in reading.chosen.items():
            header = short[candidate.column]
            if name not in draft.columns:
                draft.columns[name] = _found(
                    candidate, header, profiles, reading, profiles[ids.column] if ids else None
                )
                home[fold_header(header)] = header
            else:
                _spell(draft, home, draft.columns[name].header, header)
        if not draft.each and reading.each:
            draft.numbers = reading.numbers
            draft.each = {
                name: _found(c, c.column, reading.templates, reading, None)
                for name, c in reading.each.items()
            }
        _number_within(draft, reading, profiles)
        _where(draft, profiles, short)
        key = record_key(reading, profiles, draft.where, short)
        if key is not None:
            header, note = key
            if draft.key is None:
                draft.key, draft.key_note = header, note
                home.setdefault(fold_header(header), header)
            elif fold_header(header) not in home:
                _spell(draft, home, draft.key, header)
        for column, question in reading.questions.items():
            draft.questions.setdefault(short[column], question)
    numbered = {
        fold_header(found.header.replace("{n}", str(n)))
        for found in draft.each.values()
        for n in draft.numbers
    }
    order = {name: i for i, name in enumerate(main[1].fields)}
    _speak_for_all_rows(draft, main[1])
    draft.columns = dict(sorted(draft.columns.items(), key=lambda item: order.get(item[0], len(order))))
    done = set(home) | numbered | {fold_header(header) for header in draft.where}
    for group, _ in used:
        short, profiles = _short(group.columns), group.profiles()
        for column in group.columns:
            folded = fold_header(short[column])
            if folded not in done:
                done.add(folded)
                draft.ignore[short[column]] = profiles[column].is_running_number
    draft.questions = {header: q for header, q in draft.questions.items() if header in draft.ignore}


def _speak_for_all_rows(draft: Draft, reading: Reading) -> None:
    """Fields of which the files' names speak, where no column does."""
    for name, value in draft.names.says.items():
        mapped = name in draft.columns or name in draft.each
        needed = name != "program" or "benefit" in draft.feeds
        if not mapped and needed and (name in reading.fields or name == "program"):
            draft.constants[name] = value


def _spell(draft: Draft, home: dict[str, str], header: str, spelling: str) -> None:
    folded = fold_header(spelling)
    if folded == fold_header(header):
        return
    if folded in home:
        if home[folded] != header:
            draft.clashes.append((spelling, header, home[folded]))
        return
    home[folded] = header
    draft.spellings.setdefault(header, []).append(spelling)


def _short(columns: Sequence[str]) -> dict[str, str]:
    """Each column by the shortest trailing part of its levels that names it alone."""
    folded = [fold_header(column) for column in columns]
    result = {}
    for column in columns:
        levels = header_levels(column)
        result[column] = column
        for i in range(len(levels) - 1, 0, -1):
            tail = fold_header("/".join(levels[i:]))
            if sum(1 for other in folded if other == tail or other.endswith("/" + tail)) == 1:
                result[column] = "/".join(levels[i:])
                break
    return result


def _found(
    candidate: Candidate, header: str, profiles: dict[str, Profile], reading: Reading, ids: Profile | None
) -> Draft.Found:
    name, profile = candidate.field, profiles[candidate.column]
    codes, seen = None, ""
    one = reading.fields.get(name)
    if one is not None and one.codes is not None:
        codes = codes_of(name, one.codes, profile, ids)
        seen = codes_seen(profile, one.codes, codes or {})
    return Draft.Found(header, candidate, codes, seen)


def _number_within(draft: Draft, reading: Reading, profiles: dict[str, Profile]) -> None:
    """The citizen number out of a certificate's number, where no column holds it."""
    if "id_number" in reading.chosen or "id_number" not in reading.fields:
        return
    for name, (start, end) in _NUMBER_WITHIN.items():
        found = draft.columns.get(name)
        if found is None or name not in reading.chosen:
            continue
        share = Profile.of(
            "", [v[start:end] for v in profiles[reading.chosen[name].column].values]
        ).resident_numbers
        if share >= 0.8:
            percent = round(100 * share)
            why = Candidate(
                found.header, "id_number", round(0.9 * share, 2),
                f"part of {found.header}; {percent}% are citizen numbers", f"{found.header} 的一部分；{percent}% 为身份号码",
            )  # fmt: skip
            draft.columns["id_number"] = Draft.Found(found.header, why, slice=(start, end))
            return


def _where(draft: Draft, profiles: dict[str, Profile], short: dict[str, str]) -> None:
    """The police register is bitemporal: current rows have JLBZ = 1 and CXBZ = 0."""
    known = {fold_header(header).upper(): header for header in profiles}
    if {"JLBZ", "CXBZ"} <= set(known):
        for name, value in (("JLBZ", "1"), ("CXBZ", "0")):
            if set(profiles[known[name]].counts) <= {"0", "1"}:
                draft.where[short[known[name]]] = value
    marks = profiles.get(known.get("CZBS", ""))
    if marks is not None and "D" in marks.counts:
        draft.deleted = (short[known["CZBS"]], "D")
