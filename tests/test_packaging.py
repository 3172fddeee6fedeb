"""The lock is whole and names no registry; the command line starts light; arrows point one way."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCK = (ROOT / "constraints.txt").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def pinned() -> set[str]:
    return {m.group(1).lower().replace("_", "-") for m in re.finditer(r"^([A-Za-z0-9._-]+)==", LOCK, re.M)}


def test_lock_is_hashed_and_names_no_address() -> None:
    assert "://" not in LOCK
    entries = re.split(r"\n(?=[A-Za-z0-9])", LOCK)
    for entry in (e for e in entries if re.match(r"[A-Za-z0-9._-]+==", e)):
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_lock_holds_what_the_project_names() -> None:
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    names = {re.match(r"[A-Za-z0-9._-]+", w).group(0).lower().replace("_", "-") for w in wanted}  # type: ignore[union-attr]
    assert names <= pinned()


def test_what_is_installed_fits_together() -> None:
    """The lock is installed without resolving, so this is where a missing or clashing package shows."""
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "arguments", [["--help"], ["sync", "--help"], ["sql", "--help"], ["init", "--help"], ["up", "--help"]]
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys, json, oncegrid\n"
        f"sys.argv = ['oncegrid', *{arguments!r}]\n"
        "try:\n    oncegrid.main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code\n"
        "print('\\n' + json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}
    heavy = {"dagster", "pandas", "numpy", "duckdb", "pyarrow", "sqlalchemy", "great_expectations", "splink"}
    assert not loaded & heavy


def test_arrows_point_one_way() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
