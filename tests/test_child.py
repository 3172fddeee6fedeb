"""connectors.child: limits, crashes, and Problems over the border."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.child import Crashed, Reader, TooBig, TooLong, TooSlow
from connectors.child_faults import problem_of_plain, problem_to_plain
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
    other = tmp_path / "x.csv"
    other.write_bytes(b"%PDF-1.7")
    with Reader() as reader:
        with pytest.raises(Problem) as caught:
            reader.read_edition(broken, tmp_path / "out")
        assert "damaged" in caught.value.text("en") and "已损坏" in caught.value.text("zh")
        assert caught.value.file == "broken.xlsx"
        process = reader._process
        with pytest.raises(NotReadableYet) as unknown:
            reader.read_edition(other, tmp_path / "out")
        assert unknown.value.kind == "pdf"
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
    with Reader(seconds=60) as reader:
        reader.read_edition(good, tmp_path / "out")
        assert reader._process is not None
        os.kill(reader._process.pid, signal.SIGSTOP)  # as if it never came to an end
        reader.seconds = 0.5
        with pytest.raises(TooSlow, match="more than") as caught:
            reader.read_edition(good, tmp_path / "out")
        assert caught.value.file == "good.csv"
        reader.seconds = 60
        assert reader.read_edition(good, tmp_path / "out").n_rows == 2


def test_processor_time_is_limited_for_each_file(good: Path, tmp_path: Path) -> None:
    book = big_workbook(tmp_path)
    with Reader(cpu=60) as reader:
        for _ in range(3):
            reader.read_edition(good, tmp_path / "out")
        process = reader._process
        reader.cpu = 0.0  # rounded up to the next whole second of what the child has used so far
        with pytest.raises(TooSlow, match="more than") as caught:
            for _ in range(50):
                reader.read_edition(book, tmp_path / "out")
        assert caught.value.file == "big.xlsx"
        assert process is not None and process.returncode == -signal.SIGXCPU
        reader.cpu = 60
        assert reader.read_edition(good, tmp_path / "out").n_rows == 2


def test_what_is_written_is_limited(good: Path, tmp_path: Path) -> None:
    book = big_workbook(tmp_path)
    with Reader(written=100_000) as reader:
        for ask in (
            lambda: reader.read_edition(book, tmp_path / "out"),
            lambda: reader.csv(book, tmp_path / "out.csv"),
            lambda: reader.json(book, tmp_path / "out.json"),
        ):
            with pytest.raises(Problem, match="would write more than") as caught:
                ask()
            assert caught.value.file == "big.xlsx"
        assert not (tmp_path / "out").exists() and not (tmp_path / "out.csv").exists()
        assert [p.name for p in tmp_path.iterdir() if "part" in p.name or "building" in p.name] == []
        assert reader.read_edition(good, tmp_path / "out").n_rows == 2


def test_the_files_of_an_edition_are_limited_together(tmp_path: Path) -> None:
    import xlsxwriter

    book = tmp_path / "sheets.xlsx"
    with xlsxwriter.Workbook(str(book)) as made:
        for n in range(40):
            made.add_worksheet(f"s{n}").write_column(0, 0, ["列", *(f"甲{n}{i}" for i in range(50))])
    with Reader(written=60_000) as reader:
        with pytest.raises(Problem, match="would write more than"):
            reader.read_edition(book, tmp_path / "out")
        reader.written = None
        assert len(reader.read_edition(book, tmp_path / "out").tables) == 40


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")  # nobody ever writes to it: opening it would wait for ever
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    (tmp_path / "nowhere.csv").symlink_to(tmp_path / "gone")
    with socket.socket(socket.AF_UNIX) as server, Reader(seconds=60) as reader:
        server.bind(str(tmp_path / "socket.csv"))
        for name, words in (
            ("pipe", "is a pipe"), ("folder", "is a folder"), ("zero", "is a device"), ("socket", "is a socket"),
            ("nowhere", "No such file"),
        ):  # fmt: skip
            for ask in (reader.sample, reader.tables, lambda p: reader.read_edition(p, tmp_path / "out")):
                with pytest.raises(Problem, match=words) as caught:
                    ask(tmp_path / f"{name}.csv")
                assert caught.value.file == f"{name}.csv"


def test_an_answer_is_limited(good: Path, tmp_path: Path) -> None:
    # A row that cannot be split is told by its number; a hundred million of them are not.
    torn = tmp_path / "torn.csv"
    torn.write_bytes(b"a,b,c\n" + b'1,"2"x"y,3,4"5,6,7\n"\n' * 2_000)
    code = "import sys; from connectors import child; child.ANSWER = 20_000; child.main(child.MEMORY)"
    with Reader() as reader:
        reader._process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[1],
        )
        with pytest.raises(TooLong, match="oncegrid read FILE -o") as caught:
            reader.read_edition(torn, tmp_path / "out")
        assert caught.value.file == "torn.csv" and not (tmp_path / "out").exists()
        with pytest.raises(TooLong):
            reader.tables(torn)
        reader.json(torn, tmp_path / "torn.json")
        assert json.loads((tmp_path / "torn.json").read_text("utf-8"))[0]["columns"][:3] == ["a", "b", "c"]
        assert reader.read_edition(good, tmp_path / "out").n_rows == 2


def test_a_child_that_never_stops_talking_is_ended(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.child.ANSWER", 1 << 20)
    with Reader(seconds=60) as reader:
        reader._process = subprocess.Popen(
            [sys.executable, "-c", "import os\nwhile True: os.write(1, b'x' * 65536)"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        with pytest.raises(Crashed):
            reader.read_edition(good, tmp_path / "out")
        assert reader.read_edition(good, tmp_path / "out").n_rows == 2


def test_reading_starts_no_program_and_opens_no_connection(good: Path, tmp_path: Path) -> None:
    code = """
import json, socket, subprocess, sys
from connectors import limits
limits.confine(0)
def tries():
    told = []
    for attempt in (lambda: subprocess.run(["true"]), lambda: socket.create_connection(("127.0.0.1", 9), 1)):
        try:
            attempt()
            told.append("done")
        except OSError as error:
            told.append(type(error).__name__)
    return told
limits.begin(60, 1 << 20, file=True)
first = tries()
limits.begin(60, 1 << 20, file=False)
print(json.dumps([first, tries()]))
"""
    root = Path(__file__).parents[1]
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=root, check=True)
    reading, pulling = json.loads(shown.stdout)
    assert reading == ["PermissionError", "PermissionError"]
    assert pulling[0] == "done" and pulling[1] != "PermissionError"


def test_memory_is_limited(good: Path, tmp_path: Path) -> None:
    many = tmp_path / "many.csv"
    many.write_bytes(b"a,b\n" + b"1,2\n" * 5_000_000)
    with Reader(memory=700 << 20) as reader:
        with pytest.raises(TooBig, match=r"needs more memory than 0\.7 GiB"):
            reader.tables(many)
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
