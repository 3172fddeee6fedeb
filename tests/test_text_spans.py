"""connectors.records.text_spans: spans of a buffer as Arrow strings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.records.text_spans import (
    PAD,
    Odd,
    cell_strings,
    replaced,
    strings,
    tags,
    unescaped_cell,
    words,
)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a_x000D_b", "a\rb"), ("a_x005F_x000D_b", "a_x000D_b"), ("_x0041_", "A"), ("_x004", "_x004"), ("&amp;lt;&#x5F20;&#20255;", "&lt;张伟"),
        ("_xD83D__xDE00_", "😀"), ("_xD83D_", "\ufffd"), ("a\r\nb", "a\nb"), ("&#0;&#xD800;&nbsp;", "\ufffd\ufffd&nbsp;"), ("&lt;a&gt;&quot;&apos;", "<a>\"'"),
    ],
)  # fmt: skip
def test_entities_and_escapes(raw: str, text: str) -> None:
    assert unescaped_cell(raw) == text
    data = raw.encode() + PAD
    assert cell_strings(data, np.array([0]), np.array([len(raw.encode())])).to_pylist() == [text]


@settings(deadline=None)
@given(st.lists(st.text(max_size=30).filter(lambda t: "\ud800" not in t), max_size=20))
def test_spans_are_the_text_they_cover(texts: list[str]) -> None:
    parts = [t.encode("utf-8", "ignore") for t in texts]
    ends = np.cumsum([len(p) for p in parts], dtype=np.int64)
    starts = ends - np.array([len(p) for p in parts], np.int64)
    made = strings(b"".join(parts) + PAD, starts, ends)
    made.validate(full=True)
    assert made.to_pylist() == [p.decode() for p in parts]
    if texts:
        changed = replaced(made, np.array([0, len(parts) - 1]), lambda t: t + "!")
        expected = [p.decode() + ("!" if n in (0, len(parts) - 1) else "") for n, p in enumerate(parts)]
        assert changed.to_pylist() == expected


def test_words_and_tags() -> None:
    assert words(b"\1\2\3\4\5", "<u4").tolist() == [0x04030201, 0x05040302]
    opens, closes = tags(np.frombuffer(b"<a>x</a>", np.uint8))
    assert (opens.tolist(), closes.tolist()) == ([0, 4], [2, 7])
    for text in (b"<a>>", b"<<a>", b"><", b"<a"):
        with pytest.raises(Odd):
            tags(np.frombuffer(text, np.uint8))
