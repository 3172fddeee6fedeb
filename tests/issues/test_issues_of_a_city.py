"""The whole way: files in the inbox, nights, the ledger of issues, quality, the command."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from sync.conftest import HEADER, IDS, PEOPLE, City, empty_city

__all__ = ["empty_city"]
BAD = "110105194912310021"  # the right check digit is X


def export(city: City, day: int, ids: list[str]) -> None:
    lines = [HEADER, *(f"R{n:04d},张{chr(0x4E00 + n)},{number},男" for n, number in enumerate(ids, 1))]
    city.drop("police", f"CZRK_202411{day:02d}.csv", "\n".join(lines) + "\n")


def rows(city: City, *arguments: str) -> list[dict[str, object]]:
    result = city.run("issues", "--json", *arguments)
    assert result.exit_code == 0, result.output
    found: list[dict[str, object]] = json.loads(result.stdout)
    return found


@pytest.mark.timeout(900)
def test_two_nights_and_one_held_back(empty_city: City, tmp_path: Path) -> None:
    city = empty_city
    city.source("police", PEOPLE.replace("columns:", "due: {every: 1d}\ncolumns:"))
    men = [IDS[1], IDS[2], IDS[3]]
    export(city, 1, [BAD, BAD, *men])
    status, summary = city.sync()
    assert status in (0, 1) and summary.get("version"), summary
    export(city, 2, [men[0], BAD, *men[1:], BAD[:17]])
    status, summary = city.sync()
    assert status in (0, 1) and summary.get("version"), summary
    about = "--rows", "--field", "id_number", "--status"
    [standing, new] = rows(city, *about, "open")
    [fixed] = rows(city, *about, "closed")
    assert (standing["code"], standing["row_number"], standing["editions"]) == ("id_bad_checksum", 3, 2)
    assert (new["code"], new["row_number"], new["first_seen"]) == ("id_length_error", 6, "2024-11-02")
    assert (fixed["row_number"], fixed["closed_on"]) == (2, "2024-11-02")
    assert city.query("select as_of::varchar, opened, closed, standing from issue_trend where code = 'id_bad_checksum' order by 1") == [
        ("2024-11-01", 2, 0, 2), ("2024-11-02", 0, 1, 1),
    ]  # fmt: skip
    assert city.query("select as_of::varchar, checked, failed, score from quality where field = 'id_number' and measure = 'correct' order by 1") == [
        ("2024-11-01", 5, 2, 60.0), ("2024-11-02", 5, 1, 80.0),
    ]  # fmt: skip
    # Far fewer rows: held back, and what is wrong with it is there to decide on.
    export(city, 3, [BAD, BAD])
    status, _ = city.sync()
    assert status == 1
    held = rows(city, *about, "held")
    assert [(r["row_number"], r["edition_id"]) for r in held] == [
        (2, held[0]["edition_id"]),
        (3, held[0]["edition_id"]),
    ]
    assert "20241103" in str(held[0]["edition_id"]) and rows(city, *about, "open") == [standing, new]
    [ticket] = rows(city, "--xlsx", str(tmp_path / "out"))
    book = openpyxl.load_workbook(str(ticket["file"]))
    text = "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    assert ticket["issues"] == 4 and "某市公安局" in text and BAD not in text and BAD[:17] not in text


@pytest.mark.timeout(600)
def test_a_city_whose_only_edition_waits(empty_city: City) -> None:
    city = empty_city
    city.source("police", PEOPLE.replace("rows: [1, 1000]", "rows: [100, 1000]"))
    export(city, 1, [BAD])
    status, summary = city.sync()
    assert status == 3, summary
    assert [(r["code"], r["status"]) for r in rows(city, "--field", "id_number")] == [
        ("id_bad_checksum", "held")
    ]
