"""Releasing an extract: who may, what the file holds, and what the log says."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pytest
from city_of_grids import VERSION, extract_yaml, served, settings_of, sheet_rows, worker
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_city import id_number, publish_tiny, workspace_in

from schemas.problem import Problem
from warehouse.extract import Denied, log_path, release, run_extract, verify
from warehouse.extract.log import open_log
from warehouse.extract.mask import MASKS, masked
from warehouse.extract.sheet import write_sheet
from warehouse.workspace import Workspace

NOW = datetime(2024, 11, 22, 1, 30, tzinfo=UTC)
ID = id_number(7)
PEOPLE = [
    {"resident_id": f"r{n:02d}", "name": name, "id_number": id_number(n), "phone": f"1380000{n:04d}", "status": "active",
     "grid_code": "210203001001001", "community_code": "210203001001", "street_code": "210203001", "county_code": "210203",
     "birth_date": date(1950 + n, 1, 1), "building": str(n % 3 + 9), "room": str(n), "live_address": "北京街道1号2单元3室"}
    for n, name in enumerate(["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "\t=1+1", "张伟", "http://x.cn", "007", "=HYPERLINK(\"http://x\")"])
]  # fmt: skip


@pytest.fixture
def city(tmp_path: Path) -> Workspace:
    workspace = workspace_in(tmp_path)
    served(workspace, {"resident": PEOPLE})
    extract_yaml(workspace)
    return workspace


def take(
    workspace: Workspace, name: str = "people", *, user: Any = None, out: str = "o.xlsx", **more: Any
) -> Any:
    who = user or worker()
    more.setdefault("now", NOW)
    return release(workspace, settings_of(who), name, user=who.user, output=workspace.root / out, **more)


def log_of(workspace: Workspace) -> list[dict[str, Any]]:
    path = log_path(workspace)
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []


# --- the file ---


def test_the_file_is_text_and_inert(city: Workspace) -> None:
    columns = [{"name": n} for n in ("resident_id", "name", "id_number", "birth_date", "building")]
    extract_yaml(city, columns=columns, sensitive=True, order=["resident_id"])
    done = take(city)
    header, *rows = sheet_rows(done.path)
    assert header == ["居民编号", "姓名", "证件号码", "出生日期", "楼栋"]
    assert [row[1] for row in rows] == [p["name"] for p in PEOPLE]
    assert [row[2] for row in rows] == [p["id_number"] for p in PEOPLE]
    assert rows[0][3] == "1950-01-01"
    with zipfile.ZipFile(done.path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    assert not any(b"<f>" in data or b"<f " in data for data in parts.values())
    assert not any("hyperlink" in name.lower() or b"<hyperlink" in data for name, data in parts.items())
    assert done.path.stat().st_mode & 0o777 == 0o600
    assert hashlib.sha256(done.path.read_bytes()).hexdigest() == done.sha256


def test_the_sheet_is_easy_to_use(city: Workspace) -> None:
    done = take(city)
    sheet = openpyxl.load_workbook(done.path)["数据"]
    assert sheet.freeze_panes == "A4"
    assert sheet.auto_filter.ref == f"A3:B{3 + len(PEOPLE)}"
    assert not sheet.merged_cells.ranges
    assert sheet["A1"].value == "居民清单"
    notice = str(sheet["A2"].value)
    for said in (
        "用途：visit",
        "提取人：zhang",
        "时间：2024-11-22 09:30",
        f"行数：{len(PEOPLE)}",
        f"编号：{done.number}",
        "数据日期：2024-11-22",
    ):
        assert said in notice
    assert done.number in str(sheet.oddFooter.left.text)
    assert sheet["A3"].font.name == "宋体"
    assert sheet["A4"].number_format == "@"
    assert sheet.column_dimensions["A"].width >= 6
    assert sheet.print_title_rows == "$3:$3"


def test_our_own_reader_reads_it_back(city: Workspace) -> None:
    from python_calamine import CalamineWorkbook

    done = take(city)
    rows = CalamineWorkbook.from_path(str(done.path)).get_sheet_by_name("数据").to_python()
    assert rows[2] == ["居民编号", "姓名"]
    assert len(rows) == 3 + len(PEOPLE)


def test_rows_are_in_the_order_people_expect(city: Workspace) -> None:
    extract_yaml(city, columns=["building", "room"])
    got = sheet_rows(take(city).path)[1:]
    assert [(int(b or 0), int(r or 0)) for b, r in got] == sorted(
        (int(p["building"]), int(p["room"])) for p in PEOPLE
    )  # type: ignore[call-overload]


def test_the_same_extract_gives_the_same_rows(city: Workspace) -> None:
    assert sheet_rows(take(city, out="a.xlsx").path) == sheet_rows(take(city, out="b.xlsx").path)


@given(st.lists(st.text(max_size=40), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_text_survives_the_sheet(texts: list[str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.xlsx"
        write_sheet(
            path,
            pa.table({"a": pa.array(texts, pa.string())}),
            ["甲"],
            title="t",
            notice={},
            watermark=False,
            scratch=Path(folder),
        )
        sheet = openpyxl.load_workbook(path)["数据"]
        got = [sheet.cell(4 + i, 1) for i in range(len(texts))]
        for cell, text in zip(got, texts, strict=True):
            assert cell.data_type in ("s", "n")
            assert cell.data_type == "s" or cell.value is None
            if text.isprintable():
                assert (cell.value or "") == text


def test_a_cell_too_long_is_cut_and_counted(tmp_path: Path) -> None:
    table = pa.table({"a": ["长" * 40_000, "短"]})
    cut = write_sheet(
        tmp_path / "x.xlsx", table, ["甲"], title="t", notice={}, watermark=False, scratch=tmp_path
    )
    assert cut == 1
    value = str(openpyxl.load_workbook(tmp_path / "x.xlsx")["数据"]["A4"].value)
    assert len(value) == 32_767
    assert value.endswith("已截断）")


# --- masks ---


@pytest.mark.parametrize(
    ("mask", "value", "right"),
    [
        ("id18", "370602199001010113", "3706**********0113"), ("id18", "370602900101011", "3706*******1011"),
        ("id18", "E12345678", "*********"), ("phone", "13812348000", "138****8000"), ("phone", "041183631234", "041*****1234"),
        ("phone", "83631234", "****1234"), ("phone", "12345", "*****"), ("name", "张伟", "张*"), ("name", "欧阳修", "欧**"),
        ("name", "张", "*"), ("name", "𠮷野家", "𠮷**"), ("address", "北京街道12号3单元501室", "北京街道*号*单元*室"),
        ("address", "幸福里十二号A座", "幸福里*号*座"), ("account", "6222021234567890", "************7890"), ("account", "123", "***"),
        ("all", "anything", "***"), ("name", None, None), ("phone", "", ""), ("all", None, None),
    ],
)  # fmt: skip
def test_masks(mask: Any, value: str | None, right: str | None) -> None:
    got = (
        duckdb.connect()
        .execute(f"select {masked(mask, 'x')} from (select $x::varchar as x)", {"x": value})
        .fetchall()
    )
    assert got == [(right,)]


@given(st.text(min_size=1, max_size=30).filter(lambda t: "\0" not in t), st.sampled_from(sorted(MASKS)))
@settings(max_examples=100, deadline=None)
def test_no_mask_shows_a_whole_value(text: str, mask: Any) -> None:
    got = (
        duckdb.connect()
        .execute(f"select {masked(mask, 'x')} from (select $x::varchar as x)", {"x": text})
        .fetchall()[0][0]
    )
    if mask == "address":
        assert not any(c in "0123456789" for c in got)
    else:
        shown = sum(a == b and a != "*" for a, b in zip(got, text, strict=False))
        assert shown <= {"id18": 8, "phone": 7, "name": 1, "account": 4, "all": 3}[mask]
        assert got != text or set(text) == {"*"}


def test_masked_values_never_reach_the_file(city: Workspace) -> None:
    columns = [
        {"name": "name", "mask": "name"},
        {"name": "id_number", "mask": "id18", "unmask_for": ["review"]},
        {"name": "phone", "mask": "phone"},
    ]
    extract_yaml(city, columns=columns, purpose=["visit", "review"], sensitive=True)
    both = worker(purposes=("visit", "review"))
    done = take(city, user=both, purpose="visit")
    with zipfile.ZipFile(done.path) as file:
        data = b"".join(file.read(name) for name in file.namelist())
    for person in PEOPLE:
        assert str(person["id_number"]).encode() not in data
        assert str(person["phone"]).encode() not in data
    assert f"{ID[:4]}**********{ID[-4:]}".encode() in data
    assert {row[1] for row in sheet_rows(take(city, user=both, purpose="review").path)[1:]} == {
        p["id_number"] for p in PEOPLE
    }
    assert log_of(city)[-1]["unmasked"] == ["id_number"]


# --- who may ---


DENIALS = [
    ("unknown_user", worker(), {"as_": "nobody"}, {}),
    ("expired", worker(until=date(2024, 11, 21)), {}, {}),
    ("role", worker(role="street_officer"), {}, {}),
    ("purpose_not_granted", worker(purposes=()), {}, {}),
    ("purpose_not_granted", worker(purposes=("other",)), {}, {}),
    ("purpose_not_granted", worker(), {"purpose": "review"}, {"purpose": ["visit", "review"]}),
    ("purpose", worker(), {"purpose": "nonsense"}, {}),
    ("no_purpose", worker(purposes=("visit", "review")), {}, {"purpose": ["visit", "review"]}),
    ("rows", worker(), {}, {"limits": {"rows": 3, "per_day": 5}}),
]


@pytest.mark.parametrize(
    ("reason", "user", "how", "changed"), DENIALS, ids=lambda v: v if isinstance(v, str) else ""
)
def test_denials_say_why_write_nothing_and_are_logged(
    city: Workspace, reason: str, user: Any, how: dict[str, Any], changed: dict[str, Any]
) -> None:
    extract_yaml(city, **changed)
    name = how.pop("as_", user.user)
    with pytest.raises(Denied) as caught:
        release(city, settings_of(user), "people", user=name, output=city.root / "o.xlsx", now=NOW, **how)
    assert caught.value.reason == reason
    assert "denied" in caught.value.en and "拒绝" in caught.value.zh
    assert not list(city.root.glob("*.xlsx")) and not list(city.root.glob(".*part"))
    line = log_of(city)[-1]
    assert (line["action"], line["reason"]) == ("denied", reason)
    assert line["user"] == ("unknown" if reason == "unknown_user" else "zhang")


def test_the_command_lines_way_in(city: Workspace) -> None:
    users = "- {user: zhang, role: grid_worker, areas: ['210203001001'], purposes: [visit]}\n"
    (city.root / "users.yaml").write_text(users, "utf-8")
    done = run_extract(city, "people", "zhang", {}, city.root / "o.xlsx")
    assert json.loads(json.dumps(done))["rows"] == len(PEOPLE)
    with pytest.raises(Denied):
        run_extract(city, "people", "li", {}, city.root / "o.xlsx")


def test_until_is_inclusive(city: Workspace) -> None:
    assert take(city, user=worker(until=date(2024, 11, 22))).rows == len(PEOPLE)


def test_a_purpose_may_be_given_as_a_parameter(city: Workspace) -> None:
    extract_yaml(city, purpose=["visit", "review"])
    done = take(city, user=worker(purposes=("visit", "review")), given={"purpose": "review"})
    assert done.purpose == "review"


def test_unknown_and_broken_extracts(city: Workspace) -> None:
    with pytest.raises(Problem, match="people"):
        take(city, "nothing")
    (city.extracts / "bad.yaml").write_text("id: bad\ntitle: x\nscope: none\n", "utf-8")
    with pytest.raises(Problem, match="scope"):
        take(city, "bad")


@pytest.mark.parametrize(
    "given_", [{}, {"born": "x"}, {"born": "1800-01-01"}, {"born": "1950-01-01", "more": "1"}]
)
def test_wrong_parameters_are_problems(city: Workspace, given_: dict[str, str]) -> None:
    extract_yaml(city, where="birth_date >= :born", params={"born": {"type": "date", "min": "1900-01-01"}})
    with pytest.raises(Problem):
        take(city, given=given_)


def test_values_are_bound(city: Workspace) -> None:
    extract_yaml(city, where="name = :name", params={"name": {"type": "text"}})
    assert take(city, given={"name": "张伟"}).rows == 1
    assert take(city, given={"name": "' or 1=1 or '' = '"}).rows == 0
    assert take(city, given={"name": "=1+1"}).rows == 1
    extract_yaml(city, where="birth_date >= :born", params={"born": {"type": "date"}})
    assert take(city, given={"born": "1955-01-01"}).rows == 4


def test_a_parameter_cannot_take_the_scopes_name(city: Workspace) -> None:
    extract_yaml(city, where="name = :og_areas", params={"og_areas": {"type": "text"}})
    with pytest.raises(Problem, match="reserved"):
        take(city, given={"og_areas": "x"})


def test_a_place_that_cannot_be_written(city: Workspace) -> None:
    with pytest.raises(Problem, match="-o"):
        take(city, out="nowhere/o.xlsx")
    assert [line["action"] for line in log_of(city)] == []


def test_limits_of_a_day_by_the_citys_clock(city: Workspace) -> None:
    extract_yaml(city, limits={"rows": 100, "per_day": 2})
    extract_yaml(city, "other")
    late = datetime(2024, 11, 22, 15, 30, tzinfo=UTC)  # 23:30 in the city
    take(city, now=late)
    take(city, "other", now=late)
    take(city, now=late)
    with pytest.raises(Denied, match="2 times a day"):
        take(city, now=late + timedelta(minutes=29))
    assert take(city, user=worker("li"), now=late).rows == len(PEOPLE)
    assert take(city, now=late + timedelta(minutes=31)).rows == len(PEOPLE)  # the next day there


# --- the log ---


def test_a_release_is_one_line_without_personal_values(city: Workspace) -> None:
    extract_yaml(city, where="name = :name", params={"name": {"type": "text"}})
    done = take(city, given={"name": "张伟"})
    (line,) = log_of(city)
    assert line["seq"] == 1
    assert line["sha256"] == done.sha256
    assert (line["user"], line["extract"], line["version"], line["purpose"], line["rows"]) == (
        "zhang",
        "people",
        VERSION,
        "visit",
        1,
    )
    assert line["columns"] == ["resident_id", "name"]
    text = log_path(city).read_text("utf-8")
    assert not any(
        str(value) in text
        for value in ("张伟", *PEOPLE[5].values())
        if len(str(value)) > 3 or value == "张伟"
    )
    assert log_path(city).stat().st_mode & 0o777 == 0o600
    assert verify(city) == 1


def test_no_file_without_its_line(city: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from warehouse.extract.log import Log

    def fails(self: Log, said: dict[str, Any]) -> dict[str, Any]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Log, "append", fails)
    with pytest.raises(Problem, match="nothing was handed over"):
        take(city)
    assert not list(city.root.glob("*.xlsx")) and not list(city.root.glob(".*part"))


def filled(city: Workspace, lines: int = 6) -> Path:
    for n in range(lines):
        with open_log(city) as log:
            log.append({"action": "released", "user": f"u{n}", "time": NOW.isoformat()})
    assert verify(city) == lines
    return log_path(city)


@pytest.mark.parametrize(
    "damage", ["edit", "delete", "swap", "insert", "first", "cut", "cut_all", "gone", "garbage", "recomputed"]
)
def test_tampering_is_found(city: Workspace, damage: str) -> None:
    path = filled(city)
    lines = path.read_bytes().splitlines(keepends=True)
    if damage == "edit":
        lines[2] = lines[2].replace(b"u2", b"u9")
    elif damage == "delete":
        del lines[3]
    elif damage == "swap":
        lines[1], lines[2] = lines[2], lines[1]
    elif damage == "insert":
        lines.insert(2, lines[2])
    elif damage == "first":
        del lines[0]
    elif damage == "cut":
        del lines[-1]
    elif damage == "cut_all":
        lines = []
    elif damage == "garbage":
        lines[2] = b"{garbage\n"
    elif damage == "recomputed":
        from warehouse.extract.log import _canonical, _mac

        line = json.loads(lines[2]) | {"user": "somebody else"}
        line["mac"] = _mac(line)
        lines[2] = _canonical(line) + b"\n"
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(b"".join(lines))
    with pytest.raises(Problem, match="tampered"):
        verify(city)


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_any_changed_byte_is_found(data: st.DataObject) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        workspace = workspace_in(Path(folder))
        path = filled(workspace, 4)
        raw = bytearray(path.read_bytes())
        at = data.draw(st.integers(0, len(raw) - 1))
        new = data.draw(st.integers(0, 255).filter(lambda b: b != raw[at]))
        before = [json.loads(line) for line in bytes(raw).splitlines()]
        raw[at] = new
        path.write_bytes(bytes(raw))
        try:
            after = [json.loads(line) for line in bytes(raw).splitlines()]
        except ValueError:
            after = None
        if after == before:
            return  # white space between two lines, or another spelling of the same
        with pytest.raises(Problem):
            verify(workspace)


def test_a_line_cut_off_by_a_crash_is_vouched_for(city: Workspace) -> None:
    path = filled(city, 2)
    with path.open("ab") as file:
        file.write(b'{"action": "relea')
    assert verify(city) == 2
    with open_log(city) as log:
        log.append({"action": "released", "user": "after", "time": NOW.isoformat()})
    assert verify(city) == 3
    path.write_bytes(path.read_bytes().replace(b'{"action": "relea\n', b'{"action": "other\n'))
    with pytest.raises(Problem, match="tampered"):
        verify(city)


WRITER = """
import sys
from pathlib import Path
from warehouse.extract.log import open_log
from warehouse.workspace import Workspace
workspace = Workspace.open(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()  # all begin together
for n in range(25):
    with open_log(workspace) as log:
        log.append({"action": "released", "user": sys.argv[2], "n": n})
"""


def test_processes_that_log_at_once_keep_one_chain(city: Workspace) -> None:
    root = Path(__file__).resolve().parents[2]
    children = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(city.root), name], env=os.environ | {"PYTHONPATH": str(root)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) for name in "abc"
    ]  # fmt: skip
    for child in children:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    for child in children:
        child.communicate(timeout=60)
    assert [child.returncode for child in children] == [0, 0, 0]
    assert verify(city) == 75
    assert [line["seq"] for line in log_of(city)] == list(range(1, 76))


def test_an_extract_from_a_really_published_snapshot(tmp_path: Path) -> None:
    workspace = workspace_in(tmp_path)
    publish_tiny(workspace, VERSION, "one")
    extract_yaml(workspace, scope="community", where="status = 'active'")
    done = take(workspace, user=worker(areas=("210203001",)))
    assert done.rows == 20
    assert done.version == VERSION


def test_nothing_published_is_a_problem(tmp_path: Path) -> None:
    workspace = workspace_in(tmp_path)
    extract_yaml(workspace)
    with pytest.raises(Problem, match="oncegrid sync"):
        take(workspace)
