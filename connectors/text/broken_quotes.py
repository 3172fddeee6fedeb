"""Cells of one record whose quotes are broken: a stray one, one not escaped, one never closed.

Belongs here: the reading of such a record with the fewest faults. Does not belong here: records that are well
formed, and which lines belong to a record (``delimited.py``).
"""

from __future__ import annotations

# Pieces between delimiters times pieces that open with a quote: more is not looked into, it would take too long.
WORK = 20_000
# What each fault costs: a quote inside an open cell, one left standing inside quotes, one that ends a cell by its
# place and yet stands inside, a cell taken as it stands although a quote opens it.
_INNER, _LONE, _CLOSING, _LITERAL = 0.5, 1.0, 2.0, 2.0


def split_broken(line: str, delimiter: str, quote: str, width: int = 0) -> list[str] | None:
    """The cells of a record (without its end) in the reading that has the fewest faults.

    With ``width`` only readings of so many cells count: None when there is none. Quotes that are faults stay in the
    cells. None too for a record that would take too long.
    """
    pieces = line.split(delimiter)
    n = len(pieces)
    if width > n or n * sum(1 for p in pieces if p.startswith(quote)) > WORK:
        return None
    # best[i]: by number of cells (0 where that does not matter), the least cost of the pieces before i and where the
    # last of their cells began.
    best: list[dict[int, tuple[float, int, bool]]] = [{} for _ in range(n + 1)]
    best[0][0] = (0.0, 0, False)
    for i, piece in enumerate(pieces):
        if not best[i]:
            continue
        opens = piece.startswith(quote)
        cost = _LITERAL if opens else _INNER if quote in piece else 0.0
        _offer(best, i, i + 1, cost, False, width, n)
        if not opens:
            continue
        faults = 0.0
        for j in range(i, n):
            last = pieces[j]
            if last.endswith(quote) and (j > i or len(last) > 1):
                inner = delimiter.join(pieces[i : j + 1])[1:-1] if j > i else last[1:-1]
                _offer(best, i, j + 1, faults + _LONE * _lone(inner, quote), True, width, n)
                if _lone(last[1:] if j == i else last, quote) % 2:
                    # A quote before a delimiter ends a cell where it is not one of two.
                    faults += _CLOSING
            if faults > 8 * _CLOSING:
                break
    if width not in best[n]:
        return None
    count = width
    cells: list[str] = []
    at = n
    while at:
        _, start, quoted = best[at][count]
        text = delimiter.join(pieces[start:at])
        cells.append(text[1:-1].replace(quote * 2, quote) if quoted else text)
        at, count = start, max(0, count - 1)
    return cells[::-1]


def _offer(
    best: list[dict[int, tuple[float, int, bool]]],
    start: int,
    end: int,
    cost: float,
    quoted: bool,
    width: int,
    n: int,
) -> None:
    """A cell of the pieces from ``start`` to ``end``, added to every reading of the pieces before it."""
    into = best[end]
    for count, (so_far, _, _) in best[start].items():
        total = count + 1 if width else 0
        # Readings that can no longer come to the width are dropped.
        if width and (total > width or total + (n - end) < width):
            continue
        if total not in into or so_far + cost < into[total][0]:
            into[total] = (so_far + cost, start, quoted)


def _lone(text: str, quote: str) -> int:
    """Quotes of a text that are not doubled."""
    return text.replace(quote * 2, "").count(quote)
