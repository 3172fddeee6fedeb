"""Hostile files cost their own edition: refused with the reason, by the reader itself, in bounded work and memory.

What the files are: ``hostile.py``. How long each takes: ``benchmarks/hostile.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.child import Reader
from schemas.problem import Problem
from tests.hostile import CASES, HEADER, ROWS
from tests.table_writers import delimited

PARENT = 64 << 20  # bytes by which this process may grow over a file
CPU = 60.0  # seconds of processor time; the benchmark shows that all stay far below


def resident() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) << 10


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with Reader(memory=2 << 30, cpu=CPU, seconds=250) as one:
        yield one


@pytest.mark.parametrize("name", CASES)
def test_it_costs_no_more_than_its_edition(reader: Reader, tmp_path: Path, name: str) -> None:
    case = CASES[name]
    path = tmp_path / case.name
    path.write_bytes(case.make())
    before = resident()
    if case.words is None:
        report = reader.read_edition(path, tmp_path / "out", **case.options)
        assert report.rows_read == report.n_rows + sum(report.skip_counts().values()) + report.rejected()
    else:
        with pytest.raises(Problem) as caught:
            reader.read_edition(path, tmp_path / "out", **case.options)
        # No crash, no limit met: those are classes of their own.
        assert type(caught.value).__name__ in ("Problem", "NotReadableYet"), caught.value
        assert re.search(case.words, caught.value.en) and caught.value.zh and caught.value.file
        assert not (tmp_path / "out").exists()
    assert resident() - before < PARENT
    good = tmp_path / "good.csv"
    good.write_bytes(delimited(HEADER, ROWS))
    process = reader._process
    assert reader.read_edition(good, tmp_path / "good").n_rows == 2 and reader._process is process
    path.unlink()


def test_nothing_is_written_outside(reader: Reader, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "inside"
    folder.mkdir(parents=True)
    for name in ("zip, member ../../x.csv", "tar, member ../x.csv", "zip, link", "tar, link"):
        path = folder / "a.dat"
        path.write_bytes(CASES[name].make())
        with pytest.raises(Problem):
            reader.read_edition(path, folder / "out")
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")) == [
        "deep",
        "deep/inside",
        "deep/inside/a.dat",
    ]
