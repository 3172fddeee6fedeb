"""What the values of a column look like: the evidence by which a header's meaning is judged.

Belongs here: shapes of values and how well a column's values fit a canonical field.
Does not belong here: headers (``candidates.py``), correcting or typing values (``warehouse/normalize``).

A profile never keeps a personal value beyond the run: what is shown of a column are shares, and values of codes.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from connectors.tables.row_kinds import INVISIBLE
from schemas.model import Field, schema

_HAN = r"[\u3400-\u9fff\U00020000-\U0003ffff]"
_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖"
    "邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳"
    "齐梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边初"
)
_NAME = re.compile(rf"{_HAN}{{2,4}}|{_HAN}{{2,10}}(?:[·・•.．]{_HAN}{{1,10}})+|{_HAN}[*＊xX某]{{1,3}}")
_ID = re.compile(r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]")
_ID15 = re.compile(r"[1-9]\d{5}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}")
_ID_LIKE = re.compile(
    r"\d{4,6}\*{6,14}[\dXx]{0,4}|\d\.\d+[eE]\+1[67]|[1-9]\d{16,17}[\dXx]?|\d{6}(?:19|20)\d{6}\d{0,4}[\dXx]?"
)
_PHONE = re.compile(
    r"(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}|(?:0\d{2,3}[- ]?)?[2-8]\d{6,7}(?:(?:转|-)\d{1,5})?|1[3-9]\d\*{4}\d{4}"
)
_DATE = re.compile(
    r"(?:18|19|20)\d{2}(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?|[-/.](?:0?[1-9]|1[0-2])(?:[-/.](?:0?[1-9]|[12]\d|3[01]))?"
    r"|年(?:0?[1-9]|1[0-2])月(?:(?:0?[1-9]|[12]\d|3[01])日)?)?(?:[ T]00:00(?::00)?(?:\.0+)?)?"
)
_TIME = re.compile(
    r"(?:19|20)\d{2}[-/.年]?\d{1,2}[-/.月]?\d{1,2}日?[ T]?\d{1,2}:?\d{2}(?::?\d{2})?(?:\.\d+)?|(?:19|20)\d{12}"
)
_NUMBER = re.compile(r"[¥￥]?-?\d{1,3}(?:,\d{3})+(?:\.\d+)?元?|[¥￥]?-?\d+(?:\.\d+)?元?")
_USCC = re.compile(r"[0-9A-HJ-NP-RTUW-Y]{2}\d{6}[0-9A-HJ-NP-RTUW-Y]{10}")
_ADDRESS = re.compile(r"区|县|市|街|路|巷|道|村|镇|乡|小区|花园|号|栋|幢|楼|单元|室|组|屯")
_SCHOOL = re.compile(r"(?:学校|小学|中学|幼儿园|大学|学院|高中|初中|一中|实验)$")
_ORGANISATION = re.compile(
    r"(?:公司|局|厂|店|院|所|中心|委员会|办事处|办公室|学校|协会|合作社|经营部|超市|银行|集团|社|队|站|科|委|部|处|街道|个体|自由职业)$"
)
_PROGRAM = re.compile(r"保|险|补|津贴|救|养|特困|低")
_LEVEL = re.compile(r"岁|级|档|等$|类$|\d元?以[上下]|^[A-Da-d一二三四五]$")
_LEVELS = {
    "county": re.compile(r"(?:区|县|市|旗)$"),
    "street": re.compile(r"(?:街道|街道办事处|镇|乡|苏木|办事处|开发区|农场)$"),
    "community": re.compile(r"(?:社区|村|居委会|村委会|委员会|居|屯|嘎查)$"),
}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def clean(cell: str) -> str:
    """A cell for judging its shape: NFKC, ends trimmed (also of what Excel puts before long numbers)."""
    return unicodedata.normalize("NFKC", cell).strip(INVISIBLE).lstrip("'`").strip()


def is_resident_number(text: str) -> bool:
    """Whether ``text`` is an 18-digit citizen number with the right check digit (GB 11643-1999)."""
    if _ID.fullmatch(text) is None:
        return False
    return (
        "10X98765432"[sum(int(d) * w for d, w in zip(text, _WEIGHTS, strict=False)) % 11] == text[-1].upper()
    )


@dataclass
class Profile:
    """The values of one column in the sampled rows (cleaned; empty cells left out). ``rows`` counts all of them."""

    header: str
    rows: int
    values: list[str]
    by_row: Sequence[str | None] = field(default=(), repr=False)
    label: str | None = None  # what a second header line calls the column
    fitted: dict[str, float] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, header: str, cells: Sequence[str | None], label: str | None = None) -> Profile:
        """The profile of a column's cells (None or nothing visible: empty)."""
        by_row = [clean(cell) or None if cell else None for cell in cells]
        return cls(header, len(cells), [value for value in by_row if value is not None], by_row, label)

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter(self.values)

    @property
    def filled(self) -> float:
        """Share of rows with a value."""
        return len(self.values) / self.rows if self.rows else 0.0

    @property
    def unique(self) -> bool:
        """Whether no value stands twice (and there are enough to say so)."""
        return len(self.values) > 1 and len(self.counts) == len(self.values)

    @cached_property
    def is_running_number(self) -> bool:
        """Whether the values count rows: 1, 2, 3 … (perhaps anew on each sheet)."""
        if not self.values or not all(v.isdecimal() and len(v) < 8 for v in self.values):
            return False
        numbers = [int(v) for v in self.values]
        steps = sum(1 for a, b in pairwise(numbers) if b == a + 1)
        return numbers[0] <= 1 and steps >= 0.9 * (len(numbers) - 1)

    def share(self, fits: Callable[[str], object]) -> float:
        """Share of the filled cells that fit."""
        if not self.values:
            return 0.0
        return sum(n for value, n in self.counts.items() if fits(value)) / len(self.values)

    @cached_property
    def resident_numbers(self) -> float:
        """Share that are citizen numbers, or clearly meant to be (15 digits, masked, damaged), if some are whole."""
        whole = self.share(is_resident_number)
        if whole < 0.05:
            return self.share(lambda v: is_resident_number(v) or _ID15.fullmatch(v))
        return self.share(lambda v: is_resident_number(v) or _ID15.fullmatch(v) or _ID_LIKE.fullmatch(v))

    @cached_property
    def phones(self) -> float:
        return self.share(lambda v: all(_PHONE.fullmatch(p) for p in re.split(r"[,;/、\s]+(?=[\d+])", v)))

    @cached_property
    def mobiles(self) -> float:
        return self.share(lambda v: re.fullmatch(r"1[3-9]\d{9}", v))

    @cached_property
    def addresses(self) -> float:
        return self.share(
            lambda v: (
                len(v) >= 6
                and len(_ADDRESS.findall(v)) >= 2
                and re.search(r"\d|[一二三四五六七八九十]|村|小区", v)
            )
        )

    @cached_property
    def names(self) -> float:
        shaped = self.share(lambda v: _NAME.fullmatch(v.replace(" ", "")))
        surnames = self.share(lambda v: v[0] in _SURNAMES)
        # Few distinct values are a category, not people.
        varied = min(1.0, len(self.counts) / max(1.0, 0.2 * len(self.values)))
        return min(shaped, 1.0) * min(1.0, surnames / 0.6) * varied

    @cached_property
    def name_shapes(self) -> float:
        """Share that look like names, be there many of them or few (a grid's one worker)."""
        return min(
            self.share(lambda v: _NAME.fullmatch(v.replace(" ", ""))),
            self.share(lambda v: v[0] in _SURNAMES) / 0.6,
        )

    @cached_property
    def own_codes(self) -> bool:
        """Whether the values are a few short codes."""
        return 0 < len(self.counts) <= 20 and all(re.fullmatch(r"[0-9A-Za-z]{1,3}", v) for v in self.counts)

    def in_list(self, name: str) -> float:
        """Share of the filled cells that a code list knows."""
        codes = schema().code_lists[name]
        return self.share(lambda v: codes.find(v) is not None)


def fit(name: str, one: Field, column: Profile) -> float | None:
    """How well the column's values fit the field called ``name``: 0 … 1; None where there is nothing to judge."""
    if not column.values:
        return None
    special = _FITS.get(name)
    # Several kinds of record have fields of one type: each is judged once.
    known = name if special is not None else f"{one.type} {one.codes}"
    if known not in column.fitted:
        column.fitted[known] = special(column) if special is not None else _fit_type(one, column)
    return column.fitted[known]


def _fit_type(one: Field, column: Profile) -> float:
    if one.codes is not None:
        return column.in_list(one.codes)
    if one.type == "id_number":
        return column.resident_numbers
    if one.type == "name":
        return column.names
    if one.type == "phone":
        return column.phones
    if one.type == "date":
        return column.share(_DATE.fullmatch)
    if one.type == "timestamp":
        return max(column.share(_TIME.fullmatch), 0.7 * column.share(_DATE.fullmatch))
    if one.type == "address":
        return column.addresses
    if one.type == "uscc":
        return column.share(_USCC.fullmatch)
    if one.type == "integer":
        return column.share(lambda v: re.fullmatch(r"\d{1,7}", v))
    if one.type in ("amount", "decimal"):
        return column.share(lambda v: _NUMBER.fullmatch(v) and len(v) < 14)
    if one.type == "area_code":
        return column.share(lambda v: re.fullmatch(r"[1-8]\d(?:\d{2}|\d{4}|\d{7}|\d{10})?", v))
    if one.type == "grid_code":
        return column.share(lambda v: re.fullmatch(r"(?=.*\d)[0-9A-Za-z_-]{8,24}", v))
    if one.type == "key":
        return column.share(lambda v: re.fullmatch(r"(?=.*\d)[0-9A-Za-z〔〕()\[\]_/\-年第号字]{3,40}", v))
    return 0.0 if column.is_running_number else 0.6


def _words(column: Profile) -> float:
    return column.share(lambda v: re.search(_HAN, v))


def _categories(column: Profile) -> float:
    few = len(column.counts) <= max(20, 0.2 * len(column.values))
    return _words(column) if few else 0.2 * _words(column)


def _levels(column: Profile) -> float:
    return column.share(lambda v: _LEVEL.search(v) and not _PROGRAM.search(v))


def _digits(longest: int, first: str = r"[0-9A-Za-z甲乙丙丁东西南北-]") -> Callable[[Profile], float]:
    shape = re.compile(
        rf"(?=.*[\dA-Za-z甲乙丙丁东西南北一二三四五六七八九十]){first}{{1,{longest}}}(?:号楼|号院|栋|幢|座|号|楼|单元|门|室|#)?|[一二三四五六七八九十]{{1,3}}(?:号楼|栋|幢|单元)"
    )
    return lambda column: (
        0.0 if column.is_running_number and len(column.values) > 3 else column.share(shape.fullmatch)
    )


def _of_length(length: int) -> Callable[[Profile], float]:
    return lambda column: column.share(lambda v: re.fullmatch(rf"[1-8]\d{{{length - 1}}}", v))


def _remark(column: Profile) -> float:
    if column.phones > 0.5 or column.share(_NUMBER.fullmatch) > 0.5:
        return 0.0
    return 0.9 if column.filled < 0.7 and _words(column) > 0.5 else 0.5


def _embedded(pattern: str) -> Callable[[Profile], float]:
    shape = re.compile(pattern)
    return lambda column: column.share(shape.fullmatch)


_FITS: dict[str, Callable[[Profile], float]] = {
    "county": lambda c: c.share(_LEVELS["county"].search),
    "street": lambda c: c.share(_LEVELS["street"].search),
    # A community is often written without its word (桃源 for 桃源社区).
    "community": lambda c: max(c.share(_LEVELS["community"].search), 0.6 * _categories(c)),
    "county_code": _of_length(6),
    "street_code": lambda c: c.share(lambda v: re.fullmatch(r"[1-8]\d{8}(?:000)?", v)),
    "community_code": _of_length(12),
    "unit_code": lambda c: c.share(lambda v: re.fullmatch(r"[0-9A-Za-z]{6,18}", v)),
    "estate": lambda c: 0.0 if c.addresses > 0.7 else _words(c),
    "building": _digits(6),
    "unit": _digits(3),
    "room": _digits(6),
    "road_no": lambda c: c.share(
        lambda v: re.fullmatch(r"[附临]?\d{1,5}(?:-\d+)?[号弄院]?(?:附?\d+号?)?", v)
    ),
    "road": lambda c: c.share(lambda v: re.search(r"(?:路|街|巷|道|胡同|里|弄)$", v)),
    "school": lambda c: c.share(_SCHOOL.search),
    "employer": lambda c: c.share(lambda v: _ORGANISATION.search(v) or len(v) >= 4) if c.names < 0.5 else 0.0,
    "unit_name": lambda c: c.share(lambda v: _ORGANISATION.search(v) or _LEVELS["community"].search(v)),
    "department": lambda c: c.share(_ORGANISATION.search),
    "occupation": lambda c: 0.8 * _categories(c),
    "program": lambda c: (
        _categories(c) * (1.0 if c.share(_PROGRAM.search) > 0.5 else 0.1 if _levels(c) > 0.5 else 0.6)
    ),
    "level": lambda c: max(_levels(c), 0.5 * _categories(c)),
    "grid_worker": lambda c: c.name_shapes,
    "category": lambda c: _categories(c),
    "rating": lambda c: c.share(lambda v: re.search(r"满意|评价|未", v)),
    "role": lambda c: _categories(c),
    "content": lambda c: c.share(lambda v: len(v) >= 8),
    "remark": _remark,
    "disability_no": _embedded(r"\d{17}[\dXx][1-7][1-4](?:[Bb]\d)?"),
    "student_no": _embedded(r"[GLgl]\d{10,18}[\dXx]?|\d{17}[\dXx]"),
    "birth_date": lambda c: c.share(_DATE.fullmatch),
}
