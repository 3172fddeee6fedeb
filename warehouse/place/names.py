"""When two spellings name the same place: keys of area names and of the parts of an address.

Belongs here: SQL of the keys. Does not belong here: where a name is looked up (``answers.py``), how an address is cut
into parts (``normalize/``).

An area name has three keys, tried in their order: 1 as written, 2 without the word for its kind (福寿社区居委会 → 福寿),
3 without it a second time (东村村委会 → 东村 → 东, as an address's 东村 → 东). Names are the same by any
two equal keys; the less is left out on both sides, the better, so that 新村社区 and 新社区 of one street stay apart.
"""

from __future__ import annotations

KINDS = {
    "prefecture": "(市|自治州|地区|盟)$",
    "county": "([一-龥]族自治县|自治县|自治旗|市辖区|新区|区|县|市|旗)$",
    "township": "(街道办事处|街道办|街道|办事处|民族乡|镇|乡|苏木)$",
    "village": "(社区)?(居民委员会|居委会|村民委员会|村委会|社区|村)$",
}
"""By level, the word at a name's end that says what kind of place it is, and may be left out."""

LEVELS = ("county", "township", "village")
"""Levels whose names addresses and records state, with the columns that state them."""

STATED = {"county": "county", "township": "street", "village": "community"}

FUNCTIONAL_ZONE = "高新|开发|保税|经济|技术|工业|产业|园区|新区|先导|度假|风景|旅游|示范|管委"
"""A county that no division list has, though its streets are in some county's (高新园区)."""

VILLAGE = "(村|屯|村民委员会|村委会)$"
"""Names of villages, where a house's number alone is a home."""


def plain_name(x: str) -> str:
    """SQL of an area name without width, case, spaces, signs and what stands in brackets; '' is null."""
    signs = "\\([^()]*\\)|[\\s·''\"“”,，、。.]"
    return f"nullif(regexp_replace(upper(og_half({x})), '{signs}', '', 'g'), '')"


def plain_part(x: str) -> str:
    """SQL of a part of an address without width, case, spaces and brackets; '' is null."""
    return f"nullif(regexp_replace(upper(og_half({x})), '[\\s()''\"“”]', '', 'g'), '')"


def without_kind(x: str, level: str) -> str:
    """SQL of ``x`` without the word for its kind; the whole where nothing else would be left."""
    return f"coalesce(nullif(regexp_replace({x}, '{KINDS[level]}', ''), ''), {x})"


def name_keys(rows: str, level: str, carried: str) -> str:
    """SELECT of ``carried``, ``rank``, ``key``: the three keys of column ``plain`` (a ``plain_name``) of ``rows``.

    (``rank`` 1 to 3.)
    """
    parts = [f"select {carried}, plain as key, 1 as rank from ({rows})"]
    once = without_kind("plain", level)
    parts.append(f"select {carried}, {once} as key, 2 as rank from ({rows})")
    parts.append(
        f"select {carried}, {without_kind('once', level)} as key, 3 as rank from (select *, {once} as once from ({rows}))"
    )
    return " union all ".join(parts)


def bare_village(x: str) -> str:
    """SQL of a village's name without the street or town before it; null where there is none."""
    bare = f"regexp_replace({x}, '^.{{1,8}}?(街道|镇|乡)(办事处)?', '')"
    return f"case when {bare} <> {x} then nullif({bare}, '') end"
