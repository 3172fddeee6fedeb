"""Which canonical field a column is: evidence of its header and of its values, weighed together.

Belongs here: what a header says, which abbreviations say nothing by themselves, and the assignment of columns to
fields one to one. Does not belong here: shapes of values (``profile.py``), writing YAML (``infer.py``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.drafting.profile import Profile, fit
from schemas.headers import fold_header, header_levels
from schemas.model import Field

# Abbreviations with several readings, and the fields that they may be: only values decide. Some
# readings (国籍, 户别, 合并 …) are no field of ours.
AMBIGUOUS: dict[str, tuple[str, ...]] = {
    "dh": ("phone", "building"),
    "xx": ("school", "live_address"),
    "zz": ("live_address", "role"),
    "bz": ("remark", "amount"),
    "mz": ("ethnicity",),
    "sq": ("community",),
    "dy": ("unit",),
    "zh": ("building",),
    "hb": (),
    "xz": ("program", "live_address"),
    "jd": ("street",),
    "zy": ("occupation",),
    "gj": (),
    "jg": (),
    "dz": ("live_address", "address"),
    "lx": (),
    "sj": ("phone",),
    "bh": (),
    "mc": (),
}
# Fields found by their values alone, and how many of the values must fit.
BY_VALUE = {"id_number": 0.8, "uscc": 0.9, "disability_no": 0.9, "phone": 0.9}
# The same where the column has no name at all, so that nothing speaks against it.
BY_VALUE_UNNAMED = BY_VALUE | {
    "name": 0.8, "sex": 0.95, "ethnicity": 0.95, "student_no": 0.9, "school": 0.9, "live_address": 0.9,
    "county": 0.95, "street": 0.95, "community": 0.95, "relation_to_head": 0.95, "marital_status": 0.95, "education": 0.95,
}  # fmt: skip
SURE, UNSURE = 0.6, 0.4
LONGEST = 300  # characters; what is longer is no header
OWN_CODES = 0.62  # confidence of a clear header over an agency's own codes
_UNNAMED = re.compile(r"列\d+|分组|(?:f|col|column|field|_c)_?\d+", re.IGNORECASE)
# Whose a name or number is, where it is not the person's of the row: 监护人/姓名, 配偶身份证号.
_OTHERS = re.compile(
    "父亲|母亲|父母|配偶|子女|监护人|户主|联系人|紧急|房东|出租人|雇主|法定代表人|法人|经办人|审核|填表|制表|申报人|代理人|担保|"
    "father|mother|spouse|guardian|emergency"
)
# Whoever the row is about (党员姓名, 受种者姓名), and how much such an ending says.
_ENDINGS = {"name": (re.compile("姓名$"), 0.6), "phone": (re.compile("(?:电话|手机号?码?)$"), 0.45)}
_DOTTED = re.compile(r"[\w@$-]+(?:\.[\w@$-]+)+")
# Of a nested record: what stands above a person's own fields. Below anything else (father.name) they are another's.
_OWN = frozenset(
    [
        "person",
        "people",
        "resident",
        "citizen",
        "patient",
        "student",
        "member",
        "base",
        "basic",
        "info",
        "data",
        "record",
        "records",
        "row",
        "item",
        "list",
        "user",
        "人员",
        "居民",
        "个人",
        "基本信息",
        "个人信息",
        "人员信息",
        "居民信息",
    ]
)
_DECORATION = re.compile(r"[*＊★]|[(（\[【][^()（）\[\]【】]{0,20}[)）\]】]$|[:：].*$|^\d{1,2}[.、]")


@dataclass(frozen=True)
class Candidate:
    """A column that may be a field: ``confidence`` 0 … 1, and why, in both languages."""

    column: str
    field: str
    confidence: float
    en: str
    zh: str
    by_header: float = 0.0


def plain_header(text: str) -> str:
    """A header without marks of obligation, units, examples and numbering, folded."""
    folded = fold_header(text)
    while (shorter := _DECORATION.sub("", folded)) != folded and shorter:
        folded = shorter
    return folded


def _joined(name: str) -> str:
    """A name of a database or a program, folded: live_address and liveAddress are one."""
    return fold_header(name).replace("_", "")


def header_evidence(header: str, name: str, one: Field) -> tuple[float, str, str]:
    """How strongly ``header`` (its levels joined by ``/``) says ``name``: 0 … 1, and in which words."""
    if len(header) > LONGEST:
        return 0.0, "", ""
    whole = fold_header(header)
    levels = [plain_header(part) for part in header_levels(header)]
    last, joined = levels[-1], "".join(levels)
    if last in AMBIGUOUS:
        known = name in AMBIGUOUS[last]
        return (0.45 if known else 0.0), f"header {header} has several readings", f"表头 {header} 有多种含义"
    chinese = {plain_header(word) for word in (one.label, *one.headers)} | {
        fold_header(word) for word in one.headers
    }
    database = {_joined(word) for word in (*one.database_names, name)}
    exact = {whole, joined} & chinese or (len(levels) == 1 and last in chinese)
    if not exact and _OTHERS.search(joined) and "关系" not in joined:
        return 0.0, "", ""
    if whole in chinese or last in chinese or joined in chinese:
        return 1.0 if len(levels) == 1 or joined in chinese else 0.95, f"header {header}", f"表头 {header}"
    nested = _nested(header, name, chinese, database)
    if nested is not None:
        return nested
    if _joined(last) in database:
        strength = 0.9 if len(last) > 3 else 0.75 if len(last) == 3 or last == name else 0.6
        return strength, f"database name {header}", f"库字段名 {header}"
    ending = _ENDINGS.get(name)
    if ending is not None and ending[0].search(last) and len(last) <= 8:
        return ending[1], f"header {header}", f"表头 {header}"
    longest = max((w for w in chinese if len(w) >= 3 and w in last), key=len, default="")
    if longest and len(longest) * 2 >= len(last):
        return 0.6, f"header {header} holds {longest}", f"表头 {header} 含“{longest}”"
    return 0.0, "", ""


def _nested(header: str, name: str, chinese: set[str], database: set[str]) -> tuple[float, str, str] | None:
    """What a dotted name of a nested record says (``person.id.no``, ``contact.address.live``); None without dots."""
    if _DOTTED.fullmatch(header) is None:
        return None
    *above, last = [_joined(part) for part in header.split(".")]
    words = database | chinese
    en, zh = f"name {header}", f"名称 {header}"
    if above and {above[-1] + last, last + above[-1]} & words:
        return 0.95, en, zh
    if last in words:
        return (
            (
                0.9
                if name not in ("name", "sex", "id_number", "phone") or above[-1] in _OWN | {"contact"}
                else 0.3
            ),
            en,
            zh,
        )
    return 0.0, "", ""


def candidates(columns: Mapping[str, Profile], fields: Mapping[str, Field]) -> list[Candidate]:
    """All readings of all columns worth considering, best first (a total order)."""
    births = _births(columns)
    found = [
        one
        for header, profile in columns.items()
        for name, field in fields.items()
        if (one := _weigh(header, profile, name, field, births)) is not None
    ]
    order = {name: i for i, name in enumerate(fields)}
    place = {header: i for i, header in enumerate(columns)}
    return sorted(found, key=lambda c: (-c.confidence, -c.by_header, place[c.column], order[c.field]))


def _weigh(
    header: str, profile: Profile, name: str, field: Field, births: Sequence[str | None]
) -> Candidate | None:
    said, en, zh = header_evidence(header, name, field)
    if profile.label is not None:
        said, en, zh = max((said, en, zh), header_evidence(profile.label, name, field))
    fits = fit(name, field, profile)
    if name == "birth_date" and births and _agrees(profile, births) >= 0.5:
        return Candidate(
            header,
            name,
            0.97 if said else 0.9,
            "equals the birth dates in the id numbers",
            "与身份证号中的出生日期一致",
            said,
        )
    if fits is None:
        # An empty column can only be named; its header must be plain about it.
        return Candidate(header, name, 0.75, f"{en}; no values", f"{zh}；无值", said) if said >= 0.9 else None
    percent = round(100 * fits)
    if not said:
        # Of several columns of names without a header the first is the person's: a guardian's follows.
        unnamed = _UNNAMED.fullmatch(header) is not None
        needed = (BY_VALUE_UNNAMED if unnamed else BY_VALUE).get(name)
        if (
            needed is None
            or fits < needed
            or _OTHERS.search(fold_header(header[:LONGEST]))
            or (name == "phone" and profile.mobiles < 0.5)
        ):
            return None  # eight digits alone may be a date as well as a telephone
        return Candidate(
            header,
            name,
            round(0.72 * (round(fits, 1) if unnamed else fits), 2),
            f"{percent}% of the values fit",
            f"{percent}% 的值符合",
            0.0,
        )
    if field.codes is not None and said >= 0.6 and fits < 0.3 and profile.own_codes:
        return Candidate(
            header, name, OWN_CODES, f"{en}; its codes are the agency's own", f"{zh}；代码为来源自有", said
        )
    need = 0.3 if said >= 0.9 else 0.5 if said >= 0.6 else 0.6
    # A clear header over values that do not fit is a question for a person, never a mapping.
    doubt = max(0.5 * said * (0.4 + fits), UNSURE if said >= 0.75 else 0.0)
    confidence = 0.6 * said + 0.4 * fits if fits >= need else min(doubt, SURE - 0.01)
    return Candidate(
        header,
        name,
        round(min(confidence, 0.99), 2),
        f"{en}; {percent}% of the values fit",
        f"{zh}；{percent}% 的值符合",
        said,
    )


def _births(columns: Mapping[str, Profile]) -> list[str | None]:
    """Birth dates (yyyymmdd) by row, from the column that is most surely citizen numbers."""
    best = max(columns.values(), key=lambda p: p.resident_numbers, default=None)
    if best is None or best.resident_numbers < 0.5:
        return []
    return [v[6:14] if v is not None and len(v) == 18 and v[6:14].isdecimal() else None for v in best.by_row]


def _agrees(profile: Profile, births: Sequence[str | None]) -> float:
    both = [
        (re.sub(r"\D", "", value.split(" ")[0]), birth)
        for value, birth in zip(profile.by_row, births, strict=False)
        if value is not None and birth is not None
    ]
    # A month alone agrees too; so does 1990-3-12 without its noughts.
    same = sum(
        1
        for mine, birth in both
        if mine in (birth, birth[:6]) or (6 <= len(mine) < 8 and _loose(mine, birth))
    )
    return same / len(both) if len(both) >= 3 else 0.0


def _loose(mine: str, birth: str) -> bool:
    year, month, day = birth[:4], str(int(birth[4:6])), str(int(birth[6:]))
    return mine in (year + month + day, year + month + birth[6:], year + birth[4:6] + day, year + month)


def assign(found: Sequence[Candidate]) -> tuple[dict[str, Candidate], dict[str, Candidate]]:
    """(field → its column, column → the best reading that was not sure enough or came second)."""
    chosen: dict[str, Candidate] = {}
    taken: set[str] = set()
    for one in found:
        if one.confidence >= SURE and one.field not in chosen and one.column not in taken:
            chosen[one.field] = one
            taken.add(one.column)
    open_questions: dict[str, Candidate] = {}
    for one in found:
        if one.column not in taken and one.confidence >= UNSURE:
            open_questions.setdefault(one.column, one)
    return chosen, open_questions
