"""Documents of persons that are no 18-digit number: passports, permits to travel, old cards of permanent residence.

Belongs here: their shapes, the checks they carry, their codes of GA/T 2000.156, and which kinds contradict one another.
Does not belong here: GB 11643 numbers and everything that shares their form (``identity.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

# (pattern, code of the kind). A letter and nine digits: the certificate of birth.
SHAPES: tuple[tuple[str, str | None], ...] = (
    ("[HM][0-9]{8}([0-9]{2})?", "516"),
    ("[0-9]{10}(\\([A-Z]\\)|[A-Z])", "511"),  # the permit for Taiwan residents before the card of 2015
    ("[DEGPS][A-Z0-9][0-9]{7}", "414"),
    ("[A-Z]{1,2}[0-9]{7}", "417"),
    ("[A-Z][0-9]{9}", "811"),
    (".{0,6}字第?[0-9]{4,10}号?", "114"),
)
HONG_KONG_ID = "[A-Z]{1,2}[0-9]{6}\\([0-9A]\\)"
OLD_RESIDENCE = "[A-Z]{3}[0-9]{12}"
ANY = "|".join(shape for shape, _ in SHAPES)
# Kinds whose numbers have forms of their own, which no list holds (eight digits, foreign passports): believed where
# the document's kind is stated beside the number.
_STATED = ("114", "115", "118", "123", "414", "417", "511", "516", "553", "554", "811", "990")
_STATED_SHAPE = "[A-Z0-9]{5,20}"
# Which kinds are one document to a clerk. A household register or a driving licence shows the citizen's number.
_ALIKE: tuple[tuple[str, ...], ...] = (
    ("111", "112"), ("803", "804", "805"), ("414", "417"), ("511",), ("516",), ("553", "554"),
    ("114", "115", "118", "123"),
)  # fmt: skip


def believed(kind: str, s: str) -> str:
    """SQL: the kind stated beside the number (a code) lets ``s`` stand although no shape fits."""
    listed = ", ".join(repr(code) for code in _STATED)
    return f"coalesce({kind} in ({listed}) and og_is({s}, '{_STATED_SHAPE}') and og_matches({s}, '[0-9].*[0-9].*[0-9].*[0-9]'), false)"


def kind_by_shape(s: str) -> str:
    """SQL WHENs of the kind that the shape of ``s`` gives."""
    whens = [f"when og_is({s}, '{shape}') then '{code}' " for shape, code in SHAPES if code is not None]
    return "".join(whens)


def contradict(stated: str, found: str) -> str:
    """SQL: both kinds are known and are different documents."""
    group = "".join(
        f"when {{0}} in ({', '.join(repr(code) for code in codes)}) then {n} "
        for n, codes in enumerate(_ALIKE)
    )
    sides = [f"case {group.format(side)}end" for side in (f"({stated})", f"({found})")]
    return f"coalesce({sides[0]} <> {sides[1]}, false)"


def _value(c: str) -> str:
    """SQL of what a character counts in a check: digits themselves, A as 10 … Z as 35."""
    return f"(strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', {c}) - 1)"


def _sum(s: str, weights: Sequence[int], start: int = 1) -> str:
    return " + ".join(f"{_value(f'substr({s}, {start + i}, 1)')} * {w}" for i, w in enumerate(weights))


def old_residence_status(s: str) -> str:
    """SQL of the status of an old card of permanent residence: weights 7-3-1, the last digit is the check.

    Three letters of the country, four digits of the place, the birth date as YYMMDD, one digit.
    """
    total = _sum(s, [(7, 3, 1)[i % 3] for i in range(14)])
    born = f"og_day('20' || substr({s}, 8, 2), substr({s}, 10, 2), substr({s}, 12, 2))"
    born_before = f"og_day('19' || substr({s}, 8, 2), substr({s}, 10, 2), substr({s}, 12, 2))"
    return (
        f"case when ({total}) % 10 <> cast(substr({s}, 15, 1) as integer) then 'bad_checksum' "
        f"when coalesce({born}, {born_before}) is null then 'bad_date' else 'ok' end"
    )


def hong_kong_status(s: str) -> str:
    """SQL of the status of a Hong Kong identity number: weights 9 (two letters) or 8 down to 2, modulo 11."""
    letters = f"case when og_is({s}, '[A-Z]{{2}}.*') then {_sum(s, (9, 8))} else 36 * 9 + {_sum(s, (8,))} end"
    at = f"length({s}) - 8"  # the six digits stand before (C)
    digits = " + ".join(
        f"{_value(f'substr({s}, cast({at} + {i} as integer), 1)')} * {7 - i}" for i in range(6)
    )
    check = _value(f"substr({s}, cast(length({s}) - 1 as integer), 1)")
    return (
        f"case when ({letters} + {digits} + {check}) % 11 = 0 then 'other_document' else 'bad_checksum' end"
    )
