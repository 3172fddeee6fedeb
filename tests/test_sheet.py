"""connectors.workbooks.sheet: pieces as the rectangle from A1 to the last cell, in Python and by column."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.tables.block import blocks_of
from connectors.workbooks import sheet as module
from connectors.workbooks.sheet import Collector, Content, Piece, Sheet, letters
from schemas.problem import Problem


def piece(rows: dict[int, list[str]]) -> Piece:
    width = max((len(r) for r in rows.values()), default=0)
    columns = [pa.array([(r + [""] * width)[at] for r in rows.values()], pa.string()) for at in range(width)]
    return Piece(np.array(list(rows), np.int64), columns)


def sheet(*pieces: Piece) -> Sheet:
    return Sheet("表", False, lambda: Content(list(pieces)), "a.xlsx")


def test_gaps_are_empty_rows_and_what_is_empty_at_the_end_is_none() -> None:
    made = sheet(piece({2: ["a"], 4: ["", "b"]}), piece({7: ["c"], 8: [""], 9: ["", ""]}), piece({12: [""]}))
    assert list(made.rows()) == [
        (1, ["", ""]), (2, ["a", ""]), (3, ["", ""]), (4, ["", "b"]), (5, ["", ""]), (6, ["", ""]), (7, ["c", ""]),
    ]  # fmt: skip
    assert list(sheet().rows()) == [] and list(sheet(piece({3: [""]})).rows()) == []


ROWS = st.dictionaries(
    st.integers(1, 9_000), st.lists(st.sampled_from(["", "a", "张"]), max_size=4), max_size=12
).map(lambda d: dict(sorted(d.items())))


@settings(max_examples=60, deadline=None)
@given(ROWS, st.lists(st.integers(0, 9_000), max_size=3), st.integers(0, 5))
def test_rows_and_blocks_are_the_same_table(rows: dict[int, list[str]], cuts: list[int], width: int) -> None:
    bounds = [0, *sorted(cuts), 9_001]
    parts = [{n: r for n, r in rows.items() if a < n <= b} for a, b in pairwise(bounds)]
    made = sheet(*(piece(p) for p in parts))
    found = list(made.rows())
    assert {n: list(r) for n, r in found if any(r)} == {
        n: (r + [""] * made.content.width)[: made.content.width] for n, r in rows.items() if any(r)
    }
    assert [n for n, _ in found] == list(range(1, max((n for n, r in rows.items() if any(r)), default=0) + 1))
    for wanted in {width, made.content.width}:
        by_block = {}
        for block in made.blocks(wanted):
            assert all(len(c) == len(block.numbers) and c.null_count == 0 for c in block.columns)
            by_block.update(
                zip(
                    block.numbers.tolist(),
                    zip(*(c.to_pylist() for c in block.columns), strict=True),
                    strict=True,
                )
            )
            by_block.update({n: tuple(c) for n, c in block.odd.items()})
        if wanted:
            assert by_block == {n: tuple(r) for n, r in found}
    assert sum(len(b.numbers) + len(b.odd) for b in blocks_of(found, 2)) == len(found)


def test_the_cap_of_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Problem, match=r"too far apart \(row 1000000, column 61\)") as caught:
        list(sheet(piece({1_000_000: [""] * 60 + ["x"]})).rows())
    assert caught.value.sheet == "表" and caught.value.file == "a.xlsx"
    monkeypatch.setattr(module, "CELLS", 100)
    rows = Collector("a.xls", None)
    rows.add(20, ["x"] * 5)
    with pytest.raises(Problem, match="too far apart"):
        rows.add(21, ["x"])


def test_a_sheet_is_loaded_once_until_it_is_released() -> None:
    loads = []

    def load() -> Content:
        loads.append(1)
        return Content([piece({1: ["a"]})])

    made = Sheet("表", False, load, "a.xlsx")
    assert list(made.rows()) == list(made.rows()) == [(1, ["a"])] and len(loads) == 1
    made.release()
    assert made.merges == () and len(loads) == 2


def test_collected_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE_ROWS", 1)
    rows = Collector("a.xls", "表")
    for number in range(1, 101):
        rows.add(number, [str(number)] * (number % 3))
    rows.hidden.add(2)
    rows.hidden.add(5_000)
    rows.long[4] = [0]
    made = Sheet("表", False, lambda: Content(rows.done()), "a.xls")
    assert list(made.rows()) == [(n, ([str(n)] * (n % 3) + ["", ""])[:2]) for n in range(1, 101)]
    assert made.hidden_rows == {2} and made.long == {4: [0]}


def test_letters() -> None:
    assert [letters(n) for n in (0, 25, 26, 701, 702, 16383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
