"""Which elements of an XML file are its records, where nobody says.

Belongs here: how often elements stand side by side, and how many values they have. Does not belong here: reading the
records (``xml_records.py``), the parser (``xml_text.py``).
"""

from __future__ import annotations

from functools import cache

from connectors.records.xml_text import DEPTH, Stop, XmlText

LOOKED = 1 << 23  # bytes that are looked at where they show many elements side by side
MANY = 1_000
PLACES = 10_000  # different paths


@cache
def local(name: str) -> str:
    """A name without its namespace prefix."""
    return name.rpartition(":")[2] or name


class _Place:
    """A path in the file: the elements at it. ``most``: side by side; ``values``: names of attributes and of elements
    that hold only text."""

    __slots__ = ("above", "attributes", "below", "depth", "inner", "most", "name", "total")

    def __init__(self, name: str, above: _Place | None) -> None:
        self.name, self.above = name, above
        self.depth: int = above.depth + 1 if above else 0
        self.below = dict[str, _Place]()
        self.attributes = set[str]()
        self.most = self.total = self.inner = 0

    @property
    def structured(self) -> bool:
        return bool(self.inner or self.attributes)

    @property
    def values(self) -> int:
        return len(self.attributes) + sum(not place.structured for place in self.below.values())

    def path(self) -> tuple[str, ...]:
        names = []
        place: _Place | None = self
        while place is not None and place.above is not None:
            names.append(place.name)
            place = place.above
        return tuple(reversed(names))


class Survey:
    """A look at a file, as far as it is XML: at all of it, or until the records are plain."""

    def __init__(self, text: XmlText) -> None:
        self.text = text
        self._top = _Place("", None)
        self._all: list[_Place] = []
        self._open = [self._top]
        self._counts: list[dict[str, int]] = [{}]
        self._best = 0
        for _ in text.pieces(self._start, self._end, lambda text: None):
            if text.fed >= LOOKED and self._best >= MANY:
                break

    def _start(self, name: str, attributes: list[str]) -> None:
        word = local(name)
        above = self._open[-1]
        place = above.below.get(word)
        if place is None:
            if len(self._all) >= PLACES:
                raise Stop
            place = above.below[word] = _Place(word, above)
            self._all.append(place)
        above.inner += 1
        place.total += 1
        counts = self._counts[-1]
        count = counts[word] = counts.get(word, 0) + 1
        if count > place.most:
            place.most = count
            if count > self._best and place.structured:
                self._best = count
        if attributes:
            place.attributes.update(a for a in attributes[::2] if not a.startswith(("xmlns", "xsi:")))
        self._open.append(place)
        self._counts.append({})
        if len(self._open) > DEPTH + 1:
            raise self.text.too_deep()

    def _end(self, name: str) -> None:
        self._open.pop()
        self._counts.pop()

    def places(self) -> list[_Place]:
        """All paths at which elements hold values in elements or attributes."""
        return [place for place in self._all if place.structured]

    def chosen(self) -> tuple[str, ...]:
        """The path of the records; () for a file without any."""
        places = self.places()
        if not places:
            return self._all[0].path() if self._all else ()
        best = max(places, key=lambda p: (p.most, -p.depth))
        if best.most < 2:
            inner = [p for p in places if p.depth > 1] or places
            return max(inner, key=lambda p: (p.values, p.depth)).path()
        place = best.above
        while place is not None and place.depth:
            # The children of a person may be more than the persons; a group has little to say itself.
            if place.most > 1 and place.values >= best.values:
                best = place
            place = place.above
        return best.path()

    def repeats(self, path: tuple[str, ...]) -> bool:
        """Whether there are several elements at a path."""
        place: _Place | None = self._top
        for name in path:
            place = place.below.get(name) if place else None
        return place is not None and place.total > 1

    def others(self, chosen: tuple[str, ...]) -> list[tuple[str, int]]:
        """The chosen path and others that could be records instead, with the number of elements; [] where no other
        could."""
        several = sorted(
            (p for p in self.places() if p.most > 1), key=lambda p: (p.path() != chosen, -p.most)
        )
        if len(several) == 1 and several[0].path() == chosen:
            return []
        return [("/" + "/".join(p.path()), p.total) for p in several or self.places()]
