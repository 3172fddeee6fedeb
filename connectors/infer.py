"""``oncegrid infer``: drafts a source YAML from an agency's files, with the reason for each line.

Belongs here: sampling the files, telling their tables apart, merging the readings of several files into one draft.
Does not belong here: recognising columns and kinds (``candidates.py``, ``kinds.py``), the text (``draft.py``).

A draft is a proposal: what is not sure stays a comment, and every header is mapped, used or ignored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from connectors.candidates import Candidate
from connectors.draft import Draft, codes_of, sex_codes, write_draft
from connectors.file_names import read_names
from connectors.kinds import Reading, read_table_as
from connectors.profile import Profile
from connectors.reading import read_file
from connectors.record_key import record_key
from connectors.report import FileReport, TableReport
from schemas.headers import fold_header, header_levels
from schemas.problem import Problem

ROWS = 20_000  # rows of a table that are looked at
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


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


class _Sample:
    """A sink that keeps the first rows of each table."""

    def __init__(self) -> None:
        self.tables: list[tuple[TableReport, list[list[str | None]]]] = []
        self._cells: list[list[str | None]] = []

    def begin(self, table: TableReport) -> None:
        self._cells = []

    def chunk(self, numbers: list[int], columns: list[Sequence[str]], long: list[str | None] | None) -> None:
        if not self._cells:
            self._cells = [[] for _ in columns]
        for mine, more in zip(self._cells, columns, strict=True):
            mine.extend(cell or None for cell in more[: max(0, ROWS - len(mine))])

    def end(self, table: TableReport) -> None:
        if table.columns:
            self.tables.append((table, self._cells or [[] for _ in table.columns]))


def infer(files: list[Path], source: str | None = None) -> str:
    """A source YAML drafted from ``files`` (all of one source), as text that ``load_source`` takes.

    ``source`` is its name; by default that of the folder the files lie in. Raises Problem for a file that cannot
    be read, for no files, and for a name that no source may have.
    """
    if not files:
        raise Problem("name at least one file.", "请至少给出一个文件。")
    name = source or _name_of(files)
    if _NAME.fullmatch(name) is None:
        raise Problem(
            f"a source's name begins with a-z and holds only a-z, 0-9 and _ ('{name}' does not); choose another.",
            f"来源名称须以小写字母开头，只含小写字母、数字和下划线（“{name}”不符）；请另取。",
        )
    reports, groups = _sampled(files)
    readings = [(group, read_table_as(group.profiles())) for group in groups]
    main, used, left_out = _same_source(readings)
    draft = Draft(
        source=name,
        files=len(files),
        rows=sum(group.rows for group, _ in used),
        names=read_names([path.name for path in files]),
        formats=tuple(sorted({report.format for report in reports})),
        encodings=tuple(sorted({report.encoding for report in reports if report.encoding})),
        headers_at=tuple(dict.fromkeys(tuple(t.header_rows) for r in reports for t in r.tables)),
        feeds=main[1].feeds,
        left_out=tuple(place for group, _ in left_out for place in group.places),
        kept_sheets=tuple(
            dict.fromkeys(sheet for group, _ in used for _, sheet in group.places if sheet is not None)
        ),
    )
    _merge(draft, main, used)
    return write_draft(draft)


def _name_of(files: Sequence[Path]) -> str:
    folder = files[0].resolve().parent.name.lower()
    return folder if _NAME.fullmatch(folder) else "new_source"


def _sampled(files: Sequence[Path]) -> tuple[list[FileReport], list[Group]]:
    reports, groups = [], dict[tuple[str, ...], Group]()
    for path in files:
        sample = _Sample()
        reports.append(read_file(path, sample))
        for table, cells in sample.tables:
            group = groups.setdefault(tuple(fold_header(c) for c in table.columns), Group(table.columns))
            group.labels.update(table.alternatives)
            group.places.append((path.name, table.sheet))
            group.rows += table.n_rows
            if not group.cells:
                group.cells = cells
            elif len(group.cells[0]) < ROWS:
                for mine, more in zip(group.cells, cells, strict=True):
                    mine.extend(more[: ROWS - len(mine)])
    if not groups:
        raise Problem(
            "there is no table with a header in these files; check them with 'oncegrid read'.",
            "这些文件中没有带表头的表；请用 oncegrid read 查看。",
        )
    return reports, list(groups.values())


Read = tuple[Group, Reading]


def _same_source(readings: list[Read]) -> tuple[Read, list[Read], list[Read]]:
    """(the largest table with most recognised, those that say the same kind of thing, the others)."""
    main = max(readings, key=lambda one: (len(one[1].chosen) >= 2, one[0].rows, len(one[1].chosen)))
    used, others = list[Read](), list[Read]()
    for one in readings:
        shared = {fold_header(c) for c in one[0].columns} & {fold_header(c) for c in main[0].columns}
        alike = len(shared) * 2 >= min(len(one[0].columns), len(main[0].columns))
        fields = set(one[1].chosen) & set(main[1].chosen)
        same = one is main or alike or (one[1].feeds == main[1].feeds and len(fields) >= 3)
        (used if same else others).append(one)
    used.sort(key=lambda one: one is not main)
    return main, used, others


def _merge(draft: Draft, main: Read, used: Sequence[Read]) -> None:
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
        codes = sex_codes(profile, ids) if name == "sex" and ids is not None else None
        seen = codes_of(profile, one.codes, codes or {})
    return Draft.Found(header, candidate, codes, seen)


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
