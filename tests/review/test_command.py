"""The command: exit status, one JSON value, masked unless allowed, logged where values are shown in full."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from review.reviewed_city import ITEMS, NUMBER

from pipelines.cli.app import app
from warehouse.extract.log import log_path, verify
from warehouse.workspace import Workspace


def run(city: Workspace, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["-w", str(city.root), "review", *arguments], catch_exceptions=False)


def answer(city: Workspace, *arguments: str, status: int = 0) -> Any:
    result = run(city, *arguments, "--json")
    assert result.exit_code == status, result.output
    return json.loads(result.stdout)


def lines(city: Workspace) -> list[dict[str, Any]]:
    path = log_path(city)
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []


def test_list_show_decide_undo(city: Workspace) -> None:
    rows = answer(city, "list")
    assert [row["item_id"] for row in rows] == list(ITEMS[:2])
    assert rows[0]["evidence"][0] == {
        "field": "name",
        "label": "姓名",
        "left": "张**",
        "right": "张**",
        "agreement": "differs",
    }
    assert answer(city, "list", "--status", "aside")[0]["item_id"] == ITEMS[2]
    shown = answer(city, "show", ITEMS[0])
    assert shown["links"][0]["rule"] == "name_birth" and shown["decisions"] == []
    done = answer(city, "decide", ITEMS[0], "different", "--user", "张核", "--reason", "姐妹")
    assert (done["judgement_id"], done["new"], done["verdict"]) == ("J00000001", True, "different")
    assert answer(city, "decide", ITEMS[0], "different", "--user", "张核", "--reason", "姐妹")["new"] is False
    assert [row["item_id"] for row in answer(city, "list")] == [ITEMS[1]]
    refused = run(city, "decide", ITEMS[0], "same", "--user", "李核", "--reason", "一人")
    assert refused.exit_code == 1 and "J00000001" in refused.output and "undo" in refused.output
    assert answer(city, "undo", "J00000001", "--user", "李核", "--reason", "看错")["ends"] == "J00000001"
    assert len(answer(city, "list")) == 2
    assert [row["ended_by"] for row in answer(city, "decisions")] == ["J00000002", None]
    assert lines(city) == []  # nothing was shown in full


def test_text_output_holds_no_personal_value(city: Workspace) -> None:
    for arguments in (["list"], ["show", ITEMS[0]], ["decisions"], ["list", "--status", "aside"]):
        out = run(city, *arguments).output
        assert not any(
            value in out for value in (NUMBER, "张秀英", "13812345678", "041188889999", "1943-04-04")
        )


def test_blind_shows_no_score_and_no_reason(city: Workspace) -> None:
    for row in (*answer(city, "list", "--blind"), answer(city, "show", ITEMS[0], "--blind")):
        assert not {
            "match_weight",
            "match_probability",
            "suggestion",
            "reason",
            "priority",
            "rank",
            "margin",
        } & set(row)
        assert row.get("links", []) == []
    out = run(city, "list", "--blind").output
    assert "似是而非" not in out and "同一人" not in out


@pytest.mark.parametrize(
    ("user", "why"), [("nobody", "unknown_user"), ("wangge", "purpose_not_granted"), ("jiu", "expired")]
)
def test_values_in_full_are_denied_and_that_is_logged(city: Workspace, user: str, why: str) -> None:
    for arguments in (["list"], ["show", ITEMS[0]], ["export", str(city.root / "x.xlsx")]):
        result = run(city, *arguments, "--unmasked", "--user", user)
        assert result.exit_code == 1 and NUMBER not in result.output
    assert [(line["action"], line["reason"]) for line in lines(city)] == [("denied", why)] * 3
    assert not (city.root / "x.xlsx").exists()


def test_values_in_full_are_shown_to_whom_it_was_granted_and_logged(city: Workspace) -> None:
    rows = answer(city, "list", "--unmasked", "--user", "shenhe")
    assert NUMBER in json.dumps(rows, ensure_ascii=False)
    run(city, "show", ITEMS[0], "--unmasked", "--user", "shenhe")
    assert [(line["action"], line["user"], line["items"]) for line in lines(city)] == [
        ("review_shown", "shenhe", 2),
        ("review_shown", "shenhe", 1),
    ]
    assert verify(city) == 2 and NUMBER not in log_path(city).read_text("utf-8")


def test_export_and_import(city: Workspace) -> None:
    path = city.root / "核对.xlsx"
    told = answer(city, "export", str(path), "--user", "shenhe")
    assert told["items"] == 2 and told["number"].startswith("R")
    sheet = (book := openpyxl.load_workbook(path)).active
    assert sheet is not None
    first = sheet.max_column - 2
    sheet.cell(4, first).value = "是"
    book.save(path)
    faults = answer(city, "import", str(path), status=1)["faults"]
    assert [fault["row"] for fault in faults] == [4, 4] and faults[0]["column"].endswith("（判定人）")
    for i, word in enumerate(("同一人", "张核", "电话核实")):
        sheet.cell(4, first + i).value = word
    book.save(path)
    assert answer(city, "import", str(path)) == {
        "decided": ["J00000001"],
        "known": 0,
        "empty": 1,
        "faults": [],
    }
    assert answer(city, "import", str(path))["decided"] == []
    assert run(city, "export", str(path), "--reason", "twins").exit_code == 1


def test_sample_and_precision(city: Workspace) -> None:
    drawn = answer(city, "sample", "--month", "2024-11")
    assert [row["item_id"] for row in drawn] == ["s202411-0001"] and "match_weight" not in drawn[0]
    path = city.root / "抽查.xlsx"
    assert answer(city, "export", str(path), "--sample", "--month", "2024-11", "--blind")["items"] == 1
    answer(city, "decide", "s202411-0001", "same", "--user", "张核", "--reason", "一致")
    found = answer(city, "precision", "--month", "2024-11")
    assert (found["right"], found["precision"], found["high"]) == (1, 1.0, 1.0) and 0.2 < found["low"] < 0.21
    assert run(city, "precision", "--month", "2024-12").exit_code == 1


def test_two_records_may_be_judged_directly(city: Workspace) -> None:
    done = answer(
        city, "pair", "gaoling:G1", f"gongan:{NUMBER}", "different", "--user", "张核", "--reason", "姐妹"
    )
    assert done["new"] and [row["item_id"] for row in answer(city, "list")] == [ITEMS[1]]
    assert run(city, "pair", "gaoling:G1", "gaoling:none", "same", "--reason", "x").exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [["list", "--reason", "nothing"], ["list", "--status", "gone"], ["decide", ITEMS[0], "perhaps", "--reason", "x"], ["decide", ITEMS[0], "same"],
     ["precision", "--month", "2024-13"], ["sample", "--size", "0"], ["export"]],
)  # fmt: skip
def test_faults_of_the_question_end_with_two(city: Workspace, arguments: list[str]) -> None:
    assert run(city, *arguments).exit_code == 2


def test_what_there_is_not_ends_with_one(city: Workspace, tmp_path: Path) -> None:
    assert run(city, "show", "qffffffff").exit_code == 1
    assert run(city, "undo", "J00000009", "--reason", "x").exit_code == 1
    assert run(city, "import", str(tmp_path / "none.xlsx")).exit_code == 1
    (tmp_path / "oncegrid.yaml").write_text("city: 空\n", "utf-8")
    assert run(Workspace(tmp_path), "list").exit_code == 1
