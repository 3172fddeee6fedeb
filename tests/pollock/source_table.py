"""The clean tables that are polluted: synthetic registers, two in ASCII, one in Chinese.

Belongs here: the cells. Does not belong here: how they are written and spoiled (``pollutions.py``). Every value is
made up; numbers of persons have an area that does not exist.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

ROWS = 83


@dataclass(frozen=True)
class Table:
    """A header, rows of cells as long as it, and the positions (from 0) that a careful writer always quotes."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    quoted: frozenset[int]


def _pick(rng: random.Random, words: str) -> str:
    return rng.choice(words.split("|"))


def english(seed: int = 1) -> Table:
    """Sixteen columns of ASCII: dates, times, codes, amounts, and words with commas, quotes and apostrophes."""
    rng = random.Random(seed)
    header = (
        "VisitDate", "Time", "CaseNo", "Resident", "Sex", "Age", "IdNumber", "Phone", "Amount", "Street", "Address",
        "Description", "Link", "Officer", "Score", "Remarks",
    )  # fmt: skip
    rows = []
    for n in range(ROWS):
        family, given = (
            _pick(rng, "Chen|Li|O'Neil|Wang|Brown|Garcia|Zhou|D'Arcy"),
            _pick(rng, "Wei|Ann|Bo|Mary|Jo"),
        )
        street = _pick(rng, "North Gate Street|Harbour Road|Mill Lane|People's Avenue")
        rows.append(
            (
                f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/2025",
                f"{n // 4 % 24:02}:{n % 4 * 15:02}",
                f"{_pick(rng, 'QX|RB|ZN|HK')}-{rng.randint(1000, 9999)}",
                f"{family}, {given}" if n % 3 else f"{given} {family}",
                _pick(rng, "M|F"),
                str(rng.randint(1, 99)),
                f"9901{rng.randint(10**13, 10**14 - 1)}",
                f"555-{rng.randint(1000, 9999)}",
                f"${rng.randint(1, 9999)}.{rng.randint(0, 99):02}",
                street,
                f"No. {rng.randint(1, 300)}, {street}, Flat {rng.randint(1, 40)}",
                _pick(
                    rng,
                    "Asked about the new permit. Was told to come back with two photos, and did not mind.|"
                    'The pipe (5") in the yard is broken, neighbours\' cellar is wet.|'
                    "Wants to know when the library opens, closes and how to join|"
                    'Complains of noise: "all night long", it seems, from the depot.|'
                    "Lost card; needs a new one|"
                    "Follow-up visit, all in order, nothing to do",
                ),
                f"https://www.example.com/case/{rng.randint(10**5, 10**6 - 1)}.html",
                _pick(rng, "Ivy Stone|R. Mason|Officer 12|Tom Hale Jr."),
                f"{rng.randint(10, 99) / 10}",
                "" if n % 9 else _pick(rng, "urgent|see file|call back"),
            )
        )  # fmt: skip
    return Table("english", header, tuple(rows), frozenset({11, 12}))


def narrow(seed: int = 4) -> Table:
    """Nine columns of ASCII, the last of them empty throughout."""
    rng = random.Random(seed)
    header = ("DAY", "TIME", "Qty", "GoodsId", "Price", "Kind", "GoodsDescription", "Page", "Comments")
    rows = []
    for n in range(ROWS):
        size = rng.randint(5, 48)
        rows.append(
            (
                f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/2024",
                f"{n // 4 % 24:02}:{n % 4 * 15:02}",
                str(rng.randint(0, 30)),
                f"{_pick(rng, 'MG|RI|CC|BH')}-{rng.randint(1000, 9999)}",
                f"${rng.randint(1, 99)}.{rng.randint(1, 99)}",
                _pick(rng, f'Lamp, Oak|Kids\' Boots|Men\'s Wool Hat|Table, Round {size}"|Stove Kit|Towel - Large|Rug 3-in-1'),
                _pick(
                    rng,
                    "Warm, dry and light: made for a long day outside, in any weather.|It won't fade or shrink.|"
                    "A lamp for desk or bed|Keeps tea hot. Holds 5 cups, no more|"
                    "Soft wool, cut for all-day comfort, and so cosy you'll never want to take it off",
                ),
                f"https://www.example.com/goods/{rng.randint(1000, 9999)}.html",
                "",
            )
        )  # fmt: skip
    return Table("narrow", header, tuple(rows), frozenset({6, 7}))


def chinese(seed: int = 2) -> Table:
    """Eighteen columns of Chinese: names, codes, addresses, and words with commas of both widths and quotes."""
    rng = random.Random(seed)
    header = (
        "登记日期", "时间", "事项编号", "姓名", "性别", "年龄", "证件号码", "联系电话", "金额", "街道", "社区",
        "现住址", "事项描述", "链接", "经办人", "评分", "办理状态", "备注",
    )  # fmt: skip
    rows = []
    for n in range(ROWS):
        street = _pick(rng, "城关街道|东风路街道|和平街道|滨河新区")
        rows.append(
            (
                f"2025-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
                f"{n // 4 % 24:02}:{n % 4 * 15:02}",
                f"{_pick(rng, 'QX|RB|ZN|HK')}{rng.randint(100000, 999999)}",
                _pick(rng, "张|王|李|赵|陈|欧阳|买买提·") + _pick(rng, "伟|秀英|芳|建国|子涵|䶮"),
                _pick(rng, "男|女"),
                str(rng.randint(1, 99)),
                f"9901{rng.randint(10**13, 10**14 - 1)}",
                f"1990{rng.randint(10**6, 10**7 - 1)}",
                f"{rng.randint(1, 9999)}.{rng.randint(0, 99):02}",
                street,
                _pick(rng, "第一社区|幸福里社区|银杏苑社区"),
                f"{street}{rng.randint(1, 300)}号{rng.randint(1, 9)}栋,{rng.randint(1, 6)}单元{rng.randint(101, 1802)}室",
                _pick(
                    rng,
                    "咨询新办居住证，需补照片,改日再来|反映楼道堆放杂物、灯不亮|"
                    '称"深夜施工",影响休息,要求答复|申请临时救助；材料齐全|询问图书馆开放时间,已答复|水管(5")破裂,请尽快维修',
                ),
                f"https://www.example.cn/case/{rng.randint(10**5, 10**6 - 1)}.html",
                _pick(rng, "周敏|吴强|窗口3号|孙 丽"),
                f"{rng.randint(10, 99) / 10}",
                _pick(rng, "已办结|办理中|退回"),
                "" if n % 9 else _pick(rng, "加急|见附件|待回访"),
            )
        )  # fmt: skip
    return Table("chinese", header, tuple(rows), frozenset({12, 13}))
