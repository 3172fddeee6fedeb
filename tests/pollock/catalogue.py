"""Which damaged files there are, and how much each weighs.

Weights are how often the survey of the Pollock benchmark met a kind in public files; kinds that it did not look for
weigh one. Does not belong here: how a file is damaged (``pollutions.py``).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from tests.pollock.pollutions import Maker, Polluted, Told
from tests.pollock.source_table import Table, chinese, english, narrow

# Files with this pollution among those surveyed.
SURVEYED = {
    "source": 1, "no_payload": 15, "no_trailing_newline": 184, "double_trailing_newline": 5, "no_header": 470,
    "header_multirow": 94, "preamble": 282, "multitable": 188, "header_only": 3, "one_data_row": 4,
    "record_delimiter_cr": 7, "record_delimiter_lf": 1691, "field_delimiter_tab": 4,
    "field_delimiter_semicolon": 834, "field_delimiter_space": 4, "field_delimiter_comma_space": 101,
    "quotation_apostrophe": 11, "escape_backslash": 1, "escape_none": 7, "row_less_sep": 260, "row_more_sep": 260,
    "row_extra_quote": 8, "row_field_delimiter": 13,
}  # fmt: skip
FULL = 2600


def traditional() -> Table:
    """The Chinese table as Big5 can hold it."""
    table = chinese(3)
    change = str.maketrans(
        "登记时间编号证码联系电话额区现描链经办评状态备张陈欧阳买号栋单咨询证补来应该楼响复临济齐问图书馆开当为维关东风滨边银苏强丽办结进见访称业灯类里",
        "登記時間編號證碼聯繫電話額區現描鏈經辦評狀態備張陳歐陽買號棟單諮詢證補來應該樓響復臨濟齊問圖書館開當為維關東風濱邊銀蘇強麗辦結進見訪稱業燈類里",
    )

    def turned(text: str) -> str:
        return "".join(c for c in text.translate(change) if _big5(c))

    rows = tuple(tuple(turned(c) for c in r) for r in table.rows)
    return replace(table, name="traditional", header=tuple(turned(h) for h in table.header), rows=rows)


def _big5(char: str) -> bool:
    try:
        char.encode("cp950")
    except UnicodeEncodeError:
        return False
    return True


BASES = (
    Told(), Told(newline="\n"), Told(";", newline="\n"), Told("\t"), Told("|", newline="\n"),
)  # fmt: skip


def all_files(seed: int = 20) -> list[Polluted]:
    """At least ``FULL`` files: every kind for both tables, the damage of single rows in the place-by-place spread
    that makes up the number."""
    rng = random.Random(seed)
    made: list[Polluted] = []
    for table in (english(), chinese(), narrow()):
        maker = Maker(table, Told(), rng)
        made += maker.files()
        made += maker.encodings()
        made += Maker(table, Told(), rng).rows(0.16)
        for n, base in enumerate(BASES[1:]):
            told = replace(base, encoding="gb18030" if table.name == "chinese" and n % 2 else "utf-8")
            made += [replace(f, name=f"{n}_{f.name}") for f in Maker(table, told, rng).rows(0.025)]
            made += [
                replace(f, name=f"{n}_{f.name}")
                for f in Maker(table, told, rng).files()
                if f.kind
                in ("no_header", "preamble", "multitable", "header_multirow", "footnote", "repeated_header")
            ]
    for sign in (",", "\t", "|"):
        told = Told(sign, encoding="cp950")
        made.append(Maker(traditional(), told, rng).whole(f"big5_{ord(sign):x}", "encoding"))
    names = [f.name for f in made]
    if len(names) != len(set(names)):
        raise AssertionError("two files have one name")
    return made


def spread(files: Sequence[Polluted], number: int, seed: int = 5) -> list[Polluted]:
    """About ``number`` of the files: all of the rare kinds, and as many of each other one as that leaves room for."""
    rng = random.Random(seed)
    kinds: dict[str, list[Polluted]] = {}
    for file in files:
        kinds.setdefault(file.kind, []).append(file)
    taken: list[Polluted] = []
    groups = sorted(kinds.values(), key=len)
    for n, group in enumerate(groups):
        room = max(1, (number - len(taken)) // (len(groups) - n))
        taken += rng.sample(group, min(room, len(group)))
    return taken


def weights(files: Sequence[Polluted]) -> dict[str, float]:
    """The weight of each file by name: that of its kind, shared by the kind's files."""
    count: dict[str, int] = {}
    for file in files:
        count[file.kind] = count.get(file.kind, 0) + 1
    return {f.name: SURVEYED.get(f.kind, 1) / count[f.kind] for f in files}
