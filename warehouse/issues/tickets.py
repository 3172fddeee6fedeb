"""The correction ticket (数据更正单): one workbook for each agency, with what is wrong in its own files and what to do.

Belongs here: which issues an agency is asked to settle, the columns of the ticket, and the files. Does not belong here:
the writing of sheets (``warehouse/extract/sheet.py``), which issues there are (``asking.py``).

An agency gets the rows of its own sources and no other's. Cells are text throughout; what was written is masked, and
so is a record's key wherever a column of it holds something personal. Each file is in the log of what was handed over
(``warehouse/extract/log.py``) before it is there under its name.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from schemas.model import schema
from schemas.problem import Problem
from schemas.sources import Source
from warehouse.extract.log import open_log
from warehouse.extract.sheet import Sheet, write_sheets
from warehouse.gateway import spill_folder
from warehouse.issues.asking import Issues, Wanted, agency_of
from warehouse.issues.declared import labels, values
from warehouse.normalize.functions import name_functions
from warehouse.publish.audience import masked_text
from warehouse.store import literal
from warehouse.workspace import Workspace

TO_SETTLE = ("error", "warning")
"""Severities that an agency is asked about where the caller names none; notes for information stay here."""
_LONGEST = 1_000_000  # rows of a sheet; Excel and WPS end at 1,048,576
_SUMMARY = (
    "来源",
    "数据日期",
    "批次",
    "严重程度",
    "问题",
    "质量维度",
    "列名",
    "件数",
    "首次出现",
    "处理办法",
)
_DETAIL = (
    "序号", "来源", "文件", "工作表", "行号", "列名", "记录主键", "问题", "所填内容（已遮蔽）", "处理办法", "严重程度",
    "首次出现", "批次数", "数据日期", "批次", "批次状态", "问题编号", "更正情况（请填写）",
)  # fmt: skip


@dataclass(frozen=True)
class Ticket:
    """One workbook that was written. ``number`` stands on it and in the log; ``left_out``: issues of the agency for
    information only, or ours to settle."""

    number: str
    agency: str
    path: Path
    issues: int
    left_out: int


def write_tickets(
    workspace: Workspace, issues: Issues, wanted: Wanted, folder: Path, today: date
) -> list[Ticket]:
    """One workbook in ``folder`` for each agency that has something to settle. Raises NotKnown, or Problem where a file
    cannot be written; files that are there already are replaced one by one, each whole."""
    told = replace(wanted, severities=wanted.severities or TO_SETTLE, settled_by="agency")
    issues.where(wanted)  # a filter that names what there is not is told before anything is written
    written: list[Ticket] = []
    names: set[str] = set()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for agency in issues.agencies():
            own = [source for source in issues.sources if agency_of(source) == agency]
            if wanted.agency and wanted.agency not in agency:
                continue
            wide = replace(wanted, sources=_of(wanted, own), agency=None)
            narrow = replace(told, sources=wide.sources, agency=None)
            if not wide.sources:
                continue
            _select(issues, narrow, own)
            count = issues.con.execute("select count(*) from ticket").fetchall()[0][0]
            if not count:
                continue
            left = issues.rows(wide, ["issue_id"]).num_rows - count
            name, n = _file_name(agency), 1
            while name in names:  # two agencies that differ only in what no file may be called
                n += 1
                name = f"{_file_name(agency)}-{n}"
            names.add(name)
            path = folder / f"{name}-数据更正单-{today:%Y%m%d}.xlsx"
            number = f"T{today:%Y%m%d}-{secrets.token_hex(3)}"
            said = {
                "action": "ticket",
                "number": number,
                "agency": agency,
                "sources": list(wide.sources),
                "rows": count,
            }
            _write(workspace, path, _sheets(issues, agency, number, count, left, today), said)
            written.append(Ticket(number, agency, path, count, left))
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Problem(
            f"the tickets cannot be written ({why}); choose another folder.",
            f"更正单无法写入（{why}）；请另选目录。",
            file=folder.name,
        ) from None
    return written


def _of(wanted: Wanted, own: Sequence[Source]) -> tuple[str, ...]:
    """The agency's sources among those that were asked for."""
    return tuple(s.source for s in own if not wanted.sources or s.source in wanted.sources)


def _select(issues: Issues, wanted: Wanted, own: Sequence[Source]) -> None:
    """``ticket``: the issues of one agency, numbered, every column as it is shown."""
    open_keys = ", ".join(literal(source.source) for source in own if not personal_key(source)) or "''"
    titles = values([(source.source, source.title or source.source) for source in own], "source", "title")
    dates = values(
        [(e.edition_id, e.as_of.isoformat()) for e in issues.editions.values() if e.source in {s.source for s in own}],
        "edition_id", "as_of",
    )  # fmt: skip
    fields = values([(name, field.label) for name, field in schema().fields.items()], "field", "label")
    where, bound = issues.where(wanted)
    name_functions(issues.con)
    issues.con.execute(
        f"""
        create or replace temp table ticket as
        select row_number() over (
                order by i.source, i.file nulls first, i.sheet nulls first, i.row_number nulls first, i.source_column nulls first, i.code, i.issue_id
            ) as number, t.title, i.file, i.sheet, i.row_number, coalesce(i.source_column, f.label) as source_column,
            case when i.source in ({open_keys}) then {masked_text("i.record_key")} else og_masked(i.record_key) end as record_key,
            i.label, i.value_masked, i.remedy, i.severity, i.dimension, i.first_seen, i.editions, e.as_of, i.edition_id, i.status, i.issue_id
        from (select * from all_issue where {where}) i join {titles} t using (source)
        left join {dates} e on e.edition_id = i.edition_id left join {fields} f on f.field = i.field
        """,
        bound,
    )


def personal_key(source: Source) -> bool:
    """Whether a record's key may be somebody's number or name: one of its columns is mapped to such a field, or there is
    no key and it is a hash, which nobody can look up."""
    if not source.key:
        return True
    fields = schema().fields
    personal = {
        header
        for kind in source.feeds
        for number in source.record_numbers(kind)
        for name, mapping in source.mappings(kind, number).items()
        if (one := schema().record_table(kind).mappable.get(name, fields.get(name))) is None
        or one.sensitivity in ("personal", "identifying")
        for header in mapping.headers
    }
    return bool(personal.intersection(source.key))


def _sheets(issues: Issues, agency: str, number: str, count: int, left: int, today: date) -> list[Sheet]:
    con, severity = issues.con, _case("severity", "severity")
    sources = "、".join(
        row[0] for row in con.execute("select distinct title from ticket order by title").fetchall()
    )
    editions = [row[0] for row in con.execute("select distinct edition_id from ticket order by 1").fetchall()]
    notice = {
        "送达单位": agency, "日期": today.isoformat(), "来源": sources,
        "批次": "、".join(editions[:5]) + (f" 等 {len(editions)} 批" if len(editions) > 5 else ""),
        "数据日期": issues.as_of or "尚未发布", "问题数": str(count), "编号": number,
    }  # fmt: skip
    more = {"未列入": f"提示级或由平台处理的 {left} 处"} if left else {}
    summary = con.sql(
        f"""
        select title, as_of, edition_id, {severity}, label, {_case("dimension", "quality_dimension")}, source_column,
            count(*)::varchar, min(first_seen)::varchar, remedy
        from ticket group by title, as_of, edition_id, severity, label, dimension, source_column, remedy
        order by title, as_of, edition_id, case severity when 'error' then 0 when 'warning' then 1 else 2 end, count(*) desc, label, source_column
        """
    ).to_arrow_table()
    title = f"数据更正单：{agency}"
    sheets = [Sheet("汇总", summary, _SUMMARY, title, {**notice, **more})]
    for n in range(0, count, _LONGEST):
        rows = con.sql(
            f"""
            select number::varchar, title, file, sheet, row_number::varchar, source_column, record_key, label, value_masked, remedy,
                {severity}, first_seen::varchar, editions::varchar, as_of, edition_id,
                case status when 'held' then '暂缓，未采用' when 'closed' then '已解决' else '已采用' end, issue_id, null::varchar
            from ticket where number > {n} and number <= {n + _LONGEST} order by number
            """
        ).to_arrow_table()
        sheets.append(
            Sheet("明细" if count <= _LONGEST else f"明细{n // _LONGEST + 1}", rows, _DETAIL, title, notice)
        )
    return [replace(sheet, rows=_text(sheet.rows)) for sheet in sheets]


def _text(rows: pa.Table) -> pa.Table:
    """The rows as columns of text with names of their own: headings may repeat."""
    return pa.table(
        [column.cast(pa.string()) for column in rows.columns],
        names=[f"c{i}" for i in range(rows.num_columns)],
    )


def _case(column: str, code_list: str) -> str:
    whens = " ".join(
        f"when {literal(code)} then {literal(label)}" for code, label in labels(code_list).items()
    )
    return f"case {column} {whens} end"


def _file_name(agency: str) -> str:
    """The agency's name as a file may be called on every system."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", agency).strip(" .") or "_"


def _operator() -> str:
    """The account that writes the tickets; a container may have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _write(workspace: Workspace, path: Path, sheets: Sequence[Sheet], said: Mapping[str, Any]) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with TemporaryDirectory(prefix=f"{os.getpid()}-", dir=spill_folder(workspace)) as scratch:
            write_sheets(part, sheets, watermark=True, scratch=Path(scratch))
        with part.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        with open_log(workspace) as log:
            log.append({**said, "time": now, "user": _operator(), "sha256": digest})
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
