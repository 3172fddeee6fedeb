"""Names of persons: (raw, value, key, issue)."""

from __future__ import annotations

import unicodedata

from conftest import Cells
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GOLDEN: list[tuple[str | None, str | None, str | None, str | None]] = [
    # the anchors
    ("阿卜杜拉・买买提", "阿卜杜拉·买买提", "阿卜杜拉买买提", None),
    ("张　三", "张三", "张三", None),
    ("\ue863", "䶮", "䶮", None),
    ("张乾", "张乾", "张干", None),
    # separators
    ("阿卜杜拉·买买提", "阿卜杜拉·买买提", "阿卜杜拉买买提", None),
    ("阿卜杜拉･买买提", "阿卜杜拉·买买提", "阿卜杜拉买买提", None),
    ("阿卜杜拉•买买提", "阿卜杜拉·买买提", "阿卜杜拉买买提", None),
    ("阿卜杜拉.买买提", "阿卜杜拉·买买提", "阿卜杜拉买买提", None),
    ("阿卜杜拉．买买提", "阿卜杜拉·买买提", "阿卜杜拉买买提", None),
    ("阿卜杜拉 。 买买提", "阿卜杜拉·买买提", "阿卜杜拉买买提", None),
    ("阿卜杜拉●买买提", "阿卜杜拉·买买提", "阿卜杜拉买买提", None),
    ("阿卜杜拉－买买提", "阿卜杜拉·买买提", "阿卜杜拉买买提", None),
    ("古丽·买·提", "古丽·买·提", "古丽买提", None),
    # blanks and hidden characters
    (" 张三 ", "张三", "张三", None),
    ("张 三 丰", "张三丰", "张三丰", None),
    ("\u200b张三\ufeff", "张三", "张三", None),
    ("Mary  Smith", "Mary Smith", "marysmith", None),
    ("ＭＡＲＹ", "MARY", "mary", None),
    # legal characters stay; only the key is folded
    ("張偉", "張偉", "张伟", None),
    ("刘徵", "刘徵", "刘征", None),
    ("王昇", "王昇", "王升", None),
    ("肖战", "肖战", "萧战", None),
    ("付笛声", "付笛声", "傅笛声", None),
    ("闫妮", "闫妮", "阎妮", None),
    ("⻬白石", "齐白石", "齐白石", None),
    ("⼤山", "大山", "大山", None),
    ("李〇一", "李〇一", "李〇一", None),
    ("𠮷田", "𠮷田", "𠮷田", None),
    # notes
    ("张三（户主）", "张三", "张三", None),
    ("张三(已故)", "张三", "张三", None),
    ("张三（户主）（已故）", "张三", "张三", None),
    ("张三(曾用名张四)", "张三", "张三", None),
    ("张三 （女）", "张三", "张三", None),
    ("张三13800138000", "张三", "张三", None),
    ("张三 0411-88881234", "张三", "张三", None),
    ("李四,", "李四", "李四", None),
    ("·李四", "·李四", "李四", None),
    ("张三/李四", "张三", "张三", "name_several"),
    ("张三、李四", "张三", "张三", "name_several"),
    ("张三等", "张三", "张三", "name_several"),
    ("张三等5人", "张三", "张三", "name_several"),
    # no names
    (None, None, None, None),
    ("", None, None, None),
    ("无", None, None, "name_missing"),
    ("无名氏", None, None, "name_missing"),
    ("NULL", None, None, "name_missing"),
    ("#REF!", None, None, "cell_error"),
    ("张*", None, None, "name_masked"),
    ("张**", None, None, "name_masked"),
    ("张某某", None, None, "name_masked"),
    ("12345", None, None, "name_invalid"),
    ("370602199003120113", None, None, "name_invalid"),
    ("王某之子", "王某之子", "王某之子", "name_newborn"),
    ("王丽之女", "王丽之女", "王丽之女", "name_newborn"),
    ("王□", "王□", "王", "name_unreadable"),
    ("王?", "王?", "王", "name_unreadable"),
    ("张三\ufffd", "张三\ufffd", "张三", "name_unreadable"),
    ("张(上龙下天)", "张(上龙下天)", "张上龙下天", "name_unreadable"),
    ("[方方土]三", "[方方土]三", "方方土三", "name_unreadable"),
]


def test_golden(cells: Cells) -> None:
    read = cells("name", [raw for raw, *_ in GOLDEN])
    found = [
        (raw, one["value"], one["key"], one["issue"]) for (raw, *_), one in zip(GOLDEN, read, strict=True)
    ]
    assert found == GOLDEN


def test_what_stood_behind_the_name_is_kept(cells: Cells) -> None:
    read = cells("name", ["张三（户主）", "张三（户主）（已故）", "张三13800138000", "张三"])
    assert [one["note"] for one in read] == ["(户主)", "(户主)(已故)", "13800138000", None]


han = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.text(han, min_size=2, max_size=4).filter(lambda t: not set(t) & set("某等之无空暂")),
        min_size=1,
        max_size=40,
    )
)
def test_legal_characters_never_change(cells: Cells, names: list[str]) -> None:
    read = cells("name", [f" {name[0]} {name[1:]}\u3000" for name in names])
    assert [one["value"] for one in read if one["issue"] is None] == [
        name for name, one in zip(names, read, strict=True) if one["issue"] is None
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.text("张三李四·.(户主)（已故） 13等/*", max_size=12),
                min_size=1, max_size=40))  # fmt: skip
def test_any_text_is_read_and_a_value_reads_as_itself(cells: Cells, raws: list[str]) -> None:
    first = cells("name", raws)
    assert all(
        one["value"] is None or one["value"] == unicodedata.normalize("NFC", one["value"]) for one in first
    )
    assert all(one["value"] != "" and one["key"] != "" for one in first)
    clean = [one["value"] for one in first if one["value"] is not None and one["issue"] is None]
    assert [one["value"] for one in cells("name", clean)] == clean
