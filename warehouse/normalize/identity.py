"""Document numbers of persons: GB 11643 identity numbers with the damage that spreadsheets do, and other documents.

A number is a value only if its check holds (or its document has none); everything else is kept as ``stated`` with a
``status`` that says what is wrong with it. Two signatures of damage are told apart: ``excel000`` (typed into a
spreadsheet: digits 16 to 18 became 000) and ``float_rounded`` (passed through a float64: rounded to a multiple of
16, 32, 64 or 128). The reader's word on the cell (a number of more than 15 digits) goes before any check digit,
which damage passes once in eleven times.

Does not belong here: restoring damaged numbers from other sources, and whose number it is (``link/``).
"""

from __future__ import annotations

from warehouse.normalize.steps import Cell, Lookup, Options, Reading

STATUSES = (
    "ok", "ok_upgraded15", "bad_checksum", "bad_date", "area_unknown", "area_date_conflict", "excel000",
    "float_rounded", "sci_notation", "masked", "placeholder", "length_error", "other_document", "missing",
)  # fmt: skip
VALID = ("ok", "ok_upgraded15", "area_unknown", "area_date_conflict")
# GB 11643: weights 2^(18-i) mod 11 of the first 17 digits.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_COUNTY_LIST = "county.last_year"
# A city goes on giving numbers of an abolished code for some years (the start of a code says nothing: people born
# long before a district existed carry its code).
_YEARS_AFTER = 4
_PREFECTURE_ENDS = ("01", "02", "11", "20")  # 市辖区, 市区: printed on cards, missing from every list
_OTHER = (
    r"[DEGPS][A-Z0-9][0-9]{7}|[A-Z]{1,2}[0-9]{7}|[HM][0-9]{8}([0-9]{2})?|[A-Z]{1,2}[0-9]{6}\([0-9A]\)"
    r"|[A-Z][0-9]{9}|.{0,6}字第?[0-9]{4,10}号?"
)


def id_number(cell: Cell, options: Options) -> Reading:
    """A document number.

    Outputs: ``status`` (one of STATUSES), ``stated`` (the cell's number, tidied), ``type`` (code of GA/T 2000.156 by
    shape), ``birth`` and ``sex`` as the number has them. Issue: id_<status> where it is worth a word, id_several, or
    ``id_retyped`` (letters O, I, l put right, the check digit holds).
    """
    plain, tidy, s, base, weighed = cell("plain"), cell("tidy"), cell("s"), cell("base"), cell("weighed")
    check, day, last_year, status = cell("check"), cell("day"), cell("last_year"), cell("status")
    total = " + ".join(f"({base} // {10 ** (16 - i)} % 10) * {w}" for i, w in enumerate(_WEIGHTS))
    year = f"cast(substr({weighed}, 7, 4) as integer)"
    eighteen = f"length({s}) = 18 and {weighed} is not null"
    # float64 keeps multiples of 16 from 7.2e16, of 32 from 1.44e17, of 64 from 2.88e17, of 128 from 5.76e17
    spacing = (
        f"case when {base} < 7205759403792793 then 8 when {base} < 14411518807585587 then 16 "
        f"when {base} < 28823037615171174 then 32 when {base} < 57646075230342348 then 64 else 128 end"
    )
    letters = "".join(f"when '{chr(65 + n)}' then {10 + n} " for n in range(26))
    old_sum = " + ".join(
        f"(case substr({s}, {i + 1}, 1) {letters}else 0 end) * {(7, 3, 1)[i % 3]}" for i in range(3)
    ) + "".join(f" + cast(substr({s}, {i + 1}, 1) as integer) * {(7, 3, 1)[i % 3]}" for i in range(3, 14))
    return Reading(
        steps=(
            {plain: f"og_plain({cell.raw})"},
            {
                tidy: (
                    f"case when og_is({plain}, '[0-9]{{17}}[0-9X]') then {plain} else "
                    f"translate(og_replaced(og_replaced(upper(og_half({plain})), "
                    f"'^(公民)?(身份证|身份|居民身份证|证件)?(号码|号)?[:：]|[ \\x22\\x27`‘’“”\\-—–_,;，；、。]+$|[ \\x22\\x27`‘’“”\\-—–]',"
                    f" ''), '^([0-9]{{15,18}})\\.0+$', '\\1'), '×✕＊', 'XX*') end"
                ),
            },
            {
                # O, I and l typed for digits: read as digits only where the whole has the shape of a number
                s: (
                    f"case when og_is({tidy}, '[0-9OIL|]{{17}}[0-9OIL|X]') and og_matches({tidy}, '[OIL|]') "
                    f"then translate({tidy}, 'OIL|', '0111') else {tidy} end"
                ),
            },
            {
                weighed: (
                    f"case when og_is({s}, '[0-9]{{17}}[0-9X]') then substr({s}, 1, 17) "
                    f"when og_is({s}, '[0-9]{{15}}') then substr({s}, 1, 6) || "
                    # sequences 996 to 999 were kept for people of over a hundred
                    f"case when substr({s}, 13, 3) between '996' and '999' then '18' else '19' end || substr({s}, 7) "
                    "else null end"
                ),
            },
            {
                base: f"cast({weighed} as bigint)",
                day: f"og_day(substr({weighed}, 7, 4), substr({weighed}, 11, 2), substr({weighed}, 13, 2))",
                cell("area"): f"substr({weighed}, 1, 6)",
            },
            {
                check: f"substr('10X98765432', cast(({total}) % 11 + 1 as integer), 1)",
                cell("year"): f"case when {day} is not null then {year} else null end",
                last_year: Lookup(_COUNTY_LIST, cell("area")),
            },
            {
                cell("day_ok"): (
                    f"coalesce({day} <= coalesce({cell.as_of}, date '2100-01-01') and {cell('year')} >= 1850, false)"
                ),
                cell("area_status"): (
                    f"case when {weighed} is null then 'area_unknown' "
                    f"when substr({weighed}, 1, 1) = '9' or {cell('area')} in ('810000', '820000', '830000') then 'ok' "
                    f"when {last_year} is null then case when substr({weighed}, 5, 2) in "
                    f"({', '.join(repr(end) for end in _PREFECTURE_ENDS)}) then 'ok' else 'area_unknown' end "
                    f"when {last_year} <> '' and cast({last_year} as integer) + {_YEARS_AFTER} < {cell('year')} "
                    "then 'area_date_conflict' else 'ok' end"
                ),
            },
            {
                status: (
                    f"case when {plain} is null then 'missing' "
                    f"when og_nothing({plain}) or og_cell_error({plain}) or {s} is null or {s} = '' then 'placeholder' "
                    f"when og_matches({s}, '[*?#]|X{{3,}}') and og_matches({s}, '[0-9]') then 'masked' "
                    f"when og_is({s}, '[0-9](\\.[0-9]+)?E[+]?[0-9]{{1,3}}') then 'sci_notation' "
                    f"when not og_matches({s}, '[0-9]') or replace({s}, substr({s}, 1, 1), '') = '' "
                    f"or (length({s}) >= 5 and starts_with('123456789012345678901234', {s})) "
                    f"or og_is({s}, '[0-9]{{6}}0{{9,12}}') then 'placeholder' "
                    f"when {cell.long} and {eighteen} then case when substr({s}, 16, 3) = '000' then 'excel000' "
                    "else 'float_rounded' end "
                    f"when {cell.long} then 'length_error' "
                    f"when {eighteen} then case "
                    f"when substr({s}, 18, 1) = {check} then "
                    f"case when {cell('day_ok')} then {cell('area_status')} else 'bad_date' end "
                    f"when substr({s}, 16, 3) = '000' then 'excel000' "
                    f"when substr({s}, 18, 1) <> 'X' and "
                    f"({base} * 10 + coalesce(try_cast(substr({s}, 18, 1) as bigint), 1)) % ({spacing}) = 0 "
                    "then 'float_rounded' "
                    f"when not {cell('day_ok')} then 'bad_date' else 'bad_checksum' end "
                    f"when {weighed} is not null then case when {cell('day_ok')} then 'ok_upgraded15' else 'bad_date' end "
                    f"when og_is({s}, '[A-Z]{{3}}[0-9]{{12}}') then case when ({old_sum}) % 10 = "
                    f"cast(substr({s}, 15, 1) as integer) then 'ok' else 'bad_checksum' end "
                    f"when og_is({s}, '{_OTHER}') then 'other_document' else 'length_error' end"
                ),
            },
            {
                cell("value"): (
                    f"case when {status} in ({', '.join(repr(one) for one in VALID)}) then "
                    f"case when {weighed} is null then {s} when length({s}) = 15 then {weighed} || {check} else {s} end "
                    f"when {status} = 'other_document' then {s} else null end"
                ),
            },
        ),
        value=cell("value"),
        issue=(
            f"case when og_cell_error({plain}) then 'cell_error' when og_undecodable({plain}) then 'text_undecodable' "
            f"when {status} = 'length_error' and og_matches({s}, '[0-9]{{14}}[0-9X][^0-9X]+[0-9]{{14}}') then 'id_several' "
            f"when {status} in ('missing', 'ok', 'ok_upgraded15', 'other_document') then "
            f"case when {status} = 'ok' and {s} <> {tidy} then 'id_retyped' else null end else 'id_' || {status} end"
        ),
        outputs={
            "status": status,
            "stated": f"case when {status} in ('missing', 'placeholder') then null else {s} end",
            "type": _type_by_shape(s, weighed, cell("value")),
            "birth": f"case when {cell('value')} is not null and {weighed} is not null then {day} else null end",
            "sex": (
                f"case when {cell('value')} is null or {weighed} is null then null "
                f"when {base} % 2 = 1 then '1' else '2' end"
            ),
        },
    )


def _type_by_shape(s: str, weighed: str, value: str) -> str:
    return (
        f"case when {value} is null then null "
        f"when {weighed} is not null then case when substr({weighed}, 1, 1) = '9' then '553' "
        f"when substr({weighed}, 1, 6) in ('810000', '820000') then '803' when substr({weighed}, 1, 6) = '830000' then '804' "
        "else '111' end "
        f"when og_is({s}, '[A-Z]{{3}}[0-9]{{12}}') then '553' "
        f"when og_is({s}, '[HM][0-9]{{8}}([0-9]{{2}})?') then '516' "
        f"when og_is({s}, '[DEGPS][A-Z0-9][0-9]{{7}}|[A-Z]{{1,2}}[0-9]{{7}}') then '414' "
        f"when og_is({s}, '[A-Z][0-9]{{9}}') then '811' when contains({s}, '字') then '114' else null end"
    )
