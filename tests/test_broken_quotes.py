"""connectors.text.broken_quotes: records whose quotes are broken."""

from __future__ import annotations

import csv
import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.text.broken_quotes import split_broken


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('a,"2,b,"c, d""",e', ["a", '"2', "b", 'c, d"', "e"]),
        ('1,"the pipe (5") in, the yard",3', ["1", 'the pipe (5") in, the yard', "3"]),
        ('1,"round 48"",x', ["1", 'round 48"', "x"]),
        ('1,x,"', ["1", "x", '"']),
        ('""abc, d",2', ['"abc, d', "2"]),
        ('1,"noise: "all night", it seems",3', ["1", 'noise: "all night", it seems', "3"]),
        ('"a""b",5" pipe', ['a"b', '5" pipe']),
    ],
)
def test_the_reading_with_the_fewest_faults(line: str, cells: list[str]) -> None:
    assert split_broken(line, ",", '"', len(cells)) == cells


def test_no_reading_of_the_width() -> None:
    assert split_broken('20,"王,女,x,y', ",", '"', 3) is None
    assert split_broken("a,b", ",", '"', 3) is None


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet='ab,"x ', max_size=6), min_size=1, max_size=7), st.booleans())
def test_what_is_well_formed_is_read_as_it_was_written(cells: list[str], every: bool) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL if every else csv.QUOTE_MINIMAL, lineterminator="").writerow(cells)
    strict = next(csv.reader([out.getvalue()], strict=True))
    found = split_broken(out.getvalue(), ",", '"', len(cells))
    # Another reading can have no fault either (``"","",","``); where the cells hold no sign there is one only.
    assert found is not None and len(found) == len(strict)
    if not any(s in c for c in cells for s in ',"'):
        assert found == strict


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='a," ', max_size=60), st.integers(0, 12))
def test_nothing_is_lost(line: str, width: int) -> None:
    cells = split_broken(line, ",", '"', width)
    if cells is not None:
        assert not width or len(cells) == width
        assert [c for c in "".join(cells) if c == "a"] == [c for c in line if c == "a"]


def test_the_work_is_bounded() -> None:
    for line in ('"' + "," * 100_000, ",".join(['"a"'] * 50_000), ",".join(['"a'] * 140)):
        began = time.process_time()
        split_broken(line, ",", '"', 70)
        assert time.process_time() - began < 1.0
