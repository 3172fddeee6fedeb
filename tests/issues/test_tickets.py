"""Questions about issues, and the workbook that goes back to each agency."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from issues.told_city import POLICE, ToldCity, issue, person

from pipelines.cli.app import app
from schemas.problem import Problem
from warehouse.extract.log import Log, log_path, verify
from warehouse.issues.asking import Issues, NotKnown, Wanted
from warehouse.issues.tickets import personal_key

ID = "210202199001010015"
FORMULA = '=HYPERLINK("http://x")'


@pytest.fixture
def served(city: ToldCity) -> Iterator[ToldCity]:
    """Two editions of police, one of health; a third of police waits for a decision."""
    city.tell("police", 1, [person(2, "R1"), person(3, "R2")], [
        issue("id_bad_checksum", 2, "id_number", "210***1(18)"), issue("phone_invalid", 3, "phone", "1*(3)"),
    ])  # fmt: skip
    city.tell("police", 8, [person(2, "R1"), person(3, FORMULA)], [
        issue("id_bad_checksum", 2, "id_number", "210***1(18)"), issue("code_unknown", 3, "sex", "+9"),
        issue("name_invalid", 3, "name", FORMULA), issue("rows_short", value="4"),
    ])  # fmt: skip
    city.tell("health", 8, [person(2, ID, id_number=ID)], [issue("date_invalid", 2, "birth_date", "2*(4)")])
    place = {"source": "police", "edition_id": "police-20261108-1", "record_no": 0, "record_key": "R1"}
    city.placed = [
        {**place, "street_code": "210202001", "community_code": "210202001001", "grid_code": "WG7"}
    ]
    city.tables()
    city.tell(
        "police",
        15,
        [person(2, "R1")],
        [issue("id_bad_checksum", 2, "id_number", "210***1(18)")],
        status="held",
    )
    city.publish()
    yield city


def run(city: ToldCity, *arguments: str) -> Result:
    return CliRunner().invoke(
        app, ["-w", str(city.workspace.root), "issues", *arguments], env={"ONCEGRID_LANG": "en"}
    )


def told(city: ToldCity, *arguments: str) -> list[dict[str, object]]:
    result = run(city, "--json", *arguments)
    assert result.exit_code == 0, result.output
    rows: list[dict[str, object]] = json.loads(result.stdout)
    return rows


def test_counts_by_default_with_what_waits(served: ToldCity) -> None:
    counts = {(r["source"], r["code"], r["status"]): r["issues"] for r in told(served)}
    assert counts == {
        ("police", "id_bad_checksum", "open"): 1, ("police", "id_bad_checksum", "held"): 1, ("police", "code_unknown", "open"): 1,
        ("police", "name_invalid", "open"): 1, ("police", "rows_short", "open"): 1, ("health", "date_invalid", "open"): 1,
    }  # fmt: skip


def test_a_held_edition_is_joined_to_what_stood_before(served: ToldCity) -> None:
    [row] = told(served, "--rows", "--status", "held")
    assert (row["first_seen"], row["last_seen"], row["editions"]) == ("2026-11-01", "2026-11-15", 3)
    assert row["edition_id"] == "police-20261115-1" and row["agency"] == "甲市公安局"


def test_rows_name_the_place_and_no_key(served: ToldCity) -> None:
    [row] = told(served, "--rows", "--source", "health")
    assert (row["file"], row["row_number"], row["source_column"], row["field"]) == (
        "health-08.csv",
        2,
        "出生日期",
        "birth_date",
    )
    assert row["remedy"] and row["dimension"] == "conformity" and ID not in json.dumps(row)


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        (("--code", "phone_invalid", "--status", "closed"), ["phone_invalid"]),
        (("--severity", "info"), ["rows_short"]),
        (("--field", "name"), ["name_invalid"]),
        (("--field", "姓名"), ["name_invalid"]),
        (("--agency", "卫生"), ["date_invalid"]),
        (("--area", "210202001"), ["id_bad_checksum"]),
        (("--area", "210202001000"), ["id_bad_checksum"]),
        (("--area", "210200"), ["id_bad_checksum"]),
        (("--area", "WG7"), ["id_bad_checksum"]),
        (("--area", "WG"), []),
        (("--area", "210203"), []),
    ],
)
def test_filters(served: ToldCity, arguments: tuple[str, ...], codes: list[str]) -> None:
    assert [row["code"] for row in told(served, "--rows", *arguments)] == codes


def test_exit_status(served: ToldCity, tmp_path: Path) -> None:
    assert run(served, "--source", "nobody").exit_code == 2
    assert run(served, "--code", "no_such_code").exit_code == 2
    assert run(served, "--agency", "无此局").exit_code == 2
    assert run(served, "--json", "--csv").exit_code == 2
    assert run(served, "--area", "WG").exit_code == 0
    assert run(served, "--csv").stdout.splitlines()[0].startswith("source,agency,severity,code")
    assert "police-20261115-1" in run(served).output


def test_nothing_published(city: ToldCity) -> None:
    city.write_ledger()
    assert run(city).exit_code == 1
    city.tell(
        "police",
        1,
        [person(2, "R1")],
        [issue("id_bad_checksum", 2, "id_number", "210***1(18)")],
        status="held",
    )
    city.write_ledger()
    assert [(r["code"], r["status"]) for r in told(city)] == [("id_bad_checksum", "held")]


def cells(path: Path) -> list[list[object]]:
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["汇总", "明细"]
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f" and cell.hyperlink is None, cell.coordinate
                assert cell.value is None or isinstance(cell.value, str), cell.coordinate
    return [list(row) for sheet in book for row in sheet.iter_rows(values_only=True)]


def test_one_ticket_an_agency_with_its_own_rows_only(served: ToldCity, tmp_path: Path) -> None:
    rows = told(served, "--xlsx", str(tmp_path / "out"))
    files = {str(row["agency"]): Path(str(row["file"])) for row in rows}
    assert sorted(files) == ["甲市公安局", "甲市卫生健康委员会"] and {r["agency"]: r["issues"] for r in rows} == {
        "甲市公安局": 3, "甲市卫生健康委员会": 1,
    }  # fmt: skip
    assert {p.name for p in (tmp_path / "out").iterdir()} == {p.name for p in files.values()}
    assert all(p.stat().st_mode & 0o777 == 0o600 for p in files.values())
    police, health = (
        json.dumps(cells(files[name]), ensure_ascii=False) for name in ("甲市公安局", "甲市卫生健康委员会")
    )
    assert "health" not in police and "卫生" not in police and "police" not in health and "公安" not in health
    assert ID not in police + health, "a key that is an identity number is masked"


def test_what_stands_on_the_ticket(served: ToldCity, tmp_path: Path) -> None:
    told(served, "--xlsx", str(tmp_path), "--agency", "公安")
    [path] = tmp_path.glob("*.xlsx")
    rows = cells(path)
    assert rows[0][0] == "数据更正单：甲市公安局"
    for words in (
        "常住人口登记",
        "police-20261108-1",
        "police-20261115-1",
        "日期：20",
        "未列入：提示级或由平台处理的 2 处",
    ):
        assert words in str(rows[1][0]), words
    at = next(i for i, row in enumerate(rows) if row[0] == "序号")
    detail = [dict(zip(rows[at], row, strict=False)) for row in rows[at + 1 :]]
    assert [(d["文件"], d["行号"], d["列名"], d["记录主键"], d["批次状态"]) for d in detail] == [
        ("police-08.csv", "2", "身份证号", "R1", "已采用"), ("police-08.csv", "3", "姓名", FORMULA, "已采用"),
        ("police-15.csv", "2", "身份证号", "R1", "暂缓，未采用"),
    ]  # fmt: skip
    assert (
        detail[0]["所填内容（已遮蔽）"] == "210***1(18)" and detail[0]["处理办法"] == "请来源单位核对后更正。"
    )
    assert all(d["更正情况（请填写）"] is None for d in detail)
    summary = [row for row in rows[3 : at - 2] if row[0]]
    assert sum(int(str(row[7])) for row in summary) == len(detail)


def test_tickets_are_in_the_log_before_they_are_there(served: ToldCity, tmp_path: Path) -> None:
    rows = told(served, "--xlsx", str(tmp_path / "out"))
    assert verify(served.workspace) == len(rows) == 2
    lines = [json.loads(line) for line in log_path(served.workspace).read_text("utf-8").splitlines()]
    for row, line in zip(rows, lines, strict=True):
        path = Path(str(row["file"]))
        assert line["action"] == "ticket" and line["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert (line["number"], line["agency"], line["rows"]) == (row["number"], row["agency"], row["issues"])
        assert f"编号：{row['number']}" in str(cells(path)[1][0])
        assert ID not in json.dumps(line)


def test_without_its_log_no_ticket_leaves(
    served: ToldCity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Log, "append", full)
    assert run(served, "--xlsx", str(tmp_path / "out")).exit_code == 1
    assert list((tmp_path / "out").iterdir()) == []


def test_a_ticket_of_one_severity_or_source(served: ToldCity, tmp_path: Path) -> None:
    [row] = told(served, "--xlsx", str(tmp_path), "--severity", "info")
    assert row["issues"] == 1
    assert told(served, "--xlsx", str(tmp_path), "--code", "text_mojibake") == []
    assert run(served, "--xlsx", str(tmp_path), "--source", "nobody").exit_code == 2
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert run(served, "--xlsx", str(blocked / "below")).exit_code == 1


def test_keys_are_personal_by_their_columns(city: ToldCity) -> None:
    assert not personal_key(city.sources["police"]) and personal_key(city.sources["health"])
    assert personal_key(city.source(POLICE.replace("key: [人员编号]\n", "")))
    assert personal_key(city.source(POLICE.replace("[人员编号]", "[人员编号, 姓名]")))


def test_agencies_whose_names_no_file_can_tell_apart_get_a_file_each(city: ToldCity, tmp_path: Path) -> None:
    for name in ("甲/局", "甲:局"):
        source = f"s{ord(name[1])}"
        city.source(POLICE.replace("source: police", f"source: {source}").replace("甲市公安局", name))
        city.tell(source, 1, [person(2, "R1")], [issue("phone_invalid", 2, "phone", "1*(3)")])
    city.tables()
    city.publish()
    rows = told(city, "--xlsx", str(tmp_path / "out"))
    assert [row["agency"] for row in rows] == ["甲/局", "甲:局"]
    assert sorted(p.name[:5] for p in (tmp_path / "out").iterdir()) == ["甲_局-2", "甲_局-数"]


def test_unknown_words_are_named_back(served: ToldCity) -> None:
    found = Issues(served.workspace)
    with pytest.raises(NotKnown, match="police"):
        found.rows(Wanted(sources=("nobody",)))
    assert issubclass(NotKnown, Problem)
    found.close()
