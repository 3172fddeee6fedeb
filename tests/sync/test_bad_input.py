"""Bad input: each with a clear message, the exit status of the contract, and nothing lost."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
import zipfile

import pytest
from sync.conftest import PEOPLE, City

SECOND = PEOPLE.replace("source: police", "source: civil").replace("公安局", "民政局")


def only_the_broken_one_suffers(city: City, source: str, *words: str) -> dict[str, object]:
    """A sync that ends with status 1, the good source published, the broken one named with a reason."""
    status, summary = city.sync()
    assert status == 1, summary
    assert city.query("select count(*) from resident_record where source = 'police'") == [(10,)]
    row = city.row(summary, source)
    text = " ".join(row["reasons"])
    assert row["status"] == "failed" and all(word in text for word in words), text
    return row


def test_missing_inbox(city: City) -> None:
    city.source("civil", SECOND)
    only_the_broken_one_suffers(city, "civil", "inbox/civil", "missing")


def test_no_file_matches(city: City) -> None:
    city.source("civil", SECOND)
    city.drop("civil", "other.txt", "x")
    only_the_broken_one_suffers(city, "civil", "CZRK_*.csv")


def test_unknown_key_in_yaml(city: City) -> None:
    city.source("civil", SECOND + "colums: {}\n")
    city.drop("civil", "CZRK_20241101.csv", "x")
    row = only_the_broken_one_suffers(city, "civil", "colums", "columns")
    assert "civil.yaml:14" in str(row["reason"])


def test_yaml_of_the_wrong_type(city: City) -> None:
    city.source("civil", SECOND.replace("rows: [1, 1000]", "rows: many"))
    only_the_broken_one_suffers(city, "civil", "civil.yaml")


def test_column_mapped_that_no_file_has(city: City) -> None:
    city.source("civil", SECOND.replace("sex: 性别", "sex: 性別代码"))
    city.drop("civil", "CZRK_20241101.csv", (city.root / "inbox/police/CZRK_20241101.csv").read_bytes())
    only_the_broken_one_suffers(city, "civil", "性別代码", "sex")


def test_empty_file(city: City) -> None:
    city.source("civil", SECOND)
    city.drop("civil", "CZRK_20241101.csv", b"")
    only_the_broken_one_suffers(city, "civil", "CZRK_20241101.csv")


def test_wrong_extension_is_read_by_content(city: City) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for line in ("人员编号,姓名,身份证号,性别", "A1,李四,,男", "A2,王五,,女"):
        book.active.append(line.split(","))
    file = io.BytesIO()
    book.save(file)
    city.source("civil", SECOND)
    city.drop("civil", "CZRK_20241101.csv", file.getvalue())
    status, summary = city.sync()
    assert status == 0, summary
    assert city.query("select format from edition where source = 'civil'") == [("excel",)]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_file_of_another_encoding(city: City, encoding: str) -> None:
    city.source("civil", SECOND)
    city.drop(
        "civil",
        "CZRK_20241101.csv",
        "人员编号,姓名,身份证号,性别\nA1,李四,,男\nA2,王五,,女\n".encode(encoding),
    )
    status, summary = city.sync()
    assert status == 0, summary
    assert city.query("select name from resident_record where source = 'civil' order by 1") == [
        ("李四",),
        ("王五",),
    ]


def test_truncated_xlsx(city: City) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>" * 100)
    city.source("civil", SECOND)
    city.drop("civil", "CZRK_20241101.csv", file.getvalue()[:60])
    only_the_broken_one_suffers(city, "civil", "CZRK_20241101.csv", "damaged")


def test_two_different_files_for_one_date_and_part(city: City) -> None:
    city.source("civil", SECOND + 'part: {pattern: "_(\\\\d{9})"}\n')
    one = "人员编号,姓名,身份证号,性别\nA1,李四,,男\n"
    city.drop("civil", "CZRK_20241101_210202001.csv", one)
    city.drop("civil", "CZRK_20241101_210202001新.csv", one + "A2,王五,,女\n")
    row = only_the_broken_one_suffers(city, "civil", "different files for the same date")
    edition = str(row["reasons"][0]).split(":")[0]  # type: ignore[index]
    assert city.run("edition", "reject", edition, "--reason", "an older export").exit_code == 0
    status, summary = city.sync()
    assert status == 0, summary
    assert city.query("select count(*) from edition where source = 'civil' and status = 'kept'") == [(1,)]


def test_a_shrunk_edition_is_held_and_released_by_a_persons_word(city: City) -> None:
    city.sync()
    city.people(2, rows=5)
    status, summary = city.sync()
    row = city.row(summary)
    assert (status, row["status"], row["as_of"]) == (1, "stale", "2024-11-01")
    assert city.query("select count(*) from resident_record") == [(10,)]
    listed = city.run("edition", "list", "--json").stdout
    assert "bounds.drop" in listed
    edition = next(word for word in listed.split('"') if word.startswith("police-20241102"))
    assert city.run("edition", "accept", edition, "--reason", "two streets were merged").exit_code == 0
    status, summary = city.sync()
    assert (status, city.row(summary)["as_of"]) == (0, "2024-11-02")
    assert city.query("select count(*) from resident_record") == [(5,)]


def test_a_file_still_being_written_is_left_for_the_next_run(city: City) -> None:
    city.sync()
    path = city.people(2, rows=11)
    soon = time.time() + 2.5  # a slow machine takes seconds to begin to look
    os.utime(path, (soon, soon))
    status, summary = city.sync()
    assert (status, summary["changed"]) == (0, False)
    os.utime(path, (time.time() - 600, time.time() - 600))
    status, summary = city.sync()
    assert (status, city.row(summary)["rows_kept"]) == (0, 11)


def test_a_reissued_file_replaces_visibly(city: City) -> None:
    city.sync()
    city.people(1, rows=10, note="新")
    status, _ = city.sync()
    assert status == 0
    assert sorted(city.query("select status from edition")) == [("kept",), ("replaced",)]
    assert city.query("select count(*) from resident_record where name like '%新'") == [(10,)]


def test_broken_settings_change_nothing(city: City) -> None:
    (city.root / "oncegrid.yaml").write_text("city: x\ntimezone: Mars/Olympus\n", "utf-8")
    result = city.run("sync")
    assert result.exit_code == 2 and "timezone" in result.stderr
    assert not list((city.root / "landing").iterdir())


def test_unknown_source_is_a_usage_error(city: City) -> None:
    result = city.run("sync", "--source", "nobody")
    assert result.exit_code == 2 and "police" in result.stderr


def test_nothing_to_publish_is_status_3(empty_city: City) -> None:
    empty_city.source("police", PEOPLE)
    result = empty_city.run("sync")
    assert result.exit_code == 3 and "nothing was published" in result.stderr


def test_inbox_without_a_source_is_told_and_never_guessed(city: City) -> None:
    city.drop("weijian", "a.csv", "x,y\n1,2\n")
    status, summary = city.sync()
    assert status == 0 and "oncegrid infer inbox/weijian" in summary["notes"][0]


def test_a_second_sync_while_one_runs(city: City) -> None:
    city.sync()
    code = "import sys,time\nfrom pathlib import Path\nfrom warehouse.lock import write_lock\nfrom warehouse.workspace import Workspace\n"
    code += "with write_lock(Workspace(Path(sys.argv[1])), 'sync'):\n    print('held', flush=True)\n    time.sleep(60)"
    other = subprocess.Popen([sys.executable, "-c", code, str(city.root)], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        result = city.run("sync")
        assert result.exit_code == 3 and f"pid {other.pid}" in result.stderr
        assert city.run("status").exit_code == 0
        assert city.run("sql", "select count(*) from resident").exit_code == 0
    finally:
        other.kill()
        other.wait()


def test_disk_full_while_publishing_leaves_the_old_snapshot(city: City) -> None:
    _, first = city.sync()
    city.people(2, rows=11)
    code = (
        "import resource, sys\nfrom pathlib import Path\nimport warehouse.publish.publishing as p\n"
        "build = p._build\n"
        "def full(*a):\n    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n    return build(*a)\n"
        "p._build = full\nimport signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "sys.argv = ['oncegrid', '-w', sys.argv[1], 'sync']\nimport oncegrid\noncegrid.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(city.root)],
        capture_output=True,
        text=True,
        env=os.environ | {"ONCEGRID_LANG": "en"},
    )
    assert done.returncode == 3, done.stderr
    assert "last snapshot" in done.stderr or "last version" in done.stderr
    assert city.query("select count(*) from resident") == [(10,)]
    status, summary = city.sync()
    assert status == 0 and summary["version"] != first["version"]
    assert city.query("select count(*) from resident") == [(11,)]
