"""The declared data: fields, tables and code lists, loaded from ``fields.yaml``, ``tables/`` and ``codes/``.

Belongs here: what a field, column, table and code list are, and the one cached ``schema()``.
Does not belong here: their loading and cross-validation (``declarations.py``), what is made of them
(``derive.py``), the YAML that cities write (``sources.py`` …).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as PydanticField

FieldType = Literal[
    "key", "text", "name", "id_number", "code", "date", "timestamp", "phone", "address", "area_code",
    "grid_code", "amount", "integer", "decimal", "boolean", "uscc", "disability_no", "student_no",
]  # fmt: skip
Sensitivity = Literal["plain", "quasi", "personal", "identifying"]
Treatment = Literal["keep", "drop", "pseudonym", "band"]
Layer = Literal["record", "stage", "gold", "evidence", "meta"]
Audience = Literal["core", "analyst"]

RECORD_KINDS = (
    "resident", "household", "dwelling", "grid", "area", "event", "benefit", "staff", "organisation",
)  # fmt: skip


class Frozen(BaseModel):
    """What every declaration is: immutable, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Survivorship(Frozen):
    """How one value is chosen among the agencies' words on a governed field.

    ``authority``: the best agency of the list (a word in the source's ``agency``), then the latest.
    ``latest``: the most recently observed. ``agreement``: what most sources say.
    ``residence``: where the best agency says, in the words of whoever names the home there (``unify/residence.py``).
    ``ending``: an end that is told outranks a register that still lists the person (``unify/standing.py``).
    ``with``: taken from the record that was chosen for ``with_field``. Ties end at source and record key.
    """

    rule: Literal["authority", "latest", "agreement", "residence", "ending", "with"]
    authority: tuple[str, ...] = ()
    with_field: str | None = None


class Field(Frozen):
    """A canonical field: said once, used by any table. ``type`` is the semantic type, not a storage type.

    ``bands`` are the fields that stand instead of it where ``analyst`` is ``band``.
    """

    name: str
    type: FieldType
    label: str
    label_en: str
    description: str
    standard: str | None = None
    sensitivity: Sensitivity = "plain"
    analyst: Treatment = "keep"
    bands: tuple[str, ...] = ()
    codes: str | None = None
    headers: tuple[str, ...] = ()
    database_names: tuple[str, ...] = ()
    survivorship: Survivorship | None = None


class Column(Frozen):
    """A field in a table. ``references`` is ``table.column``. A ``derived`` column of a record table is made
    by the pipeline and cannot be mapped by a source."""

    name: str
    field: Field
    references: str | None = None
    nullable: bool = True
    derived: bool = False


class Table(Frozen):
    """A table: of records (``<kind>_core``), of a stage between them, or published.

    ``order`` is how it is sorted when written. ``as_of`` names the macro that gives, for a day, the rows of a history that
    held on it. ``accepts`` are canonical names that a source may map although
    they are no column (``estate`` of a resident overrides the parsed ``live_estate``). ``otherwise`` names,
    for a column that a source does not map, the mapped names that stand in for it, best first.
    """

    name: str
    title: str
    one_row_is: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    layer: Layer
    audiences: tuple[Audience, ...] = ()
    record_kind: str | None = None
    usage: tuple[str, ...] = ()
    accepts: Mapping[str, Field] = PydanticField(default_factory=dict)
    otherwise: Mapping[str, tuple[str, ...]] = PydanticField(default_factory=dict)
    as_of: str | None = None

    def column(self, name: str) -> Column:
        """The column ``name``. Raises KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def mappable(self) -> dict[str, Field]:
        """Canonical names a source may map into this record table, with their fields."""
        own = {column.name: column.field for column in self.columns if not column.derived}
        stand_ins = {name for names in self.otherwise.values() for name in names}
        return own | {
            name: field for name, field in self.accepts.items() if name not in own or name in stand_ins
        }


class Code(Frozen):
    """One value of a code list. ``extra`` are further columns of its CSV (severity, remedy …)."""

    code: str
    label: str
    aliases: tuple[str, ...] = ()
    extra: Mapping[str, str] = PydanticField(default_factory=dict)


class CodeList(Frozen):
    """A code list: a standard's codes, or our own English tokens."""

    name: str
    title: str
    standard: str | None = None
    kind: Literal["standard", "own"]
    codes: tuple[Code, ...]

    @functools.cached_property
    def spellings(self) -> dict[str, str]:
        """Every accepted spelling (folded, see ``code_lists.fold_code``) with its code."""
        from schemas.code_lists import fold_code

        result: dict[str, str] = {}
        for code in self.codes:
            for text in (code.code, code.label, *code.aliases):
                result.setdefault(fold_code(text), code.code)
        return result

    def find(self, text: str) -> str | None:
        """The code that ``text`` (a code, a label or an alias) stands for, or None."""
        from schemas.code_lists import fold_code

        return self.spellings.get(fold_code(text))


class Schema(Frozen):
    """All declarations, by name."""

    fields: Mapping[str, Field]
    tables: Mapping[str, Table]
    code_lists: Mapping[str, CodeList]

    def record_table(self, kind: str) -> Table:
        """The table of typed records of one kind (``resident`` → ``resident_core``)."""
        return self.tables[f"{kind}_core"]


@functools.cache
def schema() -> Schema:
    """The declarations of this package. Raises Problem where they contradict each other."""
    from schemas.declarations import load_schema

    return load_schema()
