"""The few SQL functions that differ between engines, named once (``og_…``), as DuckDB macros.

Belongs here: regular expressions, Unicode, safe casts, hashes, and the cleaning every type begins with. The SQL
of the semantic types is written on these and on plain SQL, so that another engine needs only this list again.
Does not belong here: what a semantic type is (its own module).

All of them are null for null. Macros are expanded in place: give them columns, not long expressions.
"""

from __future__ import annotations

import duckdb

# What carries no meaning and no width: controls, soft hyphen, zero-width and direction marks, BOM.
_HIDDEN = (
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{ad}\x{180e}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}"
    r"\x{fe00}-\x{fe0f}\x{feff}\x{fff9}-\x{fffb}]"
)
_SPACES = r"[\t\n\r \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+"
_SUSPECT = (
    r"[\x00-\x1f\x7f\x{85}\x{a0}\x{ad}\x{1680}\x{180e}\x{2000}-\x{200f}\x{2028}-\x{202f}\x{205f}-\x{2064}"
    r"\x{3000}\x{fe00}-\x{fe0f}\x{feff}\x{fff9}-\x{fffb}]"
)
_FULL = "".join(chr(c) for c in range(0xFF01, 0xFF5F))
_HALF = "".join(chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F))
# What real tables mix all the time; translate() reads its lists again for each row, so a short list goes first.
_COMMON_FULL = "０１２３４５６７８９（），：－；"

# Words that say "nothing here", in upper case. They are null without an issue.
NOTHING_SAID = (
    "NULL", "N/A", "NA", "NONE", "NAN", "NIL", "/", "//", "\\", "-", "--", "---", "—", "——", "－", "_", ".", "。",
    "无", "没有", "暂无", "空", "空白", "未填", "未填写", "不详", "未知", "待补", "待补充", "不清楚",
)  # fmt: skip
CELL_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")


def sql_list(words: tuple[str, ...]) -> str:
    """``words`` as the inside of a SQL ``in (…)``."""
    return ", ".join("'" + word.replace("'", "''") + "'" for word in words)


def _half() -> str:
    common = "".join(chr(ord(sign) - 0xFEE0) for sign in _COMMON_FULL)
    full, half = _FULL.replace("'", "''"), _HALF.replace("'", "''")
    return (
        "case when strlen(x) = length(x) or not regexp_matches(x, '[！-～]') then x "
        f"when regexp_matches(x, '[！-＇＊＋．／＜-～]') then translate(x, '{full}', '{half}') "
        f"else translate(x, '{_COMMON_FULL}', '{common}') end"
    )


MACROS = {
    # regular expressions: RE2 here, no look-around, group 0 is much faster than a numbered group
    "og_matches(x, pattern)": "regexp_matches(x, pattern)",
    "og_is(x, pattern)": "regexp_full_match(x, pattern)",
    "og_part(x, pattern)": "regexp_extract(x, pattern, 0)",
    "og_group(x, pattern, number)": "regexp_extract(x, pattern, number)",
    "og_replaced(x, pattern, put)": "regexp_replace(x, pattern, put, 'g')",
    # text
    "og_nfc(x)": "case when strlen(x) = length(x) then x else nfc_normalize(x) end",
    # the text of a cell without hidden characters, every kind of space one blank, trimmed, '' as null
    "og_plain(x)": (
        f"case when x = '' then null when not regexp_matches(x, '{_SUSPECT}|^ | $') then x else "
        f"nullif(trim(regexp_replace(regexp_replace(x, '{_HIDDEN}', '', 'g'), '{_SPACES}', ' ', 'g')), '') end"
    ),
    # full-width letters, digits and ASCII punctuation to half width
    "og_half(x)": _half(),
    # ends trimmed as record keys are: ASCII white space and U+3000
    "og_ends(x)": "trim(x, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || '　')",
    "og_nothing(x)": (
        f"case when x is null then true when strlen(x) > 12 then false else upper(x) in ({sql_list(NOTHING_SAID)}) end"
    ),
    "og_cell_error(x)": f"case when starts_with(x, '#') then upper(x) in ({sql_list(CELL_ERRORS)}) else false end",
    "og_undecodable(x)": "coalesce(contains(x, chr(65533)), false)",
    # numbers and days; null where there is none
    "og_integer(x)": "try_cast(x as bigint)",
    "og_number(x)": "try_cast(x as double)",
    "og_day(y, m, d)": "try_cast(y || '-' || m || '-' || d as date)",
    # of three integers: no text is put together and read again
    "og_day_of_numbers(y, m, d)": (
        "case when y > 0 and m between 1 and 12 and d between 1 and 28 then make_date(y, m, d) "
        "when y > 0 and m between 1 and 12 and d between 29 and case when m in (4, 6, 9, 11) then 30 when m <> 2 then 31 "
        "when y % 4 = 0 and (y % 100 <> 0 or y % 400 = 0) then 29 else 28 end then make_date(y, m, d) end"
    ),
    # a day or moment written in one of the common ways, by casts alone: many times as fast as by expressions. Null
    # says nothing; a value may still be out of bounds.
    "og_quick_day(x)": (
        "case when strlen(x) between 8 and 10 then case when x like '____-%-%' or x like '____/%/%' then try_cast(x as date) "
        "when strlen(x) = 8 then try(make_date(try_cast(x as integer) // 10000, try_cast(x as integer) // 100 % 100, "
        "try_cast(x as integer) % 100)) end "
        "when strlen(x) in (19, 21, 23) and x like '____-__-__ __:__:__%' then try_cast(substr(x, 1, 10) as date) end"
    ),
    "og_day_of_signs(x)": (
        "try_cast(replace(replace(replace(replace(replace(x, '年', '-'), '月', '-'), '日', ''), '号', ''), '.', '-') as date)"
    ),
    "og_quick_moment(x)": (
        "case when strlen(x) = 19 and x like '____-__-__ __:__:__' then try_cast(x as timestamp) "
        "when strlen(x) between 13 and 19 and x like '____/%/% %:%' and not regexp_matches(x, '[^0-9/: ]') "
        "then try_cast(x as timestamp) "
        "when strlen(x) = 14 and not contains(x, ' ') then try_strptime(x, '%Y%m%d%H%M%S') end"
    ),
    "og_moment(x)": "try_cast(x as timestamp)",
    # moments that say their offset, or count from 1970 in UTC, as the clock in a zone showed them
    "og_zoned_moment(x, zone)": "timezone(zone, try_cast(x as timestamptz))",
    "og_epoch_moment(ms, zone)": "timezone(zone, timezone('UTC', epoch_ms(cast(ms as bigint))))",
    "og_later(day, seconds, part)": (
        "cast(day as timestamp) + to_seconds(cast(seconds as bigint)) + to_microseconds(cast(round(part * 1000000) as bigint))"
    ),
    "og_serial_moment(n)": "timestamp '1899-12-30' + to_seconds(round(n * 86400))",
    "og_serial_day(n)": "date '1899-12-30' + cast(n as integer)",
    # years from Chinese digits, numbers from Chinese numerals up to 999 (十二, 二十, 一百零三, 三〇一)
    "og_han_digits(x)": "translate(x, '〇零○Oo一二两三四五六七八九', '000001223456789')",
    "og_han_number(x)": (
        "case when x is null then null when not regexp_matches(x, '[〇零○一二两三四五六七八九十百]') then x "
        "when not regexp_matches(x, '[十百]') then translate(x, '〇零○一二两三四五六七八九', '0001223456789') "
        "else cast("
        "coalesce(try_cast(translate(regexp_extract(x, '([一二两三四五六七八九])百', 1), '一二两三四五六七八九', '1223456789')"
        " as integer), 0) * 100 + "
        "case when contains(x, '十') then coalesce(try_cast(translate(regexp_extract(x, '([一二两三四五六七八九])十', 1),"
        " '一二两三四五六七八九', '1223456789') as integer), 1) * 10 else 0 end + "
        "coalesce(try_cast(translate(regexp_extract(x, '([一二两三四五六七八九])$', 1), '一二两三四五六七八九', '1223456789')"
        " as integer), 0) as varchar) end"
    ),
    # a short opaque name for something (not secret: keyed hashes are made with the workspace's key)
    "og_digest(x)": "substr(sha256(x), 1, 24)",
    # what an issue may show of a value: enough to find the cell's kind, never the value
    "og_masked(x)": (
        "case when length(x) >= 15 then substr(x, 1, 3) || '***' || substr(x, length(x), 1) || '(' || length(x) || ')' "
        "when length(x) >= 8 then substr(x, 1, 2) || '***(' || length(x) || ')' "
        "when length(x) >= 2 then substr(x, 1, 1) || '*(' || length(x) || ')' else '*' end"
    ),
}


def name_functions(con: duckdb.DuckDBPyConnection) -> None:
    """Make the named functions known to a connection (once per connection; again does no harm)."""
    for signature, body in MACROS.items():
        con.execute(f"create or replace temp macro {signature} as {body}")
