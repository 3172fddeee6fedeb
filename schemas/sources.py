"""The form of a source YAML (DESIGN A3) and its loading: what an agency's files say, and how.

Belongs here: the strict model of ``sources/<source>.yaml``, and reading one or all of them. What contradicts
the declared fields and codes is found by ``source_checks.py``.
Does not belong here: reading an agency's files (``connectors/``), applying mappings (``warehouse/normalize``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator
from pydantic import Field as PydanticField

from schemas.expectations import OwnRule, Severity
from schemas.headers import Resolution, fold_header, resolve_headers
from schemas.located_yaml import Located, load_yaml, together, validate
from schemas.model import schema
from schemas.problem import Problem
from schemas.source_forms import (
    Bounds,
    Columns,
    Database,
    Deleted,
    Due,
    Each,
    EachSet,
    Format,
    KeyNames,
    Kind,
    Layout,
    Mapping,
    Part,
    Pattern,
    Texts,
    each_numbers,
    numbered,
    several,
)

__all__ = [
    "Bounds", "Database", "Deleted", "Due", "Each", "EachSet", "Layout", "Mapping", "Pattern", "Source", "fold_header",
    "load_source", "load_sources",
]  # fmt: skip

# What a source may map whatever it feeds (A4); where no fed kind has the column, the value goes nowhere and
# ``Source.unplaced`` says so.
COMMON_FIELDS = (
    "household_no", "relation_to_head", "estate", "building", "unit", "room", "county", "street", "community",
    "street_code", "community_code", "grid_code", "grid_name", "grid_worker", "grid_worker_kind", "remark",
    "program", "amount", "level", "start_date", "end_date",
)  # fmt: skip
_KEY_OF = {
    "resident": "person", "household": "household", "dwelling": "dwelling", "benefit": "entitlement", "event": "event",
    "grid": "grid", "area": "area", "staff": "staff", "organisation": "organisation",
}  # fmt: skip


class Source(Part):
    """One agency dataset (DESIGN A3). ``name`` is the same as ``source``."""

    source: str
    title: str = ""
    agency: str = ""
    feeds: Annotated[tuple[Kind, ...], BeforeValidator(several)]
    legal_basis: str | None = None
    files: str | None = None
    database: Database | None = None
    format: Format | None = None
    encoding: str | None = None
    layout: Layout = Layout()
    mode: Literal["full", "delta"] = "full"
    part: Pattern | None = None
    as_of: Pattern | None = None
    key: Texts = ()
    key_names: KeyNames | None = None
    due: Due | None = None
    where: dict[str, Texts] = PydanticField(default_factory=dict)
    deleted: Deleted | None = None
    columns: Columns = PydanticField(default_factory=dict)
    each: Each | tuple[EachSet, ...] | None = None
    ignore: Texts = ()
    headers: dict[str, Texts] = PydanticField(default_factory=dict)
    bounds: Bounds | None = None
    checks: dict[OwnRule, Severity] = PydanticField(default_factory=dict)
    strict: bool = False
    inbox: str | None = None

    @property
    def name(self) -> str:
        return self.source

    @property
    def folder(self) -> str:
        """The folder below ``inbox/`` that this source reads."""
        return self.inbox or self.source

    @property
    def key_stands_for(self) -> str:
        """What the key names: as declared, else by the first kind fed (resident first)."""
        first = "resident" if "resident" in self.feeds else self.feeds[0]
        return self.key_names or _KEY_OF[first]

    def record_numbers(self, kind: str) -> tuple[int, ...]:
        """``record_no`` of the records of ``kind`` that one row makes: (0,), or 1 … n where ``each`` repeats it."""
        sets = self._sets(kind)
        return tuple(range(1, len(sets) + 1)) if sets else (0,)

    def mappings(self, kind: str, record_no: int = 0) -> dict[str, Mapping]:
        """Canonical field → mapping for records of ``kind``; those of ``each`` override those of the whole row.

        Only fields that ``kind`` has; a column that another mapped field stands in for (``address`` ←
        ``live_address``) is among them under its own name. Where two fed kinds understand one name differently
        (``status`` of a person and of an entitlement), the targets of its ``codes`` tell whose it is.
        """
        table = schema().record_table(kind)
        mapped = self.columns | (self._sets(kind)[record_no - 1] if record_no else {})
        own = {
            name: one
            for name, one in mapped.items()
            if name in table.mappable and not self._of_another(kind, name, one)
        }
        for name, stand_ins in table.otherwise.items():
            best = next((own[s] for s in stand_ins if s in own), None)
            if name not in own and best is not None:
                own[name] = best
        stand_ins_only = {s for names in table.otherwise.values() for s in names} - set(table.column_names)
        return {name: one for name, one in own.items() if name not in stand_ins_only}

    def _of_another(self, kind: str, name: str, mapping: Mapping) -> bool:
        """Whether the targets of the mapping's ``codes`` are no codes here, but are of another fed kind's field of this name."""
        targets = [target for target in (mapping.codes or {}).values() if target]
        here, lists = schema().record_table(kind).mappable[name].codes, schema().code_lists

        def knows(codes: str | None) -> bool:
            return codes is not None and all(lists[codes].find(target) is not None for target in targets)

        others = (schema().record_table(other).mappable.get(name) for other in self.feeds if other != kind)
        return (
            bool(targets) and not knows(here) and any(knows(one.codes) for one in others if one is not None)
        )

    def each_fields(self, kind: str, record_no: int) -> tuple[str, ...]:
        """The canonical fields that repetition ``record_no`` of ``kind`` states itself."""
        return tuple(self._sets(kind)[record_no - 1]) if record_no else ()

    @property
    def unplaced(self) -> tuple[str, ...]:
        """Mapped fields that no fed kind has a place for."""
        placed = {name for kind in self.feeds for name in schema().record_table(kind).mappable}
        return tuple(name for name in self.columns if name not in placed)

    @property
    def used_headers(self) -> tuple[str, ...]:
        """Every header that is mapped or used (key, where, deleted, database), as written, once."""
        used = [h for one in self.columns.values() for h in one.headers]
        for kind in self.feeds:
            used += [h for one in self._sets(kind) for m in one.values() for h in m.headers]
        used += [*self.key, *self.where, *([self.deleted.column] if self.deleted else [])]
        if self.database is not None:
            used += self.database.used_headers
        return tuple(dict.fromkeys(used))

    def resolve(self, columns: tuple[str, ...] | list[str]) -> Resolution:
        """Which column of a file each used or ignored header of this source is."""
        return resolve_headers((*self.used_headers, *self.ignore), columns, self.headers)

    def _sets(self, kind: str) -> list[dict[str, Mapping]]:
        if self.each is None:
            return []
        default: tuple[str, ...] = ("resident",) if "resident" in self.feeds else self.feeds
        if isinstance(self.each, Each):
            if kind not in (self.each.feeds or default):
                return []
            return [numbered(self.each.columns, n) for n in each_numbers(self.each.numbers)]
        return [dict(one.columns) for one in self.each if kind in (one.feeds or default)]


def load_source(path: Path, shown: str | None = None) -> Source:
    """Read one source YAML. Raises a Problem with every fault found in it, each with its line."""
    source, problems = read_source(path, shown or f"{path.parent.name}/{path.name}")
    if source is None or problems:
        raise together(problems)
    return source


def read_source(path: Path, shown: str) -> tuple[Source | None, list[Problem]]:
    """One source YAML and what is wrong with it; None where it cannot be used."""
    try:
        located = load_yaml(path, shown)
    except Problem as problem:
        return None, [problem]
    return check_source(located)


def check_source(located: Located) -> tuple[Source | None, list[Problem]]:
    """As ``read_source``, from YAML that is loaded already."""
    from schemas.source_checks import contradictions

    source = validate(Source, located)
    if source is not None:
        contradictions(source, located)
        if not source.title:
            source = source.model_copy(update={"title": source.source})
    return (None if located.problems else source), located.problems


def load_sources(directory: Path) -> tuple[list[Source], list[Problem]]:
    """All source YAMLs of a folder, by name: the good ones, and what is wrong with the others.

    One broken file does not stop the others. Of two files with one name the second is a problem.
    """
    good: dict[str, tuple[Source, str]] = {}
    problems: list[Problem] = []
    for path in sorted([*directory.glob("*.yaml"), *directory.glob("*.yml")]):
        shown = f"{directory.name}/{path.name}"
        source, faults = read_source(path, shown)
        problems += faults
        if source is None:
            continue
        if source.source in good:
            problems.append(
                Problem(
                    f"the name '{source.source}' is used by {good[source.source][1]}; choose another.",
                    f"名称“{source.source}”已被 {good[source.source][1]} 使用；请另取一个。",
                    file=shown,
                    line=1,
                )
            )
            continue
        good[source.source] = (source, shown)
    return [good[name][0] for name in sorted(good)], problems
