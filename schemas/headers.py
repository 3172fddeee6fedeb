"""How headers of a file are told apart and found: folding, full paths and trailing parts, accepted spellings.

Belongs here: the one rule by which a header named in a source YAML is found among a file's columns.
Does not belong here: finding the header row (``connectors/``), guessing what a header means (``connectors/infer``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

_SPACE = re.compile(r"\s+")


def fold_header(text: str) -> str:
    """A header as headers are compared: NFKC, casefold, no white space."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def header_levels(text: str) -> list[str]:
    """The levels of a header: its parts between ``/``, but for a ``/`` in brackets (``津贴/金额（元/月）``)."""
    levels, depth, start = [], 0, 0
    for i, sign in enumerate(text):
        depth += (sign in "(（[【") - (sign in ")）]】")
        if sign == "/" and depth <= 0:
            levels.append(text[start:i])
            start = i + 1
    levels.append(text[start:])
    return levels


@dataclass
class Resolution:
    """Which column of a file each wanted header is. ``ambiguous`` ones fit several columns."""

    found: dict[str, str] = field(default_factory=dict)
    ambiguous: dict[str, tuple[str, ...]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def resolve_headers(
    wanted: Iterable[str], columns: Sequence[str], spellings: Mapping[str, Sequence[str]] | None = None
) -> Resolution:
    """Find each wanted header among ``columns`` (full paths, levels joined by ``/``).

    The whole path is tried first, then any unique trailing part (``现住址`` for ``居住信息/现住址``); the header
    itself before its other accepted ``spellings`` (header → others, keys compared folded), in their order.
    """
    whole: dict[str, list[str]] = {}
    trailing: dict[str, list[str]] = {}
    for column in columns:
        parts = header_levels(fold_header(column))
        whole.setdefault("/".join(parts), []).append(column)
        for i in range(1, len(parts)):
            trailing.setdefault("/".join(parts[i:]), []).append(column)
    others = {fold_header(key): tuple(names) for key, names in (spellings or {}).items()}
    result = Resolution()
    for header in dict.fromkeys(wanted):
        several: tuple[str, ...] = ()
        for name in (header, *others.get(fold_header(header), ())):
            key = fold_header(name)
            hits = whole.get(key) or trailing.get(key) or []
            if len(hits) == 1:
                result.found[header] = hits[0]
                break
            if len(hits) > 1 and not several:
                several = tuple(hits)
        else:
            if several:
                result.ambiguous[header] = several
            else:
                result.missing.append(header)
    return result
