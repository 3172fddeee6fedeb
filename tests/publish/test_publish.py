"""Publishing: what each audience's files hold, and what they do not."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_city import AS_OF, KEY, NAMES, SECRET_PHONE, id_number, publish_tiny, tiny, workspace_in, write

from schemas.derive import audience_columns, dictionary_rows
from schemas.model import schema
from schemas.problem import Problem
from warehouse import publish as publishing
from warehouse.publish import Facts, publish
from warehouse.publish.audience import _age_band, masked_text, projection
from warehouse.publish.pseudonym import pads, pseudonym_sql
from warehouse.store import GateError
from warehouse.workspace import Workspace

V1 = "20241122T020000"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = workspace_in(tmp_path_factory.mktemp("city"))
    publish_tiny(workspace, V1, "one")
    return workspace


def opened(workspace: Workspace, audience: str) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str((workspace.published / f"current-{audience}").resolve()), read_only=True)


def parquet(workspace: Workspace, audience: str) -> dict[str, Path]:
    return {p.stem: p for p in (workspace.published / V1 / audience).glob("*.parquet")}


def test_core_holds_every_declared_table_with_its_rows_and_comments(city: Workspace) -> None:
    con = opened(city, "core")
    given, files = tiny(), parquet(city, "core")
    for table in schema().tables.values():
        if "core" not in table.audiences:
            continue
        assert pq.read_schema(files[table.name]).names == list(table.column_names)
        rows = pq.read_metadata(files[table.name]).num_rows
        if table.name in given:
            assert rows == len(given[table.name])
        if table.layer == "evidence":
            assert not con.execute(
                "select 1 from duckdb_tables() where table_name = ?", [table.name]
            ).fetchall()
            continue
        assert con.execute(f"select count(*) from {table.name}").fetchall()[0][0] == rows
        comments = con.execute(
            "select comment from duckdb_columns() where table_name = ? union all "
            "select comment from duckdb_tables() where table_name = ?", [table.name, table.name]
        ).fetchall()  # fmt: skip
        assert len(comments) == len(table.columns) + 1
        assert all(comment for (comment,) in comments)


def test_rows_are_sorted_as_declared(city: Workspace) -> None:
    con = opened(city, "core")
    got = con.execute("select street_code, community_code, grid_code, resident_id from resident").fetchall()
    assert got == sorted(got)
    assert len({row[0] for row in got}) > 1


def test_storage_opens_in_old_drivers(city: Workspace) -> None:
    # Byte 12 of a DuckDB file is its storage version; 64 is what 1.0 to 1.1 wrote, 69 the newest.
    header = (city.published / "current-core").resolve().read_bytes()[:24]
    assert header[8:12] == b"DUCK"
    assert header[12] == 64


@pytest.mark.parametrize("audience", ["core", "analyst"])
def test_dictionary_says_what_is_there(city: Workspace, audience: str) -> None:
    con, files = opened(city, audience), parquet(city, audience)
    told: dict[str, list[str]] = {}
    for table, column in con.execute(
        "select table_name, column_name from column_dictionary order by table_name, position"
    ).fetchall():
        told.setdefault(table, []).append(column)
    assert told == {name: pq.read_schema(path).names for name, path in files.items()}
    assert len(dictionary_rows(schema(), audience)) == sum(map(len, told.values()))  # type: ignore[arg-type]


@pytest.mark.parametrize("audience", ["core", "analyst"])
def test_lineage_covers_every_column(city: Workspace, audience: str) -> None:
    con = opened(city, audience)
    missing = con.execute(
        "select table_name, column_name from column_dictionary except select table_name, column_name from lineage"
    ).fetchall()
    assert missing == []
    bad = con.execute(
        "select l.from_table, l.source_column from lineage l where l.from_table is not null and not exists "
        "(select 1 from column_dictionary d where d.table_name = l.from_table)"
    ).fetchall()
    assert bad == []


def test_datapackage_describes_the_files(city: Workspace) -> None:
    folder = city.published / V1 / "analyst"
    told = json.loads((folder / "datapackage.json").read_text("utf-8"))
    assert told["version"] == V1
    assert {r["path"] for r in told["resources"]} == {p.name for p in folder.glob("*.parquet")}
    for resource in told["resources"]:
        data = (folder / resource["path"]).read_bytes()
        assert resource["hash"] == "sha256:" + hashlib.sha256(data).hexdigest()
        assert resource["bytes"] == len(data)
        table = pq.read_table(folder / resource["path"])
        assert resource["rows"] == table.num_rows
        assert [f["name"] for f in resource["schema"]["fields"]] == table.column_names
        assert resource["description"] and all(f["description"] for f in resource["schema"]["fields"])
        for column, constraints in (
            (f["name"], f.get("constraints", {})) for f in resource["schema"]["fields"]
        ):
            if "enum" in constraints:
                assert {v for v in table[column].to_pylist() if v is not None} <= set(constraints["enum"])


def test_nothing_identifying_in_the_analysts_bytes(city: Workspace) -> None:
    """Searched as bytes in the file, and as text in every column of every Parquet file (which are compressed)."""
    given = tiny()
    secrets = {SECRET_PHONE, "张伟", *NAMES}
    secrets |= {
        str(r[c]) for r in given["resident"] for c in ("id_number", "phone", "live_address", "household_no")
    }
    ids = {r["resident_id"] for r in given["resident"]}
    core_bytes = (city.published / "current-core").resolve().read_bytes()
    assert any(secret.encode() in core_bytes for secret in secrets), (
        "the search must be able to find something"
    )
    data = (city.published / "current-analyst").resolve().read_bytes()
    # Short texts may be compressed away in the file, so it is also read column by column below.
    assert [s for s in secrets | ids if len(s) > 6 and s.encode() in data] == []
    con = opened(city, "analyst")
    texts: list[str] = []
    for (table,) in con.execute("select table_name from duckdb_tables()").fetchall():
        texts += [
            str(v) for row in con.execute(f'select * from "{table}"').fetchall() for v in row if v is not None
        ]
    for path in parquet(city, "analyst").values():
        for column in pq.read_table(path).columns:
            texts += [str(v) for v in column.to_pylist() if v is not None]
    # A grid's name is free text that cannot be told from a person's; numbers in it are masked, the name is not.
    texts = [t for t in texts if not re.fullmatch(r".*网格", t)] + [
        t.replace("王芳", "") for t in texts if t.endswith("网格")
    ]
    everything = "\n".join(texts)
    assert [s for s in secrets | ids if s in everything] == []
    assert "***" in everything


def test_the_analyst_gets_no_column_that_is_to_be_dropped(city: Workspace) -> None:
    for name, path in parquet(city, "analyst").items():
        table = schema().tables[name]
        dropped = {c.name for c in table.columns if c.field.analyst in ("drop", "band")}
        assert not dropped & set(pq.read_schema(path).names)
    for meta in ("issue", "edition"):
        assert not {"value_masked", "file", "sheet"} & set(
            pq.read_schema(parquet(city, "analyst")[meta]).names
        )


def test_a_pseudonym_joins_all_tables_and_differs_from_core(city: Workspace) -> None:
    con = opened(city, "analyst")
    counts = con.execute(
        "select (select count(*) from resident), (select count(*) from resident r join event e using (resident_id)), "
        "(select count(*) from benefit b join resident r using (resident_id)), "
        "(select count(*) from household h join resident r on h.head_resident_id = r.resident_id and r.household_id = h.household_id), "
        "(select count(*) from dwelling d join resident r on r.resident_id = d.owner_resident_id and r.dwelling_id = d.dwelling_id), "
        "(select count(*) from resident_change c join resident r using (resident_id))"
    ).fetchall()[0]
    assert counts == (40, 40, 40, 20, 20, 1)
    got = {row[0] for row in con.execute("select resident_id from resident").fetchall()}
    right = {
        hmac.new(KEY, f"resident.resident_id:r{n:06d}".encode(), "sha256").hexdigest()[:32] for n in range(40)
    }
    assert got == right


def test_pseudonyms_of_different_kinds_differ() -> None:
    con = duckdb.connect()
    sql = (
        f"select {pseudonym_sql('x', 'resident.resident_id')}, {pseudonym_sql('x', 'household.household_id')}"
    )
    one, two = con.execute(f"{sql} from (select 'a' as x)", pads(KEY)).fetchall()[0]
    assert one != two


@given(st.text(max_size=80), st.binary(min_size=32, max_size=100))
@settings(max_examples=60, deadline=None)
def test_pseudonyms_are_hmac_sha256(text: str, key: bytes) -> None:
    text = text.replace("\0", "").encode("utf-8", "ignore").decode()
    con = duckdb.connect()
    got = con.execute(f"select {pseudonym_sql('$x::varchar', 'd')}", {**pads(key), "x": text}).fetchall()[0][
        0
    ]
    assert got == hmac.new(key, f"d:{text}".encode(), "sha256").hexdigest()[:32]


@pytest.mark.parametrize("key", [b"", b"short", b"x" * 31])
def test_weak_keys_are_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="at least 32"):
        pads(key)


def test_birth_dates_become_years_and_bands(city: Workspace) -> None:
    given = {r["resident_id"]: r["birth_date"] for r in tiny()["resident"]}
    right = sorted((d.year, _band(d)) for d in given.values())
    assert (
        opened(city, "analyst").execute("select birth_year, age_band from resident order by all").fetchall()
        == right
    )


def _band(born: date, today: date = AS_OF) -> str | None:
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    for code in schema().code_lists["age_band"].codes:
        low, _, high = code.code.partition("-")
        if int(low.rstrip("+")) <= age <= int(high or 150):
            return code.code
    return None


@given(st.dates(date(1870, 1, 1), date(2026, 1, 1)), st.dates(date(2024, 1, 1), date(2025, 1, 1)))
@settings(max_examples=60, deadline=None)
def test_age_bands_by_full_years(born: date, today: date) -> None:
    got = duckdb.connect().execute(
        f"select {_age_band(schema(), today)} from (select $d::date as birth_date)", {"d": born}
    ).fetchall()[0][0]  # fmt: skip
    assert got == _band(born, today)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("张三 13912345678网格", "张三 ***网格"),
        ("13912345678,13812345678", "***,***"),
        (f"证{id_number(3)}", "证***"),
        (id_number(3).lower() + " 13900000000", "*** ***"),
        ("210203001001", "210203001001"),
        ("210203001001001", "210203001001001"),
        ("2024112213912345678", "2024112213912345678"),
        ("阳光小区", "阳光小区"),
        (None, None),
    ],
)  # fmt: skip
def test_stray_numbers_are_masked(text: str | None, right: str | None) -> None:
    got = (
        duckdb.connect()
        .execute(f"select {masked_text('x')} from (select $x::varchar as x)", {"x": text})
        .fetchall()
    )
    assert got == [(right,)]


def test_a_declaration_cannot_let_a_number_through() -> None:
    table = schema().tables["resident"]
    phone = table.column("phone")
    open_field = phone.field.model_copy(update={"analyst": "keep", "sensitivity": "plain"})
    columns = tuple(
        c.model_copy(update={"field": open_field}) if c.name == "phone" else c for c in table.columns
    )
    with pytest.raises(AssertionError, match=r"resident\.phone"):
        projection(schema(), table.model_copy(update={"columns": columns}), "analyst", AS_OF)


def test_the_same_content_makes_no_new_version(tmp_path: Path) -> None:
    workspace = workspace_in(tmp_path)
    first = publish_tiny(workspace, V1, "one")
    again = publish_tiny(workspace, "20241123T020000", "one")
    assert (first.new, again.new) == (True, False)
    assert again.version == V1
    assert again.rows == first.rows
    assert len(publishing.versions(workspace)) == 1
    assert publish_tiny(workspace, "20241123T020000", "two").new


def test_a_new_key_is_new_content(tmp_path: Path) -> None:
    workspace = workspace_in(tmp_path)
    publish_tiny(workspace, V1, "one")
    given = write(workspace.stages / "one", tiny())
    other = publish(workspace, given, version=V1, facts=Facts("one", AS_OF), keys={"analyst": KEY[::-1]})
    assert other.new
    assert other.version == V1 + "-2"


def test_publishing_twice_gives_the_same_tables(tmp_path: Path) -> None:
    one, two = workspace_in(_made(tmp_path / "1")), workspace_in(_made(tmp_path / "2"))
    publish_tiny(one, V1, "one")
    publish_tiny(two, V1, "one")
    for audience in ("core", "analyst"):
        for name, path in parquet(one, audience).items():
            if name != "snapshot":
                assert pq.read_table(path).equals(pq.read_table(parquet(two, audience)[name])), name


def test_a_scan_may_stand_for_a_file(tmp_path: Path) -> None:
    workspace = workspace_in(tmp_path)
    given = write(tmp_path / "given", tiny())
    half = tmp_path / "half.parquet"
    table = pq.read_table(given["resident"])
    pq.write_table(table.slice(0, 20), half)
    given["resident"] = f"(select * from read_parquet('{half}'))"
    done = publish(workspace, given, version=V1, facts=Facts("x", AS_OF), keys={"analyst": KEY})
    assert done.rows["core"]["resident"] == done.rows["analyst"]["resident"] == 20


def test_an_unchanged_evidence_file_is_not_written_again(tmp_path: Path) -> None:
    workspace = workspace_in(tmp_path)
    given = write(workspace.stages / "x", tiny())
    publish(workspace, given, version=V1, facts=Facts("x", AS_OF), keys={"analyst": KEY})
    beside = workspace.published / V1 / "core" / "resident_value.parquet"
    assert beside.samefile(given["resident_value"])


def test_an_evidence_file_that_duckdb_wrote_is_linked_too(tmp_path: Path) -> None:
    """DuckDB marks a column of constants as 'not null', which is no difference."""
    workspace = workspace_in(tmp_path)
    given = write(workspace.stages / "x", tiny())
    again = workspace.stages / "again.parquet"
    duckdb.connect().execute(
        f"copy (select * replace ('gongan' as source) from read_parquet('{given['resident_value']}')) to '{again}' (format parquet)"
    )
    given["resident_value"] = f"read_parquet('{again}')"
    publish(workspace, given, version=V1, facts=Facts("x", AS_OF), keys={"analyst": KEY})
    assert (workspace.published / V1 / "core" / "resident_value.parquet").samefile(again)


@pytest.mark.parametrize("change", ["missing", "extra", "column"])
def test_tables_not_as_declared_are_refused(tmp_path: Path, change: str) -> None:
    workspace = workspace_in(tmp_path)
    given = write(tmp_path / "given", tiny())
    if change == "missing":
        del given["event"]
    elif change == "extra":
        given["resident_core"] = given["resident"]
    else:
        pq.write_table(pa.table({"resident_id": ["x"]}), given["resident"])
    with pytest.raises((GateError, duckdb.BinderException)):
        publish(workspace, given, version=V1, facts=Facts("x", AS_OF), keys={"analyst": KEY})
    assert publishing.versions(workspace) == []
    assert not list(workspace.published.glob("*.building"))


def test_a_missing_key_is_a_problem(tmp_path: Path) -> None:
    workspace = workspace_in(tmp_path)
    with pytest.raises(Problem, match="key"):
        publish(workspace, write(tmp_path / "given", tiny()), version=V1, facts=Facts("x", AS_OF))


def test_lineage_names_the_agencies_columns(tmp_path: Path) -> None:
    from schemas.sources import Source

    source = Source.model_validate(
        {
            "source": "gongan", "title": "户籍", "agency": "大连市公安局", "feeds": ["resident"], "files": "*.csv", "key": ["RYBH"],
            "columns": {
                "id_number": {"from": "CJZH", "slice": [0, 18]}, "name": "XM",
                "live_address": {"join": ["小区名称", "楼号"]}, "sex": {"from": "XB", "codes": {"0": "男"}},
            },
        }
    )  # fmt: skip
    workspace = workspace_in(tmp_path)
    publish_tiny(workspace, V1, "one", sources=[source])
    con = opened(workspace, "core")
    ask = "select source_column, rule from lineage where table_name = ? and column_name = ? and source = 'gongan'"
    assert con.execute(ask, ["resident_record", "id_number"]).fetchall() == [("CJZH", "第 1 至 18 个字")]
    assert con.execute(ask, ["resident", "name"]).fetchall() == [("XM", "标准化")]
    assert con.execute(ask, ["resident_record", "live_estate"]).fetchall()[0][0] == "小区名称+楼号"
    assert con.execute(ask, ["resident_record", "record_key"]).fetchall()[0][0] == "RYBH"
    assert opened(workspace, "analyst").execute(ask, ["resident", "age_band"]).fetchall() == []


def test_analyst_columns_are_the_declared_ones(city: Workspace) -> None:
    for name, path in parquet(city, "analyst").items():
        assert pq.read_schema(path).names == [
            c.name for c in audience_columns(schema().tables[name], "analyst")
        ]


def _made(path: Path) -> Path:
    path.mkdir()
    return path
