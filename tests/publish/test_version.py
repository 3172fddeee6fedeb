"""Versions: the switch is one step for readers, and no failure takes the old version away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import datetime
from pathlib import Path

import pytest
from tiny_city import publish_tiny, workspace_in

from schemas.problem import Problem
from warehouse import publish as publishing
from warehouse.gateway import connect
from warehouse.publish.version import age_order, free_name
from warehouse.workspace import Workspace

V = [f"2024112{n}T020000" for n in range(9)]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def city(tmp_path: Path) -> Workspace:
    workspace = workspace_in(tmp_path)
    publish_tiny(workspace, V[0], "zero", people=6)
    return workspace


def served(workspace: Workspace) -> dict[str, tuple[str, int]]:
    """What a reader sees: audience → (version in the file, residents)."""
    result = {}
    for audience in publishing.current(workspace):
        with connect(workspace, audience) as con:
            result[audience] = con.execute(
                "select version, (select count(*) from resident) from snapshot"
            ).fetchall()[0]
    return result


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Run ``code`` in another process, with this repository and the tests' own modules importable."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_names() -> None:
    assert publishing.version_name(datetime(2024, 11, 22, 2, 0, 0)) == "20241122T020000"
    assert sorted(["20241122T020000-10", "20241123T000000", "20241122T020000-2", "20241122T020000"], key=age_order) == [
        "20241122T020000", "20241122T020000-2", "20241122T020000-10", "20241123T000000",
    ]  # fmt: skip


def test_taken_names_get_a_suffix(city: Workspace) -> None:
    assert publish_tiny(city, V[0], "one", people=6).version == V[0] + "-2"
    assert publish_tiny(city, V[0], "two", people=6).version == V[0] + "-3"
    with pytest.raises(ValueError, match="20241122T020000"):
        free_name(city, "../evil")


def test_versions_are_listed_newest_first(city: Workspace) -> None:
    publish_tiny(city, V[1], "one", people=8)
    found = publishing.versions(city)
    assert [v.version for v in found] == [V[1], V[0]]
    assert [v.current for v in found] == [("analyst", "core"), ()]
    assert found[0].rows["core"]["resident"] == 8
    assert [v.content for v in found] == ["one", "zero"]
    row = found[0].row()
    assert json.loads(json.dumps(row))["current"] == "analyst,core"
    assert found[0].size > 1000


def test_rollback_serves_the_old_version_to_all_and_is_recorded(city: Workspace) -> None:
    publish_tiny(city, V[1], "one", people=8)
    assert publishing.rollback(city, V[0], by="tester", reason="bad night") == {"analyst": V[0], "core": V[0]}
    assert served(city) == {"analyst": (V[0], 6), "core": (V[0], 6)}
    last = publishing.publications(city)[-1]
    assert (last["action"], last["version"], last["by"], last["reason"]) == (
        "rollback",
        V[0],
        "tester",
        "bad night",
    )
    assert last["previous"] == {"analyst": V[1], "core": V[1]}
    with pytest.raises(Problem):
        publishing.rollback(city, "20200101T000000")
    publishing.rollback(city, V[1])
    assert served(city)["core"] == (V[1], 8)


def test_rollback_refuses_a_version_that_lost_a_file(city: Workspace) -> None:
    publish_tiny(city, V[1], "one", people=8)
    (city.published / f"analyst-{V[0]}.duckdb").unlink()
    with pytest.raises(Problem, match="not whole"):
        publishing.rollback(city, V[0])
    assert served(city)["core"] == (V[1], 8)


def test_prune_keeps_the_newest_and_what_is_served(city: Workspace) -> None:
    for n in range(1, 5):
        publish_tiny(city, V[n], f"c{n}", people=6)
    publishing.rollback(city, V[1])
    assert publishing.prune(city, 2) == [V[2], V[0]]
    assert [v.version for v in publishing.versions(city)] == [V[4], V[3], V[1]]
    assert served(city) == {"analyst": (V[1], 6), "core": (V[1], 6)}
    left = {p.name for p in city.published.iterdir()}
    assert not any(V[0] in name or V[2] in name for name in left)
    with pytest.raises(ValueError, match="at least one"):
        publishing.prune(city, 0)


def test_an_open_reader_outlives_pruning(city: Workspace) -> None:
    con = connect(city)
    for n in range(1, 3):
        publish_tiny(city, V[n], f"c{n}", people=8)
    publishing.prune(city, 1)
    assert con.execute("select count(*) from resident").fetchall() == [(6,)]
    assert con.execute("select count(*) from resident_value").fetchall() == [(6,)]


READER = """
import sys, time
from pathlib import Path
from warehouse.gateway import connect
from warehouse.workspace import Workspace
workspace, seen, until = Workspace.open(Path(sys.argv[1])), 0, time.monotonic() + float(sys.argv[2])
print("ready", flush=True)
while time.monotonic() < until:
    for audience in ("core", "analyst"):
        with connect(workspace, audience) as con:
            version, = con.execute("select version from snapshot").fetchall()[0]
            people, = con.execute("select count(*) from resident").fetchall()[0]
            values = con.execute("select count(*) from resident_value").fetchall()[0][0] if audience == "core" else people
            assert people == values and people in (6, 7, 8, 9, 10), (version, people, values)
            seen += 1
print(seen)
"""


def test_readers_never_fail_while_versions_change(city: Workspace) -> None:
    reader = python(READER, str(city.root), "8")
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    for n in range(1, 5):
        publish_tiny(city, V[n], f"c{n}", people=6 + n)
        publishing.prune(city, 1)
    for name in (publish_tiny(city, V[5], "c5", people=6).version, V[4]):
        publishing.rollback(city, name)
    out, err = reader.communicate(timeout=60)
    assert reader.returncode == 0, err
    assert int(out) > 10


PUBLISHER = """
import sys
from pathlib import Path
from tiny_city import publish_tiny
from warehouse.workspace import Workspace
print("go", flush=True)
publish_tiny(Workspace.open(Path(sys.argv[1])), sys.argv[2], sys.argv[3], people=3000)
"""


def test_a_killed_publish_leaves_the_old_version(city: Workspace) -> None:
    """Killed at many moments; whatever is then served is whole, and the next publish cleans up."""
    killed = building = 0
    for n, delay in enumerate((0.0, 0.05, 0.2, 0.4, 0.8, 1.6)):
        before = served(city)
        child = python(PUBLISHER, str(city.root), V[1], f"k{n}")
        assert child.stdout is not None
        assert child.stdout.readline() == "go\n"
        until = time.monotonic() + 60
        while (
            not list(city.published.glob("*.building")) and child.poll() is None and time.monotonic() < until
        ):
            time.sleep(0.005)
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.communicate()
        building += bool(list(city.published.glob("*.building")))
        now = served(city)
        assert set(now) == {"core", "analyst"}
        for audience in now:
            assert now[audience] == before[audience] or now[audience][1] == 3000
        killed += now == before
        publishing.sweep(city)
        assert not list(city.published.glob("*.building"))
        assert len(set(served(city).values())) == 1
    assert killed >= 1
    assert building >= 1, "no kill hit a build: the test says nothing"


def test_sweep_completes_a_switch_that_was_cut_off(city: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from warehouse.publish import version

    whole = version._point

    def cut(workspace: Workspace, name: str, audiences: list[str]) -> None:
        whole(workspace, name, audiences[:1])
        raise KeyboardInterrupt

    monkeypatch.setattr(version, "_point", cut)
    monkeypatch.setattr(version, "sweep", lambda workspace: [])
    with pytest.raises(KeyboardInterrupt):
        publish_tiny(city, V[1], "one", people=8)
    monkeypatch.undo()
    assert {v for v, _ in served(city).values()} == {V[0], V[1]}
    assert publishing.sweep(city) == [f"current-analyst -> {V[1]}"]
    assert served(city) == {"core": (V[1], 8), "analyst": (V[1], 8)}
    assert publishing.sweep(city) == []


def test_sweep_removes_leftovers_only(city: Workspace) -> None:
    (city.published / f"{V[3]}.building" / "core").mkdir(parents=True)
    (city.published / f"core-{V[3]}.duckdb").write_bytes(b"half")
    (city.published / ".current-core.switching").symlink_to("nowhere")
    before = {p.name for p in city.published.iterdir()}
    done = publishing.sweep(city)
    assert sorted(done) == [".current-core.switching", f"{V[3]}.building", f"core-{V[3]}.duckdb"]
    assert before - {p.name for p in city.published.iterdir()} == set(done)
    assert served(city)["core"] == (V[0], 6)


FULL = """
import resource, sys
from pathlib import Path
from schemas.problem import Problem
from tiny_city import publish_tiny
from warehouse.workspace import Workspace
import tiny_city
workspace, limit = Workspace.open(Path(sys.argv[1])), int(sys.argv[2])
given = tiny_city.write(workspace.stages / "full", tiny_city.tiny(3000))  # written before the disk is full
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
tiny_city.write = lambda folder, tables: given
try:
    publish_tiny(workspace, sys.argv[3], "full", people=1)
except Problem as problem:
    print("PROBLEM", problem.text("en"))
"""


@pytest.mark.parametrize("limit", [4_000, 60_000, 600_000, 1_200_000])
def test_a_full_disk_leaves_the_old_version(city: Workspace, limit: int) -> None:
    child = python(FULL, str(city.root), str(limit), V[1])
    out, err = child.communicate(timeout=60)
    assert out.startswith("PROBLEM"), (out, err)
    assert "disk is full" in out
    assert served(city) == {"core": (V[0], 6), "analyst": (V[0], 6)}
    assert [v.version for v in publishing.versions(city)] == [V[0]]
    assert not list(city.published.glob("*.building"))
    publish_tiny(city, V[1], "one", people=8)
    assert served(city)["core"] == (V[1], 8)


def test_a_line_cut_off_by_a_crash_does_not_swallow_the_next(city: Workspace) -> None:
    path = city.published / "publications.jsonl"
    with path.open("a") as file:
        file.write('{"time": "2024-')
    publishing.rollback(city, V[0])
    assert [r["action"] for r in publishing.publications(city)] == ["publish", "rollback"]


def test_files_are_the_owners_alone(city: Workspace) -> None:
    # The workspace sets umask 077 at its start; what publishing chooses itself must be closed without it, too.
    folders = [city.published, *(p for p in city.published.glob("*") if p.is_dir())]
    assert {p.stat().st_mode & 0o077 for p in folders} == {0}


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give files to any group")
def test_a_group_may_read_its_audience_only(tmp_path: Path) -> None:
    import grp

    group = next(g.gr_name for g in grp.getgrall() if g.gr_gid != os.getgid())
    workspace = workspace_in(tmp_path)
    publish_tiny(workspace, V[0], "zero", people=6, groups={"analyst": group, "core": "no-such-group"})
    analyst, core = (workspace.published / f"{a}-{V[0]}.duckdb" for a in ("analyst", "core"))
    assert analyst.group() == group
    assert analyst.stat().st_mode & 0o777 == 0o640
    assert (workspace.published / V[0] / "analyst").stat().st_mode & 0o777 == 0o750
    assert (workspace.published / V[0] / "core").stat().st_mode & 0o077 == 0
    assert core.group() != group
