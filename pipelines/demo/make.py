"""The order of making: places, people, then one agency after the other, then the truth.

Belongs here: ``make_demo`` and its report. Does not belong here: any of the steps.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import as_file
from pathlib import Path

from pipelines.demo.agencies import (
    civil_affairs,
    disabled_persons,
    grid_office,
    health,
    hotline,
    housing,
    police,
    schools,
    social_security,
    statistics_office,
)
from pipelines.demo.chance import Chance
from pipelines.demo.circumstances import make_people
from pipelines.demo.city import DATA, City, open_engine
from pipelines.demo.damage import Damage, read_damage
from pipelines.demo.hard import choose_doubles
from pipelines.demo.households import make_households, needed
from pipelines.demo.places import make_places
from pipelines.demo.settings import write_settings
from pipelines.demo.truth import Truth
from schemas.problem import Problem

SEED = 20241101
MOST_PEOPLE = 3_000_000

Export = Callable[[City, Damage, Truth], int]
EXPORTS: dict[str, Export] = {
    "tongji_quhua": statistics_office.tongji,
    "gongan_hukou": police.hukou,
    "gongan_liudong": police.liudong,
    "minzheng_gaoling": civil_affairs.gaoling,
    "minzheng_dibao": civil_affairs.dibao,
    "canlian": disabled_persons.canlian,
    "weijian": health.weijian,
    "renshe": social_security.renshe,
    "zhujian": housing.zhujian,
    "zongzhi_wangge": grid_office.rosters,
    "wangge_qingdan": grid_office.grids,
    "hotline_12345": hotline.hotline,
    "jiaoyu": schools.jiaoyu,
}


@dataclass
class DemoReport:
    """What was made: rows by source (for households: rows of the file), seconds by step."""

    people: int
    seed: int
    as_of: date
    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def total_seconds(self) -> float:
        return sum(self.seconds.values())


def make_demo(
    root: Path,
    people: int = 20_000,
    seed: int = SEED,
    as_of: date = date(2024, 11, 1),
    progress: Callable[[str, int], None] | None = None,
    hard: bool = False,
) -> DemoReport:
    """Write a city into the workspace folder ``root``: oncegrid.yaml, sources/, extracts/, inbox/ and truth/.

    The same arguments give the same tables, whatever the machine. ``progress`` is called with the name of each
    source and its rows. ``hard``: with people who are easily taken for each other and more damage to what tells
    them apart (hard.csv). Raises Problem when ``people`` is out of range or the inbox already holds files.
    """
    if not 100 <= people <= MOST_PEOPLE:
        raise Problem(
            f"the demo city has 100 to {MOST_PEOPLE:,} people, not {people:,}; choose a number in between.",
            f"演示城市的人数须在 100 至 {MOST_PEOPLE:,} 之间，给出的是 {people:,}；请改为此范围内的数。",
        )
    inbox = root / "inbox"
    if inbox.is_dir() and any(p.is_file() for p in inbox.rglob("*")):
        raise Problem(
            "the inbox already holds files; make the demo in a new folder.",
            "收件箱里已有文件；请在新的目录中生成演示城市。",
            file=str(inbox),
        )
    report = DemoReport(people, seed, as_of)
    scratch = Path(tempfile.mkdtemp(prefix=".demo-", dir=root))
    con = open_engine(scratch)
    try:
        city = City(con, Chance(seed), root, people, as_of, hard)
        clock = time.perf_counter()

        def lap(step: str) -> None:
            nonlocal clock
            now = time.perf_counter()
            report.seconds[step], clock = now - clock, now

        make_places(city, needed(people))
        make_households(city)
        if hard:
            choose_doubles(city)
        make_people(city)
        lap("city")
        damage = read_damage(city)
        truth = Truth(city, damage)
        for source, export in EXPORTS.items():
            report.rows[source] = export(city, damage, truth)
            lap(source)
            if progress is not None:
                progress(source, report.rows[source])
        truth.finish()
        lap("truth")
        _copy_declarations(root)
        write_settings(city)
        report.files = sum(p.is_file() for p in inbox.rglob("*"))
    finally:
        con.close()
        shutil.rmtree(scratch, ignore_errors=True)
    return report


def _copy_declarations(root: Path) -> None:
    """The source and extract YAML files of the demo."""
    for folder in ("sources", "extracts"):
        (root / folder).mkdir(exist_ok=True)
        with as_file(DATA.joinpath(folder)) as source:
            for path in sorted(source.glob("*.yaml")):
                shutil.copyfile(path, root / folder / path.name)
