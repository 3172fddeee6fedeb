"""connectors.tables.row_kinds: words of totals and notes, told by their first sign and in rows of one cell."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.tables import row_kinds
from connectors.tables.row_kinds import (
    LONG_TEXT,
    is_note,
    is_section,
    is_total,
    is_value,
    lone_kind,
    section_count,
    squeezed,
)

SIGNS = st.text(
    st.sampled_from("合计小总本页全市共所注备说明:：.1 (（[*※★第页审核人张伟xNote12，\u3000"), max_size=9
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("合计", "total"), ("本页小计（人）", "total"), (" 总 计 12", "total"), ("（共2101所）", "total"), ("共12人", "total"),
        ("总数：12户", "total"), ("注：无", "note"), ("※ 以上", "note"), ("(说明)：略", "note"), ("第3页", "note"), ("NOTES: x", "note"),
        ("填表人：李四", "note"), ("張伟", None), ("", None), ("合计划", None), ("共和街道", None), ("注册", None), ("10 Downing", None),
    ],
)  # fmt: skip
def test_a_row_of_one_cell(text: str, kind: str | None) -> None:
    assert lone_kind(text) == kind
    assert (is_total(["", text]), is_note([text, ""])) == (kind == "total", kind == "note")


@settings(deadline=None)
@given(SIGNS)
def test_the_first_sign_hides_nothing(text: str) -> None:
    """The patterns alone say the same."""
    word = squeezed(text)
    total = row_kinds._TOTAL.fullmatch(word) or row_kinds._ONLY_COUNT.fullmatch(word)
    note = row_kinds._NOTE.match(word) or row_kinds._LOOSE_NOTE.match(word)
    assert is_total([text]) == bool(total)
    assert is_note([text]) == bool(note)
    assert lone_kind(text) == ("total" if total else "note" if note else None)


def test_every_word_of_the_patterns_begins_with_a_sign_that_is_known() -> None:
    for pattern, starts in (
        (row_kinds._TOTAL, row_kinds._TOTAL_STARTS),
        (row_kinds._NOTE, row_kinds._NOTE_STARTS),
    ):
        words = re.findall(r"(?<![\\\[a-z{])[\u4e00-\u9fff][\u4e00-\u9fff]*", pattern.pattern)
        firsts = {w[0] for w in words}
        assert firsts - starts <= set("人户金"), firsts - starts


def test_a_long_text_is_no_heading_and_no_number() -> None:
    assert is_section(["北京市（82所）", ""]) and section_count("北京市 共82所") == 82
    assert not is_section(["北" * LONG_TEXT + "京市（82所）", ""]) and not is_section(["北京市（所）", ""])
    assert is_value("9" * (LONG_TEXT + 5)) and not is_value("x" * (LONG_TEXT * 2))
