"""A published city with something to review: two records of one name, a borrowed number, links and their evidence."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from tiny_city import AS_OF, KEY, id_number, tiny, write

from schemas.derive import arrow_schema
from schemas.model import schema
from warehouse.publish import Facts, publish
from warehouse.workspace import Workspace

VERSION = "20241122T020000"
HOSTILE = '=HYPERLINK("http://x","<script>alert(\'x\')</script>")&\'"'
NUMBER = id_number(3)
ITEMS = ("q00000000000000a1", "q00000000000000b2", "q00000000000000c3")
USERS = """\
- {user: shenhe, role: operator, areas: [], purposes: [review]}
- {user: wangge, role: grid_worker, areas: ['210203'], purposes: [elderly_visit]}
- {user: jiu, role: operator, areas: [], purposes: [review], until: 2020-01-01}
"""


def record(source: str, key: str, resident: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "source": source, "edition_id": f"{source}-20241122-aaaaaaaaaa", "as_of": AS_OF, "file": "a.csv", "row_number": 2,
        "record_key": key, "record_no": 0, "resident_id": resident, "match_rule": "single", "match_probability": 1.0,
        "name": name, "name_key": name, **more,
    }  # fmt: skip


def item(number: str, rank: int, reason: str, left: str, right: str | None, **more: Any) -> dict[str, Any]:
    def side(name: str, key: str | None) -> dict[str, Any]:
        source, _, rest = (key or ":").partition(":")
        return {
            f"{name}_source": source or None,
            f"{name}_record_key": rest or None,
            f"{name}_record_no": 0 if key else None,
        }

    return {
        "item_id": number, "rank": rank, "reason": reason, "status": "waiting", **side("left", left), **side("right", right),
        "left_records": 1, "right_records": 1 if right else 0, "uncertainty": 0.5, "priority": 1.0,
        "suggestion": "different", **more,
    }  # fmt: skip


def tables() -> dict[str, list[dict[str, Any]]]:
    rows = tiny(4)
    rows["resident_record"] = [
        record("gongan", NUMBER, "r000000", "张秀英", id_number=NUMBER, id_stated=NUMBER, sex="2", birth_date=date(1943, 4, 4),
               birth_date_precision="day", phone="13812345678", phones="13812345678,041188889999", live_address="北京街道1号3单元501"),
        record("gaoling", "G1", "r000001", "张秀瑛", id_stated="2102031943******", sex="2", birth_date=date(1943, 1, 1),
               birth_date_precision="year", phone="041188889999", phones="041188889999", live_address="北京街1号501"),
        record("gaoling", "G2", "r000002", HOSTILE, id_number=NUMBER, id_stated=NUMBER, birth_date=date(1990, 5, 5),
               birth_date_precision="day", live_address="<img src=x onerror=alert(1)>", household_no="+1"),
        record("jiaoyu", "J1", "r000002", "张秀", sex="1"),
    ]  # fmt: skip
    rows["resident_value"] = [
        {"resident_id": "r000002", "field": "name", "value": HOSTILE, "source": "gaoling", "edition_id": "e", "record_key": "G2",
         "record_no": 0, "observed_at": AS_OF, "chosen": True, "reason": "only"},
    ]  # fmt: skip
    rows["resident_change"] = [
        {"resident_id": "r000000", "change": "minted", "version": VERSION, "reason": "首次出现"},
        {"resident_id": "r-old", "change": "merged", "other_id": "r-older", "version": "20241101T020000", "reason": "并入"},
        {"resident_id": "r-older", "change": "merged", "other_id": "r000000", "version": "20241102T020000", "reason": "并入"},
    ]  # fmt: skip
    levels = '[{"comparison":"name","label":"姓名","level":1,"words":"拼音相同<b>","weight":7.5},{"comparison":"birth","label":"出生日期","level":0,"words":"年份相同","weight":-1.25}]'
    link = {"left_source": "gaoling", "left_record_key": "G1", "left_record_no": 0, "left_resident_id": "r000001",
            "right_source": "gongan", "right_record_key": NUMBER, "right_record_no": 0, "right_resident_id": "r000000",
            "rule": "name_birth", "match_weight": 4.0, "match_probability": 0.94, "levels": levels, "veto": None, "used": False,
            "reason": "姓名读音相同"}  # fmt: skip
    inside = {**link, "left_record_key": "G2", "left_resident_id": "r000002", "right_source": "jiaoyu", "right_record_key": "J1",
              "right_resident_id": "r000002", "rule": "pinyin + birth", "match_weight": None, "match_probability": 1.0, "levels": None, "used": True}  # fmt: skip
    return rows | {
        "review_item": [
            item(ITEMS[0], 1, "grey_zone", "gaoling:G1", f"gongan:{NUMBER}", match_weight=4.0, match_probability=0.94,
                 left_resident_id="r000001", right_resident_id="r000000", suggestion="same", priority=2.0),
            item(ITEMS[1], 2, "id_conflict", "gaoling:G2", f"gongan:{NUMBER}", left_resident_id="r000002", right_resident_id="r000000"),
            item(ITEMS[2], 3, "id_conflict", "jiaoyu:J1", f"gongan:{NUMBER}", status="aside"),
        ],
        "review_record": [
            {"item_id": n, "side": side, "source": source, "record_key": key, "record_no": 0}
            for n, left in zip(ITEMS, (("gaoling", "G1"), ("gaoling", "G2"), ("jiaoyu", "J1")), strict=True)
            for side, (source, key) in (("left", left), ("right", ("gongan", NUMBER)))
        ],
        "resident_link": [link, inside],
    }  # fmt: skip


def publish_reviewed(
    workspace: Workspace, version: str = VERSION, rows: dict[str, list[dict[str, Any]]] | None = None
) -> Path:
    """Publish the city; returns the folder of its core tables."""
    rows = rows or tables()
    (workspace.root / "users.yaml").write_text(USERS, "utf-8")
    given = write(workspace.stages / version, rows)
    facts = Facts(content=version, as_of=AS_OF, city="大连市")
    done = publish(workspace, given, version=version, facts=facts, keys={"analyst": KEY}, memory="1GB")
    folder = workspace.published / done.version / "core"
    for name in ("review_item", "review_record", "resident_link"):
        if not (folder / f"{name}.parquet").is_file():
            table = pa.Table.from_pylist(rows[name], schema=arrow_schema(schema().tables[name]))
            pq.write_table(table, folder / f"{name}.parquet")
    return folder
