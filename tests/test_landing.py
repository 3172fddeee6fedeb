"""connectors.landing and as_of: what is landed, once, and of which day it speaks."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import socket
import time
import zipfile
from pathlib import Path

import pytest

from connectors.as_of import as_of, date_of, part_of
from connectors.landing import Arrival, Known, candidates, edition_id, land, landed_file, ready_files
from schemas.problem import Problem

NOW = dt.datetime(2024, 11, 20, 3, 0, tzinfo=dt.UTC)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    path = tmp_path / "inbox"
    path.mkdir()
    return path


def drop(inbox: Path, name: str, data: bytes = b"a,b\n1,2\n", age: float = 3600) -> Path:
    path = inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (time.time() - age,) * 2)
    return path


def landed(inbox: Path, known: list[Known] | None = None, **options: object) -> list[Arrival]:
    return land(
        "s",
        inbox,
        inbox.parent / "landing" / "s",
        options.pop("patterns", "*.csv"),
        known or [],
        now=NOW,
        as_of_pattern=r"(\d{8})",
        **options,
    )  # type: ignore[arg-type]


def as_known(arrivals: list[Arrival]) -> list[Known]:
    return [
        Known(a.edition.edition_id, a.edition.file, a.edition.sha256, a.edition.landed_at)
        for a in arrivals
        if a.edition
    ]


def test_landing_copies_hashes_and_tells(inbox: Path) -> None:
    data = "姓名\n张伟\n".encode("gb18030")
    drop(inbox, "CZRK_20241101.csv", data)
    [arrival] = landed(inbox, part_pattern="^([A-Z]+)_")
    edition = arrival.edition
    assert edition is not None and arrival.outcome == "landed"
    digest = hashlib.sha256(data).hexdigest()
    assert edition.edition_id == f"s-20241101-{digest[:10]}" == edition_id("s", dt.date(2024, 11, 1), digest)
    assert (edition.as_of_from, edition.part, edition.size, edition.replaces) == (
        "name",
        "CZRK",
        len(data),
        None,
    )
    folder = inbox.parent / "landing" / "s" / edition.edition_id
    assert landed_file(folder).read_bytes() == data
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert set(manifest) == {
        "edition_id", "source", "file", "sha256", "size", "mtime", "landed_at", "as_of", "as_of_from", "part", "replaces",
        "companions",
    }  # fmt: skip
    assert manifest["as_of"] == "2024-11-01" and manifest["sha256"] == digest
    assert (inbox / "CZRK_20241101.csv").exists()


def test_the_same_bytes_are_no_new_edition(inbox: Path) -> None:
    drop(inbox, "a_20241101.csv")
    known = as_known(landed(inbox))
    [again] = landed(inbox, known)
    assert again.outcome == "known" and again.same_as == known[0]
    drop(inbox, "b_20241102.csv")
    told = {a.file: a for a in landed(inbox, known)}
    assert told["b_20241102.csv"].outcome == "duplicate" and told["b_20241102.csv"].same_as == known[0]


def test_another_hash_under_the_same_name_is_a_visible_replacement(inbox: Path) -> None:
    drop(inbox, "a_20241101.csv", b"1")
    first = as_known(landed(inbox))
    drop(inbox, "a_20241101.csv", b"2")
    [second] = landed(inbox, first)
    assert (
        second.outcome == "landed"
        and second.edition is not None
        and second.edition.replaces == first[0].edition_id
    )
    assert len(list((inbox.parent / "landing" / "s").iterdir())) == 2
    drop(inbox, "a_20241101.csv", b"1")
    [back] = landed(inbox, first + as_known([second]))
    assert back.outcome == "known" and back.same_as == first[0]


def test_two_new_files_with_the_same_bytes_land_once(inbox: Path) -> None:
    drop(inbox, "a_20241101.csv")
    drop(inbox, "b_20241101.csv")
    assert [a.outcome for a in landed(inbox)] == ["landed", "duplicate"]


def test_files_still_being_written_wait(inbox: Path) -> None:
    fresh = drop(inbox, "a_20241101.csv", age=0)
    assert [a.outcome for a in landed(inbox)] == ["waiting"]
    marker = drop(inbox, "a_20241101.csv.ok", b"", age=0)
    assert [a.outcome for a in landed(inbox)] == ["landed"]
    marker.unlink()
    assert ready_files([fresh], quiet=0, pause=0) == {fresh}
    os.utime(fresh, (time.time() + 86_400,) * 2)
    assert ready_files([fresh], quiet=3, pause=0) == {fresh}
    for name in ("~$a.csv", "a.csv.part", "b.tmp"):
        assert ready_files([drop(inbox, name)]) == set()


def test_a_file_that_grows_between_two_looks_waits(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = drop(inbox, "a.csv", age=10)

    def grow(_: float) -> None:
        path.write_bytes(b"a,b\n1,2\n3,4\n")

    monkeypatch.setattr("connectors.landing.time.sleep", grow)
    assert ready_files([path]) == set()


def test_candidates(inbox: Path, tmp_path: Path) -> None:
    for name in (
        "a.csv",
        "b.xlsx",
        ".hidden.csv",
        "a.csv.ok",
        "a.csv.manifest.json",
        "manifest.json",
        "sub/c.csv",
    ):
        drop(inbox, name)
    outside = tmp_path / "secret.csv"
    outside.write_text("x", "utf-8")
    (inbox / "link.csv").symlink_to(outside)
    names = [p.name for p in candidates(inbox, "*.csv")]
    assert names == ["a.csv", "c.csv"]
    assert [p.name for p in candidates(inbox, ["*.xlsx", "sub/*.csv"])] == ["b.xlsx", "c.csv"]
    assert candidates(tmp_path / "none", "*") == []


def test_what_is_no_file_of_the_inbox_is_refused_by_name(inbox: Path, tmp_path: Path) -> None:
    outside = tmp_path / "secret.csv"
    outside.write_text("a,b\n1,2\n", "utf-8")
    drop(inbox, "sub/good.csv")
    (inbox / "out.csv").symlink_to(outside)
    (inbox / "in.csv").symlink_to(inbox / "sub/good.csv")
    (inbox / "nowhere.csv").symlink_to(inbox / "gone.csv")
    (inbox / "folder.csv").symlink_to(tmp_path)
    (inbox / "zero.csv").symlink_to("/dev/zero")
    os.mkfifo(inbox / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(inbox / "socket.csv"))
        arrivals = land("s", inbox, tmp_path / "landing", "*.csv", quiet=0)
    told = {a.file: a.problem.en if a.problem else a.outcome for a in arrivals}
    assert {name: text.split(",")[0].split(";")[0] for name, text in told.items()} == {
        "out.csv": "this is a link to something outside the inbox", "folder.csv": "this is a link to something outside the inbox",
        "zero.csv": "this is a link to something outside the inbox", "nowhere.csv": "this is a link that leads nowhere",
        "pipe.csv": "this is a pipe", "socket.csv": "this is a socket", "in.csv": "landed", "sub/good.csv": "duplicate",
    }  # fmt: skip
    assert not any("secret" in p.read_text("utf-8") for p in tmp_path.rglob("manifest.json"))


def test_a_killed_copy_is_made_again(inbox: Path) -> None:
    drop(inbox, "a_20241101.csv")
    [first] = landed(inbox)
    assert first.edition is not None
    folder = inbox.parent / "landing" / "s" / first.edition.edition_id
    folder.rename(folder.with_name("arriving.building"))
    assert [a.outcome for a in landed(inbox)] == ["landed"]
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]


def test_a_fault_of_one_file_does_not_stop_the_others(inbox: Path) -> None:
    drop(inbox, "a.csv")
    drop(inbox, "a.csv.manifest.json", b"{")
    drop(inbox, "b.csv", b"other")
    bad, good = landed(inbox)
    assert bad.outcome == "failed" and bad.problem is not None and "manifest" in bad.problem.text("en")
    assert good.outcome == "landed"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20241101", "2024-11-01"), ("202411", "2024-11-30"), ("2024-11-01", "2024-11-01"), ("2024年2月", "2024-02-29"),
        ("2024年11月3日", "2024-11-03"), ("2024年", "2024-12-31"), ("2024", "2024-12-31"), ("2024.11", "2024-11-30"),
        ("20241101103000", "2024-11-01"), ("２０２４1101", "2024-11-01"), ("2024年第一季度", "2024-03-31"), ("2024Q3", "2024-09-30"),
        ("2024-11-01T10:00:00", "2024-11-01"), ("20241301", None), ("2024年13月", None), ("最终版", None), ("20240230", None),
    ],
)  # fmt: skip
def test_dates_in_names(text: str, day: str | None) -> None:
    found = date_of(text)
    assert (found.isoformat() if found else None) == day


def test_where_the_date_comes_from(inbox: Path) -> None:
    today = dt.date(2024, 11, 20)
    path = drop(inbox, "低保_2024年3月(1)最终版.csv")
    assert as_of(path, r"(\d{4}年\d+月)", today) == (dt.date(2024, 3, 31), "name")
    assert as_of(path, r"(\d{8})", today) == (today, "landing") == as_of(path, None, today)
    drop(
        inbox,
        "manifest.json",
        json.dumps({"as_of": "2024-10-31", "files": {path.name: {"part": "370602001"}}}).encode(),
    )
    assert as_of(path, None, today) == (dt.date(2024, 10, 31), "manifest")
    assert part_of(path, r"^(\d{9})_") == "370602001" and part_of(path, None) is None
    drop(inbox, path.name + ".manifest.json", '{"数据日期": "2024年9月"}'.encode())
    assert as_of(path, None, today) == (dt.date(2024, 9, 30), "manifest")
    with pytest.raises(Problem, match="regular expression"):
        as_of(path, "(", today)


def test_the_memo_file_of_a_table_lands_with_it(inbox: Path) -> None:
    drop(inbox, "a_20241101.dbf", b"table")
    first = as_known(landed(inbox, patterns="*"))
    memo = drop(inbox, "A_20241101.FPT", b"memo", age=0)
    assert [a.outcome for a in landed(inbox, first, patterns="*")] == ["waiting"]
    os.utime(memo, (time.time() - 3600,) * 2)
    drop(inbox, "b.fpt", b"alone")
    other, alone = sorted(landed(inbox, first, patterns="*"), key=lambda a: a.file)
    edition = other.edition
    assert (other.file, alone.file, alone.outcome) == ("a_20241101.dbf", "b.fpt", "landed")
    assert edition is not None and edition.replaces == first[0].edition_id and edition.size == 9
    assert edition.sha256 == hashlib.sha256(b"tablememo").hexdigest()
    folder = inbox.parent / "landing" / "s" / edition.edition_id
    assert edition.companions == ("A_20241101.FPT",) and landed_file(folder).read_bytes() == b"table"
    assert (folder / "A_20241101.FPT").read_bytes() == b"memo"
    [again, _] = landed(inbox, first + as_known([other, alone]), patterns="*")
    assert again.outcome == "known"


def test_the_names_in_an_archive_tell_date_and_part_where_its_own_does_not(inbox: Path) -> None:
    def packed(name: str, *members: str) -> None:
        with zipfile.ZipFile(inbox / name, "w") as archive:
            for member in members:
                archive.writestr(member, member)
        os.utime(inbox / name, (time.time() - 3600,) * 2)

    packed("own_20241101.zip", "x_20230101.csv")
    packed("single.zip", "区/210202_20230102.csv", "说明.txt")
    packed("agree.zip", "210202_20230103.csv", "210203_20230103.csv")
    packed("differ.zip", "210202_20230104.csv", "210202_20230105.csv")
    (inbox / "broken.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    os.utime(inbox / "broken.zip", (time.time() - 3600,) * 2)
    told = {a.file: a.edition for a in landed(inbox, patterns="*.zip", part_pattern="^(\\d{6})_")}
    found = {f: (str(e.as_of), e.as_of_from, e.part) for f, e in told.items() if e is not None}
    day = found["broken.zip"][0]
    assert found == {
        "own_20241101.zip": ("2024-11-01", "name", None), "single.zip": ("2023-01-02", "name", "210202"),
        "agree.zip": ("2023-01-03", "name", None), "differ.zip": (day, "landing", "210202"), "broken.zip": (day, "landing", None),
    }  # fmt: skip
