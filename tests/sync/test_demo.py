"""The demo city through the whole system, held against its truth."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sync.conftest import City
from synced_demo import synced_demo

# Making and syncing the city is most of it, in the first test.
pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[City, int, dict[str, Any]]:
    """A small demo city after its first sync, with the exit status and the summary."""
    made = synced_demo(tmp_path_factory)
    return City(made.root), made.status, made.summary


def truth(city: City, table: str) -> str:
    return f"read_parquet('{city.root}/truth/{table}.parquet')"


def test_every_source_is_in_use_and_every_row_accounted_for(demo: tuple[City, int, dict[str, Any]]) -> None:
    city, status, summary = demo
    assert status == 0, [(row["source"], row["reasons"]) for row in summary["sources"] if row["reasons"]]
    assert len(summary["sources"]) == 13
    assert (
        city.query(
            "select edition_id from edition where rows_read <> rows_kept + rows_skipped + rows_rejected"
        )
        == []
    )


def test_records_are_those_of_the_truth(demo: tuple[City, int, dict[str, Any]]) -> None:
    city, _, _ = demo
    wanted = city.query(
        f"select source, count(*) from {truth(city, 'record')} where record_kind = 'resident' and expected = 'kept' group by 1 order by 1"
    )
    assert city.query("select source, count(*) from resident_record group by 1 order by 1") == wanted
    assert city.query(
        f"select count(*) from resident_record r anti join {truth(city, 'record')} t using (source, record_key, record_no)"
    ) == [(0,)]


def test_people_are_hardly_ever_mixed_up(demo: tuple[City, int, dict[str, Any]]) -> None:
    city, _, _ = demo
    [(together, right)] = city.query(f"""
        with member as (
            select r.resident_id, t.person_id from resident_record r
            join {truth(city, "record")} t using (source, record_key, record_no) where t.expected = 'kept'
        ), resident as (select count(*) as n from member group by resident_id),
        both_ as (select count(*) as n from member group by resident_id, person_id)
        select (select sum(n * (n - 1) / 2) from resident), (select sum(n * (n - 1) / 2) from both_)
    """)
    assert right / together >= 0.995


def test_analysts_get_no_identifier(demo: tuple[City, int, dict[str, Any]]) -> None:
    city, _, _ = demo
    path = Path(os.path.realpath(city.root / "published" / "current-analyst"))
    con = duckdb.connect(str(path), read_only=True)
    [(people,)] = con.execute("select count(*) from resident").fetchall()
    assert people == city.query("select count(*) from resident")[0][0]
    con.execute(
        f"create temp table known as select distinct id_number as word from {truth(city, 'person')} where length(id_number) >= 15"
    )
    for (table,) in con.execute("select table_name from duckdb_tables() where not temporary").fetchall():
        columns = con.execute(
            f"select column_name from duckdb_columns() where table_name = '{table}' and data_type = 'VARCHAR'"
        ).fetchall()
        for (column,) in columns:
            found = con.execute(
                f'select count(*) from "{table}" where "{column}" in (select word from known)'
            ).fetchall()
            assert found == [(0,)], (table, column)


def test_an_extract_holds_the_users_grids_only(
    demo: tuple[City, int, dict[str, Any]], tmp_path: Path
) -> None:
    import openpyxl

    city, _, _ = demo
    for user, grids in (("wanggeyuan", True), ("xinren", False)):
        out = tmp_path / f"{user}.xlsx"
        result = city.run(
            "extract",
            "registry",
            "--as",
            user,
            "-o",
            str(out),
            "--purpose",
            "registry" if grids else "elderly_visit",
        )
        if not grids:
            # Without a grid, or without the purpose, nothing at all comes out.
            assert result.exit_code == 1 or openpyxl.load_workbook(out).active.max_row < 8
            continue
        assert result.exit_code == 0, result.stderr
        cells = [
            c for row in openpyxl.load_workbook(out).active.iter_rows() for c in row if c.value is not None
        ]
        assert all(c.data_type != "f" for c in cells)
