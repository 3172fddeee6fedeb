"""The text of a drafted source YAML: lines, comments with confidence and reason, what is left to decide.

Belongs here: what a draft holds and how it is written. Does not belong here: finding any of it (``infer.py``).
No personal value is written: of cells only values of codes, which are categories.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from connectors.candidates import Candidate
from connectors.file_names import FileNames
from connectors.profile import Profile, is_resident_number
from schemas.code_lists import fold_code
from schemas.located_yaml import parse_yaml
from schemas.model import schema
from schemas.problem import told
from schemas.sources import check_source

_PLAIN = re.compile(r"[A-Za-z_\u3400-\u9fff][\w\u3400-\u9fff./（）]*")
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off"})


@dataclass
class Draft:
    """All that the text says. ``ignore``: header → whether it is a running number."""

    @dataclass(frozen=True)
    class Found:
        """A field's header, why, the codes to be given for it, and what values were seen."""

        header: str
        candidate: Candidate
        codes: dict[str, str] | None = None
        seen: str = ""

    source: str
    files: int
    rows: int
    names: FileNames
    formats: tuple[str, ...]
    encodings: tuple[str, ...]
    headers_at: tuple[tuple[int, ...], ...]
    feeds: tuple[str, ...]
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


def quote(text: str) -> str:
    """``text`` as a YAML scalar."""
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    if "\\" in text and "'" not in text:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)


def write_draft(draft: Draft) -> str:
    """The YAML. It loads; should it not (a fault of this program), its first lines say what is wrong."""
    text = "\n".join([*_head(draft), *_columns(draft), *_rest(draft), ""])
    _, problems = check_source(parse_yaml(text, f"{draft.source}.yaml"))
    faults = [_comment(told(f"TO CORRECT: {p.text('en')}", f"须改正：{p.text('zh')}")) for p in problems]
    return "\n".join([*faults, text]) if faults else text


def _comment(text: str) -> str:
    return "# " + text.replace("\n", " ")


def _head(draft: Draft) -> list[str]:
    names = draft.names
    lines = [
        _comment(
            told(
                f"Drafted from {draft.files} file(s), {draft.rows} rows. Check each line; confidence 0 to 1, then the reason.",
                f"由 {draft.files} 个文件、{draft.rows} 行起草。请逐行核对；注释为置信度（0 至 1）与理由。",
            )
        ),
        f"source: {draft.source}",
        f'title: ""  {_comment(told("to decide: what the agency calls it", "待填：来源单位的叫法"))}',
        f'agency: ""  {_comment(told("to decide: it ranks this source among others, e.g. 大连市公安局", "待填：决定取值先后，如 大连市公安局"))}',
        f"feeds: [{', '.join(draft.feeds)}]",
        f'legal_basis: ""  {_comment(told("to decide: why the city may hold it", "待填：依据"))}',
        f"files: {quote(names.files)}",
    ]
    if len(draft.formats) == 1:
        lines.append(f"format: {draft.formats[0]}")
    else:
        lines.append(_comment(told(f"format differs from file to file ({', '.join(draft.formats)}) and is told for each", f"各文件格式不同（{'、'.join(draft.formats)}），逐个判断")))  # fmt: skip
    if len(draft.encodings) == 1 and len(draft.formats) == 1:
        lines.append(f"encoding: {draft.encodings[0]}")
    elif draft.encodings:
        lines.append(_comment(told(f"encoding differs from file to file ({', '.join(draft.encodings)}) and is decided for each", f"各文件编码不同（{'、'.join(draft.encodings)}），逐个判断")))  # fmt: skip
    shown = "; ".join(", ".join(map(str, rows)) or told("none", "无") for rows in draft.headers_at[:5])
    lines.append(_comment(told(f"header rows, found by themselves: {shown}", f"表头行（自动识别）：{shown}")))
    if draft.left_out:
        places = "; ".join(f"{file} {sheet or ''}".strip() for file, sheet in draft.left_out[:10])
        lines.append(
            _comment(
                told(
                    f"tables that are something else, not mapped: {places}", f"内容不同、未纳入的表：{places}"
                )
            )
        )
        if draft.kept_sheets and any(sheet is not None for _, sheet in draft.left_out):
            lines.append(f"layout: {{sheets: [{', '.join(quote(sheet) for sheet in draft.kept_sheets)}]}}")
    lines += _time(draft)
    return lines


def _time(draft: Draft) -> list[str]:
    names, lines = draft.names, list[str]()
    delta = names.delta or draft.feeds == ("event",)
    why = (
        told("what is missing stays", "未出现的记录保留") if delta
        else told("to decide: what is missing from a newer file has ended; else write delta", "待定：新文件中没有的即为终止；否则写 delta")
    )  # fmt: skip
    lines.append(f"mode: {'delta' if delta else 'full'}  {_comment(why)}")
    if names.as_of is not None:
        lines.append(f"as_of: {{pattern: {quote(names.as_of)}}}")
    else:
        lines.append(
            _comment(
                told(
                    "as_of: no date in the file names; the day of landing is taken",
                    "as_of：文件名中没有日期，取落地日期",
                )
            )
        )
    if names.part is not None:
        lines.append(
            f"part: {{pattern: {quote(names.part)}}}  {_comment(told('each file covers a part', '每个文件是一部分'))}"
        )
    elif names.differing:
        lines.append(_comment(told("part: the files differ in more than the date; all of one date are taken together", "part：文件名除日期外也不同；同一日期的文件合为一期")))  # fmt: skip
    if draft.key is not None:
        lines.append(f"key: [{quote(draft.key)}]  {_comment(told(*draft.key_note))}")
    else:
        lines.append(
            _comment(
                told(
                    "key: no column names each record; a hash of the identifying fields is used",
                    "key：没有可作主键的列；用标识字段的散列",
                )
            )
        )
    if draft.where:
        lines.append(
            "where: {" + ", ".join(f"{quote(h)}: [{json.dumps(v)}]" for h, v in draft.where.items()) + "}"
        )
    if draft.deleted is not None:
        lines.append(
            f"deleted: {{column: {quote(draft.deleted[0])}, values: [{json.dumps(draft.deleted[1])}]}}"
        )
    return lines


def _columns(draft: Draft) -> list[str]:
    lines = ["columns:"] if draft.columns else []
    lines += _mapped(draft.columns, "  ")
    if draft.each:
        lines += [
            "each:",
            f"  numbers: {draft.numbers[0]}..{draft.numbers[-1]}",
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
            f"  remark: {quote(first)}  {_comment(told('to decide: nothing was recognised', '待定：没有识别出任何字段'))}",
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
        why = f"{found.candidate.confidence:.2f} {told(found.candidate.en, found.candidate.zh)}"
        lines.append(f"{indent}{name}: {value}  {_comment(why)}")
        if found.seen:
            lines.append(f"{indent}{_comment('  ' + found.seen)}")
    return lines


def _rest(draft: Draft) -> list[str]:
    lines = []
    if draft.spellings:
        lines.append("headers:")
        lines += [
            f"  {quote(h)}: [{', '.join(quote(s) for s in others)}]" for h, others in draft.spellings.items()
        ]
    for spelling, header, other in draft.clashes:
        lines.append(_comment(told(f"to decide: {spelling} is {header} in one file and {other} in another", f"待定：{spelling} 在一个文件中是 {header}，在另一个文件中是 {other}")))  # fmt: skip
    if draft.ignore:
        lines.append("ignore:")
        for header, running in draft.ignore.items():
            note, question = "", draft.questions.get(header)
            if running:
                note = "  " + _comment(told("a running number", "序号"))
            elif question is not None:
                note = "  " + _comment(
                    told(
                        f"to decide: perhaps {question.field} ({question.confidence:.2f}; {question.en})",
                        f"待定：或为 {question.field}（{question.confidence:.2f}；{question.zh}）",
                    )
                )
            lines.append(f"  - {quote(header)}{note}")
    return lines


def codes_of(profile: Profile, list_name: str, given: dict[str, str]) -> str:
    """In words: which values of a code column stand for which codes, how often, and which are unknown."""
    codes = schema().code_lists[list_name]
    labels = {code.code: code.label for code in codes.codes}
    known, unknown = list[str](), list[str]()
    for value, n in sorted(profile.counts.items(), key=lambda item: (-item[1], item[0])):
        code = codes.find(given.get(value, value))
        if code is not None:
            shown = f"{value}→{code}" + (f" {labels[code]}" if labels[code] != value else "")
            known.append(f"{shown} ({n})")
        elif len(value) <= 8:
            unknown.append(f"{value} ({n})")
    text = ", ".join(known[:8]) + (" …" if len(known) > 8 else "")
    if unknown:
        text += (
            told("; to decide, on no list: ", "；待定，码表中没有：")
            + ", ".join(unknown[:8])
            + (" …" if len(unknown) > 8 else "")
        )
    return text


def sex_codes(profile: Profile, ids: Profile) -> dict[str, str] | None:
    """A code map where the id numbers say that the column does not use the standard's codes (0 男 1 女 …)."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for value, number in zip(profile.by_row, ids.by_row, strict=False):
        if value is not None and number is not None and is_resident_number(number):
            seen[value]["男" if int(number[16]) % 2 else "女"] += 1
    codes, result, differs = schema().code_lists["sex"], dict[str, str](), False
    for value, counts in sorted(seen.items(), key=lambda item: fold_code(item[0])):
        label, most = counts.most_common(1)[0]
        if sum(counts.values()) < 3 or most < 0.8 * sum(counts.values()):
            continue
        result[value] = label
        differs |= codes.find(value) != codes.find(label)
    return result if differs else None
