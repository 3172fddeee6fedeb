"""What goes wrong with a cell, as SQL: when a kind of damage can happen and what the cell then says.

Belongs here: the kinds. In an expression, ``{v}`` is the cell as its agency would write it right, ``{t}`` the true
value, ``{p}`` the prefix (l, h) of an address' home, ``{f}`` the form of address; all columns of view ``pv`` are there.
Does not belong here: how often a kind happens (damage.csv).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.demo.chance import quoted, text_list
from pipelines.demo.city import City
from pipelines.demo.names import PRIVATE_USE, TRADITIONAL, beyond_gbk, homophone_map, translated, variant_map
from pipelines.demo.places import chinese_number

FULL_WIDTH = ("0123456789X", "０１２３４５６７８９Ｘ")
ALWAYS = "true"


@dataclass(frozen=True)
class Kind:
    """One kind of damage: ``applies`` and ``value`` are SQL; ``keeps``: a careful reader still gets the true value."""

    value: str
    applies: str = ALWAYS
    keeps: bool = False


MISSING = Kind("NULL")


def kinds(city: City) -> Mapping[str, Mapping[str, Kind]]:
    """Kinds by class of field (id, name, sex, date, phone, address, text, certificate), then by name."""
    return {
        "id": _id_kinds(city), "name": _name_kinds(city), "sex": _sex_kinds(), "date": _date_kinds(city),
        "phone": _phone_kinds(city), "address": _address_kinds(city), "text": _text_kinds(), "certificate": _certificate_kinds(city),
    }  # fmt: skip


def _id_kinds(city: City) -> dict[str, Kind]:
    # Only citizen-shaped numbers are spoilt in citizen-shaped ways.
    citizen, digits = (
        "length({t}) = 18 AND doc_type = '111'",
        "length({t}) = 18 AND doc_type = '111' AND {t} NOT LIKE '%X'",
    )
    at = city.chance.between(7, 17, "id position", "draw")
    other = f"translate(substr({{t}}, {at}, 1), '0123456789', '3847619502')"
    return {
        "missing": MISSING,
        "placeholder": Kind(city.chance.one_of(["无", "0", "不详", "-", "111111111111111111", "办理中"], "placeholder", "draw")),
        "masked": Kind("left({t}, 6) || '********' || right({t}, 4)", citizen),
        "masked_long": Kind("left({t}, 4) || '**********' || right({t}, 4)", citizen),
        "excel000": Kind("left({t}, 15) || '000'", f"{digits} AND {{t}} NOT LIKE '%000'"),
        # One number in 32 or 64 is a float64 as it stands: that one comes through whole.
        "float_rounded": Kind("{t}::DOUBLE::HUGEINT::VARCHAR", f"CASE WHEN {digits} THEN {{t}}::DOUBLE::HUGEINT::VARCHAR <> {{t}} ELSE false END"),
        "sci_notation": Kind("left({t}, 1) || '.' || substr({t}, 2, 5) || 'E+17'", digits),
        "mistyped": Kind(f"left({{t}}, {at} - 1) || {other} || substr({{t}}, {at} + 1)", citizen),
        "swapped_digits": Kind(f"left({{t}}, {at} - 1) || substr({{t}}, {at} + 1, 1) || substr({{t}}, {at}, 1) || substr({{t}}, {at} + 2)", f"{citizen} AND substr({{t}}, {at}, 1) <> substr({{t}}, {at} + 1, 1)"),
        "lost_digit": Kind("left({t}, 17)", citizen),
        "letter_o": Kind("replace({t}, '0', 'O')", f"{citizen} AND contains({{t}}, '0')", True),
        "old15": Kind("id15", "id15 IS NOT NULL", True),
        "relative": Kind("family_id", "family_id IS NOT NULL"),
        # Two whole numbers, and nothing says whose is which.
        "two_in_cell": Kind("{t} || '/' || family_id", "family_id IS NOT NULL"),
        "lower_x": Kind("replace({v}, 'X', 'x')", "{t} LIKE '%X' AND doc_type = '111'", True),
        "multiply_sign": Kind("replace({v}, 'X', '×')", "{t} LIKE '%X' AND doc_type = '111'", True),
        "full_width": Kind(translated("{v}", FULL_WIDTH), citizen, True),
        "spaces": Kind("left({t}, 6) || ' ' || substr({t}, 7, 8) || ' ' || right({t}, 4)", citizen, True),
        "apostrophe": Kind("'''' || {v}", citizen, True),
        "hidden_character": Kind(f"{city.chance.one_of([chr(0x200B), chr(0xFEFF), chr(0xA0), chr(0x202D)], 'hidden', 'draw')} || {{v}}", citizen, True),
        "tab": Kind("{v} || chr(9)", citizen, True),
    }  # fmt: skip


def _name_kinds(city: City) -> dict[str, Kind]:
    han, rest = r"regexp_full_match({t}, '[\x{4e00}-\x{9fff}]{2,4}')", "substr({v}, 2)"
    dotted, gone = "contains({t}, '·')", beyond_gbk()
    homophone, variant, old = homophone_map(), variant_map(), TRADITIONAL
    sounded, varied, trad = (
        f"left({{v}}, length({{v}}) - 1) || {translated('right({v}, 1)', homophone)}",
        translated("left({v}, 1)", variant) + " || " + rest,
        translated("{v}", old),
    )
    dot_gbk = city.chance.one_of(["．", ".", "。", "－"], "separator", "draw")
    dot = city.chance.one_of(["・", "･", "•", ".", "．", "‧", "。", "－"], "separator", "draw")
    return {
        "missing": MISSING,
        "homophone": Kind(sounded, f"{han} AND {sounded} <> {{v}}"),
        "variant": Kind(varied, f"{han} AND {varied} <> {{v}}"),
        "traditional": Kind(trad, f"{han} AND {trad} <> {{v}}", True),
        "lost_character": Kind("left({v}, 1) || right({v}, 1)", "length({t}) = 3 AND " + han),
        "swapped_characters": Kind("left({v}, 1) || right({v}, 1) || substr({v}, 2, 1)", "length({t}) = 3 AND " + han),
        "wrong_character": Kind("left({v}, length({v}) - 1) || " + city.chance.one_of(list("华明英红军文平玉林志"), "wrong", "draw"), han),
        "pinyin": Kind("name_pinyin", "name_pinyin <> {t}"),
        "pet_name": Kind(city.chance.one_of(["小宝", "大军", "小丽", "老", "小"], "pet", "draw") + " || right({v}, 1)", han),
        "former": Kind("former_name", "former_name IS NOT NULL"),
        "masked": Kind("left({v}, 1) || repeat('*', length({v}) - 1)", han),
        "masked_middle": Kind("left({v}, 1) || '*' || right({v}, 1)", "length({t}) = 3 AND " + han),
        "inner_space": Kind("left({v}, 1) || chr(12288) || substr({v}, 2)", "length({t}) = 2 AND " + han, True),
        "ascii_space": Kind("left({v}, 1) || ' ' || substr({v}, 2)", han, True),
        "separator": Kind(f"replace({{v}}, '·', {dot})", dotted, True),
        "separator_gbk": Kind(f"replace({{v}}, '·', {dot_gbk})", dotted, True),
        "separator_lost": Kind("replace({v}, '·', '')", dotted),
        "cut": Kind("left({v}, 4)", dotted),
        "suffix_note": Kind("{v} || " + city.chance.one_of(["（户主）", "(户主)", "（本人）", "(租户)", "等"], "suffix", "draw"), han, True),
        "dead_note": Kind("{v} || '(已故)'", "status = 'deceased' AND " + han, True),
        "private_use": Kind(translated("{v}", PRIVATE_USE), f"rare AND {translated('{v}', PRIVATE_USE)} <> {{v}}", True),
        "question_mark": Kind(f"translate({{v}}, {quoted(gone)}, {quoted('?' * len(gone))})", f"rare AND translate({{v}}, {quoted(gone)}, '') <> {{v}}"),
        "component_spelling": Kind("replace(replace({v}, '䶮', '(上龙下天)'), '𠮷', '[土口]')", "rare AND (contains({t}, '䶮') OR contains({t}, '𠮷'))", True),
        "hidden_character": Kind("{v} || chr(8203)", han, True),
        "end_space": Kind("{v} || chr(12288)", han, True),
        "newborn": Kind("surname || '某之' || CASE WHEN male THEN '子' ELSE '女' END", "years = 0 AND " + han),
    }  # fmt: skip


def _sex_kinds() -> dict[str, Kind]:
    return {
        "missing": MISSING,
        "wrong": Kind("translate({v}, '12男女', '21女男')", "{v} <> '0'"),
        "wrong_01": Kind("translate({v}, '01', '10')"),
        "unknown": Kind("CASE WHEN {v} IN ('男', '女') THEN '未知' ELSE '9' END"),
        "long_label": Kind("{v} || '性'", "{v} IN ('男', '女')", True),
        "letter": Kind("CASE {t} WHEN '1' THEN 'M' ELSE 'F' END", "{v} IN ('男', '女')", True),
        "space": Kind("' ' || {v}", ALWAYS, True),
    }  # fmt: skip


def _date_kinds(city: City) -> dict[str, Kind]:
    c = city.chance
    y, m, d = "year({t})", "month({t})", "day({t})"
    year_numerals = f"translate({y}::VARCHAR, '0123456789', '{{zero}}一二三四五六七八九')".replace(
        "{zero}", "〇"
    )
    long = f"{year_numerals} || '年' || {chinese_number(m)} || '月' || {chinese_number(d)} || '日'"
    return {
        "missing": MISSING,
        "slash": Kind(f"{y} || '/' || {m} || '/' || {d}", keeps=True),
        "dots": Kind(f"{y} || '.' || {m} || '.' || {d}", keeps=True),
        "dashes": Kind("strftime({t}, '%Y-%m-%d')", keeps=True),
        "digits": Kind("strftime({t}, '%Y%m%d')", keeps=True),
        "year_month_dot": Kind(f"{y} || '.' || {m}"),
        "year_month": Kind("strftime({t}, '%Y%m')"),
        "year_month_words": Kind(f"{y} || '年' || {m} || '月'"),
        "two_digit_year": Kind("strftime({t}, '%y.%m')"),
        "words": Kind(f"{y} || '年' || {m} || '月' || {d} || '日'", keeps=True),
        "numerals": Kind(long, keeps=True),
        "numerals_zero": Kind(f"translate({long}, '〇', '○')", keeps=True),
        "republic_year": Kind(f"'民国' || {chinese_number(f'({y} - 1911)')} || '年'", "{t} < DATE '1949-10-01'"),
        "excel_serial": Kind("({t} - DATE '1899-12-30')::VARCHAR", keeps=True),
        "excel_serial_float": Kind("({t} - DATE '1899-12-30')::VARCHAR || '.0'", keeps=True),
        "english_month": Kind("strftime({t}, '%d-%b-%y')", keeps=True),
        "with_time": Kind("strftime({t}, '%Y-%m-%d') || ' 00:00:00.0'", keeps=True),
        "epoch_ms": Kind("epoch_ms({t}::TIMESTAMP)::VARCHAR", keeps=True),
        "zeros": Kind("'0000-00-00'"),
        "default_1900": Kind("'1900-01-01'"),
        "first_of_january": Kind(f"{y} || '-01-01'", f"NOT ({m} = 1 AND {d} = 1)"),
        "day_off": Kind(f"strftime({{t}} + {c.one_of(['-1', '1', '9', '-10', '30'], 'day off', 'draw')}::INTEGER, '%Y-%m-%d')"),
        "year_off": Kind(f"({y} + {c.one_of(['-1', '1', '2', '-10', '10'], 'year off', 'draw')}::INTEGER)::VARCHAR || strftime({{t}}, '-%m-%d')", f"NOT ({m} = 2 AND {d} = 29)"),
        "day_month_swapped": Kind(f"{y} || '-' || lpad({d}::VARCHAR, 2, '0') || '-' || lpad({m}::VARCHAR, 2, '0')", f"{d} <= 12 AND {d} <> {m}"),
        "lunar_as_solar": Kind("strftime(lunar_as_solar, '%Y-%m-%d')", "lunar_as_solar IS NOT NULL"),
        "lunar_text": Kind("lunar_text", "lunar_text IS NOT NULL", True),
    }  # fmt: skip


def _phone_kinds(city: City) -> dict[str, Kind]:
    mobile = "length({t}) = 11"
    office = "area_phone || '-' || (86000000 + coalesce(l_community_id, 0) * 37)::VARCHAR"
    return {
        "missing": MISSING,
        "placeholder": Kind(city.chance.one_of(["无", "0", "-", "13000000000", "空号", "停机"], "no phone", "draw")),
        "two_in_cell": Kind("{t} || " + city.chance.one_of(["/", "、", ";", " ", ","], "between phones", "draw") + " || area_phone || '-' || landline", mobile, True),
        "landline": Kind("area_phone || '-' || landline"),
        "landline_without_area": Kind("landline"),
        "extension": Kind("area_phone || '-' || landline || '转' || " + city.chance.between(800, 899, "extension", "draw") + "::VARCHAR"),
        "masked": Kind("left({t}, 3) || '****' || right({t}, 4)", mobile),
        "spaced": Kind("left({t}, 3) || ' ' || substr({t}, 4, 4) || ' ' || right({t}, 4)", mobile, True),
        "dashes": Kind("left({t}, 3) || '-' || substr({t}, 4, 4) || '-' || right({t}, 4)", mobile, True),
        "country_code": Kind("'+86' || {t}", mobile, True),
        "leading_zero": Kind("'0' || {t}", mobile, True),
        "full_width": Kind(translated("{v}", FULL_WIDTH), mobile, True),
        "with_name": Kind("{t} || '(' || surname || '先生)'", mobile, True),
        "relatives": Kind("family_phone"),
        "office": Kind(office),
        "earlier": Kind("earlier_phone"),
        "lost_digit": Kind("left({t}, 10)", mobile),
        "mistyped": Kind("left({t}, 7) || translate(substr({t}, 8, 1), '0123456789', '3847619502') || right({t}, 3)", mobile),
    }  # fmt: skip


def _address_kinds(city: City) -> dict[str, Kind]:
    home, moved = "{p}_a_mid IS NOT NULL", "e_a_mid IS NOT NULL AND live_no IS NOT NULL"
    note = city.chance.one_of(["（租住）", "(出租)", "楼下平房", "，白天无人"], "address note", "draw")
    return {
        "missing": MISSING,
        "stale": Kind("e_{f}", moved),
        "no_room": Kind("{p}_a_no_room", home),
        "no_district": Kind("{p}_a_short", home, True),
        "whole": Kind("{p}_a_full", home, True),
        "dashed": Kind("{p}_a_dash", home, True),
        "hash_sign": Kind("{p}_a_hash", home, True),
        "numerals": Kind("{p}_a_numerals", f"{home} AND coalesce({{p}}_a_full, '') NOT LIKE '%内%'", True),
        "full_width": Kind(translated("{v}", FULL_WIDTH), home, True),
        "inner_space": Kind("regexp_replace({v}, '(区|县|街|路|楼)', '\\1 ', 'g')", home, True),
        "building_zhuang": Kind("replace({v}, '号楼', '栋')", "{v} LIKE '%号楼%'", True),
        "note": Kind(f"{{v}} || {note}", home, True),
        "line_break": Kind("left({v}, 6) || chr(10) || substr({v}, 7)", home, True),
        "community_only": Kind("{p}_community", home.replace("a_mid", "community")),
        "wrong_room": Kind("regexp_replace({v}, '[0-9]室$', '9室')", "{v} LIKE '%室' AND {v} NOT LIKE '%9室'"),
    }  # fmt: skip


def _certificate_kinds(city: City) -> dict[str, Kind]:
    """The 20-digit disability certificate: an identity number, type, level."""
    at = city.chance.between(7, 17, "certificate position", "draw")
    return {
        "mistyped": Kind(
            f"left({{t}}, {at} - 1) || translate(substr({{t}}, {at}, 1), '0123456789', '3847619502') || substr({{t}}, {at} + 1)"
        ),
        "old15": Kind("id15 || right({t}, 2)", "id15 IS NOT NULL", True),
        "relative": Kind("family_id || right({t}, 2)", "length(family_id) = 18"),
        "lower_x": Kind("replace({v}, 'X', 'x')", "{t} LIKE '%X__'", True),
        "reissued": Kind("{v} || 'B1'", ALWAYS, True),
    }


def _text_kinds() -> dict[str, Kind]:
    return {
        "missing": MISSING,
        "placeholder": Kind(f"({text_list(['无', '不详', '-', '其他'])})[1 + (draw % 4)::INTEGER]"),
        "space": Kind("{v} || ' '", ALWAYS, True),
        "no_suffix": Kind("regexp_replace({v}, '族$', '')", "{v} LIKE '%族'", True),
    }
