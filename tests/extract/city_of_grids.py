"""A published core file of a few tables, made directly and fast, and extracts and users over it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

from schemas.derive import ddl
from schemas.model import schema
from schemas.settings import Settings, User
from warehouse.workspace import Workspace

VERSION = "20241122T020000"
PEOPLE = "resident"


def served(workspace: Workspace, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Serve a core file with these rows (other columns empty)."""
    database = workspace.published / f"core-{VERSION}.duckdb"
    database.unlink(missing_ok=True)
    shutil.rmtree(workspace.published / VERSION, ignore_errors=True)
    (workspace.published / VERSION / "core").mkdir(parents=True)
    con = duckdb.connect(str(database))
    snapshot = {
        "version": VERSION,
        "audience": "core",
        "as_of": date(2024, 11, 22),
        "published_at": datetime(2024, 11, 22, 2),
    }
    for name, rows in {"grid": [], **tables, "snapshot": [snapshot]}.items():
        table = schema().tables[name]
        loose = table.model_copy(
            update={"columns": tuple(c.model_copy(update={"nullable": True}) for c in table.columns)}
        )
        con.execute(ddl(loose)[0])
        for row in rows:
            columns = ", ".join(f'"{c}"' for c in row)
            con.execute(
                f'insert into "{name}" ({columns}) values ({", ".join("?" for _ in row)})', list(row.values())
            )
    con.close()
    link = workspace.published / "current-core"
    link.unlink(missing_ok=True)
    link.symlink_to(database.name)


def extract_yaml(workspace: Workspace, name: str = "people", **changed: Any) -> None:
    """Write an extract of residents; ``changed`` replaces parts of it."""
    told: dict[str, Any] = {
        "id": name, "title": "居民清单", "grain": "resident", "purpose": ["visit"], "roles": ["grid_worker"],
        "scope": "grid", "from": PEOPLE, "columns": [{"name": "resident_id"}, {"name": "name"}],
        "order": ["building", "unit", "room"], "limits": {"rows": 1000, "per_day": 1000},
    } | changed  # fmt: skip
    workspace.extracts.mkdir(exist_ok=True)
    (workspace.extracts / f"{name}.yaml").write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")


def settings_of(*users: User | Mapping[str, Any]) -> Settings:
    everyone = tuple(u if isinstance(u, User) else worker(**u) for u in users)
    return Settings(city="大连市", users=everyone)


def worker(user: str = "zhang", **told: Any) -> User:
    return User(
        **{"user": user, "role": "grid_worker", "areas": ("210203001001",), "purposes": ("visit",)} | told
    )


def sheet_rows(path: Path) -> list[list[str | None]]:
    """Header and rows of a released sheet, as openpyxl reads them; every cell must be text."""
    import openpyxl

    sheet = openpyxl.load_workbook(path)["数据"]
    for row in sheet.iter_rows():
        for cell in row:
            assert cell.data_type == "s" or cell.value is None, (cell.coordinate, cell.data_type)
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
