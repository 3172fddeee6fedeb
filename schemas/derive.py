"""What is generated from the declarations: DDL with comments, Arrow schemas, the dictionary, spellings of codes.

Belongs here: the one mapping of semantic types to storage types, and pure functions from declarations to text
or rows. Does not belong here: running SQL or writing files (``warehouse/``). pyarrow is imported only where
an Arrow object is asked for, so that ``import schemas`` stays light.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from schemas.model import Audience, Column, Field, Schema, Table, schema

if TYPE_CHECKING:
    import pyarrow as pa

_DUCKDB = {"date": "DATE", "timestamp": "TIMESTAMP", "amount": "DECIMAL(18,2)", "integer": "BIGINT", "decimal": "DOUBLE", "boolean": "BOOLEAN"}  # fmt: skip


def duckdb_type(field: Field) -> str:
    """Storage type of a field in DuckDB (``VARCHAR`` for all that is text: codes, numbers of documents …)."""
    return _DUCKDB.get(field.type, "VARCHAR")


def arrow_type(field: Field) -> pa.DataType:
    """Storage type of a field in Arrow, equal to what DuckDB gives for ``duckdb_type``."""
    import pyarrow as pa

    types: dict[str, pa.DataType] = {
        "DATE": pa.date32(),
        "TIMESTAMP": pa.timestamp("us"),
        "DECIMAL(18,2)": pa.decimal128(18, 2),
        "BIGINT": pa.int64(),
        "DOUBLE": pa.float64(),
        "BOOLEAN": pa.bool_(),
    }
    return types.get(duckdb_type(field), pa.string())


def arrow_schema(table: Table) -> pa.Schema:
    """Arrow schema of a table, in the declared order of columns."""
    import pyarrow as pa

    return pa.schema([pa.field(column.name, arrow_type(column.field)) for column in table.columns])


def ddl(table: Table, name: str | None = None, audience: Audience = "core") -> list[str]:
    """CREATE TABLE and the comments on the table and each column (portable but for COMMENT ON).

    Keys are not declared as constraints: the write gate checks them set-based, which is cheaper than an index.
    """
    target = _quoted(name or table.name)
    columns = audience_columns(table, audience)
    body = ", ".join(
        f"{_quoted(c.name)} {duckdb_type(c.field)}{'' if c.nullable else ' NOT NULL'}" for c in columns
    )
    return [
        f"CREATE TABLE {target} ({body})",
        *comments(table, name, audience),
    ]


def comments(table: Table, name: str | None = None, audience: Audience = "core") -> list[str]:
    """COMMENT ON statements for a table that exists already under ``name`` (default: its own)."""
    target = _quoted(name or table.name)
    result = [f"COMMENT ON TABLE {target} IS {_literal(table_comment(table))}"]
    for column in audience_columns(table, audience):
        result.append(
            f"COMMENT ON COLUMN {target}.{_quoted(column.name)} IS {_literal(column_comment(column))}"
        )
    return result


def table_comment(table: Table) -> str:
    """``title：one row is …`` and the usage notes."""
    return "\n".join([f"{table.title}：一行是{table.one_row_is}。", *table.usage])


def column_comment(column: Column) -> str:
    """``label (English label)：description``, with the code list and the standard where there are any."""
    field = column.field
    text = f"{field.label} ({field.label_en})：{field.description}"
    if field.codes:
        text += f" 码表 {field.codes}。"
    if field.standard:
        text += f" 标准 {field.standard}。"
    return text


def audience_columns(table: Table, audience: Audience) -> tuple[Column, ...]:
    """The columns of ``table`` that ``audience`` gets: for ``analyst`` none that is dropped, bands instead of
    what is banded. (Pseudonyms keep the column's name.)"""
    if audience == "core":
        return table.columns
    fields, result = schema().fields, list[Column]()
    for column in table.columns:
        if column.field.analyst == "band":
            result += [Column(name=name, field=fields[name], derived=True) for name in column.field.bands]
        elif column.field.analyst != "drop":
            result.append(column)
    return tuple(result)


def labelled(table: Table, select: str) -> str:
    """``select`` (all columns of ``table`` but its labels) with the ``<column>_label`` columns added.

    Label columns that ``select`` should already hold must not be among its columns.
    """
    lists, parts = schema().code_lists, list[str]()
    for column in table.columns:
        if column.field.codes is None or f"{column.name}_label" not in table.column_names:
            continue
        whens = " ".join(
            f"when {_literal(code.code)} then {_literal(code.label)}"
            for code in lists[column.field.codes].codes
        )
        parts.append(f"case {_quoted(column.name)} {whens} end as {_quoted(column.name + '_label')}")
    return f"select *, {', '.join(parts)} from ({select})" if parts else select


def dictionary_rows(declared: Schema, audience: Audience) -> list[dict[str, Any]]:
    """Rows of ``column_dictionary`` for the tables that ``audience`` gets, in the order of the files."""
    return [
        {
            "table_name": table.name,
            "table_title": table.title,
            "position": position,
            "column_name": column.name,
            "data_type": duckdb_type(column.field),
            "semantic_type": column.field.type,
            "label": column.field.label,
            "label_en": column.field.label_en,
            "description": column.field.description,
            "standard": column.field.standard,
            "sensitivity": column.field.sensitivity,
            "code_list": column.field.codes,
            "references": column.references,
        }
        for table in declared.tables.values()
        if audience in table.audiences
        for position, column in enumerate(audience_columns(table, audience), start=1)
    ]


def code_spellings(declared: Schema) -> list[tuple[str, str, str]]:
    """``(list_name, spelling, code)`` for every accepted spelling: code, label, alias; NFKC, without white
    space; Latin letters in the case as listed, in lower and in upper case."""
    result: dict[tuple[str, str], str] = {}
    for codes in declared.code_lists.values():
        for code in codes.codes:
            for text in (code.code, code.label, *code.aliases):
                plain = "".join(unicodedata.normalize("NFKC", text).split())
                for spelling in (plain, plain.lower(), plain.upper()):
                    result.setdefault((codes.name, spelling), code.code)
    return [(name, spelling, code) for (name, spelling), code in result.items()]


def code_rows(declared: Schema) -> pa.Table:
    """``code_spellings`` as an Arrow table: ``list_name``, ``spelling``, ``code``."""
    import pyarrow as pa

    rows = code_spellings(declared)
    names = ("list_name", "spelling", "code")
    return pa.table({name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(names)})


def record_kind_fields(kind: str) -> tuple[str, ...]:
    """The canonical fields that a source feeding ``kind`` may map. Raises KeyError for an unknown kind."""
    return tuple(schema().record_table(kind).mappable)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
