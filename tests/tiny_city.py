"""A tiny city for the tests of publishing, the gateway and extracts: every published table, through its declaration.

All of it is invented; the identity numbers have the right check digit, so that a search for such numbers finds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.derive import arrow_schema
from schemas.model import schema
from warehouse.publish import Facts, Published, publish
from warehouse.publish.meta import META_TABLES
from warehouse.workspace import Workspace

KEY = b"tests only, not a secret 32 bytes"
AS_OF = date(2024, 11, 22)
NAMES = ["张伟", "王芳", "李娜", "刘洋", "陈静", "杨磊", "赵敏", "黄强"]
SECRET_PHONE = "13912345678"
Tables = dict[str, list[dict[str, Any]]]


def id_number(n: int) -> str:
    """The n-th invented identity number (GB 11643 check digit)."""
    head = f"210203{1940 + n % 70}{1 + n % 12:02d}{1 + n % 28:02d}{n % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return head + "10X98765432"[sum(int(d) * w for d, w in zip(head, weights, strict=True)) % 11]


def tiny(people: int = 40) -> Tables:
    """Rows by table; tables that are not named are empty."""
    residents, records, values, households, dwellings, events, benefits = [], [], [], [], [], [], []
    for n in range(people):
        street, community = f"21020300{1 + n % 2}", f"21020300{1 + n % 2}00{1 + n % 3}"
        place = {
            "county_code": "210203", "street_code": street, "community_code": community,
            "grid_code": f"{community}00{1 + n % 2}",
        }  # fmt: skip
        number, dwelling, household = id_number(n), f"d{n // 2:04d}", f"h{n // 2:04d}"
        residents.append(
            {
                "resident_id": f"r{n:06d}", "name": NAMES[n % len(NAMES)], "id_type": "111", "id_number": number,
                "sex": str(1 + n % 2), "birth_date": date(int(number[6:10]), int(number[10:12]), int(number[12:14])),
                "phone": f"138{n:08d}", "live_address": f"北京街道{n}号{n}室", "estate": "阳光小区", "building": "3",
                "room": str(n), "dwelling_id": dwelling, "household_id": household, "household_no": f"HH{n}",
                "status": "active", "sources": "gongan", "first_seen": AS_OF, "last_seen": AS_OF, **place,
            }
        )  # fmt: skip
        record = {
            "source": "gongan", "edition_id": "gongan-20241122-aaaaaaaaaa", "as_of": AS_OF, "file": "张伟.csv",
            "row_number": n + 2, "record_key": number, "record_no": 0, "resident_id": f"r{n:06d}",
        }  # fmt: skip
        records.append(
            {**record, "match_rule": "id_number", "name": NAMES[n % len(NAMES)], "id_number": number}
        )
        values.append(
            {
                **{k: record[k] for k in ("source", "edition_id", "record_key", "record_no", "resident_id")},
                "field": "name", "value": NAMES[n % len(NAMES)], "observed_at": AS_OF, "chosen": True,
            }
        )  # fmt: skip
        events.append(
            {
                **{k: record[k] for k in ("source", "edition_id", "record_no", "resident_id")},
                "record_key": f"E{n}", "event_no": f"GD{n}", "content": f"{NAMES[0]}反映噪音",
                "category": f"噪音 {SECRET_PHONE} 来电，{number} 本人", "address": "某路1号", "dwelling_id": dwelling,
                "reported_at": datetime(2024, 11, 1, 8, n % 60), **place,
            }
        )  # fmt: skip
        benefits.append(
            {
                **{k: record[k] for k in ("source", "edition_id", "record_key", "record_no", "resident_id")},
                "program": "低保",
            }
        )
        if n % 2 == 0:
            households.append(
                {
                    "household_id": household,
                    "household_type": "family",
                    "household_no": f"HH{n}",
                    "head_resident_id": f"r{n:06d}",
                    "members": 2,
                    "dwelling_id": dwelling,
                    **place,
                }
            )
            dwellings.append(
                {
                    "dwelling_id": dwelling,
                    "estate": "阳光小区",
                    "building": "3",
                    "room": str(n),
                    "owner_resident_id": f"r{n:06d}",
                    **place,
                }
            )
    edition = {"source": "gongan", "edition_id": "gongan-20241122-aaaaaaaaaa", "file": "张伟.csv", "as_of": AS_OF, "status": "kept", "rows_read": people, "rows_kept": people, "rows_skipped": 0, "rows_rejected": 0}  # fmt: skip
    grids = [
        {
            "grid_code": code,
            "grid_type": "comprehensive",
            "name": f"王芳 {SECRET_PHONE}网格",
            "community_code": code[:12],
            "grid_worker": "王芳",
            "worker_phone": SECRET_PHONE,
        }
        for code in sorted({r["grid_code"] for r in residents})
    ]
    return {
        "resident": residents, "resident_record": records, "resident_value": values, "household": households,
        "dwelling": dwellings, "event": events, "benefit": benefits, "edition": [edition], "grid": grids,
        "resident_change": [{"resident_id": "r000001", "change": "minted", "version": "20241122T020000"}],
        "issue": [{"source": "gongan", "edition_id": "gongan-20241122-aaaaaaaaaa", "file": "张伟.csv", "sheet": "张伟", "row_number": 2, "field": "phone", "code": "phone_invalid", "severity": "warning", "value_masked": "139****"}],
    }  # fmt: skip


def write(folder: Path, tables: Mapping[str, list[dict[str, Any]]]) -> dict[str, str | Path]:
    """Parquet files of every table to publish, as the stages leave them (sorted by order and key)."""
    folder.mkdir(parents=True, exist_ok=True)
    given: dict[str, str | Path] = {}
    for table in schema().tables.values():
        if not table.audiences or table.name in META_TABLES:
            continue
        by = [*table.order, *table.key]
        rows = sorted(
            tables.get(table.name, []), key=lambda row: [str(row.get(name) or "\uffff") for name in by]
        )
        path = folder / f"{table.name}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, schema=arrow_schema(table)), path)
        given[table.name] = path
    return given


def workspace_in(root: Path) -> Workspace:
    (root / "oncegrid.yaml").write_text("city: 大连市\n", "utf-8")
    workspace = Workspace.open(root)
    workspace.make()
    return workspace


def publish_tiny(
    workspace: Workspace, version: str, content: str, people: int = 40, **more: Any
) -> Published:
    given = write(workspace.stages / content, tiny(people))
    facts = Facts(content=content, as_of=AS_OF, city="大连市", sources=more.pop("sources", ()))
    return publish(
        workspace, given, version=version, facts=facts, keys={"analyst": KEY}, memory="1GB", **more
    )
