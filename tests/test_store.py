"""The gate through which every table leaves: what it writes, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.model import schema
from warehouse.store import GateError, Stage, Store
from warehouse.workspace import Workspace

TABLE = schema().tables["row_outcome"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    workspace = Workspace(tmp_path / "w")
    workspace.make()
    with Store(workspace) as opened:
        yield opened


def outcome(**given: str) -> str:
    """SELECT of two rows of ``row_outcome``, the columns as given or empty."""
    said = {"edition_id": "'e' || n", "row_number": "n", "outcome": "'kept'"} | given
    listed = ", ".join(f"{said.get(c, 'null')} as {c}" for c in TABLE.column_names)
    return f"select {listed} from range(2, 0, -1) t(n)"


def written(store: Store, select: str) -> Stage:
    with store.stage("s", select) as stage:
        stage.write(TABLE, select)
    return stage


def test_codes_and_words_are_written_as_text(store: Store) -> None:
    kind = store.words(["甲", "乙", "it's"])
    stage = written(store, outcome(sheet=f"cast('it''s' as {kind})"))
    types = {row[0]: row[1] for row in store.rows(f"describe select * from {stage.scan('row_outcome')}")}
    assert types["outcome"] == types["sheet"] == types["file"] == "VARCHAR"
    assert store.rows(f"select distinct outcome, sheet, file from {stage.scan('row_outcome')}") == [
        ("kept", "it's", None)
    ]


def test_words_sort_as_text(store: Store) -> None:
    kind = store.words(["b", "a", "B", "中"])
    assert store.words(["中", "B", "a", "b", "b"]) == kind
    listed = store.rows(
        f"select cast(x as varchar) from (select unnest(['b', 'a', '中', 'B'])::{kind} as x) order by x"
    )
    assert [row[0] for row in listed] == ["B", "a", "b", "中"]


def test_rows_are_sorted_by_the_key(store: Store) -> None:
    select = "select 'p' as source, 'e' as edition_id, date '2026-01-01' as as_of, 'k' || n as record_key from range(9, 0, -1) t(n)"
    with store.stage("s", select) as stage:
        stage.write("withdrawal", select)
    assert store.rows(f"select record_key from {stage.scan('withdrawal')}") == [
        (f"k{n}",) for n in range(1, 10)
    ]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"why": "'secret'"}, "row_outcome.why: 2 values are not in the list"),
        ({"why": "case when n = 1 then 'secret' end"}, "row_outcome.why: 1 values are not in the list"),
    ],
)
def test_a_code_outside_its_list_is_refused_without_a_word_of_it(
    store: Store, given: dict[str, str], says: str
) -> None:
    with pytest.raises(GateError, match=says) as told:
        written(store, outcome(**given))
    assert "secret" not in str(told.value)
    assert not (store.workspace.stages / "s").exists() or not list((store.workspace.stages / "s").iterdir())


def test_columns_must_be_those_declared(store: Store) -> None:
    with pytest.raises(GateError, match="columns missing"):
        written(store, "select 1 as n")
    with pytest.raises(GateError, match="not declared \\['extra'\\]"):
        written(store, f"select *, 1 as extra from ({outcome()})")


def test_a_repeated_or_empty_key_is_refused(store: Store) -> None:
    row = (
        "select 'p' as source, 'e' as edition_id, date '2026-01-01' as as_of, {} as record_key from range(2)"
    )
    for key, says in (("'k'", "stand more than once"), ("null", "empty values in the key")):
        with pytest.raises(GateError, match=says), store.stage("s", key) as stage:
            stage.write("withdrawal", row.format(key))


def test_a_table_of_nothing_can_be_written(store: Store) -> None:
    columns = ", ".join(f"null as {name}" for name in TABLE.column_names)
    assert store.rows(
        f"select count(*) from {written(store, f'select {columns} where false').scan('row_outcome')}"
    ) == [(0,)]


def test_a_made_table_keeps_no_order_and_the_setting_comes_back(store: Store) -> None:
    store.make("made", "select range as n from range(1000)")
    assert store.rows("select count(*), sum(n) from made") == [(1000, 499500)]
    assert store.rows("select current_setting('preserve_insertion_order')") == [(True,)]
