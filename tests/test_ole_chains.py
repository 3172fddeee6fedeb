"""connectors.workbooks.ole_chains: circles are seen wherever they are, and nothing else is taken for one."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.workbooks.ole_chains import MAGIC, loops
from tests.table_writers import xls

HEADER, ROWS = ["编号", "姓名"], [[str(n), f"张{n}"] for n in range(3_000)]
BOOK = xls(HEADER, ROWS)
SMALL = xls(HEADER, ROWS[:2])


def table(data: bytes) -> int:
    """Where the first sector of the allocation table starts."""
    return (int(struct.unpack_from("<I", data, 76)[0]) + 1) * 512


@pytest.mark.parametrize(
    "data", [BOOK, SMALL, BOOK[:5_000], MAGIC, b"", b"PK\x03\x04" + bytes(600), MAGIC + bytes(600)]
)
def test_what_has_no_circle(data: bytes) -> None:
    assert not loops(data)


@pytest.mark.parametrize("back", [0, 1, 10])
def test_a_stream_that_leads_back(back: int) -> None:
    data = bytearray(BOOK)
    struct.pack_into("<I", data, table(BOOK) + 4 * 10, back)
    assert loops(bytes(data))


def test_a_directory_that_leads_back() -> None:
    data = bytearray(BOOK)
    directory = struct.unpack_from("<I", data, 48)[0]
    struct.pack_into("<I", data, table(BOOK) + 4 * directory, directory)
    assert loops(bytes(data))


def test_a_list_of_tables_that_leads_back() -> None:
    data = bytearray(BOOK)
    struct.pack_into("<II", data, 68, 3, 1)  # sector 3 goes on the list, and its last number is itself
    struct.pack_into("<I", data, (3 + 1) * 512 + 508, 3)
    assert loops(bytes(data))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(SMALL) - 4), st.integers(0, (1 << 32) - 1) | st.integers(0, 64)),
        max_size=8,
    )
)
def test_it_ends_on_anything(changes: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL)
    for at, number in changes:
        struct.pack_into("<I", data, at, number)
    assert loops(bytes(data)) in (True, False)
