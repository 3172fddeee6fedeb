"""The raw Parquet of a source's new editions, and its cells as the source's mappings name them.

Files of one source differ in their headers, so every distinct set of headers gets a small SELECT of its own in
which the mapped cells bear the same names, and all of them together are one relation ``og_raw``.

Belongs here: which column of which file a mapping reads. Does not belong here: keys and outcomes (``rows.py``),
what the cells mean (the types).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from connectors.raw import REPORT
from connectors.report import FileReport
from schemas.located_yaml import together
from schemas.problem import Problem
from schemas.sources import Mapping, Source, fold_header
from warehouse.normalize.column_problems import ambiguous_header, missing, without_key
from warehouse.normalize.file_issues import FileIssue, file_issues
from warehouse.store import Store, literal, quoted
from warehouse.workspace import Workspace

if TYPE_CHECKING:
    from warehouse.ledger import Edition

_UNNAMED = re.compile(r"列\d+")


@dataclass(frozen=True)
class RawPart:
    """One table of a file: its Parquet, its headers in order, other names that some of them bear, its sheet."""

    path: Path
    columns: tuple[str, ...]
    alternatives: tuple[tuple[str, str], ...] = ()
    sheet: str | None = None


@dataclass(frozen=True)
class RawEdition:
    """One landed file or pull, read: ``file`` is its name as the agency gave it; ``issues`` is what the reader saw."""

    edition_id: str
    as_of: date
    file: str
    parts: tuple[RawPart, ...]
    issues: tuple[FileIssue, ...] = ()

    @classmethod
    def of(cls, workspace: Workspace, edition: Edition) -> RawEdition:
        """The raw Parquet of an edition of the ledger, from the reader's report beside it."""
        import json

        folder = workspace.raw / edition.source / edition.edition_id
        report = FileReport.of(json.loads((folder / REPORT).read_text("utf-8")))
        parts = tuple(
            RawPart(
                folder / table.parquet,
                tuple(table.columns),
                tuple(sorted(table.alternatives.items())),
                table.sheet,
            )
            for table in report.tables
            if table.parquet and table.n_rows
        )
        return cls(edition.edition_id, edition.as_of, edition.file, parts, file_issues(report))


@dataclass(frozen=True)
class RawCell:
    """What a mapping reads of a row, before any code map: equal cells are read once."""

    from_: tuple[str, ...] = ()
    join: tuple[str, ...] = ()
    sep: str = ""
    const: str | None = None
    slice: tuple[int, int] | None = None

    @classmethod
    def of(cls, mapping: Mapping) -> RawCell:
        return cls(mapping.from_, mapping.join, mapping.sep, mapping.const, mapping.slice)


@dataclass
class RawRelation:
    """The relation ``og_raw``: columns edition_id, as_of, file, sheet, row_number, seq (of the part), and for
    every cell ``c<n>`` (text) and ``l<n>`` (typed as a number of more than 15 digits)."""

    numbers: dict[RawCell, int] = field(default_factory=dict)
    # What must be told of editions: headers nothing speaks of, mapped or needed headers that a file lacks.
    new_columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lacking: dict[str, tuple[str, ...]] = field(default_factory=dict)
    # Of tables that lack what others of their edition have.
    of_tables: dict[str, list[FileIssue]] = field(default_factory=dict)
    without_key: dict[str, Problem] = field(default_factory=dict)

    def text(self, cell: RawCell) -> str:
        """The column of a cell's text."""
        return f"c{self.numbers[cell]}"

    def long(self, cell: RawCell) -> str:
        """The column of a cell's 'long number' flag."""
        return f"l{self.numbers[cell]}"


def raw_relation(store: Store, source: Source, editions: Sequence[RawEdition]) -> RawRelation:
    """Make the view ``og_raw`` over all parts of ``editions``.

    Raises Problem where a mapped or needed column is in no file, or a header fits several columns of one.
    """
    cells = _cells(source)
    relation = RawRelation({cell: n for n, cell in enumerate(cells)})
    groups: dict[
        tuple[tuple[str, ...], tuple[tuple[str, str], ...]], list[tuple[int, RawEdition, RawPart]]
    ] = {}
    seq = 0
    for edition in editions:
        for part in edition.parts:
            groups.setdefault((part.columns, part.alternatives), []).append((seq, edition, part))
            seq += 1
    problems: list[Problem] = []
    has: dict[str, set[str]] = {edition.edition_id: set() for edition in editions}
    selects: list[str] = []
    headers: list[tuple[RawEdition, RawPart, set[str]]] = []
    for (columns, alternatives), members in groups.items():
        found, ambiguous = _found(source, columns, alternatives)
        problems += [ambiguous_header(header, hits, members[0][1].file) for header, hits in ambiguous.items()]
        new = _new(store, columns, set(found.values()), members)
        for _, edition, part in members:
            has[edition.edition_id] |= set(found)
            headers.append((edition, part, set(found)))
            if new:
                before = relation.new_columns.get(edition.edition_id, ())
                relation.new_columns[edition.edition_id] = tuple(dict.fromkeys((*before, *new)))
        chosen = "".join(
            f", {_text(cell, found)} as c{n}, {_long(cell, found)} as l{n}"
            for cell, n in relation.numbers.items()
        )
        paths = ", ".join(literal(str(part.path)) for _, _, part in members)
        selects.append(
            "select p.edition_id, p.as_of, coalesce(r._file, p.file) as file, r._sheet as sheet, "
            f"r._row as row_number, p.seq{chosen} "
            f"from read_parquet([{paths}], filename = 'og_path') as r join og_parts as p on p.path = r.og_path"
        )
    absent = _absent(cells, set().union(*has.values()))
    if absent:
        there = dict.fromkeys(column for columns, _ in groups for column in columns)
        problems += missing(source, absent, list(there))
    if problems:
        raise together(problems)
    for edition in editions:
        if edition.parts:
            if lacking := _absent(cells, has[edition.edition_id]):
                relation.lacking[edition.edition_id] = tuple(lacking)
            if without := [header for header in lacking if header in _needed(source)]:
                relation.without_key[edition.edition_id] = without_key(edition.file, without)
    for edition, part, known in headers:
        told = relation.of_tables.setdefault(edition.edition_id, [])
        told += _of_table(part, cells, known, relation.lacking.get(edition.edition_id, ()))
    _register_parts(store, groups.values())
    store.con.execute(f"create or replace temp view og_raw as {' union all '.join(selects)}")
    return relation


def _register_parts(store: Store, groups: Iterable[list[tuple[int, RawEdition, RawPart]]]) -> None:
    members = [member for group in groups for member in group]
    store.con.register(
        "og_parts_in",
        pa.table(
            {
                "seq": pa.array([seq for seq, _, _ in members], pa.int64()),
                "path": pa.array([str(part.path) for _, _, part in members], pa.string()),
                "edition_id": pa.array([edition.edition_id for _, edition, _ in members], pa.string()),
                "as_of": pa.array([edition.as_of for _, edition, _ in members], pa.date32()),
                "file": pa.array([edition.file for _, edition, _ in members], pa.string()),
            }
        ),
    )
    store.con.execute("create or replace temp table og_parts as select * from og_parts_in")
    store.con.unregister("og_parts_in")


def _of_table(
    part: RawPart, cells: list[RawCell], known: set[str], lacking: Iterable[str]
) -> list[FileIssue]:
    """What a table lacks that others of its edition have; one without any mapped column is something else."""
    read = {header for cell in cells for header in (*cell.from_, *cell.join)}
    if not known & read:
        return [FileIssue("table_unknown", part.sheet)]
    absent = set(_absent(cells, known)) - set(lacking)
    return [FileIssue("column_missing", part.sheet, field=header) for header in sorted(absent)]


def _needed(source: Source) -> tuple[str, ...]:
    """Headers without which no row can be told: of the key, of where and deleted."""
    return (*source.key, *source.where, *([source.deleted.column] if source.deleted else []))


def _cells(source: Source) -> list[RawCell]:
    """Every distinct cell that the source reads, in the order of the YAML."""
    cells = [RawCell(from_=(header,)) for header in _needed(source)]
    for kind in source.feeds:
        for number in source.record_numbers(kind):
            cells += [RawCell.of(mapping) for mapping in source.mappings(kind, number).values()]
    cells += [RawCell.of(mapping) for mapping in source.columns.values()]
    return list(dict.fromkeys(cells))


def _absent(cells: list[RawCell], found: set[str]) -> list[str]:
    """Headers that a mapping reads and that are not among those found; of alternatives, all must be absent."""
    absent = [cell.from_[0] for cell in cells if cell.from_ and not found & set(cell.from_)]
    absent += [header for cell in cells for header in cell.join if header not in found]
    return list(dict.fromkeys(absent))


def _found(
    source: Source, columns: tuple[str, ...], alternatives: tuple[tuple[str, str], ...]
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Header → column for one set of headers; what is not found goes by the second line of names, if any."""
    resolution = source.resolve(columns)
    found = dict(resolution.found)
    by_label: dict[str, list[str]] = {}
    for column, label in alternatives:
        by_label.setdefault(fold_header(label), []).append(column)
    for header in resolution.missing:
        for name in (header, *source.headers.get(header, ())):
            hits = by_label.get(fold_header(name), [])
            if len(hits) == 1:
                found[header] = hits[0]
                break
    return found, resolution.ambiguous


def _text(cell: RawCell, found: dict[str, str]) -> str:
    column = next((found[h] for h in cell.from_ if h in found), None)
    if cell.const is not None:
        text = literal(cell.const)
    elif cell.join:
        parts = ", ".join(f"nullif(og_ends(r.{quoted(found[h])}), '')" for h in cell.join if h in found)
        text = f"nullif(concat_ws({literal(cell.sep)}, {parts}), '')" if parts else "null::varchar"
    else:
        text = f"r.{quoted(column)}" if column is not None else "null::varchar"
    if cell.slice is not None:
        start, end = cell.slice
        text = f"nullif(substr({text}, {start + 1}, {max(end - start, 0)}), '')"
    return text


def _long(cell: RawCell, found: dict[str, str]) -> str:
    column = next((found[h] for h in cell.from_ if h in found), None)
    if column is None or cell.slice is not None:
        return "false"
    return f"coalesce(contains(r._long_numbers, {literal(f'|{column}|')}), false)"


def _new(
    store: Store, columns: tuple[str, ...], known: set[str], members: list[tuple[int, RawEdition, RawPart]]
) -> tuple[str, ...]:
    """Columns that are neither mapped, used nor ignored. One without a header counts only if it holds something."""
    new = [column for column in columns if column not in known]
    unnamed = [column for column in new if _UNNAMED.fullmatch(column)]
    if not unnamed:
        return tuple(new)
    paths = ", ".join(literal(str(part.path)) for _, _, part in members)
    counts = store.rows(
        f"select {', '.join(f'count({quoted(c)})' for c in unnamed)} from read_parquet([{paths}])"
    )[0]
    empty = {column for column, count in zip(unnamed, counts, strict=True) if not count}
    return tuple(column for column in new if column not in empty)
