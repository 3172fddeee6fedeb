"""A tiny workspace with one or two sources, and the command line to drive it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result
from dagster import DagsterInstance

from pipelines.cli.app import app
from pipelines.new_workspace import make_workspace

PEOPLE = """\
source: police
title: 常住人口登记
agency: 某市公安局
feeds: [resident]
legal_basis: 户口登记条例
files: "CZRK_*.csv"
as_of: {pattern: "(\\\\d{8})"}
key: [人员编号]
columns:
  name: 姓名
  id_number: 身份证号
  sex: 性别
bounds: {rows: [1, 1000], drop: 0.2}
"""
HEADER = "人员编号,姓名,身份证号,性别"
# Specimens of GB 11643 from the standard and its commentaries, and numbers of abolished counties.
IDS = ["11010519491231002X", "440524188001010014", "370602195503120111", "370634197001010131"]


@dataclass
class City:
    """A workspace and its command line."""

    root: Path

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, ["-w", str(self.root), *arguments], env={"ONCEGRID_LANG": "en"})

    def sync(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        result = self.run("sync", "--json", *arguments)
        return result.exit_code, json.loads(result.stdout) if result.stdout.startswith("{") else {
            "error": result.stderr
        }

    def source(self, name: str, text: str) -> None:
        (self.root / "sources" / f"{name}.yaml").write_text(text, "utf-8")

    def drop(self, source: str, name: str, content: bytes | str) -> Path:
        """Put a file in the inbox that has lain there for an hour."""
        path = self.root / "inbox" / source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        long_ago = time.time() - 3600
        os.utime(path, (long_ago, long_ago))
        return path

    def people(self, day: int, rows: int = 10, *, first: int = 1, note: str = "") -> Path:
        """An export of ``rows`` people of 2024-11-``day``; the first four have id numbers."""
        lines = [HEADER]
        for n in range(first, first + rows):
            number = IDS[n - 1] if n <= len(IDS) else ""
            male = int(number[16]) % 2 if number else n % 2
            lines.append(f"R{n:04d},张{chr(0x4E00 + n)}{note},{number},{'男' if male else '女'}")
        return self.drop("police", f"CZRK_202411{day:02d}.csv", "\n".join(lines) + "\n")

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        con = duckdb.connect(os.path.realpath(self.root / "published" / "current-core"), read_only=True)
        try:
            return con.execute(sql).fetchall()
        finally:
            con.close()

    def row(self, summary: dict[str, Any], source: str = "police") -> dict[str, Any]:
        return next(r for r in summary["sources"] if r["source"] == source)


@pytest.fixture
def empty_city(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> City:
    """A workspace without a source. Dagster's own storage of runs and events, which costs more than a tiny night, is
    in memory, but in a module that says ``STORED_RUNS``."""
    make_workspace(tmp_path / "w", "测试市")
    if not getattr(request.module, "STORED_RUNS", False):
        monkeypatch.setattr("pipelines.instance.open_instance", lambda _: DagsterInstance.ephemeral())
    return City(tmp_path / "w")


@pytest.fixture
def city(empty_city: City) -> City:
    """One source of residents, not yet synced."""
    empty_city.source("police", PEOPLE)
    empty_city.people(1)
    return empty_city


Make = Callable[..., City]
