"""The weights of one link as a chart: a bar a comparison, to the right what speaks for one person, to the left against.

Belongs here: an inline SVG, without script or anything from outside. Does not belong here: the page (``page.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_ROW, _TOP, _LABEL, _PLOT, _SAID = 24, 6, 110, 320, 330  # pixels
_FOR, _AGAINST, _PRIOR, _SUM = "#1a7f4b", "#b3261e", "#6b7785", "#1d4f91"


def waterfall(levels: Sequence[Mapping[str, Any]], total: float, number: int) -> str:
    """The chart of a link whose weights are ``levels``; what they leave of ``total`` is the prior. ``number`` tells charts
    of one page apart. Bars begin where the one before ended, so that the last shows the sum."""
    steps: list[tuple[str, str, float]] = [
        ("先验", "", round(total - sum(float(level["weight"]) for level in levels), 3))
    ]
    steps += [(str(level["label"]), str(level["words"]), float(level["weight"])) for level in levels]
    ends, at = [0.0], 0.0
    for _, _, weight in steps:
        at += weight
        ends.append(at)
    low, high = min(0.0, total, *ends), max(0.0, total, *ends)
    scale = _PLOT / ((high - low) or 1.0)

    def x(value: float) -> float:
        return round(_LABEL + (value - low) * scale, 1)

    height = _TOP * 2 + _ROW * (len(steps) + 1)
    told = "；".join(f"{name} {said} {weight:+.2f}".replace("  ", " ") for name, said, weight in steps)
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' role='img' aria-labelledby='w{number}' "
        f"viewBox='0 0 {_LABEL + _PLOT + _SAID} {height}' class='weights'>",
        f"<title id='w{number}'>{escape(f'权重合计 {total:+.2f}：{told}')}</title>",
        f"<line x1='{x(0)}' y1='0' x2='{x(0)}' y2='{height}' stroke='#9aa3ad' stroke-dasharray='2 2'/>",
    ]
    for n, (name, said, weight) in enumerate(steps):
        colour = _PRIOR if n == 0 else _FOR if weight >= 0 else _AGAINST
        parts.append(_bar(n, name, said, weight, x(ends[n]), x(ends[n + 1]), colour))
    parts.append(_bar(len(steps), "合计", "", total, x(0), x(total), _SUM))
    return "".join([*parts, "</svg>"])


def _bar(n: int, name: str, said: str, weight: float, start: float, end: float, colour: str) -> str:
    y = _TOP + n * _ROW
    left, width = min(start, end), max(abs(end - start), 1.0)
    words = f"{weight:+.2f} {said}".strip()
    return (
        f"<text x='{_LABEL - 8}' y='{y + 16}' text-anchor='end'>{escape(name)}</text>"
        f"<rect x='{left}' y='{y + 4}' width='{round(width, 1)}' height='{_ROW - 8}' fill='{colour}'/>"
        f"<text x='{_LABEL + _PLOT + 8}' y='{y + 16}'>{escape(words)}</text>"
    )
