"""The tables that keys of names are made by, against the libraries that they come from."""

from __future__ import annotations

import opencc
import pypinyin
from pypinyin.constants import PINYIN_DICT

from warehouse.normalize.match_keys import CHARACTERS, exchanges, lookups, readings


def _plain(character: str) -> bool:
    point = ord(character)
    return 0x3400 <= point < 0xA000 or point == 0x3007 or point >= 0x20000


def test_simplified_characters_are_those_of_opencc() -> None:
    ours = exchanges("simplified")
    characters = [
        chr(point) for point in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000), *range(0x20000, 0x2A6E0))
    ]
    # a line each: no phrase may decide, or a character would have another key beside another
    theirs = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    assert {c: meant for c, meant in ours.items() if ord(c) < 0x20000} == {
        c: meant for c, meant in zip(characters, theirs, strict=True) if c != meant and ord(c) < 0x20000
    }


def test_readings_are_those_of_pypinyin() -> None:
    theirs = {chr(point): pypinyin.lazy_pinyin(chr(point))[0] for point in PINYIN_DICT if _plain(chr(point))}
    assert readings() == {
        c: reading for c, reading in theirs.items() if reading.isascii() and reading.isalpha()
    }


def test_a_surname_is_listed_only_where_it_reads_otherwise() -> None:
    surnames = exchanges("surname_reading")
    assert all(surnames[s] != pypinyin.lazy_pinyin(s)[0] for s in surnames if len(s) == 1)
    assert all(len(reading.split()) == len(s) for s, reading in surnames.items())
    for s, reading in {"曾": "zeng", "单": "shan", "仇": "qiu", "解": "xie", "乐": "yue", "区": "ou", "朴": "piao", "翟": "zhai",
                       "缪": "miao", "洗": "xian", "种": "chong", "盖": "ge", "召": "shao", "尉迟": "yu chi"}.items():  # fmt: skip
        assert surnames[s] == reading
    assert "查" in surnames and surnames["查"] == "zha"


def test_variants_meet_in_a_simplified_surname() -> None:
    variants = exchanges("surname_variant")
    assert not set(variants) & set(variants.values())
    assert not set(variants.values()) & set(exchanges("simplified"))


def test_what_is_looked_up_begins_with_the_simplified_form_or_is_a_reading() -> None:
    simplified = exchanges("simplified")
    for found, packed in lookups()[CHARACTERS].items():
        if found in simplified:
            assert packed[0] == simplified[found] and len(packed) > 1
        else:
            assert packed.isascii()
