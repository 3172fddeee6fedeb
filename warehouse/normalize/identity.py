"""GB 11643 identity numbers with the damage that spreadsheets do, and what shares their form or stands in their cell.

A number is a value only if its check holds (or its document has none); everything else is kept as ``stated`` with a
``status`` that says what is wrong with it. Two signatures of damage are told apart: ``excel000`` (typed into a
spreadsheet: digits 16 to 18 became 000) and ``float_rounded`` (passed through a float64: rounded to a multiple of
16, 32, 64 or 128). The reader's word on the cell (a number of more than 15 digits) goes before any check digit,
which damage passes once in eleven times.

Does not belong here: other documents (``permits.py``), certificates in cells of their own (``certificates.py``),
restoring damaged numbers from other sources (``id_recovery.py``), whose number it is (``link/``).
"""

from __future__ import annotations

import itertools

from warehouse.normalize import permits
from warehouse.normalize.county_codes import LIST
from warehouse.normalize.functions import sql_list
from warehouse.normalize.steps import Cell, Lookup, Options, Reading

STATUSES = (
    "ok", "ok_upgraded15", "bad_checksum", "bad_date", "area_unknown", "area_date_conflict", "excel000",
    "float_rounded", "sci_notation", "masked", "placeholder", "length_error", "other_document", "missing",
)  # fmt: skip
VALID = ("ok", "ok_upgraded15", "area_unknown", "area_date_conflict")
# GB 11643: weights 2^(18-i) mod 11 of the first 17 digits.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# The last year in force is the year before the change; for three more years a city went on giving such numbers. The
# start of a code says nothing: people born long before a district existed carry its code.
_YEARS_AFTER = 4
_CITIZEN = "[0-9]{17}[0-9X]"
# 残疾人证 (kind and degree behind the number, B and a count for a new copy), 学籍号 (G, or L for the time being)
CERTIFICATE = f"{_CITIZEN}[1-7][1-4](B[0-9]{{1,2}})?"
STUDENT = f"[GL]{_CITIZEN}"
_LABEL = "^(公民)?(身份证|身份|居民身份证|证件)?(号码|号)?[:：]"
_SIGNS = " \\x22\\x27`‘’“”\\-—–_"
_MASK = "[*?#●•]|X{3,}"


def id_number(cell: Cell, options: Options) -> Reading:
    """A document number. ``cell.kind``: what the record states the document to be (a code of ``id_type``).

    Outputs: ``status`` (one of STATUSES), ``stated`` (the cell's number, tidied), ``type`` (code of GA/T 2000.156 by
    shape), ``birth`` and ``sex`` as the number has them. Issue: id_<status> where it is worth a word, id_several,
    ``id_retyped`` (letters O, I, l put right, the check digit holds) or ``id_embedded`` (taken out of a certificate).
    """
    # The many cells that are 18 digits and nothing else take the short way through every step: ``clean``.
    clean, plain, tidy, s, base, weighed = (
        cell("clean"), cell("plain"), cell("tidy"), cell("s"), cell("base"), cell("weighed"),
    )  # fmt: skip
    check, day, last_year, status, shape = (
        cell("check"), cell("day"), cell("last_year"), cell("status"), cell("shape"),
    )  # fmt: skip
    year, month, date = cell("year"), cell("month"), cell("date")
    return Reading(
        steps=(
            {clean: f"coalesce(og_is({cell.raw}, '{_CITIZEN}'), false)"},
            {plain: f"case when {clean} then {cell.raw} else og_plain({cell.raw}) end"},
            {
                tidy: (
                    f"case when {clean} or {plain} is null then {plain} else "
                    "translate(og_replaced(og_replaced(og_replaced("
                    f"upper(og_half({plain})), '{_LABEL}|[{_SIGNS},;，；、。]+$|[{_SIGNS}]', ''), "
                    # the '.0' of a float, words behind the number: 3706…0113(户主)
                    "'^([0-9]{15,18})\\.0+$', '\\1'), '^([0-9]{17}[0-9X]|[0-9]{15})[^0-9A-Z*?#●•,;/|、]+$', '\\1'), '×✕＊', 'XX*') end"
                ),
            },
            {
                # O, I and l typed for digits: read as digits only where the whole has the shape of a number
                s: (
                    f"case when {clean} then {tidy} "
                    f"when og_is({tidy}, '[0-9OIL|]{{17}}[0-9OIL|X]') then translate({tidy}, 'OIL|', '0111') "
                    f"when og_is({tidy}, '{STUDENT}') then substr({tidy}, 2) "
                    f"when og_is({tidy}, '{CERTIFICATE}') then substr({tidy}, 1, 18) else {tidy} end"
                ),
            },
            {
                weighed: (
                    f"case when {clean} or og_is({s}, '{_CITIZEN}') then substr({s}, 1, 17) "
                    f"when og_is({s}, '[0-9]{{15}}') then substr({s}, 1, 6) || "
                    # sequences 996 to 999 were kept for people of over a hundred
                    f"case when substr({s}, 13, 3) between '996' and '999' then '18' else '19' end || substr({s}, 7) "
                    "else null end"
                ),
            },
            {
                base: f"cast({weighed} as bigint)",
                cell("area"): f"substr({weighed}, 1, 6)",
            },
            {
                check: check_digit(base),
                year: f"cast({base} // 10000000 % 10000 as integer)",
                month: f"cast({base} // 100000 % 100 as integer)",
                date: f"cast({base} // 1000 % 100 as integer)",
                last_year: Lookup(LIST, cell("area")),
            },
            {day: f"og_day_of_numbers({year}, {month}, {date})"},
            {
                cell("day_ok"): (
                    f"coalesce({day} <= coalesce({cell.as_of}, date '2100-01-01') and {year} >= 1850, false)"
                ),
                cell("area_status"): (
                    f"case when {weighed} is null then 'area_unknown' when {last_year} = '' then 'ok' "
                    f"when {last_year} is null then case when substr({weighed}, 1, 1) = '9' then 'ok' else 'area_unknown' end "
                    f"when cast({last_year} as integer) + {_YEARS_AFTER} < {year} then 'area_date_conflict' else 'ok' end"
                ),
            },
            # the stated kind may take more steps than the number has
            *({} for _ in range(cell.kind_after - 9)),
            {status: _status(cell, plain, tidy, s, base, weighed, check)},
            {
                cell("value"): (
                    f"case when {status} in ({sql_list(VALID)}) then "
                    f"case when {weighed} is null then {s} when length({s}) = 15 then {weighed} || {check} else {s} end "
                    f"when {status} = 'other_document' then {s} else null end"
                ),
                shape: _kind_by_shape(s, weighed, status),
            },
        ),
        value=cell("value"),
        issue=_issue(plain, tidy, s, status, cell("area_status")),
        outputs={
            "status": status,
            "stated": f"case when {status} in ('missing', 'placeholder') then null else {s} end",
            "type": shape,
            "birth": f"case when {cell('value')} is not null and {weighed} is not null then {day} else null end",
            "sex": (
                f"case when {cell('value')} is null or {weighed} is null then null "
                f"when {base} % 2 = 1 then '1' else '2' end"
            ),
        },
    )


def check_digit(base: str) -> str:
    """SQL of the check digit of the number whose first 17 digits are the bigint ``base``."""
    # Digit j from the right is q(j) - 10 q(j+1) with q(j) = base // 10^j, and 10 is -1 by 11: the weighted sum needs
    # one division a digit and no remainder, a third of the time (2.0.0).
    from_right = _WEIGHTS[::-1]
    factors = [
        from_right[0],
        *((one + before) % 11 for before, one in itertools.pairwise(from_right)),
    ]
    total = " + ".join(f"{base} // {10**j} * {factor}" for j, factor in enumerate(factors) if factor)
    return f"substr('10X98765432', cast(({total}) % 11 + 1 as integer), 1)"


def spacing(base: str) -> str:
    """SQL of the distance between neighbouring float64 near the number whose first 17 digits are ``base``."""
    # multiples of 16 from 7.2e16, of 32 from 1.44e17, of 64 from 2.88e17, of 128 from 5.76e17
    return (
        f"case when {base} < 7205759403792793 then 8 when {base} < 14411518807585587 then 16 "
        f"when {base} < 28823037615171174 then 32 when {base} < 57646075230342348 then 64 else 128 end"
    )


def _status(cell: Cell, plain: str, tidy: str, s: str, base: str, weighed: str, check: str) -> str:
    eighteen = f"length({s}) = 18 and {weighed} is not null"
    return (
        f"case when {plain} is null then 'missing' "
        # no placeholder has both a right check digit and a possible birth date
        f"when not {cell.long} and {cell('day_ok')} and {eighteen} and substr({s}, 18, 1) = {check} then {cell('area_status')} "
        f"when og_nothing({plain}) or og_cell_error({plain}) or {s} is null or {s} = '' then 'placeholder' "
        f"when og_matches({s}, '{_MASK}') and og_matches({s}, '[0-9]') then 'masked' "
        f"when og_is({s}, '[0-9](\\.[0-9]+)?E[+]?[0-9]{{1,3}}') then 'sci_notation' "
        f"when not og_matches({s}, '[0-9]') or replace({s}, substr({s}, 1, 1), '') = '' "
        f"or (length({s}) >= 5 and starts_with('123456789012345678901234', {s})) "
        f"or og_is({s}, '[0-9]{{6}}0{{9,12}}') then 'placeholder' "
        f"when {cell.long} and {eighteen} then case when substr({s}, 16, 3) = '000' then 'excel000' "
        "else 'float_rounded' end "
        f"when {cell.long} or ({s} <> {tidy} and length({tidy}) > 18) then 'length_error' "
        f"when {eighteen} then case when substr({s}, 18, 1) = {check} then 'bad_date' "
        f"when substr({s}, 16, 3) = '000' then 'excel000' "
        f"when substr({s}, 18, 1) <> 'X' and "
        f"({base} * 10 + coalesce(try_cast(substr({s}, 18, 1) as bigint), 1)) % ({spacing(base)}) = 0 "
        "then 'float_rounded' "
        f"when not {cell('day_ok')} then 'bad_date' else 'bad_checksum' end "
        f"when {weighed} is not null then case when {cell('day_ok')} then 'ok_upgraded15' else 'bad_date' end "
        f"when og_is({s}, '{permits.OLD_RESIDENCE}') then {permits.old_residence_status(s)} "
        f"when og_is({s}, '{permits.HONG_KONG_ID}') then {permits.hong_kong_status(s)} "
        f"when og_is({s}, '{permits.ANY}') or {permits.believed(cell.kind, s)} then 'other_document' else 'length_error' end"
    )


def _issue(plain: str, tidy: str, s: str, status: str, area_status: str) -> str:
    return (
        f"case when {status} = 'ok' then case when {s} = {tidy} then null "
        f"when length({tidy}) > 18 then 'id_embedded' else 'id_retyped' end "
        f"when {status} in ('missing', 'other_document') then null "
        # fifteen digits have no check: a strange area is worth a word all the more
        f"when {status} = 'ok_upgraded15' then case when {area_status} = 'ok' then null else 'id_' || {area_status} end "
        f"when og_cell_error({plain}) then 'cell_error' when og_undecodable({plain}) then 'text_undecodable' "
        f"when {status} = 'length_error' and og_matches({s}, '[0-9]{{14}}[0-9X][^0-9X]+[0-9]{{14}}') then 'id_several' "
        f"else 'id_' || {status} end"
    )


def _kind_by_shape(s: str, weighed: str, status: str) -> str:
    return (
        f"case when {status} not in ({sql_list(VALID)}, 'other_document') then null "
        f"when {weighed} is not null then case when substr({weighed}, 1, 1) = '9' then '553' "
        f"when substr({weighed}, 1, 6) in ('810000', '820000') then '803' when substr({weighed}, 1, 6) = '830000' then '804' "
        "else '111' end "
        f"when og_is({s}, '{permits.OLD_RESIDENCE}') then '553' {permits.kind_by_shape(s)}else null end"
    )
