"""A demo city, read and normalized by the project's own stages, kept as Parquet so that linkage can run on it alone.

    python benchmarks/link.py data --seed 7 --records 1000000 --cache DIR [--hard]

A *set* is a folder with ``about.json`` and
``<kind>_core.parquet`` (typed records), the tables of the place stage (``resident_placed`` and others),
``text.parquet`` (the cells of the same resident records as written, for methods that start from the file) and
``truth.parquet`` (source, record_key, record_no, person_id, household_id). The set is made once: a second call finds it.
Does not belong here: linkage of any kind.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import duckdb

AS_OF = date(2024, 11, 1)
RECORDS_PER_PERSON = 64_667 / 20_000
"""Records of residents that a demo city has for each person, over all agencies."""
TUNING, HELD_OUT = (7, 11), (101, 202, 303)
"""Seeds that weights and thresholds may be chosen on, and those that only the final figures are measured on."""
KEY = "source, record_key, record_no"
"""The columns that name a record."""
TEXT = ("name", "id_number", "birth_date", "sex", "phone", "live_address", "hukou_address")


@dataclass(frozen=True)
class About:
    """What a set is: ``records`` are its resident records by key, ``persons`` the people they are of."""

    seed: int
    people: int
    hard: bool
    records: int
    persons: int
    seconds: float


@dataclass(frozen=True)
class LinkageSet:
    """A kept set: where it lies, and what it is."""

    folder: Path
    about: About

    def scan(self, table: str) -> str:
        """``table`` as a FROM item."""
        return f"read_parquet('{(self.folder / f'{table}.parquet').as_posix()}')"

    def has(self, table: str) -> bool:
        return (self.folder / f"{table}.parquet").is_file()


def people_for(records: int) -> int:
    """How many people a city needs to have about ``records`` resident records."""
    return round(records / RECORDS_PER_PERSON)


def set_of(cache: Path, seed: int, people: int, hard: bool = False) -> LinkageSet:
    """The set of this city below ``cache``; made first where it is not there."""
    folder = cache / f"seed{seed}-{people}{'-hard' if hard else ''}"
    if not (folder / "about.json").is_file():
        _make(folder, seed, people, hard)
    return open_set(folder)


def open_set(folder: Path) -> LinkageSet:
    """The set that lies in ``folder``."""
    return LinkageSet(folder, About(**json.loads((folder / "about.json").read_text("utf-8"))))


def _make(folder: Path, seed: int, people: int, hard: bool) -> None:
    began = time.perf_counter()
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    building = folder.with_name(f"{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    with tempfile.TemporaryDirectory(prefix="city-", dir=folder.parent) as scratch:
        root = Path(scratch) / "city"
        _city(root, seed, people, hard)
        _stages(root, building)
        records, persons = _truth(root / "truth", building)
    about = About(seed, people, hard, records, persons, round(time.perf_counter() - began, 1))
    (building / "about.json").write_text(json.dumps(asdict(about), indent=1), "utf-8")
    building.replace(folder)


def _city(root: Path, seed: int, people: int, hard: bool) -> None:
    from pipelines.demo import make_demo
    from pipelines.new_workspace import make_workspace

    make_workspace(root, city=None)
    if hard:
        make_demo(root, people=people, seed=seed, as_of=AS_OF, hard=True)
    else:
        make_demo(root, people=people, seed=seed, as_of=AS_OF)


def _stages(root: Path, out: Path) -> None:
    """Land, read, normalize every source, place the records; keep what linkage and the golden values start from."""
    from pipelines.night import Night
    from schemas.model import RECORD_KINDS
    from warehouse.lock import write_lock
    from warehouse.workspace import Workspace

    workspace = Workspace.open(root)
    with write_lock(workspace, "benchmark"), Night(workspace, as_of=AS_OF) as night:
        for source in night.sources:
            night.land(source)
            night.read(source)
            night.normalize(source)
        missing = {s.source for s in night.sources} - set(night.city.editions)
        if missing:
            raise RuntimeError(f"no edition is in use of {', '.join(sorted(missing))}")
        night.place()
        for kind in RECORD_KINDS:
            if scan := night.city.records(kind):
                _copy(night.store.con, f"select * from {scan}", out / f"{kind}_core.parquet")
        for name in night.city.stages["place"].counts:
            shutil.copyfile(night.city.stages["place"].path(name), out / f"{name}.parquet")
        agencies = {s.source: s.agency for s in night.sources}
        person_keys = [
            s.source for s in night.sources
            if "resident" in s.feeds and (s.key_names or "person") == "person" and s.key
        ]  # fmt: skip
    told = {"agencies": agencies, "person_keys": person_keys}
    (out / "sources.json").write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")


def _truth(truth: Path, out: Path) -> tuple[int, int]:
    """``truth.parquet`` and ``text.parquet``, for just the records that the stages kept; how many, of how many persons.

    A person who stands in two files of one source under one key is one record, and its text that of the later file.
    """
    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    core = f"read_parquet('{(out / 'resident_core.parquet').as_posix()}')"
    record, text, person = (
        f"read_parquet('{(truth / f'{n}.parquet').as_posix()}')" for n in ("record", "record_text", "person")
    )
    con.execute(f"""
        create table of as
        select {KEY}, min(person_id) as person_id, count(distinct person_id) as persons
        from {record} where expected = 'kept' and person_id is not null group by all""")
    con.execute(f"create table kept as select distinct {KEY} from {core}")
    unknown, twice = con.execute(f"""
        select count(*) filter (o.person_id is null), count(*) filter (o.persons > 1)
        from kept k left join of o using ({KEY})""").fetchall()[0]
    if unknown or twice:
        raise RuntimeError(
            f"the truth does not say of {unknown} records whose they are, and of {twice} says two"
        )
    _copy(
        con,
        f"""select {KEY}, person_id, household_id from of semi join kept using ({KEY})
        join {person} using (person_id) order by all""",
        out / "truth.parquet",
    )
    _copy(
        con,
        f"""select {KEY}, {", ".join(f"t.{name}" for name in TEXT)} from {text} t
        join {record} r using (source, file, row_number, record_no, record_key) semi join kept using ({KEY})
        where r.expected = 'kept' and t.sheet is not distinct from r.sheet
        qualify row_number() over (partition by {KEY} order by file desc, row_number desc) = 1 order by all""",
        out / "text.parquet",
    )
    counts = con.execute(
        f"select count(*), count(distinct person_id) from of semi join kept using ({KEY})"
    ).fetchall()[0]
    con.close()
    return int(counts[0]), int(counts[1])


def _copy(con: duckdb.DuckDBPyConnection, sql: str, path: Path) -> None:
    con.execute(
        f"copy ({sql}) to '{path.as_posix()}' (format parquet, compression zstd, row_group_size 50000)"
    )
