"""The head of a drafted source YAML: whose it is, which files, how they are read, of which day they speak.

Belongs here: the lines above ``columns``, and how text and comments are written. Does not belong here: the columns
(``draft.py``).
"""

from __future__ import annotations

import fnmatch
import json
import re
from typing import TYPE_CHECKING, get_args

from connectors.text.fixed_columns import unnamed
from schemas.problem import told
from schemas.source_forms import Database, Format

if TYPE_CHECKING:
    from connectors.drafting.draft import Draft

_PLAIN = re.compile(r"[A-Za-z_\u3400-\u9fff][\w\u3400-\u9fff./（）]*")
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off"})
# What a form calls the body that filled it in, best first.
_AGENCY = ("填报单位", "报送单位", "上报单位", "填表单位", "制表单位", "数据来源", "主管部门")
_DATED = re.compile(r"\d{6}|\d{4}[年.-]")
_TABLES = frozenset({"sqlite", "sql"})  # formats whose sheets are tables


def comment(text: str) -> str:
    """``text`` as a comment of one line."""
    return "# " + text.replace("\n", " ")


def quote(text: str) -> str:
    """``text`` as a YAML scalar."""
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    if "\\" in text and "'" not in text:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)


def head_lines(draft: Draft) -> list[str]:
    """The lines from the first comment to ``bounds``."""
    names = draft.names
    agency = next((draft.stated[label] for label in _AGENCY if label in draft.stated), "")
    told_from = told(f"{draft.files} file(s)", f"{draft.files} 个文件")
    if draft.database is not None:
        told_from = told("a database", "数据库")
    lines = [
        comment(told(
            f"Drafted from {told_from}, {draft.rows} rows{_looked_at(draft)}. Check each line; confidence 0 to 1, then the reason.",
            f"由 {told_from}、{draft.rows} 行起草{_looked_at(draft)}。请逐行核对；注释为置信度（0 至 1）与理由。")),
        f"source: {draft.source}",
        f"title: {json.dumps(names.title, ensure_ascii=False)}  "
        + comment(told("to decide: what the agency calls it", "待填：来源单位的叫法")),
        f"agency: {json.dumps(agency, ensure_ascii=False)}  "
        + comment(told("to decide: it ranks this source among others, e.g. 大连市公安局", "待填：决定取值先后，如 大连市公安局")),
        f"feeds: [{', '.join(draft.feeds)}]",
        f'legal_basis: ""  {comment(told("to decide: why the city may hold it", "待填：依据"))}',
        _database(draft.database) if draft.database is not None else f"files: {quote(names.files)}",
    ]  # fmt: skip
    if draft.database is None:
        lines += _reading(draft)
    return [*lines, *_time(draft), *_rows(draft), *_bounds(draft)]


def _database(database: Database) -> str:
    stated = {
        "url_env": database.url_env,
        "url": database.url,
        "table": database.table,
        "query": database.query,
    }
    parts = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in stated.items() if value]
    return f"database: {{{', '.join(parts)}}}"


def _looked_at(draft: Draft) -> str:
    if not draft.whole:
        return told(
            f" in the part that was read, {draft.looked_at} of them looked at",
            f"（仅读开头部分，细看其中 {draft.looked_at} 行）",
        )
    if draft.looked_at < draft.rows:
        return told(f", the first {draft.looked_at} of them looked at", f"（细看其中 {draft.looked_at} 行）")
    return ""


def _reading(draft: Draft) -> list[str]:
    lines = []
    if len(draft.formats) == 1 and draft.formats[0] in get_args(Format):
        lines.append(f"format: {draft.formats[0]}")
    elif len(draft.formats) == 1:
        lines.append(comment(told(
            f"format: {draft.formats[0]}, told by the content", f"格式：{draft.formats[0]}，由内容判断")))  # fmt: skip
    else:
        lines.append(comment(told(
            f"format differs from file to file ({', '.join(draft.formats)}) and is told for each",
            f"各文件格式不同（{'、'.join(draft.formats)}），逐个判断")))  # fmt: skip
    if len(draft.encodings) == 1 and len(draft.formats) == 1:
        lines.append(f"encoding: {draft.encodings[0]}")
    elif draft.encodings:
        lines.append(comment(told(
            f"encoding differs from file to file ({', '.join(draft.encodings)}) and is decided for each",
            f"各文件编码不同（{'、'.join(draft.encodings)}），逐个判断")))  # fmt: skip
    shown = "; ".join(", ".join(map(str, rows)) or told("none", "无") for rows in draft.headers_at[:5])
    lines.append(comment(told(f"header rows, found by themselves: {shown}", f"表头行（自动识别）：{shown}")))
    if draft.left_out:
        places = "; ".join(f"{file} {sheet or ''}".strip() for file, sheet in draft.left_out[:10])
        lines.append(comment(told(
            f"tables that are something else, not mapped: {places}", f"内容不同、未纳入的表：{places}")))  # fmt: skip
    return lines + _layout(draft)


def _layout(draft: Draft) -> list[str]:
    if draft.widths:
        return [
            comment(told(
                "to decide: the columns were found in the bytes; check that none is cut in two",
                "待核对：列宽由字节推断；请确认没有把一列切成两列")),
            "layout:",
            *(["  header: none"] if unnamed(draft.widths) else []),
            "  widths:  " + comment(told("bytes from 0, the end not included", "按字节从 0 起，不含止")),
            *(f"    {quote(name)}: [{start}, {end}]" for name, start, end in draft.widths),
        ]  # fmt: skip
    parts = []
    if draft.record is not None:
        parts.append(f"record: {json.dumps(draft.record, ensure_ascii=False)}")
    if draft.left_out and draft.kept_sheets and any(sheet is not None for _, sheet in draft.left_out):
        if set(draft.formats) <= _TABLES and len(draft.kept_sheets) == 1:
            parts.append(f"table: {quote(draft.kept_sheets[0])}")
        else:
            parts.append(f"sheets: [{', '.join(map(quote, _lasting(draft)))}]")
    return [f"layout: {{{', '.join(parts)}}}"] if parts else []


def _lasting(draft: Draft) -> list[str]:
    """Names of the sheets to read, with ``*`` for dates and codes, which will be others next time."""
    globs = [re.sub(r"\d+", "*", name) if _DATED.search(name) else name for name in draft.kept_sheets]
    globs = list(dict.fromkeys(globs))
    others = [sheet for _, sheet in draft.left_out if sheet is not None]
    clash = any(fnmatch.fnmatchcase(sheet, glob) for sheet in others for glob in globs)
    return list(draft.kept_sheets) if clash else globs


def _time(draft: Draft) -> list[str]:
    names, lines = draft.names, list[str]()
    why = (
        told("what is missing stays", "未出现的记录保留") if draft.delta
        else told("to decide: what is missing from a newer file has ended; else write delta", "待定：新文件中没有的即为终止；否则写 delta")
    )  # fmt: skip
    lines.append(f"mode: {'delta' if draft.delta else 'full'}  {comment(why)}")
    if draft.database is not None:
        lines.append(comment(told(
            "to decide: database.cursor, a column that grows with each change, with mode delta",
            "待定：database.cursor（随每次变更增大的列），配合 mode: delta")))  # fmt: skip
    elif names.as_of is not None:
        lines.append(f"as_of: {{pattern: {quote(names.as_of)}}}")
    else:
        lines.append(comment(told(
            "as_of: no date in the file names; the day of landing is taken", "as_of：文件名中没有日期，取落地日期")))  # fmt: skip
    if names.part is not None:
        lines.append(
            f"part: {{pattern: {quote(names.part)}}}  {comment(told('each file covers a part', '每个文件是一部分'))}"
        )
    elif names.differing:
        lines.append(comment(told(
            "part: the files differ in more than the date; all of one date are taken together",
            "part：文件名除日期外也不同；同一日期的文件合为一期")))  # fmt: skip
    return lines


def _rows(draft: Draft) -> list[str]:
    lines = []
    if draft.key is not None:
        lines.append(f"key: [{quote(draft.key)}]  {comment(told(*draft.key_note))}")
    else:
        lines.append(comment(told(
            "key: no column names each record; a hash of the identifying fields is used",
            "key：没有可作主键的列；用标识字段的散列")))  # fmt: skip
    if draft.where:
        lines.append(
            "where: {" + ", ".join(f"{quote(h)}: [{json.dumps(v)}]" for h, v in draft.where.items()) + "}"
        )
    if draft.deleted is not None:
        column, value = draft.deleted
        lines.append(f"deleted: {{column: {quote(column)}, values: [{json.dumps(value)}]}}")
    return lines


def _bounds(draft: Draft) -> list[str]:
    parts = []
    if draft.row_bounds is not None:
        least, most = draft.row_bounds
        parts.append(f"rows: [{1 if draft.delta else least}, {most}]")
    if not draft.delta:
        parts.append("drop: 0.2")
    if draft.fill:
        parts.append(f"fill: {{{', '.join(f'{name}: {share}' for name, share in draft.fill.items())}}}")
    note = told(
        "to decide: fewer rows, or so many fewer than before, hold a file back",
        "待定：行数过少或骤减时暂扣",
    )
    return [f"bounds: {{{', '.join(parts)}}}  {comment(note)}"] if parts else []
