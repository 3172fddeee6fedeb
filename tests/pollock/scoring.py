"""Scores of what a reader made of a polluted file, as the Pollock benchmark gives them.

Ten measures a file: success (1 when the reader returned), and precision, recall and F1 of header, records and cells
as multisets. The simple score is the mean over files of their sum, the weighted one weighs each file by how common its
pollution is.

Two conventions. ``ours``: what a user of a table wants, every cell in its own column, a headerless file known as
such, the rows of a second table kept. ``paper``: the benchmark's own (cells anywhere, records as concatenated text,
the first line as it stands for a header, the first table alone, header levels joined with a space).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from tests.pollock.pollutions import Polluted


@dataclass(frozen=True)
class Loaded:
    """What a reader returned: names ("" for a column without one; empty without a header) and rows.

    ``first`` is the number of rows of the first table; None: there is one table.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    first: int | None = None


def _measures(true: Iterable[Hashable], found: Iterable[Hashable]) -> tuple[float, float, float]:
    want, got = Counter(true), Counter(found)
    n_want, n_got = want.total(), got.total()
    if not n_want:
        # Nothing to find: what was found is false.
        return (1.0, 1.0, 1.0) if not n_got else (0.0, 1.0, 0.0)
    both = (want & got).total()
    if not both:
        return 0.0, 0.0, 0.0
    precision, recall = both / n_got, both / n_want
    return precision, recall, 2 * precision * recall / (precision + recall)


def _trimmed(row: Sequence[str]) -> tuple[str, ...]:
    cells = [c.strip() for c in row]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def ours(file: Polluted, loaded: Loaded | None) -> float:
    """0 to 10 by the convention of a user."""
    if loaded is None:
        return 0.0
    header = _measures(enumerate(_trimmed(file.header)), enumerate(_trimmed(loaded.header)))
    want = [t for r in file.rows if (t := _trimmed(r))]
    got = [t for r in loaded.rows if (t := _trimmed(r))]
    records = _measures(want, got)
    cells = _measures(
        ((i, c) for r in want for i, c in enumerate(r) if c),
        ((i, c) for r in got for i, c in enumerate(r) if c),
    )
    return 1.0 + sum(header) + sum(records) + sum(cells)


def _folded(row: Sequence[str]) -> list[str]:
    return [c.strip().lower() for c in row]


def paper(file: Polluted, loaded: Loaded | None) -> float:
    """0 to 10 by the convention of the paper."""
    if loaded is None:
        return 0.0
    head = file.header
    if file.levels:
        head = tuple(" ".join(w for w in level if w) for level in zip(*file.levels, strict=True))
    true = [_folded(head)] if head else []
    true += [_folded(r) for r in (file.rows if file.first is None else file.first)]
    if not true:
        return 10.0
    found = [_folded(loaded.header)] if loaded.header else []
    found += [_folded(r) for r in loaded.rows[: loaded.first]]
    if not found:
        return 1.0
    header = _measures(true[0], found[0])
    # Without a record in the truth the benchmark asks for none.
    records = _measures(map("".join, true[1:]), map("".join, found[1:])) if true[1:] else (1.0, 1.0, 1.0)
    cells = _measures((c for r in true for c in r), (c for r in found for c in r))
    return 1.0 + sum(header) + sum(records) + sum(cells)
