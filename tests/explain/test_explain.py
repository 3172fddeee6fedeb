"""One person on one page: whom a name means, what is told, and that a hostile value stays text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from review.reviewed_city import HOSTILE, NUMBER

from pipelines.cli.app import app
from schemas.problem import Problem
from warehouse.explain.chart import waterfall
from warehouse.explain.finding import find_record, find_resident
from warehouse.explain.gathering import explain
from warehouse.explain.page import PARTS, render
from warehouse.gateway import connect
from warehouse.review.judgements import Judgements, Record
from warehouse.workspace import Workspace


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("r000000", ("r000000", ())),
        ("gaoling:G1", ("r000001", ())),
        (f" gongan:{NUMBER} ", ("r000000", ())),
        ("r-old", ("r000000", ("r-old", "r-older"))),
        ("r-older", ("r000000", ("r-older",))),
    ],
)
def test_whom_a_name_means(city: Workspace, asked: str, found: object) -> None:
    with connect(city) as con:
        assert find_resident(con, asked) == found


@pytest.mark.parametrize(
    "asked", ["", "nobody", "gaoling:nothing", "gaoling:", ":G1", "gaoling:G1#7", "x' or 1=1 --", "a:b:c"]
)
def test_nobody_is_told_with_what_to_do(city: Workspace, asked: str) -> None:
    with connect(city) as con, pytest.raises(Problem, match="source:record_key"):
        find_resident(con, asked)


def test_records_by_name_and_number(city: Workspace) -> None:
    with connect(city) as con:
        assert find_record(con, "gaoling:G1#0") == Record("gaoling", "G1", 0)
        assert str(Record("gaoling", "G1", 2)) == "gaoling:G1#2"


def test_every_part_is_told(city: Workspace) -> None:
    told = explain(city, "gaoling:G1").as_dict()
    assert told["resident_id"] == "r000001" and told["asked"] == "gaoling:G1" and told["cut"] == {}
    assert [r["record_key"] for r in told["resident_record"]] == ["G1"]
    (link,) = told["resident_link"]
    assert link["levels"][0]["weight"] == 7.5 and link["used"] is False
    assert [i["reason"] for i in told["review_item"]] == ["grey_zone"]
    assert set(PARTS) <= set(told)
    json.dumps(told, default=str)


def test_decisions_are_told_those_taken_back_too(city: Workspace) -> None:
    kept = Judgements(city)
    try:
        kept.decide(
            "different", [Record("gaoling", "G1")], [Record("gongan", NUMBER)], user="张核", reason=HOSTILE
        )
        kept.undo("J00000001", user="李核", reason="看错")
        kept.decide("same", [Record("jiaoyu", "J1")], [Record("gaoling", "G2")], user="张核", reason="一人")
        (one,) = explain(city, "r000001").parts["judgement"]
        assert (one["verdict"], one["ended_by"], one["left"]) == ("different", "J00000002", ["gaoling:G1"])
        page = render(explain(city, "r000001"))
        assert "不同人" in page and HOSTILE not in page
    finally:
        kept.path.unlink()


class Reader(HTMLParser):
    """What a browser would see: tags, attributes, text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_hostile_values_are_text_on_the_page(city: Workspace) -> None:
    page = render(explain(city, "r000002"))
    read = Reader()
    read.feed(page)
    assert not {"script", "img", "iframe", "a:href", "link", "object", "form"} & set(read.tags)
    assert not [name for name, _ in read.attributes if name.startswith("on") or name == "src"]
    assert all(value and value.startswith("#") for name, value in read.attributes if name == "href")
    text = "".join(read.text)
    assert HOSTILE in text and "<img src=x onerror=alert(1)>" in text
    assert "default-src 'none'" in page


def test_nothing_on_the_page_comes_from_outside(city: Workspace) -> None:
    page = render(explain(city, "r000001"))
    addresses = re.findall(r"""(?:https?:)?//[^\s'"<>]+""", page)
    assert set(addresses) == {"http://www.w3.org/2000/svg"}  # a name, nothing that is fetched
    assert "url(" not in page and "@import" not in page
    assert "拼音相同&lt;b&gt;" in page and page.count("<svg") == 1


def test_chart_is_well_formed_and_its_bars_add_up() -> None:
    levels = [
        {"comparison": "name", "label": "姓名<", "level": 2, "words": '相同 & "同音"', "weight": 9.5},
        {"comparison": "birth", "label": "出生日期", "level": 0, "words": "不同", "weight": -4.25},
    ]
    tree = ElementTree.fromstring(waterfall(levels, -6.0, 3))
    space = "{http://www.w3.org/2000/svg}"
    bars = [
        (float(r.get("x", "")), float(r.get("width", "")), r.get("fill")) for r in tree.iter(f"{space}rect")
    ]
    assert len(bars) == 4 and [t.text for t in tree.iter(f"{space}text")][1] == "-11.25"
    prior, name, birth, total = bars
    assert prior[0] == pytest.approx(name[0], abs=0.2)  # the name begins where the prior ended
    assert name[0] + name[1] == pytest.approx(birth[0] + birth[1], abs=0.2)
    assert total[1] == pytest.approx(6.0 / 11.25 * 320, abs=0.5)
    assert [t.text for t in tree.iter(f"{space}text")][-1] == "-6.00"
    ElementTree.fromstring(waterfall([], 0.0, 1))


def test_masked_tells_no_personal_value(city: Workspace) -> None:
    for asked in ("r000000", "r000001", "r000002"):
        told = explain(city, asked, mask=True)
        everything = repr(told.as_dict()) + render(told)
        for value in (
            NUMBER,
            "张秀英",
            "张秀瑛",
            "13812345678",
            "041188889999",
            "501",
            "1943-04-04",
            HOSTILE,
            "a.csv",
            "1990-05-05",
        ):
            assert value not in everything.replace(asked, ""), value
    assert NUMBER in repr(explain(city, "r000000").as_dict())


def run(city: Workspace, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["-w", str(city.root), "explain", *arguments], catch_exceptions=False)
    return result.exit_code, result.output


def test_command_in_its_three_forms(city: Workspace, tmp_path: Path) -> None:
    status, out = run(city, "r-old", "--json")
    assert status == 0 and json.loads(out)["aliases"] == ["r-old", "r-older"]
    status, out = run(city, "gaoling:G1")
    assert status == 0 and "张秀瑛" in out and "姓名 拼音相同<b> +7.50" in out
    page = tmp_path / "page.html"
    status, _ = run(city, "gaoling:G1", "-o", str(page))
    assert (
        status == 0
        and page.read_text("utf-8").startswith("<!DOCTYPE html>")
        and page.stat().st_mode & 0o777 == 0o600
    )
    assert (
        run(city, "nobody", "-o", str(tmp_path / "none.html"))[0] == 1
        and not (tmp_path / "none.html").exists()
    )
    assert run(city, "r000000", "-o", str(tmp_path / "x.pdf"))[0] == 2
    assert run(city, "r000000", "-o", str(tmp_path / "no" / "x.html"))[0] == 1
