"""Masks: what of a value stays readable, as SQL over text.

Belongs here: the expressions. Which column is masked for whom is said by the catalogue (``query.py``).
Values are masked where they are selected, so that what is masked never leaves the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from schemas.extracts import Mask

# Numerals as addresses write them. 一 in 一德街 goes with them: too much is masked rather than too little.
_NUMERALS = "[0-9A-Za-z０-９零〇一二两三四五六七八九十百]+"


def _id18(x: str) -> str:
    """3706**********0113: the first and last four; documents shorter than an identity number show nothing."""
    return (
        f"case when length({x}) >= 15 then substr({x}, 1, 4) || repeat('*', length({x}) - 8) || "
        f"substr({x}, length({x}) - 3) else repeat('*', length({x})) end"
    )


def _phone(x: str) -> str:
    """138****8000; of a shorter number the last four, of one below eight digits nothing."""
    return (
        f"case when length({x}) >= 11 then substr({x}, 1, 3) || repeat('*', length({x}) - 7) || "
        f"substr({x}, length({x}) - 3) when length({x}) >= 8 then repeat('*', length({x}) - 4) || "
        f"substr({x}, length({x}) - 3) else repeat('*', length({x})) end"
    )


def _name(x: str) -> str:
    """张*, 欧**: the first character; a name of one character shows nothing."""
    return f"case when length({x}) > 1 then substr({x}, 1, 1) || repeat('*', length({x}) - 1) else '*' end"


def _address(x: str) -> str:
    """All numbers and letters go: 北京街道*号*单元*室."""
    return f"regexp_replace({x}, '{_NUMERALS}', '*', 'g')"


def _account(x: str) -> str:
    """The last four of an account or certificate number."""
    return (
        f"case when length({x}) >= 8 then repeat('*', length({x}) - 4) || substr({x}, length({x}) - 3) "
        f"else repeat('*', length({x})) end"
    )


def _all(x: str) -> str:
    """That there is a value, and no more."""
    return f"case when {x} is not null then '***' end"


MASKS: Mapping[Mask, Callable[[str], str]] = {
    "id18": _id18,
    "phone": _phone,
    "name": _name,
    "address": _address,
    "account": _account,
    "all": _all,
}


def masked(mask: Mask, expression: str) -> str:
    """``expression`` (text) under ``mask``; null and empty text stay as they are."""
    return f"case when {expression} is null or {expression} = '' then {expression} else {MASKS[mask](expression)} end"
