"""What is generated from the declarations: DDL that runs, comments that arrive, types that agree."""

from __future__ import annotations

import unicodedata

import duckdb
import pytest

from schemas.derive import (
    arrow_schema,
    audience_columns,
    code_rows,
    ddl,
    dictionary_rows,
    duckdb_type,
    labelled,
    record_kind_fields,
)
from schemas.model import schema


@pytest.mark.parametrize("name", sorted(schema().tables))
def test_ddl_runs_and_comments_and_types_arrive(name: str) -> None:
    table = schema().tables[name]
    con = duckdb.connect()
    for statement in ddl(table):
        con.execute(statement)
    told = con.execute("select comment from duckdb_tables()").fetchall()
    assert told[0][0].startswith(table.title)
    columns = con.execute(
        "select column_name, data_type, comment from duckdb_columns() where not internal order by column_index"
    ).fetchall()
    assert [(c[0], c[1]) for c in columns] == [(c.name, duckdb_type(c.field)) for c in table.columns]
    assert all(c[2] for c in columns)
    assert con.execute(f'select * from "{name}"').to_arrow_table().schema == arrow_schema(table)


def test_ddl_under_another_name_and_for_analysts() -> None:
    con = duckdb.connect()
    for statement in ddl(schema().tables["resident"], "other", "analyst"):
        con.execute(statement)
    names = [row[0] for row in con.execute("describe other").fetchall()]
    assert {"resident_id", "birth_year", "age_band", "grid_code", "sex_label"} <= set(names)
    assert not {"name", "id_number", "birth_date", "phone", "live_address", "room"} & set(names)


def test_labels_are_added_from_the_codes() -> None:
    table = schema().tables["benefit"]
    given = ", ".join(
        f"""cast({"'active'" if c.name == "status" else "null"} as {duckdb_type(c.field)}) as "{c.name}" """
        for c in table.columns
        if not c.name.endswith("_label")
    )
    con = duckdb.connect()
    got = con.execute(labelled(table, f"select {given}"))
    assert {d[0] for d in got.description} == set(table.column_names)
    row = dict(zip([d[0] for d in got.description], got.fetchall()[0], strict=True))
    assert row["status_label"] == "享受中"


def test_every_spelling_has_one_code() -> None:
    rows = code_rows(schema()).to_pylist()
    assert len({(r["list_name"], r["spelling"]) for r in rows}) == len(rows)
    known = {(r["list_name"], r["spelling"]): r["code"] for r in rows}
    assert known["sex", "m"] == known["sex", "M"] == known["sex", "男"] == "1"
    for (name, spelling), code in known.items():
        assert spelling == unicodedata.normalize("NFKC", spelling)
        assert schema().code_lists[name].find(spelling) == code


def test_the_dictionary_has_every_column_of_an_audience() -> None:
    for audience in ("core", "analyst"):
        rows = dictionary_rows(schema(), audience)  # type: ignore[arg-type]
        expected = [
            (t.name, c.name)
            for t in schema().tables.values()
            if audience in t.audiences
            for c in audience_columns(t, audience)  # type: ignore[arg-type]
        ]
        assert [(r["table_name"], r["column_name"]) for r in rows] == expected
        assert all(r["label"] and r["description"] for r in rows)
        assert {key for row in rows for key in row} == set(schema().tables["column_dictionary"].column_names)


def test_record_kind_fields() -> None:
    assert "id_number" in record_kind_fields("resident")
    assert "uscc" in record_kind_fields("organisation")
    with pytest.raises(KeyError):
        record_kind_fields("person")
