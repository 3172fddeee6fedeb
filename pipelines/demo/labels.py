"""Codes as labels: how agencies that show words instead of codes write sex, ethnic group, education and the like.

Belongs here: SQL from a code of the shipped lists (``schemas/codes``) to a word. Does not belong here: wrong words.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from pipelines.demo.chance import quoted
from schemas.model import schema

RESIDENT_KIND = {"hukou": "户籍人口", "migrant": "流动人口", "overseas": "境外人员"}
RELATION = {
    "20": "儿子",
    "30": "女儿",
    "11": "丈夫",
    "12": "妻子",
    "22": "长子",
    "32": "长女",
    "23": "次子",
    "33": "次女",
    "38": "儿媳",
    "99": "非亲属",
}
# What a generated person can have; the whole lists are longer.
USED = {
    "ethnicity": "01 02 03 04 05 08 10 11 17", "marital_status": "10 20 22 30 40", "education": "10 20 30 40 60 70 80 90",
    "politics": "01 03 13", "occupation_status": "13 17 21 24 27 31 51 54 70 80", "relation_to_head": "02 11 12 20 22 23 28 30 32 33 38 41 42 51 52 99",
    "disability_type": "1 2 3 4 5 6 7", "disability_level": "1 2 3 4",
}  # fmt: skip


def cases(sql: str, words: Mapping[str, str]) -> str:
    """SQL that turns one text into another by a small table; anything else stays as it is."""
    return f"CASE {sql} {' '.join(f'WHEN {quoted(a)} THEN {quoted(b)}' for a, b in words.items())} ELSE {sql} END"


@cache
def words(code_list: str) -> dict[str, str]:
    """Code to label of a shipped list, as far as the generator uses it."""
    used = USED[code_list].split()
    return {c.code: c.label for c in schema().code_lists[code_list].codes if c.code in used}


def label(code_list: str, sql: str) -> str:
    """SQL of the label of a code."""
    own = RELATION if code_list == "relation_to_head" else {}
    return cases(sql, words(code_list) | own)


def sex_word(sql: str = "sex") -> str:
    """SQL of 男/女."""
    return f"CASE {sql} WHEN '1' THEN '男' ELSE '女' END"
