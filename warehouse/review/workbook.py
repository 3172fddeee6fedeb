"""Items as a workbook for clerical work, and the workbook back as decisions.

Out: an item a row, the evidence of both sides beside each other, three empty columns to fill in; every cell is text, so
that nothing in a value is a formula. Back in: read by the project's own reader in its limited child, whatever program
saved it; every fault is told by row and column, and one fault means that nothing is taken.

Does not belong here: which items (``desk.py``), what may be shown (``showing.py``), what contradicts what (``judgements.py``).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from connectors.child import Reader
from schemas.model import schema
from schemas.problem import Problem
from warehouse.extract.sheet import Sheet, write_sheets
from warehouse.gateway import spill_folder
from warehouse.review.desk import Item, decide, find_anywhere, label
from warehouse.review.evidence import AGREEMENT, FIELDS
from warehouse.review.judgements import LONGEST, Judgement, Judgements
from warehouse.review.showing import note
from warehouse.workspace import Workspace

NUMBER, VERDICT, USER, REASON = "条目编号", "判定", "判定人", "理由"
_FILL = "（请填写）"
_SCORES = ("匹配权重", "同一人概率", "平台建议")
_MOST = 100_000  # rows of a workbook that is taken back


@dataclass(frozen=True)
class Fault:
    """What is wrong in a cell: row as Excel numbers it, the column's heading with its letter, and what to do."""

    row: int
    column: str
    en: str
    zh: str


@dataclass(frozen=True)
class Taken:
    """What became of a workbook: decisions made, those that stood already, rows still empty, and what is wrong."""

    decided: tuple[str, ...]
    known: int
    empty: int
    faults: tuple[Fault, ...]


def export(
    workspace: Workspace,
    path: Path,
    items: Sequence[Item],
    evidence: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    version: str,
    user: str,
    day: str,
    unmasked: bool,
    blind: bool,
) -> str:
    """Write the items to ``path`` (mode 600); returns the number of the line in the log, which stands on the file.

    Raises Problem where it cannot be written. What is not in the log is not handed over.
    """
    headings, rows = _rows(items, evidence, blind)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    shown = {"导出人": user, "日期": day, "条数": str(len(items)), "数据版本": version}
    choices = {VERDICT + _FILL: [one.label for one in schema().code_lists["verdict"].codes]}
    try:
        try:
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            table = pa.table(
                [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
                or [pa.array([], pa.string()) for _ in headings],
                names=[f"c{n}" for n in range(len(headings))],
            )
            sheet = Sheet("待核", table, headings, "居民身份核对表", shown, choices)
            with TemporaryDirectory(prefix=f"{os.getpid()}-", dir=spill_folder(workspace)) as scratch:
                write_sheets(part, [sheet], watermark=True, scratch=Path(scratch))
            digest = hashlib.sha256(part.read_bytes()).hexdigest()
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Problem(
                f"the workbook cannot be written ({why}); choose another place.",
                f"核对表无法写入（{why}）；请另选位置。",
                file=path.name,
            ) from None
        number = note(
            workspace, "review_exported", user, version=version, items=len(items), unmasked=unmasked, blind=blind,
            sha256=digest,
        )  # fmt: skip
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return number


def _rows(items: Sequence[Item], evidence: Mapping[str, Sequence[Mapping[str, Any]]], blind: bool) -> tuple[list[str], list[list[str | None]]]:  # fmt: skip
    headings = ["序号", NUMBER, "原因", "记录数"]
    for one in FIELDS:
        headings += [f"{one.label}·甲", f"{one.label}·乙"] + ([f"{one.label}比对"] if one.compared else [])
    headings += [] if blind else list(_SCORES)
    headings += [VERDICT + _FILL, USER + _FILL, REASON + _FILL]
    rows: list[list[str | None]] = []
    for n, item in enumerate(items, start=1):
        said = {line["field"]: line for line in evidence.get(item.item_id, ())}
        # Blind, the reason would tell what linkage thinks of the pair.
        row: list[str | None] = [
            str(n), item.item_id, None if blind else item.reason_label, str(len(item.left) + len(item.right)),
        ]  # fmt: skip
        for one in FIELDS:
            line = said.get(one.field, {})
            row += [line.get("left"), line.get("right")]
            row += [AGREEMENT.get(line.get("agreement") or "")] if one.compared else []
        if not blind:
            weight, probability = item.match_weight, item.match_probability
            row += [
                None if weight is None else f"{weight:.2f}",
                None if probability is None else f"{probability:.4f}",
                label("verdict", item.suggestion) or None,
            ]
        rows.append([*row, None, None, None])
    return headings, rows


def take(workspace: Workspace, path: Path, *, user: str | None = None, reader: Reader | None = None) -> Taken:
    """Take the verdicts of a workbook as decisions: all of them, or none where there is a fault.

    ``user`` stands for cells 判定人 that are empty. Taking the same workbook again adds nothing, also where a decision
    of it was undone since. ``reader`` may be one that is open already. Raises Problem where the file cannot be read or
    is no such workbook.
    """
    if not path.is_file():
        raise Problem("there is no such file.", "没有这个文件。", file=path.name)
    with path.open("rb") as file:
        origin = hashlib.file_digest(file, "sha256").hexdigest()
    lines, letters = _filled(path, reader)
    judgements = Judgements(workspace)
    history = judgements.history()
    if any(one.origin == origin for one in history):
        return Taken(
            (), sum(bool(line[VERDICT]) for line in lines), sum(not line[VERDICT] for line in lines), ()
        )
    asked = [line for line in lines if line[VERDICT]]
    found = find_anywhere(workspace, list(dict.fromkeys(str(line[NUMBER]) for line in asked if line[NUMBER])))
    ended = {(one.item_id, one.verdict): one for one in history if one.ended_by is not None}
    faults, known, decided = list[Fault](), 0, list[str]()
    try:
        with judgements.writing() as entry:
            for line in asked:
                wrong = _faults(line, letters, found, user)
                verdict: Any = schema().code_lists["verdict"].find(str(line[VERDICT]))
                wrong = wrong or _undone(line, letters, ended.get((line[NUMBER], verdict)), user)
                faults += wrong
                if wrong:
                    continue
                try:
                    made, new = decide(
                        entry, found[str(line[NUMBER])], verdict, user=line[USER] or user or "",
                        reason=str(line[REASON]), origin=origin,
                    )  # fmt: skip
                except Problem as problem:
                    faults.append(Fault(int(line["row"]), letters[VERDICT], problem.en, problem.zh))
                    continue
                known += not new
                decided += [made.judgement_id] if new else []
            if faults:
                raise _NothingTaken
    except _NothingTaken:
        decided = []
    return Taken(tuple(decided), known, len(lines) - len(asked), tuple(faults))


class _NothingTaken(Exception):
    """Rolls the transaction back."""


def _faults(line: Mapping[str, Any], letters: Mapping[str, str], found: Mapping[str, Item], user: str | None) -> list[Fault]:  # fmt: skip
    row, faults = int(line["row"]), list[Fault]()

    def fault(column: str, en: str, zh: str) -> None:
        faults.append(Fault(row, letters[column], en, zh))

    if not line[NUMBER]:
        fault(
            NUMBER, "the item's number is missing; copy it from the export.", "缺少条目编号；请从导出表复制。"
        )
    elif line[NUMBER] not in found:
        fault(
            NUMBER, "no version that is kept has this item; export the list again.",
            "现存各版本中都没有这个条目；请重新导出核对表。",
        )  # fmt: skip
    if schema().code_lists["verdict"].find(str(line[VERDICT])) is None:
        words = [one.label for one in schema().code_lists["verdict"].codes]
        fault(VERDICT, f"write one of {', '.join(words)}.", f"请填 {'、'.join(words)} 之一。")
    if not line[USER] and not user:
        fault(USER, "who decided? fill in the name.", "请填写判定人。")
    if not line[REASON]:
        fault(REASON, "a decision needs its reason.", "请填写理由。")
    elif len(str(line[REASON])) > LONGEST:
        fault(REASON, f"the reason may have {LONGEST} characters.", f"理由最多 {LONGEST} 字。")
    return faults


def _undone(line: Mapping[str, Any], letters: Mapping[str, str], old: Judgement | None, user: str | None) -> list[Fault]:  # fmt: skip
    """A verdict of an older workbook that somebody took back since must not come back unseen."""
    if old is None or old.reason != line[REASON] or old.user != (line[USER] or user):
        return []
    return [
        Fault(
            int(line["row"]), letters[VERDICT],
            f"this was decided as {old.judgement_id} and taken back ({old.ended_by}); clear the cell, or give another reason.",
            f"该判定（{old.judgement_id}）已被撤销（{old.ended_by}）；请清空此格，或写明新的理由。",
        )
    ]  # fmt: skip


def _filled(path: Path, reader: Reader | None) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The rows below the headings, and heading → how its column is called in messages. Raises Problem."""
    with nullcontext(reader) if reader is not None else Reader() as reading:
        tables = reading.tables(path, layout={"header": "none", "footer": "none"})
    for table in tables:
        numbers = _numbers(table)
        for n, cells in enumerate(table["rows"]):
            at = {_plain(cell): i for i, cell in reversed(list(enumerate(cells))) if cell}
            if NUMBER not in at or VERDICT not in at:
                continue
            missing = [name for name in (USER, REASON) if name not in at]
            if missing:
                raise Problem(
                    f"the column {', '.join(missing)} is missing; export the list again and fill that in.",
                    f"缺少列：{'、'.join(missing)}；请重新导出核对表后填写。",
                    file=path.name, sheet=table["sheet"], row=numbers[n],
                )  # fmt: skip
            if len(table["rows"]) - n > _MOST:
                raise Problem(
                    f"the workbook has more than {_MOST} rows; split it.",
                    f"核对表超过 {_MOST} 行；请拆分。",
                    file=path.name,
                )
            wanted = {name: at[name] for name in (NUMBER, VERDICT, USER, REASON)}
            lines = [
                {"row": number, **{name: row[i] if i < len(row) else None for name, i in wanted.items()}}
                for number, row in zip(numbers[n + 1 :], table["rows"][n + 1 :], strict=True)
            ]
            letters = {name: f"{_letter(i)}（{name}）" for name, i in wanted.items()}
            return [line for line in lines if line[NUMBER] or line[VERDICT]], letters
    raise Problem(
        f"this is no list to review: there is no row with the headings {NUMBER} and {VERDICT}.",
        f"不是核对表：没有含“{NUMBER}”和“{VERDICT}”的表头行。",
        file=path.name,
    )


def _numbers(table: Mapping[str, Any]) -> list[int]:
    """The row numbers of a table's rows: those that were not skipped, in order."""
    skipped = {line["row"] for line in table["skipped"]}
    numbers: list[int] = []
    number = table["first_data_row"] or 1
    while len(numbers) < len(table["rows"]):
        if number not in skipped:
            numbers.append(number)
        number += 1
    return numbers


def _plain(cell: str) -> str:
    return "".join(cell.split()).removesuffix(_FILL).removesuffix("(请填写)")


def _letter(index: int) -> str:
    """The letters of a column as spreadsheets show them: 0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
