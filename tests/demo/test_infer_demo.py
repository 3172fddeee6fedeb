"""Drafts of the demo city's thirteen sources, held against the YAML that people wrote for them.

What counts. A **column** is a distinct header over all files of a source (of ``成员{n}姓名`` all numbers together, of
fixed width the bytes it covers). It is **right** if the draft maps it to exactly the fields that the hand-written YAML
maps it to: to none where that one ignores it or takes it as a key alone. It is **wrong** if the draft maps it to
another field, and wrong **with high confidence** if the draft says 0.8 or more (what is below calls for a look).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest

from connectors.drafting.draft import Draft, write_draft
from connectors.infer import drafted
from connectors.reading import read_tables
from pipelines.demo import make_demo
from pipelines.new_workspace import make_workspace
from pipelines.sync import sync
from schemas.headers import fold_header
from schemas.sources import Source, load_source
from warehouse.workspace import Workspace

HIGH = 0.8
SOURCES = (
    "canlian", "gongan_hukou", "gongan_liudong", "hotline_12345", "jiaoyu", "minzheng_dibao", "minzheng_gaoling", "renshe",
    "tongji_quhua", "wangge_qingdan", "weijian", "zhujian", "zongzhi_wangge",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column, the fields it truly feeds, and those that the draft lets it feed with their confidence."""

    source: str
    header: str
    truth: frozenset[str]
    drafted: dict[str, float]

    @property
    def right(self) -> bool:
        return self.truth == frozenset(self.drafted)

    @property
    def wrong_and_sure(self) -> bool:
        return any(field not in self.truth and sure >= HIGH for field, sure in self.drafted.items())


@dataclass(frozen=True)
class City:
    """The demo's inbox and the draft of each source."""

    root: Path
    drafts: dict[str, Draft]

    def inbox(self, source: str) -> list[Path]:
        return sorted((self.root / "inbox" / source).iterdir())


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    root = tmp_path_factory.mktemp("demo")
    make_demo(root, people=2000, seed=20241101)
    inbox = root / "inbox"
    return City(root, {source: drafted(sorted((inbox / source).iterdir()), source) for source in SOURCES})


def columns_of(source: Source, path: Path) -> list[list[str]]:
    """The headers of every table of a file, read as the source says."""
    report, _ = read_tables(path, source.layout, source.encoding, source.format)
    return [table.columns for table in report.tables]


def fed(source: Source, columns: list[str]) -> dict[str, set[str]]:
    """Column of a file → the fields it feeds."""
    found = source.resolve(columns).found
    made: dict[str, set[str]] = {column: set() for column in columns}
    mapped = list(source.columns.items())
    for kind in source.feeds:
        for number in source.record_numbers(kind):
            own = set(source.each_fields(kind, number))
            mapped += [(name, one) for name, one in source.mappings(kind, number).items() if name in own]
    for name, mapping in mapped:
        for header in mapping.headers:
            if header in found:
                made[found[header]].add(name)
    return made


def judged(city: City, name: str, folder: Path) -> Iterator[Column]:
    draft = city.drafts[name]
    (folder / f"{name}.yaml").write_text(write_draft(draft), "utf-8")
    mine = load_source(folder / f"{name}.yaml")
    truth = load_source(Path(str(files("pipelines.demo") / "sources" / f"{name}.yaml")))
    sure = {name: one.candidate.confidence for name, one in {**draft.columns, **draft.each}.items()}
    if truth.layout.widths and mine.layout.widths:
        # Columns are the same if they cover the same bytes, whatever they are called.
        names = {tuple(place): header for header, place in mine.layout.widths.items()}
        for header, place in truth.layout.widths.items():
            own = fed(mine, list(mine.layout.widths))[names[place]] if place in names else {"(cut elsewhere)"}
            wanted = fed(truth, list(truth.layout.widths))[header]
            yield Column(name, header, frozenset(wanted), {field: sure.get(field, 0.0) for field in own})
        return
    seen = set[str]()
    for path in city.inbox(name):
        for columns in columns_of(mine, path):
            right, own = fed(truth, columns), fed(mine, columns)
            for header in columns:
                folded = re.sub(r"\d+", "{n}", fold_header(header)) if draft.each else fold_header(header)
                if folded not in seen:
                    seen.add(folded)
                    yield Column(
                        name, header, frozenset(right[header]), {f: sure.get(f, 0.0) for f in own[header]}
                    )


def test_columns_are_mapped_to_the_right_fields(city: City, tmp_path: Path) -> None:
    columns = [column for name in SOURCES for column in judged(city, name, tmp_path)]
    missed = [(c.source, c.header, set(c.truth), c.drafted) for c in columns if not c.right]
    assert len(columns) >= 180
    assert not [(c.source, c.header, c.drafted) for c in columns if c.wrong_and_sure]
    assert len(missed) <= 0.05 * len(columns), missed


def test_fixed_width_is_cut_as_the_schools_cut_it(city: City) -> None:
    truth = load_source(Path(str(files("pipelines.demo") / "sources" / "jiaoyu.yaml"))).layout.widths
    assert truth and [(a, b) for _, a, b in city.drafts["jiaoyu"].widths] == [
        tuple(p) for p in truth.values()
    ]


def test_drafts_sync_without_edits(city: City, tmp_path: Path) -> None:
    make_workspace(tmp_path / "w", "大连市")
    workspace = Workspace(tmp_path / "w")
    (tmp_path / "w" / "inbox").rmdir()
    (tmp_path / "w" / "inbox").symlink_to(city.root / "inbox")
    for name, draft in city.drafts.items():
        (workspace.sources / f"{name}.yaml").write_text(write_draft(draft), "utf-8")
    summary = sync(workspace)
    good = {s["source"] for s in summary.sources if s["status"] == "ok" and s["rows_kept"]}
    assert good == set(SOURCES), [s for s in summary.sources if s["source"] not in good]


def test_keys_modes_and_parts(city: City) -> None:
    keys = {name: draft.key for name, draft in city.drafts.items()}
    assert keys["gongan_hukou"] == "RYNBID" and keys["weijian"] == "archive.no" and keys["canlian"] == "CJZH"
    assert {name for name, draft in city.drafts.items() if draft.delta} == {"hotline_12345"}
    assert city.drafts["zongzhi_wangge"].names.part and city.drafts["zhujian"].names.part
