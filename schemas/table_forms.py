"""From a table as written in ``tables/*.yaml`` to a ``Table``: shared groups, other tables' columns, labels.

Belongs here: the written form and its expansion. Does not belong here: reading the files and holding tables
against each other (``declarations.py``).
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field as PydanticField

from schemas.located_yaml import Located, unknown_word, validate
from schemas.model import Column, Field, Frozen, Table

# A code list whose labels nobody reads beside the code: 'day', 'month' …
UNLABELLED = ("date_precision",)


class ColumnForm(Frozen):
    """A column as written: a name alone, or with its field; or a group or another table's columns."""

    name: str | None = None
    field: str | None = None
    references: str | None = None
    nullable: bool = True
    derived: bool = False
    label: str | None = None
    group: str | None = None
    table: str | None = None
    prefix: str = ""
    omit: tuple[str, ...] = PydanticField(default=(), alias="except")


class TableForm(Frozen):
    name: str
    title: str
    one_row_is: str
    columns: tuple[str | ColumnForm, ...]
    key: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    layer: str
    audiences: tuple[str, ...] = ()
    record_kind: str | None = None
    usage: tuple[str, ...] = ()
    labels: bool | None = None
    as_of: str | None = None
    accepts: tuple[str | ColumnForm, ...] = ()
    otherwise: dict[str, tuple[str, ...]] = PydanticField(default_factory=dict)


class TableBuilder:
    """Turns table forms into tables: resolves fields, groups, other tables' columns and label columns."""

    def __init__(
        self, forms: Mapping[str, tuple[TableForm, Located]], groups: Located, fields: Mapping[str, Field]
    ) -> None:
        self.forms, self.groups, self.fields = forms, groups, fields

    def table(self, name: str) -> Table | None:
        form, source = self.forms[name]
        labelled = form.layer == "gold" if form.labels is None else form.labels
        columns = self._labels(self._columns(form, source)) if labelled else self._columns(form, source)
        accepts = {column.name: column.field for column in self._expand(form.accepts, source, ("accepts",))}
        located = Located(
            form.model_dump(exclude={"columns", "labels", "accepts"})
            | {"columns": tuple(columns), "accepts": accepts},
            source.file,
            source.lines,
            source.problems,
        )
        return validate(Table, located)

    def _columns(self, form: TableForm, source: Located) -> list[Column]:
        return self._expand(form.columns, source, ("columns",))

    def _expand(
        self, written: tuple[str | ColumnForm, ...], source: Located, path: tuple[str, ...]
    ) -> list[Column]:
        result: list[Column] = []
        for i, item in enumerate(written):
            form = ColumnForm(name=item) if isinstance(item, str) else item
            result.extend(self._one(form, source, (*path, i)))
        return result

    def _one(self, form: ColumnForm, source: Located, path: tuple[str | int, ...]) -> list[Column]:
        if form.group is not None:
            members = (self.groups.value or {}).get(form.group)
            if members is None:
                source.add(path, *unknown_word("group", "列组", form.group, self.groups.value or {}))
                return []
            forms = tuple(m if isinstance(m, str) else ColumnForm(**m) for m in members)
            derived = form.derived
            return [
                self._renamed(c.model_copy(update={"derived": c.derived or derived}), form)
                for c in self._expand(forms, source, tuple(str(p) for p in path))
                if c.name not in form.omit
            ]
        if form.table is not None:
            if form.table not in self.forms:
                source.add(path, *unknown_word("table", "表", form.table, self.forms))
                return []
            other = self._columns(*self.forms[form.table])
            return [c for c in other if c.name not in form.omit]
        name = form.name or form.field or ""
        field = self.fields.get(form.field or name)
        if field is None:
            source.add(path, *unknown_word("field", "字段", form.field or name, self.fields))
            return []
        if form.label is not None:
            field = field.model_copy(update={"label": form.label})
        return [
            Column(
                name=name,
                field=field,
                references=form.references,
                nullable=form.nullable,
                derived=form.derived,
            )
        ]

    @staticmethod
    def _renamed(column: Column, form: ColumnForm) -> Column:
        if not form.prefix:
            return column
        field = column.field
        label = (form.label or "") + field.label
        english = f"{form.prefix.rstrip('_')} {field.label_en}"
        return column.model_copy(
            update={
                "name": form.prefix + column.name,
                "field": field.model_copy(update={"label": label, "label_en": english, "survivorship": None}),
            }
        )

    @staticmethod
    def _labels(columns: list[Column]) -> list[Column]:
        result: list[Column] = []
        for column in columns:
            result.append(column)
            if column.field.codes is not None and column.field.codes not in UNLABELLED:
                result.append(label_column(column))
        return result


def label_column(column: Column) -> Column:
    """The column that holds the Chinese label of a code column, in gold tables right after it."""
    field = column.field
    label = Field(
        name=f"{column.name}_label",
        type="text",
        label=f"{field.label}名称",
        label_en=f"{field.label_en} (label)",
        description=f"{column.name} 的中文名称，取自码表 {field.codes}。",
        sensitivity=field.sensitivity,
        analyst=field.analyst,
    )
    return Column(name=label.name, field=label, nullable=True, derived=True)
