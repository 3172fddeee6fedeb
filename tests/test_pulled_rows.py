"""connectors.databases.pulled_rows: sorted, hashed, the same whatever the parts; hashes that tell rows apart."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.databases import pulled_rows
from connectors.databases.pulled_rows import Pour, Pulled, settle

Rows = Sequence[Sequence[Any]]


def poured(
    keys: list[str], parts: Sequence[Rows], order: Sequence[str] = (), cursor: tuple[str, str] | None = None
) -> tuple[Pulled, list[list[str | None]]]:
    with tempfile.TemporaryDirectory() as folder:
        pour = Pour(keys, Path(folder), order)
        for part in parts:
            pour.add(part)
        rough = pour.end()
        assert rough.rows == sum(map(len, parts))
        pulled = settle(rough, Path(folder), cursor)
        table = pq.read_table(pulled.path)
        assert table.num_rows == pulled.rows and not (Path(folder) / "rough").exists()
        return pulled, [list(row) for row in zip(*(c.to_pylist() for c in table.columns), strict=True)]


CELL = st.one_of(st.none(), st.text(st.sampled_from("a:1-é\0"), max_size=3))
ROWS = st.lists(st.tuples(CELL, CELL), max_size=12)


@settings(max_examples=40, deadline=None)
@given(ROWS, ROWS, st.integers(1, 12))
def test_a_hash_stands_for_rows_whatever_their_order_and_parts(one: Rows, other: Rows, size: int) -> None:
    parts = [one[i : i + size] for i in range(0, len(one), size)]
    first, rows = poured(["a", "b"], parts)
    second, _ = poured(["a", "b"], [list(reversed(one))])
    assert first.sha256 == second.sha256
    assert sorted(rows, key=str) == sorted(map(list, one), key=str)
    third, _ = poured(["a", "b"], [other])
    assert (first.sha256 == third.sha256) == (sorted(one, key=str) == sorted(other, key=str))


def test_names_are_in_the_hash_and_sizes_of_batches_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(str(i % 7), None if i % 3 else "x" * i) for i in range(500)]
    whole, _ = poured(["a", "b"], [rows])
    other, _ = poured(["a", "c"], [rows])
    assert whole.sha256 != other.sha256
    monkeypatch.setattr(pulled_rows, "_BATCH", 13)
    assert poured(["a", "b"], [rows])[0].sha256 == whole.sha256
    monkeypatch.setattr(pulled_rows, "_BYTES", 1)
    assert poured(["a", "b"], [rows])[0].sha256 == whole.sha256


def test_what_the_next_pull_begins_with_has_the_hash_of_the_tail() -> None:
    rows = [(9, "a"), (10, "c"), (10, "b"), (None, "z"), (2, "d")]
    pulled, landed = poured(["n", "x"], [rows], ["n"], ("n", "10"))
    assert [r[1] for r in landed] == ["z", "d", "a", "b", "c"]
    again, _ = poured(["n", "x"], [[(10, "b"), (10, "c"), (None, "z")]], ["n"], ("n", "10"))
    assert pulled.tail == again.sha256 == again.tail != pulled.sha256


def test_columns_of_one_name_and_none_at_all() -> None:
    pulled, rows = poured(["a", "A", "", "a"], [[(1, 2, 3, 4)]], ["a"])
    assert rows == [["1", "2", "3", "4"]] and pulled.rows == 1
    assert poured(["a"], [])[1] == [] and poured(["a"], [])[0].sha256 != poured(["b"], [])[0].sha256


def test_long_numbers_are_told_in_any_part() -> None:
    _, rows = poured(["a", "b"], [[("x", 1.0)], [("y", 2e15), (3e15, 4e15)]])
    assert rows == [
        ["3000000000000000", "4000000000000000", "0,1"], ["x", "1", None], ["y", "2000000000000000", "1"],
    ]  # fmt: skip
