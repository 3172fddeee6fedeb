"""connectors.databases.database_fetch: faults that pass and faults that do not, servers that hang, memory, the child."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from agency import SERVERS, Agency, agency_at, problem_of
from tcp_proxy import Proxy

from connectors.child import Reader
from connectors.databases import database_fetch
from connectors.databases.database import in_child
from connectors.databases.database_fetch import Fetched, fetch
from connectors.databases.pulled_rows import Pour
from schemas.problem import Problem
from schemas.source_forms import Database

ROWS = 30_000


@pytest.fixture(params=["postgresql", "mariadb"])
def agency(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Agency]:
    with agency_at(request.param, tmp_path) as made:
        series = "generate_series(1, {0}) AS s(a)" if request.param == "postgresql" else "seq_1_to_{0} AS s"
        number = "a" if request.param == "postgresql" else "seq"
        made.run(
            f"CREATE TABLE t AS SELECT {number} AS a, concat('居民', {number}) AS b FROM {series.format(ROWS)}"
        )
        yield made


def through(agency: Agency, proxy: Proxy, **query: str) -> str:
    url = agency.url.set(host="127.0.0.1", port=proxy.port).update_query_dict(query)
    return url.render_as_string(hide_password=False)


def proxied(agency: Agency, **how: Any) -> Proxy:
    return Proxy(agency.url.host or "127.0.0.1", agency.url.port or 0, **how)


def slept(agency: Agency, waits: list[float], **asked: Any) -> Fetched:
    (agency.root / "b").mkdir(exist_ok=True)
    told = Database(**{"url": agency.told, "table": "t", **asked})
    return fetch(told, agency.root, agency.root / "b", sleep=waits.append)


# -- tries -------------------------------------------------------------------------------------------------
def test_connections_that_are_dropped_are_made_again(agency: Agency) -> None:
    waits: list[float] = []
    with proxied(agency, drop=2) as proxy:
        found = slept(agency, waits, url=through(agency, proxy))
        assert proxy.seen == 3
    assert (found.rows, found.tries, waits) == (ROWS, 3, [1.0, 2.0])


def test_a_connection_cut_in_the_middle_is_begun_anew(agency: Agency) -> None:
    waits: list[float] = []
    with proxied(agency, cut=1, after=200_000) as proxy:
        found = slept(agency, waits, url=through(agency, proxy))
    whole = slept(agency, [])
    assert (found.rows, found.tries, waits) == (ROWS, 2, [1.0])
    assert found.sha256 == whole.sha256  # nothing of the first try is left in it


def test_tries_have_an_end(agency: Agency) -> None:
    waits: list[float] = []
    with proxied(agency, cut=99, after=200_000) as proxy:
        with pytest.raises(Problem) as caught:
            slept(agency, waits, url=through(agency, proxy))
        assert proxy.seen == 4 and waits == [1.0, 2.0, 4.0]
        assert "tried 4 times" in caught.value.en and "lost" in caught.value.en and "4 次" in caught.value.zh
        waits.clear()
        # Nor is it tried where no time is left for it.
        with pytest.raises(Problem):
            slept(agency, waits, url=through(agency, proxy), seconds={"total": 2})
        assert len(waits) <= 1


def test_refusals_are_not_tried_again(agency: Agency) -> None:
    waits: list[float] = []
    nobody = agency.url.set(username="nobody", password="secret").render_as_string(hide_password=False)
    for asked in (
        {"url": nobody}, {"url": agency.url.set(database="gone").render_as_string(hide_password=False)},
        {"table": "u"}, {"table": "t", "cursor": "u"}, {"table": None, "query": "SELECT x FROM t"},
    ):  # fmt: skip
        with pytest.raises(Problem) as caught:
            slept(agency, waits, **asked)
        assert "tried" not in caught.value.en and "secret" not in caught.value.en
    assert not waits


def test_a_server_that_is_not_there_yet(agency: Agency) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    waits: list[float] = []
    url = agency.url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
    with pytest.raises(Problem) as caught:
        slept(agency, waits, url=url)
    assert (
        len(waits) == 3 and "cannot be reached" in caught.value.en and f"127.0.0.1:{port}" in caught.value.en
    )


KILL = {
    "postgresql": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "mysql": None,
}  # fmt: skip


def kill_readers(agency: Agency) -> None:
    """End every other connection to the agency's database, as an administrator would."""
    with agency.engine.connect() as con:
        if con.dialect.name == "postgresql":
            con.exec_driver_sql(KILL["postgresql"] or "")
            return
        own = con.exec_driver_sql("SELECT connection_id()").scalar()
        rows = con.exec_driver_sql("SELECT id FROM information_schema.processlist WHERE db = database()")
        for (number,) in rows.all():
            if number != own:
                con.exec_driver_sql(f"KILL {number}")


def test_a_reader_that_is_killed_begins_anew(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., None] = Pour.add
    killed: list[int] = []

    def add(self: Pour, part: Any) -> None:
        real(self, part)
        if not killed:
            killed.append(self.rows)
            kill_readers(agency)

    monkeypatch.setattr(database_fetch, "ROWS", 500)
    monkeypatch.setattr(Pour, "add", add)
    # Long rows, so that the end is not in some buffer already when the connection goes.
    wide = "SELECT a, " + ", ".join(f"repeat('居民', 100) AS b{i}" for i in range(5)) + " FROM t"
    waits: list[float] = []
    found = slept(agency, waits, table=None, query=wide)
    assert (found.rows, found.tries, waits, killed) == (ROWS, 2, [1.0], [500])


def test_a_locked_sqlite_file(tmp_path: Path) -> None:
    with agency_at("sqlite", tmp_path) as agency:
        agency.run("CREATE TABLE t (a)")
        with agency.engine.connect() as con:
            con.exec_driver_sql("BEGIN EXCLUSIVE")
            waits: list[float] = []
            with pytest.raises(Problem) as caught:
                slept(agency, waits, seconds={"connect": 1})
        assert len(waits) == 3 and "SQLITE_BUSY" in caught.value.en
        assert slept(agency, []).rows == 0


# -- servers that hang -------------------------------------------------------------------------------------
def test_a_server_that_says_nothing_at_all(agency: Agency) -> None:
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as listener:  # accepts, and never answers
        url = agency.url.set(host="127.0.0.1", port=listener.getsockname()[1]).render_as_string(
            hide_password=False
        )
        told = problem_of(agency.pull(url=url, table="t", seconds={"connect": 2}))
    assert "does not answer" in told.en and "没有应答" in told.zh and time.monotonic() - began < 30


def test_a_server_that_falls_silent_is_left_when_the_time_is_over(agency: Agency) -> None:
    began = time.monotonic()
    with proxied(agency, silent=True, after=200_000) as proxy:
        told = problem_of(
            agency.pull(url=through(agency, proxy), table="t", seconds={"total": 4}, by=in_child)
        )
    assert "more than 4 s" in told.en and "4 秒" in told.zh and time.monotonic() - began < 15
    assert not list(agency.landing.iterdir())


# -- the child ---------------------------------------------------------------------------------------------
def test_the_child_knows_the_address_by_itself(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    # Neither the request nor its command line holds the address: it has the environment, and reads the file.
    asked: list[str] = []
    real = Reader._ask

    def ask(self: Reader, request: dict[str, Any], file: str) -> Any:
        asked.append(json.dumps([self._start().args, request], ensure_ascii=False))
        return real(self, request, file)

    monkeypatch.setattr(Reader, "_ask", ask)
    monkeypatch.setenv("AGENCY_URL", agency.told)
    first = agency.pull(url=None, url_env="AGENCY_URL", table="t", by=in_child)
    assert agency.told_of_pull(first)["rows"] == ROWS
    (agency.root / "keys").mkdir()
    (agency.root / "keys/renshe.url").write_text(agency.told + "\n")
    (agency.root / "keys/renshe.url").chmod(0o600)
    same = agency.pull(url=None, url_file="keys/renshe.url", table="t", by=in_child)
    assert same.outcome == "known"
    assert len(asked) == 2 and not [line for line in asked if str(agency.url.database) in line]


def test_problems_come_out_of_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with agency_at("sqlite", tmp_path) as agency:
        agency.run("CREATE TABLE ac01 (a)")
        told = problem_of(agency.pull(table="ac02", by=in_child))
        assert "ac01" in told.en and "ac01" in told.zh and told.file == "ac02.parquet"
        agency.run("INSERT INTO ac01 VALUES (zeroblob(200000000))")
        monkeypatch.setattr("connectors.databases.database.Reader", partial(Reader, memory=900 << 20))
        big = problem_of(agency.pull(table="ac01", by=in_child))
        assert "memory" in big.en and "内存" in big.zh


MEASURE = """
import resource, sys, json
from pathlib import Path
from connectors.databases.database_fetch import fetch
from schemas.source_forms import Database
folder = Path(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
fetch(Database(url_env="AGENCY_URL", query="SELECT * FROM t LIMIT 1000"), folder, folder)
(folder / "sorted").unlink()
small = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = fetch(Database(url_env="AGENCY_URL", table="t"), folder, folder)
print(json.dumps([found.rows, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - small) / 1024]))
"""


def test_memory_does_not_grow_with_the_rows(agency: Agency, tmp_path: Path) -> None:
    # 300,000 rows of half a kilobyte.
    agency.run(
        "CREATE TABLE big AS SELECT t.a, t.b, u.a AS c, repeat('x', 500) AS d FROM t, (SELECT a FROM t WHERE a <= 10) u"
    )
    agency.run("DROP TABLE t")
    agency.run("ALTER TABLE big RENAME TO t")
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, check=True, timeout=120,
        env={**os.environ, "AGENCY_URL": agency.told, "PYTHONPATH": str(Path(__file__).parent.parent)},
    )  # fmt: skip
    rows, grown = json.loads(done.stdout)
    assert rows == 10 * ROWS and grown < 500


def test_every_server_of_the_tests_has_a_default() -> None:
    assert all(url.partition("@")[2].startswith("127.0.0.1:") for _, _, url in SERVERS.values())
