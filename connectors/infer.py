"""``oncegrid infer``: drafts a source YAML from an agency's files, with the reason for each line.

Belongs here: telling the files' tables apart, what holds for the files as a whole. Does not belong here: opening
files (``sample.py``, in a child process), recognising columns and kinds (``candidates.py``, ``kinds.py``), merging
them (``draft_columns.py``), the text (``draft.py``).

A draft is a proposal: what is not sure stays a comment, and every header is mapped, used or ignored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from connectors.child import Reader
from connectors.drafting.draft import Draft, write_draft
from connectors.drafting.draft_columns import Group, Read, merge
from connectors.drafting.file_names import read_names
from connectors.drafting.kinds import read_table_as
from connectors.sample import ROWS, FileSample
from schemas.headers import fold_header
from schemas.problem import Problem
from schemas.source_forms import Database

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
# Of these at least one says that a row holds something, and it is filled in nearly every row of a good file.
_ALWAYS_FILLED = ("name", "head_name", "grid_name", "area_code", "content", "address", "dwelling_no", "uscc")


def infer_database(database: Database, root: Path, source: str) -> str:
    """A source YAML drafted from a table or query, of which the first rows are looked at. ``root`` is the workspace.

    Raises Problem where the database cannot be read, and for a name that no source may have.
    """
    _check_name(source)
    with Reader(seconds=database.seconds.total) as reader:
        sample = reader.look(database.model_dump(mode="json"), root)
    return write_draft(_drafted(source, [Path(database.table or "query")], [sample], database))


def infer(files: list[Path], source: str | None = None) -> str:
    """A source YAML drafted from ``files`` (all of one source), as text that ``load_source`` takes.

    ``source`` is its name; by default that of the folder the files lie in. Raises Problem for a file that cannot
    be read, for no files, and for a name that no source may have.
    """
    return write_draft(drafted(files, source))


def drafted(files: Sequence[Path], source: str | None = None) -> Draft:
    """What ``infer`` writes, before it is text. Arguments and errors as of ``infer``."""
    if not files:
        raise Problem("name at least one file.", "请至少给出一个文件。")
    name = source or _name_of(files)
    _check_name(name)
    with Reader() as reader:
        samples = [reader.sample(path) for path in files]
    return _drafted(name, files, samples)


def _check_name(name: str) -> None:
    if _NAME.fullmatch(name) is None:
        raise Problem(
            f"a source's name begins with a-z and holds only a-z, 0-9 and _ ('{name}' does not); choose another.",
            f"来源名称须以小写字母开头，只含小写字母、数字和下划线（“{name}”不符）；请另取。",
        )


def _drafted(
    name: str, files: Sequence[Path], samples: Sequence[FileSample], database: Database | None = None
) -> Draft:
    groups = _groups(files, samples)
    readings = [(group, read_table_as(group.profiles())) for group in groups]
    main, used, left_out = _same_source(readings)
    reports = [sample.report for sample in samples]
    draft = Draft(
        source=name,
        files=len(files),
        rows=sum(group.rows for group, _ in used),
        looked_at=sum(len(group.cells[0]) if group.cells else 0 for group, _ in used),
        whole=all(sample.whole for sample in samples),
        names=read_names([path.name for path in files]),
        formats=tuple(sorted({report.format for report in reports})),
        encodings=tuple(sorted({report.encoding for report in reports if report.encoding})),
        headers_at=tuple(dict.fromkeys(tuple(t.header_rows) for r in reports for t in r.tables)),
        feeds=main[1].feeds,
        left_out=tuple(place for group, _ in left_out for place in group.places),
        kept_sheets=tuple(
            dict.fromkeys(sheet for group, _ in used for _, sheet in group.places if sheet is not None)
        ),
        widths=samples[0].widths,
        record=_record(samples),
        database=database,
        stated={label: text for report in reports for label, text in report.stated().items()},
    )
    merge(draft, main, used)
    _bound(draft, used)
    return draft


def _name_of(files: Sequence[Path]) -> str:
    folder = files[0].resolve().parent.name.lower()
    return folder if _NAME.fullmatch(folder) else "new_source"


def _groups(files: Sequence[Path], samples: Sequence[FileSample]) -> list[Group]:
    if len({sample.widths for sample in samples}) > 1:
        raise Problem(
            "the files are of fixed width, but not of the same columns; draft a source from each alone.",
            "这些定宽文件的列宽不一致；请逐个起草。",
        )
    groups = dict[tuple[str, ...], Group]()
    for path, sample in zip(files, samples, strict=True):
        for table in sample.tables:
            group = groups.setdefault(tuple(fold_header(c) for c in table.columns), Group(table.columns))
            group.labels.update(table.alternatives)
            group.places.append((path.name, table.sheet))
            group.rows += table.n_rows
            if not group.cells:
                group.cells = table.cells
            elif len(group.cells[0]) < ROWS:
                for mine, more in zip(group.cells, table.cells, strict=True):
                    mine.extend(more[: ROWS - len(mine)])
    if not groups:
        raise Problem(
            "there is no table with a header in these files; check them with 'oncegrid read'.",
            "这些文件中没有带表头的表；请用 oncegrid read 查看。",
        )
    return list(groups.values())


def _record(samples: Sequence[FileSample]) -> str | None:
    """The path to the records that the reader chose, where the files of a nested format agree on it."""
    chosen = {
        finding.text.partition(" (")[0]
        for sample in samples for table in sample.report.tables for finding in table.findings
        if finding.code == "records_chosen"
    }  # fmt: skip
    return chosen.pop() if len(chosen) == 1 else None


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


def _bound(draft: Draft, used: Sequence[Read]) -> None:
    """Bounds that the files themselves keep with room to spare."""
    rows = dict[str, int]()
    for group, _ in used:
        for file, _ in group.places:
            rows[file] = rows.get(file, 0) + group.rows // len(group.places)
    if draft.whole and rows:
        draft.row_bounds = (
            _one_figure(max(1, min(rows.values()) // 3)),
            _one_figure(10 * max(rows.values())),
        )
    for name in _ALWAYS_FILLED:
        found = draft.columns.get(name)
        if found is not None:
            full = [
                p for group, reading in used if name in reading.chosen
                for p in [group.profiles()[reading.chosen[name].column]]
            ]  # fmt: skip
            if full and min(p.filled for p in full) >= 0.97 and found.candidate.confidence >= 0.9:
                draft.fill[name] = 0.9
            return


def _one_figure(number: int) -> int:
    size: int = 10 ** (len(str(number)) - 1)
    return number // size * size
