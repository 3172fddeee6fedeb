"""oncegrid.yaml and users.yaml: defaults, every fault at once, nobody in both files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from schemas.settings import Settings, SettingsProblem, load_settings

GOOD = """city: 大连市
division_code: 210200
timezone: Asia/Shanghai
language: zh
landline_area_code: 0411
nightly: "02:30"
retention: {versions: 3}
memory: 2GB
threads: 2
engine: duckdb
keys: {resident: keys/a.key, analyst: keys/b.key}
users:
  - {user: zhang, role: grid_worker, areas: ["210202005001001"], purposes: [visit], until: 2026-12-31}
"""


def _load(root: Path, text: str = GOOD, users: str | None = None) -> Settings:
    (root / "oncegrid.yaml").write_text(text, "utf-8")
    if users is not None:
        (root / "users.yaml").write_text(users, "utf-8")
    return load_settings(root)


def test_everything_is_read(tmp_path: Path) -> None:
    settings = _load(tmp_path, users="- {user: li, role: analyst, grids: 210202}\n")
    assert (settings.division_code, settings.landline_area_code) == ("210200", "0411")
    assert settings.nightly_cron == "30 2 * * *" and settings.retention.versions == 3
    zhang, li = settings.user("zhang"), settings.user("li")
    assert zhang is not None and zhang.until == date(2026, 12, 31) and zhang.purposes == ("visit",)
    assert li is not None and li.areas == ("210202",)
    assert settings.user("wang") is None


def test_defaults(tmp_path: Path) -> None:
    settings = _load(tmp_path, "city: 某市\n")
    assert (settings.timezone, settings.nightly_cron, settings.engine) == (
        "Asia/Shanghai",
        "0 2 * * *",
        "duckdb",
    )
    assert (
        settings.retention.versions == 7
        and settings.keys.resident != settings.keys.analyst
        and settings.users == ()
    )


def test_a_cron_expression_is_kept(tmp_path: Path) -> None:
    assert _load(tmp_path, "city: a\nnightly: 15 3 * * 1-5\n").nightly_cron == "15 3 * * 1-5"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("city:", "town:", "oncegrid.yaml:1: unknown key 'town'"),
        ("Asia/Shanghai", "Asia/Nowhere", "oncegrid.yaml:3: there is no timezone"),
        ('"02:30"', '"25:00"', "oncegrid.yaml:6: '25:00' is neither a time"),
        ('"02:30"', "every night", "oncegrid.yaml:6"),
        ("versions: 3", "versions: 0", "oncegrid.yaml:7"),
        ("versions: 3", "version: 3", "oncegrid.yaml:7: unknown key 'version' (did you mean 'versions'?)"),
        ("memory: 2GB", "memory: much", "oncegrid.yaml:8"),
        ("engine: duckdb", "engine: oracle", "oncegrid.yaml:10"),
        ("keys/b.key", "keys/a.key", "oncegrid.yaml:11: the two keys must be different files"),
        ("role: grid_worker", "role: grid_workr", "oncegrid.yaml:13: 'users.0.role' must be one of"),
        ('"210202005001001"', '"大连"', "oncegrid.yaml:13: '大连' is no code"),
        ("2026-12-31", "someday", "oncegrid.yaml:13"),
    ],
)  # fmt: skip
def test_faults(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in GOOD
    with pytest.raises(SettingsProblem) as caught:
        _load(tmp_path, GOOD.replace(old, new, 1))
    assert words in caught.value.text("en")


def test_every_fault_of_both_files_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsProblem) as caught:
        _load(
            tmp_path,
            GOOD.replace("2GB", "much"),
            "- {user: li, role: analyst}\n- {user: wu, role: boss, x: 1}\n",
        )
    told = caught.value.text("en")
    assert (
        "oncegrid.yaml:8" in told
        and "users.yaml:2: 'users.1.role'" in told
        and "users.yaml:2: unknown key 'x'" in told
    )


def test_a_user_stands_in_one_place(tmp_path: Path) -> None:
    with pytest.raises(SettingsProblem, match=r"stands in oncegrid\.yaml:13 already"):
        _load(tmp_path, users="- {user: li, role: admin}\n- {user: zhang, role: admin}\n")
    with pytest.raises(SettingsProblem, match=r"stands in users\.yaml:1 already"):
        _load(tmp_path, users="- {user: li, role: admin}\n- {user: li, role: admin}\n")


@pytest.mark.parametrize("users", ["", "users: []\n", "users:\n  - {user: li, role: admin}\n"])
def test_other_forms_of_the_users_file(tmp_path: Path, users: str) -> None:
    assert len(_load(tmp_path, users=users).users) in (1, 2)


def test_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(SettingsProblem, match="missing"):
        load_settings(tmp_path)
