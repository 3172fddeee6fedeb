"""The text of a drafted source YAML: lines, comments with confidence and reason, what is left to decide.

Belongs here: what a draft holds and how it is written. Does not belong here: finding any of it (``infer.py``).
No personal value is written: of cells only values of codes, which are categories.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from connectors.drafting.candidates import Candidate
from connectors.drafting.draft_head import comment, head_lines, quote
from connectors.drafting.file_names import FileNames
from schemas.located_yaml import parse_yaml
from schemas.problem import told
from schemas.source_forms import Database
from schemas.sources import check_source


@dataclass
class Draft:
    """All that the text says. ``ignore``: header → whether it is a running number; ``constants``: what the files'
    names say of all rows; ``stated``: what form lines say; ``looked_at``: of ``rows``, those whose cells were judged."""

    @dataclass(frozen=True)
    class Found:
        """A field's header, why, the codes to be given for it, what values were seen, the part of the cell."""

        header: str
        candidate: Candidate
        codes: dict[str, str] | None = None
        seen: str = ""
        slice: tuple[int, int] | None = None

    source: str
    files: int
    rows: int
    names: FileNames
    formats: tuple[str, ...]
    encodings: tuple[str, ...]
    headers_at: tuple[tuple[int, ...], ...]
    feeds: tuple[str, ...]
    looked_at: int = 0
    whole: bool = True
    left_out: tuple[tuple[str, str | None], ...] = ()
    kept_sheets: tuple[str, ...] = ()
    columns: dict[str, Found] = field(default_factory=dict)
    each: dict[str, Found] = field(default_factory=dict)
    numbers: tuple[int, ...] = ()
    key: str | None = None
    key_note: tuple[str, str] = ("", "")
    where: dict[str, str] = field(default_factory=dict)
    deleted: tuple[str, str] | None = None
    spellings: dict[str, list[str]] = field(default_factory=dict)
    clashes: list[tuple[str, str, str]] = field(default_factory=list)
    questions: dict[str, Candidate] = field(default_factory=dict)
    ignore: dict[str, bool] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    widths: tuple[tuple[str, int, int], ...] = ()
    record: str | None = None
    database: Database | None = None
    stated: dict[str, str] = field(default_factory=dict)
    row_bounds: tuple[int, int] | None = None
    fill: dict[str, float] = field(default_factory=dict)

    @property
    def delta(self) -> bool:
        """Whether what is missing from a newer file stays."""
        return self.names.delta or self.feeds == ("event",)


def write_draft(draft: Draft) -> str:
    """The YAML. It loads; should it not (a fault of this program), its first lines say what is wrong."""
    text = "\n".join([*head_lines(draft), *_columns(draft), *_rest(draft), ""])
    _, problems = check_source(parse_yaml(text, f"{draft.source}.yaml"))
    faults = [comment(told(f"TO CORRECT: {p.text('en')}", f"须改正：{p.text('zh')}")) for p in problems]
    return "\n".join([*faults, text]) if faults else text


def _columns(draft: Draft) -> list[str]:
    lines = ["columns:"] if draft.columns else []
    lines += _mapped(draft.columns, "  ")
    for name, value in draft.constants.items():
        why = told("to decide: the file's name says so of all rows", "待定：由文件名得出，适用于各行")
        lines.append(f"  {name}: {{const: {quote(value)}}}  {comment(why)}")
    if draft.each:
        lines += [
            "each:",
            f"  numbers: {draft.numbers[0]}..{draft.numbers[-1]}",
            *(["  feeds: [resident, benefit]"] if "benefit" in draft.feeds else []),
            "  columns:",
            *_mapped(draft.each, "    "),
        ]
    if not draft.columns and not draft.each:
        # A source needs a column; nothing was recognised, so the first one is kept as it stands.
        first = next(iter(draft.ignore), "列1")
        draft.ignore.pop(first, None)
        draft.feeds = ("resident",)
        lines += [
            "columns:",
            f"  remark: {quote(first)}  {comment(told('to decide: nothing was recognised', '待定：没有识别出任何字段'))}",
        ]
    return lines


def _mapped(columns: dict[str, Draft.Found], indent: str) -> list[str]:
    lines = []
    for name, found in columns.items():
        value = quote(found.header)
        if found.codes:
            pairs = ", ".join(
                f"{json.dumps(cell, ensure_ascii=False)}: {quote(label)}"
                for cell, label in found.codes.items()
            )
            value = f"{{from: {value}, codes: {{{pairs}}}}}"
        if found.slice:
            value = f"{{from: {value}, slice: [{found.slice[0]}, {found.slice[1]}]}}"
        why = f"{found.candidate.confidence:.2f} {told(found.candidate.en, found.candidate.zh)}"
        lines.append(f"{indent}{name}: {value}  {comment(why)}")
        if found.seen:
            lines.append(f"{indent}{comment('  ' + found.seen)}")
    return lines


def _rest(draft: Draft) -> list[str]:
    lines = []
    if draft.spellings:
        lines.append("headers:")
        lines += [
            f"  {quote(h)}: [{', '.join(quote(s) for s in others)}]" for h, others in draft.spellings.items()
        ]
    for spelling, header, other in draft.clashes:
        lines.append(comment(told(f"to decide: {spelling} is {header} in one file and {other} in another", f"待定：{spelling} 在一个文件中是 {header}，在另一个文件中是 {other}")))  # fmt: skip
    if draft.ignore:
        lines.append("ignore:")
        for header, running in draft.ignore.items():
            note, question = "", draft.questions.get(header)
            if running:
                note = "  " + comment(told("a running number", "序号"))
            elif question is not None:
                note = "  " + comment(
                    told(
                        f"to decide: perhaps {question.field} ({question.confidence:.2f}; {question.en})",
                        f"待定：或为 {question.field}（{question.confidence:.2f}；{question.zh}）",
                    )
                )
            lines.append(f"  - {quote(header)}{note}")
    return lines
