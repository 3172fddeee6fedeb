"""The reader, told nothing, on damaged files of the kinds of the Pollock benchmark (``tests/pollock``).

A spread of all kinds; ``benchmarks/pollock.py`` reads every file. The floors are what was reached when they were
written, less a little: a change that falls below one has made a kind of damage worse.
"""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path

import pytest

from tests.pollock import scoring, systems
from tests.pollock.catalogue import FULL, all_files, spread, weights
from tests.pollock.pollutions import Polluted, Told, encoded

SPREAD = 360
LIMIT = 10.0  # CPU seconds that a file of 20 kB may take on a loaded machine
# Kinds in which a row of one file can be read in several ways, so that no reader is always right.
FLOORS = {
    "row_less_sep": 9.6,
    "footnote": 9.95,
    "two_dialects": 9.9,
    "row_field_delimiter": 9.9,
}


@pytest.fixture(scope="module")
def every_file() -> list[Polluted]:
    return all_files()


@pytest.fixture(scope="module")
def scores(
    every_file: list[Polluted], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, tuple[float, float]]]:
    """By reader and file: the score by the convention of a user, and by that of the paper."""
    path = tmp_path_factory.mktemp("pollock") / "file.csv"
    result: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    for file in spread(every_file, SPREAD):
        path.write_bytes(file.data)
        began = time.process_time()
        loaded = {"ours": systems.read_ours(path)}
        assert time.process_time() - began < LIMIT, file.name
        loaded |= {"csv": systems.read_csv_module(file), "pandas": systems.read_pandas(file)}
        for name, table in loaded.items():
            result[name][file.name] = scoring.ours(file, table), scoring.paper(file, table)
    return result


def mean(
    scores: dict[str, tuple[float, float]], convention: int, weight: dict[str, float] | None = None
) -> float:
    told = {name: 1.0 if weight is None else weight[name] for name in scores}
    return sum(s[convention] * told[n] for n, s in scores.items()) / sum(told.values())


def test_there_are_enough_files_and_each_has_its_truth(every_file: list[Polluted]) -> None:
    assert len(every_file) >= FULL
    for file in spread(every_file, 120):
        assert file.header or file.told.header == 0
        assert all(len(row) >= 6 for row in file.rows)
        assert scoring.ours(file, scoring.Loaded(file.header, file.rows)) == 10.0


def test_a_reader_told_the_dialect_reads_what_is_not_damaged(every_file: list[Polluted]) -> None:
    # Else the comparison would be with readers that were told wrongly.
    for file in every_file:
        if file.kind in (
            "source",
            "no_header",
            "preamble",
            "header_levels",
            "field_delimiter_tab",
            "escape_backslash",
        ):
            assert scoring.ours(file, systems.read_csv_module(file)) == 10.0, file.name
            assert scoring.ours(file, systems.read_pandas(file)) == 10.0, file.name


def test_the_reader_always_returns(scores: dict[str, dict[str, tuple[float, float]]]) -> None:
    assert all(score > 0 for score, _ in scores["ours"].values())


def test_at_least_as_right_as_readers_told_the_dialect(
    every_file: list[Polluted], scores: dict[str, dict[str, tuple[float, float]]]
) -> None:
    """By the convention of a user and by the paper's, simple and weighted."""
    weight = weights(spread(every_file, SPREAD))
    for other in ("csv", "pandas"):
        for convention in (0, 1):
            for told in (None, weight):
                ours, others = (mean(scores[name], convention, told) for name in ("ours", other))
                assert ours >= others, (other, convention, told is None)
    assert mean(scores["ours"], 0, weight) >= 9.96 and mean(scores["ours"], 1, weight) >= 9.9


def test_every_kind_of_damage(
    every_file: list[Polluted], scores: dict[str, dict[str, tuple[float, float]]]
) -> None:
    kinds: dict[str, list[str]] = defaultdict(list)
    for file in spread(every_file, SPREAD):
        kinds[file.kind].append(file.name)
    for kind, names in kinds.items():
        reached = {r: sum(scores[r][n][0] for n in names) / len(names) for r in scores}
        assert reached["ours"] >= FLOORS.get(kind, 9.99), kind
        if kind != "footnote":  # only told readers know that English words below a table are no row
            assert reached["ours"] >= max(reached["csv"], reached["pandas"]) - 0.05, kind


def test_the_score_is_that_of_the_benchmark() -> None:
    file = Polluted(
        "f", "source", encoded("a,b\n1,2\n3,4\n", "utf-8"), Told(), ("a", "b"), (("1", "2"), ("3", "4"))
    )
    assert scoring.paper(file, scoring.Loaded(("A", "b"), (("1", "2"), ("3", "4")))) == 10.0
    assert scoring.ours(file, None) == 0.0
    # One of two records, three of four cells of rows, five of six in all; nothing false but an extra cell.
    loaded = scoring.Loaded(("a", "b"), (("1", "2"), ("3", "x")))
    assert scoring.ours(file, loaded) == pytest.approx(1 + 3 + 3 * 0.5 + 3 * 0.75)
    assert scoring.paper(file, loaded) == pytest.approx(1 + 3 + 3 * 0.5 + 3 * 5 / 6)
    # Cells in the wrong column count for the paper, not for a user.
    shifted = scoring.Loaded(("a", "b"), (("", "1", "2"), ("", "3", "4")))
    assert scoring.paper(file, shifted) > 8.0 > 4.5 > scoring.ours(file, shifted)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n", b"\r", b"\x00" * 50, b"\xff\xfe", b"\xef\xbb\xbf", b"a", b"a\n", b",", b'"', b'"\n"\n"', b"a,b\n1",
        b'"' * 4000, b'",' * 3000, b"'," * 3000, b",\n" * 3000, b"\r" * 4000, b"a," * 20_000, b'a,"' * 2000,
        b"\\" * 4000, b'\\"' * 2000, bytes(range(256)) * 16,
    ],
    ids=range(22),
)  # fmt: skip
def test_the_reader_returns_whatever_the_bytes(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    began = time.process_time()
    systems.read_ours(path)
    assert time.process_time() - began < LIMIT
