"""connectors.child: limits, crashes, and Problems over the border."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from connectors.child import Reader, problem_of_plain, problem_to_plain
from connectors.raw import load_report
from connectors.sniff import NotReadableYet
from schemas.problem import Problem


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.csv"
    path.write_bytes("编号,姓名\n1,张伟\n2,王秀英\n".encode("gb18030"))
    return path


def big_workbook(folder: Path) -> Path:
    import xlsxwriter

    path = folder / "big.xlsx"
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for row in range(20_000):
            sheet.write_row(row, 0, [f"甲乙丙丁{row}{n}" for n in range(30)])
    return path


def test_one_child_serves_many_files(good: Path, tmp_path: Path) -> None:
    with Reader() as reader:
        first = reader.read_edition(good, tmp_path / "a", layout={"header": 1}, name="inbox/good.csv")
        process = reader._process
        second = reader.read_edition(good, tmp_path / "b")
        assert reader._process is process
        assert reader.tables(good)[0]["rows"] == [["1", "张伟"], ["2", "王秀英"]]
    assert first.n_rows == second.n_rows == 2 and load_report(tmp_path / "a") == first
    assert first.file == "inbox/good.csv"
    assert process is not None and process.poll() is not None


def test_problems_cross_with_both_languages_and_the_child_lives_on(good: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 [Content_Types].xml")
    other = tmp_path / "x.json"
    other.write_text('[{"a": 1}, {"a": 2}]\n', "utf-8")
    with Reader() as reader:
        with pytest.raises(Problem) as caught:
            reader.read_edition(broken, tmp_path / "out")
        assert "damaged" in caught.value.text("en") and "已损坏" in caught.value.text("zh")
        assert caught.value.file == "broken.xlsx"
        process = reader._process
        with pytest.raises(NotReadableYet) as unknown:
            reader.read_edition(other, tmp_path / "out")
        assert unknown.value.kind == "json"
        assert reader.read_edition(good, tmp_path / "out").n_rows == 2 and reader._process is process
        with pytest.raises(Problem, match="cannot be read"):
            reader.read_edition(tmp_path / "missing.csv", tmp_path / "out")
        with pytest.raises(Problem, match="layout"):
            reader.read_edition(good, tmp_path / "out", layout={"header": "x"})


def test_a_crash_is_a_problem_of_that_file(good: Path, tmp_path: Path) -> None:
    with Reader() as reader:
        reader.read_edition(good, tmp_path / "out")
        assert reader._process is not None
        first = reader._process.pid
        os.kill(first, signal.SIGSEGV)
        reader._process.wait()
        reader._process.returncode = None  # as if it had broken down while at work
        reader._process.poll = lambda: None  # type: ignore[method-assign]
        with pytest.raises(Problem, match=r"broke down|ended"):
            reader.read_edition(good, tmp_path / "out")
        assert reader.read_edition(good, tmp_path / "out").n_rows == 2
        assert reader._process is not None and reader._process.pid != first


def test_time_is_limited(good: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "endless.csv"
    os.mkfifo(pipe)  # nobody ever writes to it: reading waits for ever
    with Reader(seconds=1.5) as reader:
        with pytest.raises(Problem, match="more than") as caught:
            reader.read_edition(pipe, tmp_path / "out")
        assert caught.value.file == "endless.csv"
        reader.seconds = 60
        assert reader.read_edition(good, tmp_path / "out").n_rows == 2


def test_memory_is_limited(good: Path, tmp_path: Path) -> None:
    book = big_workbook(tmp_path)
    with Reader(memory=300 << 20) as reader:
        with pytest.raises(Problem, match=r"memory|broke down"):
            reader.read_edition(book, tmp_path / "out")
        assert reader.tables(good)[0]["rows"][0] == ["1", "张伟"]
        assert not (tmp_path / "out").exists()


def test_problems_as_plain_data() -> None:
    known = NotReadableYet("en", "zh", file="f")
    known.kind = "dbf"
    for problem in (Problem("en", "zh", file="f", sheet="s", row=3, column="c", line=4), known):
        back = problem_of_plain(problem_to_plain(problem))
        assert (
            type(back) is type(problem)
            and back.text("zh") == problem.text("zh")
            and back.__dict__ == problem.__dict__
        )
