"""How nodes are compared and blocked, as data: the form of ``model/*.yaml`` and of a benchmark's settings.

Belongs here: the settings' strict form, their loading, and the words of their levels. Does not belong here: weights
(``model.py``), the SQL functions that conditions use (``characters.py``), running anything.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict
from pydantic import Field as PydanticField

CITY = Path(__file__).with_name("model") / "city.yaml"
NO_EVIDENCE = "无法比较"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Level(_Part):
    """One degree of agreement. ``name``: by which vetoes speak of it ({name.near}). ``when``: its condition (the last level has none). ``frequency``: a column whose value's
    frequency stands for the chance of agreement, not below ``rarest``. ``chance``: the chance that two nodes of
    different persons agree so, where a sample cannot tell; ``share``: a list column: with the share of pairs that have a
    value of it in common the chance rises and falls from city to city (``counted``: it is that share).
    ``m``: the share of true pairs where it cannot be trained."""

    name: Annotated[str, PydanticField(pattern=r"^[a-z][a-z0-9_]*$")]
    words: str
    when: str | None = None
    frequency: str | None = None
    rarest: float = 0.0
    chance: float | None = None
    share: str | None = None
    counted: bool = False
    m: float | None = None


class Comparison(_Part):
    """One kind of evidence. ``none``: the condition under which there is nothing to compare. ``most``: a limit (in
    bits) to what it may speak for or against."""

    name: Annotated[str, PydanticField(pattern=r"^[a-z][a-z0-9_]*$")]
    label: str
    none: str
    levels: tuple[Level, ...]

    def gamma(self, index: int) -> int:
        """The number of the level at ``index``: 0 is the last (all the rest)."""
        return len(self.levels) - 1 - index


class Blocking(_Part):
    """``keys``: SQL of the list of a node's values, by name; ``rules``: lists of keys that a pair must share. Values
    shared by more than ``most`` nodes make no block. ``unlike``: a column in which the two must differ (two data sets).
    Two nodes of which ``settled`` holds meet only by the first ``settled_rules`` rules."""

    keys: Mapping[str, str]
    rules: tuple[tuple[str, ...], ...]
    unlike: str | None = None
    settled: str | None = None
    settled_rules: int = 0
    most: Annotated[int, PydanticField(ge=2)] = 50


class Training(_Part):
    """``matches``: how many true pairs there are for each node, to begin with; ``rules``: SQL conditions of pairs
    (``l.``, ``r.``) among which EM runs; ``sample``: pairs drawn for the chance of agreement."""

    matches: float = 0.5
    rules: tuple[str, ...]
    sample: float = 2_000_000
    seed: int = 1


class Veto(_Part):
    """A rule that no score overrides. ``when``: its condition over the edge (``gamma_…``, ``weight``) and the two nodes
    (columns ending in _l and _r that a comparison uses); ``{birth.slip}`` stands for the number of that level."""

    name: Annotated[str, PydanticField(pattern=r"^[a-z][a-z0-9_]*$")]
    when: str
    words: str


class LinkSettings(_Part):
    """All of the above. ``unique_id``: the nodes' key column. ``least``: pairs of less weight are not kept. ``prepare``:
    SQL of the nodes over ``{record}``, ``functions``: SQL macros, ``assign``: thresholds (AssignSettings), for data sets
    other than the city's."""

    name: str
    unique_id: str = "node_id"
    comparisons: tuple[Comparison, ...]
    blocking: Blocking
    training: Training
    vetoes: tuple[Veto, ...] = ()
    least: float = -4.0
    prepare: str | None = None
    functions: Mapping[str, str] = {}
    assign: Mapping[str, Any] = {}

    def condition(self, veto: Veto) -> str:
        """The SQL of a veto's condition, with the numbers of the levels that it names."""
        numbers = {
            f"{{{one.name}.{level.name}}}": str(one.gamma(i))
            for one in self.comparisons
            for i, level in enumerate(one.levels)
        }
        return re.sub(r"\{[a-z0-9_.]+\}", lambda found: numbers[found[0]], veto.when)

    @property
    def shares(self) -> tuple[str, ...]:
        """The list columns whose shared values are counted."""
        found = (level.share for one in self.comparisons for level in one.levels)
        return tuple(dict.fromkeys(name for name in found if name))

    @property
    def frequencies(self) -> tuple[str, ...]:
        """The columns whose values' frequencies count."""
        found = (level.frequency for one in self.comparisons for level in one.levels)
        return tuple(dict.fromkeys(name for name in found if name))


@functools.cache
def load_link_settings(path: Path = CITY) -> LinkSettings:
    """The settings in a YAML file (default: the city's). Raises ValidationError with every fault found."""
    told: Any = yaml.safe_load(path.read_text("utf-8"))
    return LinkSettings.model_validate(told)


def words(settings: LinkSettings) -> dict[str, tuple[str, dict[int, str]]]:
    """Comparison → its label and the words of its levels by number (-1: nothing to compare)."""
    return {
        one.name: (
            one.label,
            {-1: NO_EVIDENCE, **{one.gamma(i): level.words for i, level in enumerate(one.levels)}},
        )
        for one in settings.comparisons
    }
