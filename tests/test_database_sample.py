"""A look at the first rows of a database's table, and the source YAML drafted from them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from connectors.databases.database_sample import sample_database
from connectors.infer import infer_database
from connectors.sample import LONGEST
from pipelines.cli.app import app
from schemas.problem import Problem
from schemas.source_forms import Database
from schemas.sources import load_source

TABLE = Database(url="sqlite:///社保.db", table="AC01")
NUMBERS = ["11010519491231002X", "440524188001010014", "370602195503120111", "370634197001010131"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "社保.db") as con:
        con.execute("create table AC01 (AAC001 integer, AAC002 text, AAC003 text, AAC004 text, AAE006 text)")
        rows = [
            (1000 + 7 * n, NUMBERS[n % 4], "王李张刘"[n % 4] + chr(0x4F1F + n), "1", f"春海街{n}号{n}室")
            for n in range(300)
        ]
        con.executemany("insert into AC01 values (?, ?, ?, ?, ?)", rows)
    con.close()
    return tmp_path


def test_the_first_rows_as_text(root: Path) -> None:
    found = sample_database(TABLE, root, rows=50)
    (table,) = found.tables
    assert table.columns == ["AAC001", "AAC002", "AAC003", "AAC004", "AAE006"]
    assert [len(cells) for cells in table.cells] == [50] * 5 and not found.whole
    assert table.cells[0][:3] == ["1000", "1007", "1014"] and table.cells[2][0] == "王伟"
    assert sample_database(TABLE, root).whole and sample_database(TABLE, root).tables[0].n_rows == 300


def test_long_cells_are_cut_and_a_table_that_is_not_there_is_told(root: Path) -> None:
    with sqlite3.connect(root / "社保.db") as con:
        con.execute("update AC01 set AAE006 = ?", ["长" * 5000])
    con.close()
    assert {len(cell or "") for cell in sample_database(TABLE, root).tables[0].cells[4]} == {LONGEST}
    with pytest.raises(Problem, match="AC02"):
        sample_database(Database(url="sqlite:///社保.db", table="AC02"), root)


def test_a_draft_of_a_table(root: Path) -> None:
    (root / "s.yaml").write_text(infer_database(TABLE, root, "renshe"), "utf-8")
    source = load_source(root / "s.yaml")
    assert source.database is not None and source.database.table == "AC01" and source.files is None
    assert source.key == ("AAC001",) and source.columns["id_number"].headers == ("AAC002",)
    assert {"name", "sex", "live_address"} <= set(source.columns)


def test_on_the_command_line_a_url_with_a_password_stays_out(root: Path) -> None:
    def run(*arguments: str, **environment: str) -> tuple[int, str]:
        done = CliRunner().invoke(
            app, ["-w", str(root), "infer", *arguments], env={"ONCEGRID_LANG": "en", **environment}
        )
        return done.exit_code, done.output

    status, text = run("--database", "RENSHE_URL", "--table", "AC01", RENSHE_URL="sqlite:///社保.db")
    assert (
        status == 0 and 'database: {url_env: "RENSHE_URL", table: "AC01"}' in text and "source: ac01" in text
    )
    status, text = run("--database", "postgresql://a:geheim7@h/x", "--table", "t")
    assert status == 2 and "geheim7" not in text and "environment variable" in text
    assert run("--database", "RENSHE_URL")[0] == 2 and run()[0] == 2
