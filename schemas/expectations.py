"""What deliveries must be like before they are used: the form of ``expectations.yaml`` and its loading.

Belongs here: rules with their severity, and the values that ``tables/`` cannot say. Does not belong here: SQL
(``warehouse/expectations``), the bounds of one source (its own YAML).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator
from pydantic import Field as PydanticField

from schemas.located_yaml import Located, load_yaml, together, unknown_word, validate
from schemas.model import Frozen, Schema, schema

Rule = Literal[
    "required", "key", "codes", "range", "order", "check_digit", "problems", "rows_least", "rows_most", "fill", "lost", "fell",
]  # fmt: skip
# What a source may judge otherwise: the others are its own bounds, or faults of this program.
OwnRule = Literal["range", "order", "check_digit", "problems", "rows_most", "lost", "fell"]
Severity = Literal["blocking", "warning", "off"]
_BOUND = re.compile(r"-?\d+(\.\d+)?|\d{4}-\d{2}-\d{2}|as_of")


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) else value


class RuleForm(Frozen):
    """One rule: what follows from a breach, its name, and how much of a delivery may break it."""

    severity: Severity
    title: str
    title_en: str
    share: Annotated[float, PydanticField(ge=0, le=1)] = 0.0
    at_least: Annotated[int, PydanticField(ge=0)] = 0


class RangeForm(Frozen):
    """Least and most, both allowed: numbers, days, or ``as_of``."""

    least: Annotated[str, BeforeValidator(_text)]
    most: Annotated[str, BeforeValidator(_text)]


class CheckDigits(Frozen):
    field: str
    damaged: tuple[str, ...]
    sound: tuple[str, ...]


class Expectations(Frozen):
    """All of ``expectations.yaml``."""

    rules: Mapping[Rule, RuleForm]
    essential: tuple[str, ...]
    ranges: Mapping[str, RangeForm]
    orders: Mapping[str, str]
    check_digit: CheckDigits


@functools.cache
def expectations() -> Expectations:
    """The expectations of this package. Raises Problem where they contradict the other declarations."""
    return load_expectations(Path(__file__).parent / "expectations.yaml", schema())


def load_expectations(path: Path, declared: Schema) -> Expectations:
    """The expectations in ``path``. Raises one Problem that holds every fault found."""
    located = load_yaml(path)
    found = validate(Expectations, located)
    if found is not None:
        _check(found, located, declared)
    if found is None or located.problems:
        raise together(located.problems)
    return found


def _check(found: Expectations, located: Located, declared: Schema) -> None:
    for rule in Rule.__args__:  # type: ignore[attr-defined]
        if rule not in found.rules:
            located.add(("rules",), f"the rule '{rule}' is missing; add it.", f"缺少规则“{rule}”；请补上。")
    columns = {c.name for table in declared.tables.values() for c in table.columns}
    _known(("essential",), found.essential, columns, located)
    _known(("ranges",), found.ranges, columns, located)
    _known(("orders",), [*found.orders, *found.orders.values()], columns, located)
    for name, span in found.ranges.items():
        for end in (span.least, span.most):
            if not _BOUND.fullmatch(end):
                located.add(
                    ("ranges", name),
                    f"'{end}' is no bound; write a number, a day (2000-01-31) or as_of.",
                    f"“{end}”不是界限；请写数字、日期（2000-01-31）或 as_of。",
                )
    codes = declared.code_lists.get(found.check_digit.field)
    statuses = {c.code for c in codes.codes} if codes is not None else set()
    _known(("check_digit",), [*found.check_digit.damaged, *found.check_digit.sound], statuses, located)


def _known(path: tuple[str, ...], names: Iterable[str], known: set[str], located: Located) -> None:
    for name in names:
        if name not in known:
            located.add(path, *unknown_word("word", "词", name, known))
