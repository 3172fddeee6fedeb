"""The form of an extract YAML: which rows and columns of a published table who may take out, and what for.

Belongs here: the strict model, its check against the published tables, and the typing of parameters.
Does not belong here: running an extract, its scope and its log (``warehouse/extract``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, TypeAdapter, ValidationError
from pydantic import Field as PydanticField

from schemas.conditions import Condition, parse_condition
from schemas.located_yaml import Located, load_yaml, together, unknown_word, validate
from schemas.model import Table, schema
from schemas.problem import Problem
from schemas.settings import Role
from schemas.source_forms import Part, Text, Texts

Scope = Literal["grid", "community", "street", "county"]
Mask = Literal["id18", "phone", "name", "address", "account", "all"]
ParamType = Literal["int", "decimal", "text", "date", "bool"]
# What the law calls sensitive among our fields (welfare, disability, belief …): an extract with one says so.
SENSITIVE = frozenset(
    {"disability_no", "disability_type", "disability_level", "program", "level", "amount", "politics", "insurance_status", "health"}
)  # fmt: skip
_TYPES: dict[str, type] = {"int": int, "decimal": float, "text": str, "date": date, "bool": bool}


class Param(Part):
    """A parameter of ``where``. Without a default it must be given; ``choices`` limit text."""

    type: ParamType
    default: Any = None
    min: Any = None
    max: Any = None
    choices: Texts = ()
    label: str | None = None


class ExtractColumn(Part):
    """A column of the sheet. ``unmask_for`` are the purposes that see the value unmasked."""

    name: str
    label: str | None = None
    mask: Mask | None = None
    unmask_for: Texts = ()


class Limits(Part):
    """Most rows in one file, most files per person and day."""

    rows: Annotated[int, PydanticField(ge=1)] = 2000
    per_day: Annotated[int, PydanticField(ge=1)] = 5


class Output(Part):
    """How the file is written."""

    formats: tuple[Literal["xlsx"], ...] = ("xlsx",)
    watermark: bool = True


def _column(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class Extract(Part):
    """One extract of the catalogue."""

    id: str
    title: str
    grain: str | None = None
    purpose: Texts
    roles: Annotated[tuple[Role, ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)]
    scope: Scope
    from_: Annotated[str, PydanticField(alias="from")]
    where: str | None = None
    params: dict[str, Param] = PydanticField(default_factory=dict)
    columns: tuple[Annotated[ExtractColumn, BeforeValidator(_column)], ...]
    order: Texts = ()
    limits: Limits = Limits()
    sensitive: bool = False
    retention_days: Annotated[int, PydanticField(ge=1)] = 30
    output: Output = Output()
    pia: str | None = None

    @property
    def table(self) -> Table:
        return schema().tables[self.from_]

    @property
    def scope_column(self) -> str:
        """The column whose values the scope is decided on (``grid_code`` …)."""
        return f"{self.scope}_code"

    @property
    def condition(self) -> Condition | None:
        """``where``, parsed: SQL with quoted columns and ``$name`` parameters."""
        if self.where is None:
            return None
        return parse_condition(self.where, self.table.column_names, self.params)

    @property
    def definition_hash(self) -> str:
        """SHA-256 of the definition, for the log: equal definitions, equal hashes."""
        return hashlib.sha256(self.model_dump_json(by_alias=True).encode()).hexdigest()

    def label_of(self, column: ExtractColumn) -> str:
        """The heading of a column: its own label, else the field's."""
        return column.label or self.table.column(column.name).field.label

    def bind(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Typed values of all parameters from what a person gave. Raises Problem for unknown, missing or
        disallowed ones."""
        for name in given:
            if name not in self.params:
                raise Problem(*unknown_word("parameter", "参数", name, self.params))
        return {
            name: _value(name, param, given.get(name, param.default)) for name, param in self.params.items()
        }


def _value(name: str, param: Param, given: Any) -> Any:
    if given is None:
        raise Problem(
            f"the parameter '{name}' is needed; give it with -p {name}=….",
            f"缺少参数“{name}”；请用 -p {name}=… 给出。",
        )
    try:
        value = _typed(param.type, given)
        low = None if param.min is None else _typed(param.type, param.min)
        high = None if param.max is None else _typed(param.type, param.max)
    except ValidationError:
        raise Problem(
            f"the parameter '{name}' must be of type {param.type}.", f"参数“{name}”的类型应为 {param.type}。"
        ) from None
    if (low is not None and value < low) or (high is not None and value > high):
        raise Problem(
            f"the parameter '{name}' must be between {param.min} and {param.max}.",
            f"参数“{name}”应在 {param.min} 与 {param.max} 之间。",
        )
    if param.choices and str(given) not in param.choices:
        raise Problem(
            f"the parameter '{name}' must be one of {', '.join(param.choices)}.",
            f"参数“{name}”只能是 {'、'.join(param.choices)}。",
        )
    return value


def _typed(kind: str, value: Any) -> Any:
    return TypeAdapter(_TYPES[kind]).validate_python(value)


def load_extract(path: Path, shown: str | None = None) -> Extract:
    """Read one extract YAML. Raises a Problem with every fault found in it."""
    extract, problems = read_extract(path, shown or f"{path.parent.name}/{path.name}")
    if extract is None or problems:
        raise together(problems)
    return extract


def load_extracts(directory: Path) -> tuple[list[Extract], list[Problem]]:
    """All extract YAMLs of a folder by id: the good ones, and what is wrong with the others."""
    good: dict[str, Extract] = {}
    problems: list[Problem] = []
    for path in sorted([*directory.glob("*.yaml"), *directory.glob("*.yml")]):
        shown = f"{directory.name}/{path.name}"
        extract, faults = read_extract(path, shown)
        problems += faults
        if extract is None:
            continue
        if extract.id in good:
            problems.append(
                Problem(
                    f"the id '{extract.id}' is used by another extract; choose another.",
                    f"编号“{extract.id}”已被另一个提取使用；请另取一个。",
                    file=shown,
                    line=1,
                )
            )
            continue
        good[extract.id] = extract
    return [good[key] for key in sorted(good)], problems


def read_extract(path: Path, shown: str) -> tuple[Extract | None, list[Problem]]:
    """One extract YAML and what is wrong with it; None where it cannot be used."""
    try:
        located = load_yaml(path, shown)
    except Problem as problem:
        return None, [problem]
    if isinstance(located.value, dict) and str(located.value.get("scope", "")).lower() in ("none", "null"):
        located.add(
            ("scope",),
            "an extract without a scope would give everybody everything; write grid, community, street or county.",
            "没有范围的提取会把全部数据给所有人；请写 grid、community、street 或 county。",
        )
        return None, located.problems
    extract = validate(Extract, located)
    if extract is not None:
        _check(extract, located)
    return (None if located.problems else extract), located.problems


def _check(extract: Extract, located: Located) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", extract.id):
        located.add(("id",), f"'{extract.id}' must begin with a-z and hold only a-z, 0-9 and _.", f"“{extract.id}”须以小写字母开头，只含小写字母、数字和下划线。")  # fmt: skip
    for name, listed in (
        ("purpose", extract.purpose),
        ("roles", extract.roles),
        ("columns", extract.columns),
    ):
        if not listed:
            located.add((name,), f"'{name}' is empty; name at least one.", f"{name} 为空；请至少写一个。")
    published = {name: table for name, table in schema().tables.items() if "core" in table.audiences}
    table = published.get(extract.from_)
    if table is None:
        located.add(("from",), *unknown_word("published table", "已发布的表", extract.from_, published))
        return
    if extract.scope_column not in table.column_names:
        located.add(
            ("scope",),
            f"{table.name} has no {extract.scope_column}; choose another scope or another table.",
            f"{table.name} 没有 {extract.scope_column}；请换一个范围或表。",
        )
    _check_columns(extract, table, located)
    for i, name in enumerate(extract.order):
        if name not in table.column_names:
            located.add(("order", i), *unknown_word("column", "列", name, table.column_names))
    for name, param in extract.params.items():
        for key in ("default", "min", "max"):
            try:
                given: Text | None = getattr(param, key)
                if given is not None:
                    _typed(param.type, given)
            except ValidationError:
                located.add(
                    ("params", name, key),
                    f"'{key}' must be of type {param.type}.",
                    f"{key} 的类型应为 {param.type}。",
                )
    if extract.where is not None:
        try:
            unused = (
                set(extract.params)
                - parse_condition(extract.where, table.column_names, extract.params).params
            )
            for name in sorted(unused):
                located.add(
                    ("params", name),
                    f"'{name}' is used in no condition; remove it.",
                    f"参数“{name}”未被使用；请删除。",
                )
        except Problem as problem:
            located.add(("where",), problem.en, problem.zh)


def _check_columns(extract: Extract, table: Table, located: Located) -> None:
    for i, column in enumerate(extract.columns):
        path = ("columns", i)
        if column.name not in table.column_names:
            located.add(path, *unknown_word("column", "列", column.name, table.column_names))
            continue
        if [c.name for c in extract.columns].index(column.name) != i:
            located.add(
                path,
                f"the column '{column.name}' stands twice; keep one.",
                f"列“{column.name}”重复；请只保留一个。",
            )
        for purpose in column.unmask_for:
            if purpose not in extract.purpose:
                located.add(path, *unknown_word("purpose", "用途", purpose, extract.purpose))
        if column.unmask_for and column.mask is None:
            located.add(path, "'unmask_for' goes with 'mask'.", "unmask_for 须与 mask 一起使用。")
        field = table.column(column.name).field
        bare = field.type == "id_number" and column.mask is None
        if (bare or field.name in SENSITIVE) and not extract.sensitive:
            located.add(
                path,
                f"'{column.name}' is sensitive; mask it, or say 'sensitive: true' for the whole extract.",
                f"“{column.name}”属敏感信息；请遮蔽，或为整个提取写明 sensitive: true。",
            )
