"""The SQL expression is HMAC-SHA256 as the standard library computes it."""

from __future__ import annotations

import hashlib
import hmac

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.problem import Problem
from warehouse.link.keyed_hash import hmac_sql, key_blocks, message_sql


@settings(max_examples=60, deadline=None)
@given(
    key=st.binary(min_size=16, max_size=100),
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
)
def test_equals_the_standard_library(key: bytes, text: str) -> None:
    sql = f"select {hmac_sql('$text', prefix='r', digits=64)}"
    got = duckdb.execute(sql, {**key_blocks(key), "text": text}).fetchall()[0][0]
    assert got == "r" + hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def test_parts_do_not_run_into_each_other() -> None:
    rows = duckdb.execute(
        f"select {message_sql(['a', 'b'])} from (values ('a', 'bc'), ('ab', 'c'), ('abc', null)) t(a, b)"
    ).fetchall()
    assert len(set(rows)) == 3


def test_a_short_key_is_refused() -> None:
    with pytest.raises(Problem, match="16"):
        key_blocks(b"short")
