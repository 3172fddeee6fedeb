"""Whom an id or a record's name means: residents of today, ids that ended in a merge, records as ``source:record_key``.

Does not belong here: what is told of them (``gathering.py``).
"""

from __future__ import annotations

import re

import duckdb

from schemas.problem import Problem
from warehouse.gateway import ask
from warehouse.review.judgements import Record

_RECORD = re.compile(r"([a-z][a-z0-9_]*):(.+?)(?:#(\d{1,9}))?", re.DOTALL)


def find_record(con: duckdb.DuckDBPyConnection, text: str) -> Record:
    """The record that ``source:record_key`` (``#n`` where a row held several) names in the snapshot. Raises Problem."""
    form = _RECORD.fullmatch(text.strip())
    if form is not None:
        # A key may itself end in '#1': what is written as it stands comes first.
        for key, number in (
            (text.strip()[len(form[1]) + 1 :], None),
            (form[2], int(form[3]) if form[3] else None),
        ):
            rows = ask(
                con,
                """select distinct source, record_key, record_no from resident_record
                where source = $source and record_key = $key and ($number is null or record_no = $number) order by record_no""",
                {"source": form[1], "key": key, "number": number},
            ).table.to_pylist()
            if len(rows) > 1:
                raise Problem(
                    f"this key names {len(rows)} records of one row; write {form[1]}:KEY#N with N one of "
                    f"{', '.join(str(row['record_no']) for row in rows)}.",
                    f"该主键的一行含 {len(rows)} 条记录；请写作 {form[1]}:主键#序号，"
                    f"序号为 {'、'.join(str(row['record_no']) for row in rows)} 之一。",
                )
            if rows:
                return Record(**rows[0])
    raise Problem(
        "there is no such record in the current snapshot; write it as source:record_key.",
        "当前快照中没有这条记录；请写作 来源:记录主键。",
    )


def find_resident(con: duckdb.DuckDBPyConnection, text: str) -> tuple[str, tuple[str, ...]]:
    """The resident that ``text`` (an id, an id that ended, or a record) means, and the ended ids that led there.

    An id that stands today means itself, whatever became of it in between. Raises Problem where nobody is meant.
    """
    text = text.strip()
    current, way = text, list[str]()
    while not _known(con, current):
        rows = ask(
            con,
            """select other_id from resident_change where resident_id = $id and change = 'merged' and other_id is not null
            order by version desc, other_id limit 1""",
            {"id": current},
        ).table.to_pylist()
        if not rows or current in way:
            break
        way.append(current)
        current = str(rows[0]["other_id"])
    if _known(con, current):
        return current, tuple(way)
    if way or ask(con, "select 1 from resident_change where resident_id = $id", {"id": text}).table.num_rows:
        return (way[0] if way else text), ()
    if ":" in text:
        record = find_record(con, text)
        found = ask(
            con,
            "select resident_id from resident_record where source = $source and record_key = $key and record_no = $no "
            "order by resident_id limit 1",
            {"source": record.source, "key": record.record_key, "no": record.record_no},
        ).table.to_pylist()
        return str(found[0]["resident_id"]), ()
    raise Problem(
        "there is no such resident or record in the current snapshot; ids are in resident.resident_id, records are "
        "written source:record_key.",
        "当前快照中没有这个居民或记录；编号见 resident.resident_id，记录写作 来源:记录主键。",
    )


def _known(con: duckdb.DuckDBPyConnection, resident_id: str) -> bool:
    return bool(
        ask(con, "select 1 from resident where resident_id = $id", {"id": resident_id}).table.num_rows
    )
