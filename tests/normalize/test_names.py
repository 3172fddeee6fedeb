"""Names of persons: no legal character changes; the golden table is in ``test_documents.py``."""

from __future__ import annotations

import unicodedata

import duckdb
from conftest import Cells
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.normalize.match_keys import exchanges, lookups
from warehouse.normalize.names import name
from warehouse.normalize.steps import Cell, Options, compose


def test_what_stood_behind_the_name_is_kept(cells: Cells) -> None:
    read = cells("name", ["张三（户主）", "张三（户主）（已故）", "张三13800138000", "张三"])
    assert [one["note"] for one in read] == ["(户主)", "(户主)(已故)", "13800138000", None]


han = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.text(han, min_size=2, max_size=4).filter(lambda t: not set(t) & set("某等之无空暂")),
        min_size=1,
        max_size=40,
    )
)
def test_legal_characters_never_change(cells: Cells, names: list[str]) -> None:
    read = cells("name", [f" {name[0]} {name[1:]}\u3000" for name in names])
    assert [one["value"] for one in read if one["issue"] is None] == [
        name for name, one in zip(names, read, strict=True) if one["issue"] is None
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.text("张三李四·.(户主)（已故） 13等/*", max_size=12),
                min_size=1, max_size=40))  # fmt: skip
def test_any_text_is_read_and_a_value_reads_as_itself(cells: Cells, raws: list[str]) -> None:
    first = cells("name", raws)
    assert all(
        one["value"] is None or one["value"] == unicodedata.normalize("NFC", one["value"]) for one in first
    )
    assert all(one["value"] != "" and one["key"] != "" for one in first)
    clean = [one["value"] for one in first if one["value"] is not None and one["issue"] is None]
    assert [one["value"] for one in cells("name", clean)] == clean


def test_every_character_of_the_tables_is_kept_in_a_name(connection: duckdb.DuckDBPyConnection) -> None:
    """王 and 李 with each of 42,000 characters behind and before: not one is changed, whatever has a simplified form."""
    characters = sorted(set(lookups()["character.key"]) - set("某等之无未不测姓同待空暂查保没"))
    connection.execute("create or replace temp table told as select unnest(?::varchar[]) as c", [characters])
    told = "select '王' || c || '明' as raw from told union all select c || '李' from told"
    made = name(Cell("f", "raw"), Options())
    statement = compose(
        told,
        [made],
        {"raw": "raw", "value": made.value, "issue": made.issue, "pinyin": made.outputs["pinyin"]},
    )
    connection.execute(f"create or replace temp table found as {statement}")
    changed = connection.execute(
        "select raw, value from found where value is distinct from nfc_normalize(raw)"
    ).fetchall()
    told_of = connection.execute("select raw, issue from found where issue is not null").fetchall()
    unread = connection.execute(
        "select count(*) from found where regexp_matches(pinyin, '[^a-z ]')"
    ).fetchall()
    connection.execute("drop table told; drop table found")
    assert changed == [] and told_of == []
    assert unread[0][0] <= 2 * len(exchanges("simplified"))
