"""Loading of ``fields.yaml`` and ``tables/*.yaml``, and holding all declarations against each other.

Belongs here: the form of those files, the groups of columns that several tables share, the columns made by
rule (``<column>_label``), and every contradiction as a Problem with file, line and remedy.
Does not belong here: the declared things themselves (``model.py``), code lists (``code_lists.py``), what is
generated from all of them (``derive.py``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from schemas.code_lists import read_code_lists
from schemas.located_yaml import Located, load_or_note, together, unknown_word, validate
from schemas.model import RECORD_KINDS, CodeList, Field, Schema, Survivorship, Table
from schemas.problem import Problem
from schemas.table_forms import TableBuilder, TableForm

HERE = Path(__file__).parent
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class _FieldForm(Field):
    # The name is the key in fields.yaml; survivorship names its field in the key 'with'.
    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = ""
    survivorship: dict[str, Any] | None = None  # type: ignore[assignment]


def load_schema(directory: Path = HERE) -> Schema:
    """The declarations in ``directory``. Raises one Problem that holds every fault found."""
    found, problems = read_schema(directory)
    if found is None or problems:
        raise together(problems)
    return found


def read_schema(directory: Path = HERE) -> tuple[Schema | None, list[Problem]]:
    """The declarations in ``directory`` and all that is wrong with them; None where nothing can be built."""
    problems: list[Problem] = []
    lists = read_code_lists(directory / "codes", problems)
    fields = _read_fields(directory / "fields.yaml", lists, problems)
    tables = _read_tables(directory / "tables", fields, problems)
    _check_use(directory, fields, tables, problems)
    return Schema(fields=fields, tables=tables, code_lists=lists), problems


def _read_fields(path: Path, lists: Mapping[str, CodeList], problems: list[Problem]) -> dict[str, Field]:
    source = load_or_note(path, path.name, problems)
    result: dict[str, Field] = {}
    for name, form in (source.value or {}).items():
        part = Located(
            form,
            source.file,
            {p[1:]: n for p, n in source.lines.items() if p[:1] == (name,)},
            source.problems,
        )
        checked = validate(_FieldForm, part)
        if checked is None:
            continue
        if not _NAME.fullmatch(name):
            part.add(
                (),
                f"'{name}' must be lower-case letters, digits and _.",
                f"“{name}”只能用小写字母、数字和下划线。",
            )
        if checked.type == "code" and checked.codes is None:
            part.add(
                (),
                f"'{name}' is a code without a list; add codes: NAME.",
                f"“{name}”是代码，缺少 codes: 码表名。",
            )
        if (checked.analyst == "band") != bool(checked.bands):
            part.add(
                ("analyst",),
                "a field is banded by naming its bands: [FIELD …].",
                "分段的字段须写明 bands: [字段 …]。",
            )
        if checked.codes is not None and checked.codes not in lists:
            part.add(("codes",), *unknown_word("code list", "码表", checked.codes, lists))
        told = dict(form)
        if told.get("survivorship"):
            rule = dict(told["survivorship"])
            if "with" in rule:
                rule["with_field"] = rule.pop("with")
                rule.setdefault("rule", "with")
            survivorship = validate(
                Survivorship, Located(rule, part.file, {(): part.line(("survivorship",))}, part.problems)
            )
            told["survivorship"] = survivorship
        told = {"name": name, **told}
        result[name] = Field(**told)
    for name, one in result.items():
        for band in one.bands:
            if band not in result:
                source.add((name, "bands"), *unknown_word("field", "字段", band, result))
        chosen_by = one.survivorship
        if chosen_by is not None and chosen_by.rule == "with" and chosen_by.with_field not in result:
            source.add(
                (name, "survivorship"), *unknown_word("field", "字段", str(chosen_by.with_field), result)
            )
    problems.extend(p for p in source.problems if p not in problems)
    return result


def _read_tables(directory: Path, fields: Mapping[str, Field], problems: list[Problem]) -> dict[str, Table]:
    forms: dict[str, tuple[TableForm, Located]] = {}
    read: list[Located] = []
    groups = load_or_note(directory / "_groups.yaml", "tables/_groups.yaml", problems)
    for path in sorted(directory.glob("*.yaml")):
        if path.name.startswith("_"):
            continue
        source = load_or_note(path, f"tables/{path.name}", problems)
        read.append(source)
        form = validate(TableForm, source) if source.value is not None else None
        if form is not None:
            if form.name != path.stem:
                source.add(
                    ("name",),
                    f"the file is {path.name}; name the table alike.",
                    f"表名应与文件名 {path.name} 一致。",
                )
            forms[form.name] = (form, source)
    builder = TableBuilder(forms, groups, fields)
    tables = {name: table for name in forms if (table := builder.table(name)) is not None}
    for name, table in tables.items():
        _check_table(table, forms[name][1], tables)
    for source in read:
        problems.extend(p for p in source.problems if p not in problems)
    problems.extend(groups.problems)
    return tables


def _check_table(table: Table, source: Located, tables: Mapping[str, Table]) -> None:
    names = table.column_names
    for name in sorted({n for n in names if names.count(n) > 1}):
        source.add(
            ("columns",), f"the column '{name}' stands twice; keep one.", f"列“{name}”重复；请只保留一个。"
        )
    for where, listed in (("key", table.key), ("order", table.order)):
        for name in listed:
            if name not in names:
                source.add((where,), *unknown_word("column", "列", name, names))
    if table.record_kind is not None and table.record_kind not in RECORD_KINDS:
        source.add(
            ("record_kind",), *unknown_word("record kind", "记录种类", table.record_kind, RECORD_KINDS)
        )
    for filled, stand_ins in table.otherwise.items():
        for name in (filled, *stand_ins):
            if name not in table.mappable:
                source.add(("otherwise",), *unknown_word("column", "列", name, table.mappable))
    for i, column in enumerate(table.columns):
        if column.references is None:
            continue
        other_name, _, other_column = column.references.partition(".")
        other = tables.get(other_name)
        if other is None or other_column not in other.column_names:
            source.add(
                ("columns", i),
                f"'{column.name}' refers to {column.references}, which does not exist; correct it.",
                f"“{column.name}”引用的 {column.references} 不存在；请改正。",
            )
        elif other.column(other_column).field.type != column.field.type:
            source.add(
                ("columns", i),
                f"'{column.name}' is {column.field.type}, but {column.references} is "
                f"{other.column(other_column).field.type}; make them alike.",
                f"“{column.name}”的类型 {column.field.type} 与 {column.references} 的类型 "
                f"{other.column(other_column).field.type} 不同；请统一。",
            )


def _check_use(
    directory: Path, fields: Mapping[str, Field], tables: Mapping[str, Table], problems: list[Problem]
) -> None:
    used = {column.field.name for table in tables.values() for column in table.columns}
    used |= {field.name for table in tables.values() for field in table.accepts.values()}
    used |= {name for field in fields.values() for name in field.bands}
    source = load_or_note(directory / "fields.yaml", "fields.yaml", [])
    for name in fields:
        if name not in used:
            source.add(
                (name,),
                f"the field '{name}' is used in no table; use or remove it.",
                f"字段“{name}”未被任何表使用；请使用或删除。",
            )
    problems.extend(p for p in source.problems if p.en.startswith("the field "))
