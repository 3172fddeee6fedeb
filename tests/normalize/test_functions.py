"""The named SQL functions against Python's own."""

from __future__ import annotations

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.normalize.functions import name_functions

FULL = {chr(c): chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F)}
CON = duckdb.connect()
name_functions(CON)


def _half(text: str | None) -> str | None:
    found: str | None = CON.execute("select og_half(x) from (select ?::varchar as x)", [text]).fetchall()[0][
        0
    ]
    return found


def test_every_full_width_sign_is_folded() -> None:
    for sign, half in FULL.items():
        assert _half(sign) == half
        assert _half(f"５号{sign}、2") == f"5号{half}、2"
    assert _half(None) is None


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("０１９（），：－；Ａｚ～！＇a5号 、。￥　")))
def test_folding_is_that_of_a_translation_table(text: str) -> None:
    assert _half(text) == text.translate({ord(sign): half for sign, half in FULL.items()})
    assert _half(_half(text)) == _half(text)
