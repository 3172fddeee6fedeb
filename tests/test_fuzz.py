"""A short run of the fuzzer over every reader: the same few hundred damaged files each time (``make fuzz`` runs long)."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.fuzz.campaign import case, judged
from tests.fuzz.mutate import damaged
from tests.fuzz.seeds import TARGETS, seeds
from tests.hostile import repacked
from tests.table_writers import Writer, ods, parquet, xlsx

CASES = 120
ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("reader", TARGETS)
def test_damaged_files_give_tables_or_a_problem(reader: str, tmp_path: Path) -> None:
    # In a process of its own: workers are forked, which a process with Arrow's threads must not be.
    command = [sys.executable, "-m", "tests.fuzz", reader, "--cases", str(CASES), "--keep", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{CASES} cases" in done.stdout.replace(",", "")


@pytest.mark.parametrize("reader", TARGETS)
def test_cases_are_the_same_each_time_and_differ(reader: str) -> None:
    made = [case(reader, n)[0] for n in range(len(seeds(reader)), 40)]
    assert made == [case(reader, n)[0] for n in range(len(seeds(reader)), 40)]
    assert len(set(made)) > len(made) * 3 // 4


HARNESS = """
import os, signal, time
from connectors.raw import read_edition
from tests.fuzz import oracle
from tests.fuzz.campaign import run

seen = 0

def faulty(path, out, **options):
    global seen
    report = read_edition(path, out, **options)
    seen += 1
    match seen:
        case 2:
            raise KeyError("x")
        case 3:
            report.tables[0].rows_read += 1
        case 4:
            os.kill(os.getpid(), signal.SIGKILL)
    return report

oracle.read_edition = faulty
outcome = run("json_lines", cases=4)
print(sorted((f.case, f.where.split()[0]) for f in outcome.failures.values()))
oracle.read_edition = lambda *_, **__: time.sleep(60)
outcome = run("json_lines", cases=1, limit=0.5)
print([f.where for f in outcome.failures.values()])
"""


def test_the_harness_sees_what_is_wrong() -> None:
    """A reader that raises, that loses a row, that ends the process, that hangs: each is a failure, with its case."""
    done = subprocess.run(
        [sys.executable, "-c", HARNESS], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.splitlines() == [
        "[(1, 'KeyError'), (2, 'Broken'), (3, 'the')]",
        "['no end within 0.5 s']",
    ], done.stderr


def test_damage_stays_small() -> None:
    import random

    data = seeds("xml")[0].data
    assert all(len(damaged(random.Random(n), data, [], "text", "xml")) <= 1 << 20 for n in range(300))


FOUND = {
    # The rows of the second table went to the sink before the first, which has none, was told.
    "a table of broken rows before another": (
        "sql_dump",
        b"Insert into A\x00, X) values ('1');\nInsert into B (X, Y) values ('1','2');\nInsert into B (X, Y) values ('3','4');\n",
    ),
    # Arrow drops a mark at the start of whatever it is given, and takes what is left of it for an empty file.
    "a mark at the end": ("delimited", "a,b\r\n1,2\r\n3,4\r\ufeff".encode()),
    "a line too deep for the parser": ("json_lines", b'{"a":' * 2_000 + b"1" + b"}" * 2_000 + b'\n{"a":1}\n'),
    "a number of five thousand digits": ("json", b'{"n":' + b"9" * 5_000 + b',"list":[{"a":1},{"a":2}]}'),
    "half a character in a name": ("json", b'{"c\\ud800":"x\\ud800","list":[{"a":1},{"a":2}]}'),
    "an encoding that does not exist": (
        "xml", b'<?xml version="1.0" encoding="UTF-1e9"?><d><r><a>1</a></r><r><a>2</a></r></d>'
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found(name: str, tmp_path: Path) -> None:
    reader, data = FOUND[name]
    told = judged(reader, data, {}, tmp_path)
    assert told.get("is") in ("tables", "problem"), told


@pytest.mark.parametrize("writer", [xlsx, ods])
def test_parts_in_an_encoding_that_does_not_exist(writer: Writer, tmp_path: Path) -> None:
    data = writer(["编号", "姓名"], [["1", "张伟"]])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as made:
        for member in archive.namelist():
            text = re.sub(rb"(?i)encoding=.utf-8.", b'encoding="UTF-1e9"', archive.read(member))
            made.writestr(member, text)
    told = judged("xlsx", out.getvalue(), {}, tmp_path)
    assert told.get("is") in ("tables", "problem"), told


def test_parquet_with_names_that_are_no_text(tmp_path: Path) -> None:
    data = parquet(["abcdefgh", "b"], [["1", "2"]])
    told = judged("parquet", data.replace(b"abcdefgh", b"abc\x81\xfffgh"), {}, tmp_path)
    assert told.get("is") == "problem", told


def test_a_cell_beyond_any_sheet(tmp_path: Path) -> None:
    data = repacked(
        xlsx(["编号", "姓名"], [["1", "张伟"]], inline=True),
        xl__worksheets__sheet1_=lambda x: x.replace(b'r="B2"', b'r="B99999999999999999999"'),
    )
    told = judged("xlsx", data, {}, tmp_path)
    assert told.get("is") in ("tables", "problem"), told
