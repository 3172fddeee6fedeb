"""The page of a run opens without a network, is well formed, and keeps to itself what is not its reader's."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from warehouse.expectations.outcomes import Breach, Outcome
from warehouse.expectations.page import INDEX, Run, prune, render, write_page

GOOD = Outcome("resident_key", "resident_core", "key", "blocking", "the key is unique", "主键不重复", True)
BAD = replace(
    GOOD, name="lost", passed=False, breaches=(Breach("2024-11-01", "id_number", 35, 40),),
    sample=({"file": "a<b>.csv", "sheet": None, "row": 7, "field": "id_number", "value": "1…(18)"},),
)  # fmt: skip
VOID = {"meta", "br"}


class Strict(HTMLParser):
    """Fails where an element is not closed in order, an id stands twice, or anything is loaded from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "img", "iframe"), tag
        for name, value in attrs:
            assert name not in ("src", "onclick")
            if name == "id":
                assert value not in self.ids
                self.ids.add(value or "")
            if name == "href":
                self.links.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(text: str) -> Strict:
    reader = Strict()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    for link in reader.links:
        assert not link.startswith("#") or link[1:] in reader.ids, link
    return reader


def test_it_says_source_suite_expectation_count_and_rows() -> None:
    text = render(Run("2024-11-02T02:00:00+08:00", {"police": [GOOD, BAD]}))
    assert text.startswith("<!DOCTYPE html>") and "http://" not in text and "https://" not in text
    page = parsed(text)
    for word in (
        "police",
        "resident_core",
        "lost",
        "通过",
        "阻断",
        "35",
        "a<b>.csv",
        "1…(18)",
        "id_number：35 / 40",
    ):
        assert word in page.text, word


def test_what_could_not_be_evaluated_is_not_shown_as_a_pass() -> None:
    page = parsed(render(Run("m", {"police": [replace(GOOD, passed=False, fault="BinderException: <x>")]})))
    assert "无法执行：BinderException: <x>" in page.text and "通过" not in page.text.replace("未通过", "")


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_text_breaks_out(name: str, value: str) -> None:
    sample = ({"file": name, "sheet": value, "row": 1, "field": name, "value": value},)
    bad = replace(BAD, fault=None, sample=sample, breaches=(Breach(name, value, 1, None),), zh=value)
    parsed(render(Run(name, {"source": [bad]})))


def test_the_last_runs_are_kept_and_those_that_are_needed(tmp_path: Path) -> None:
    for n in range(6):
        write_page(tmp_path / f"2024110{n}T020000.html", Run(str(n), {"s": [GOOD]}))
    prune(tmp_path, {"20241100T020000.html"}, keep=2)
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["20241100T020000.html", "20241104T020000.html", "20241105T020000.html", INDEX]
    index = parsed((tmp_path / INDEX).read_text("utf-8"))
    assert index.links == ["20241105T020000.html", "20241104T020000.html", "20241100T020000.html"]
