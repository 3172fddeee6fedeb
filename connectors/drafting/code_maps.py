"""Code columns of a draft: which values stand for which codes, and the source's own codes as its rows give them away.

Belongs here: proposing ``codes`` of a mapping, and telling what values were seen. Does not belong here: recognising
the column (``candidates.py``), applying codes (``warehouse/normalize``).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from connectors.drafting.profile import Profile, is_resident_number
from schemas.code_lists import fold_code
from schemas.model import schema
from schemas.problem import told

_SEXES = ("男", "女")


def codes_of(field: str, list_name: str, profile: Profile, ids: Profile | None) -> dict[str, str] | None:
    """A code map (value → label or code) where the rows show that the column has codes of its own; else None.

    ``ids`` is the column of citizen numbers, row by row with ``profile``.
    """
    if field == "sex" and ids is not None:
        return sex_codes(profile, ids)
    known = profile.in_list(list_name)
    if field == "id_type" and ids is not None and known < 0.3:
        return _type_codes(profile, ids)
    if field == "status" and list_name == "resident_status" and known < 0.3 and profile.own_codes:
        value, count = profile.counts.most_common(1)[0]
        return {value: "active"} if count >= 0.8 * len(profile.values) else None
    return None


def _type_codes(profile: Profile, ids: Profile) -> dict[str, str] | None:
    """The value whose rows hold citizen numbers is the identity card."""
    rows = _by_value(profile, [is_resident_number(v) if v is not None else None for v in ids.by_row])
    cards = {v: "111" for v, seen in rows.items() if seen.total() >= 3 and seen[True] >= 0.8 * seen.total()}
    return cards or None


def _by_value(profile: Profile, told_by_row: Sequence[object]) -> dict[str, Counter[object]]:
    seen: dict[str, Counter[object]] = defaultdict(Counter)
    for value, other in zip(profile.by_row, told_by_row, strict=False):
        if value is not None and other is not None:
            seen[value][other] += 1
    return seen


def codes_seen(profile: Profile, list_name: str, given: dict[str, str]) -> str:
    """In words: which values of a code column stand for which codes, how often, and which are unknown."""
    codes = schema().code_lists[list_name]
    labels = {code.code: code.label for code in codes.codes}
    known, unknown = list[str](), list[str]()
    for value, n in sorted(profile.counts.items(), key=lambda item: (-item[1], item[0])):
        code = codes.find(given.get(value, value))
        if code is not None:
            shown = f"{value}→{code}" + (f" {labels[code]}" if labels[code] != value else "")
            known.append(f"{shown} ({n})")
        elif len(value) <= 8:
            unknown.append(f"{value} ({n})")
    text = ", ".join(known[:8]) + (" …" if len(known) > 8 else "")
    if unknown:
        text += (
            told("; to decide, on no list: ", "；待定，码表中没有：")
            + ", ".join(unknown[:8])
            + (" …" if len(unknown) > 8 else "")
        )
    return text


def sex_codes(profile: Profile, ids: Profile) -> dict[str, str] | None:
    """A code map where the id numbers say that the column does not use the standard's codes (0 男 1 女 …)."""
    said = [
        _SEXES[1 - int(v[16]) % 2] if v is not None and is_resident_number(v) else None for v in ids.by_row
    ]
    codes, result = schema().code_lists["sex"], dict[str, str]()
    sexes = {codes.find(label) for label in _SEXES}
    for value, counts in sorted(_by_value(profile, said).items(), key=lambda item: fold_code(item[0])):
        label, most = counts.most_common(1)[0]
        if counts.total() >= 3 and most >= 0.8 * counts.total():
            result[value] = str(label)
    # What the standard calls unknown may hold mostly men by chance: only another's word on 男 or 女 tells.
    differs = any(
        codes.find(v) != codes.find(label) and codes.find(v) in {*sexes, None} for v, label in result.items()
    )
    return result if differs else None
