"""The labelled cases (``cases/cases.csv``) linked amid a small city, and what came of each pair of records.

A row of the file is a record as an agency wrote it. Within a ``case``, records of one ``person`` are that person's and
records of others are not. A person with ``?`` may be left alone or put to that person, never to another: nothing in
the record decides it, so precision goes first. Every agency is a source of its own, read and normalized like any.
"""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path

from pipelines.demo import make_demo
from pipelines.new_workspace import make_workspace
from pipelines.night import Night
from warehouse.lock import write_lock
from warehouse.workspace import Workspace

CASES = Path(__file__).with_name("cases") / "cases.csv"
AS_OF = date(2024, 11, 1)
SEED, PEOPLE = 11, 1500
# The agencies of the city around; without an area tree no address would be placed.
AROUND = ("tongji_quhua", "gongan_hukou", "weijian", "zongzhi_wangge")
# What the key of a case agency's table stands for.
KEYS = {
    "police": "person", "health": "person", "grid": "person", "migrant": "person", "social": "account",
    "elder": "entitlement",
}  # fmt: skip
COLUMNS = {
    "name": "姓名", "sex": "性别", "birth_date": "出生日期", "id_number": "证件号码", "phone": "联系电话", "live_address": "居住地址",
    "former_name": "曾用名",
}  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """Two records of one case: whether they are one person (None: nothing decides it), and whether they were linked."""

    category: str
    case: str
    left: int
    right: int
    same: bool | None
    linked: bool

    @property
    def right_answer(self) -> bool:
        return self.same is None or self.same == self.linked


def read_cases() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def link_cases(root: Path) -> list[Pair]:
    """Make a small city in ``root`` with the cases as further sources, link it; the pairs within each case."""
    rows = read_cases()
    make_workspace(root, city=None)
    make_demo(root, people=PEOPLE, seed=SEED, as_of=AS_OF)
    for path in (root / "sources").glob("*.yaml"):
        if path.stem not in AROUND:
            path.unlink()
    for agency, names in KEYS.items():
        _source(root, agency, names, [(n, row) for n, row in enumerate(rows) if row["agency"] == agency])
    workspace = Workspace.open(root)
    with write_lock(workspace, "test"), Night(workspace, as_of=AS_OF) as night:
        for source in night.sources:
            night.land(source)
            night.read(source)
            night.normalize(source)
        used = set(night.city.editions)
        assert used == {*AROUND, *(f"case_{agency}" for agency in KEYS)}, used
        night.place()
        night.link()
        residents = dict(night.store.rows(f"""
            select record_key, resident_id from {night.city.stages["link"].scan("assignment")}
            where starts_with(source, 'case_')"""))  # fmt: skip
    assert len(residents) == len(rows)
    return _pairs(rows, [residents[_key(n)] for n in range(len(rows))])


def _key(n: int) -> str:
    return f"K{n:04d}"


def _source(root: Path, agency: str, key_names: str, rows: list[tuple[int, dict[str, str]]]) -> None:
    inbox = root / "inbox" / f"case_{agency}"
    inbox.mkdir(parents=True)
    path = inbox / f"{agency}_20241101.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["编号", *COLUMNS.values()])
        writer.writerows([_key(n), *(row[field] for field in COLUMNS)] for n, row in rows)
    os.utime(path, (0, 0))  # a file just written is taken for one still being written
    columns = "\n".join(f"  {field}: {header}" for field, header in COLUMNS.items())
    (root / "sources" / f"case_{agency}.yaml").write_text(
        f"source: case_{agency}\ntitle: 案例 {agency}\nagency: 案例{agency}\nfeeds: [resident]\nlegal_basis: 测试\n"
        f'files: "{agency}_*.csv"\nformat: delimited\nas_of: {{pattern: "(\\\\d{{8}})"}}\nkey: [编号]\nkey_names: {key_names}\n'
        f"columns:\n{columns}\n",
        "utf-8",
    )


def _pairs(rows: list[dict[str, str]], residents: list[str]) -> list[Pair]:
    of_case: dict[str, list[int]] = defaultdict(list)
    for n, row in enumerate(rows):
        of_case[row["case"]].append(n)
    pairs = []
    for case, members in of_case.items():
        for a, b in combinations(members, 2):
            left, right = rows[a]["person"], rows[b]["person"]
            same: bool | None = left.rstrip("?") == right.rstrip("?")
            if same and left + right != (left + right).replace("?", ""):
                same = None
            pairs.append(Pair(rows[a]["category"], case, a, b, same, residents[a] == residents[b]))
    return pairs
