"""A front table (前置库) end to end: batches, I/U/D flags, a fetched flag; from pulls on several nights to the records that stand.

What a pull brings is a delta: the last row of a record counts, whatever the order in which rows lie in the table, and
a row with the flag D withdraws it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from agency import Agency, agency_at

from pipelines.new_workspace import make_workspace
from pipelines.night import Night
from warehouse.workspace import Workspace

SOURCE = """\
source: renshe
title: 参保人员前置表
agency: 某市人社局
feeds: [resident]
legal_basis: 数据共享协议
database:
  url_env: FRONT_URL
  table: t_front
  {more}
mode: delta
key: [AAC001]
deleted: {{column: CZBS, values: ["D"]}}
columns:
  name: AAC003
  id_number: AAC002
  sex: AAC004
ignore: [{ignored}]
"""
IDS = {"1": "11010519491231002X", "2": "440524188001010014", "3": "370602195503120111"}
CREATE = (
    "CREATE TABLE t_front (pch BIGINT, xh INTEGER, czbs CHAR(1), aac001 VARCHAR(20), aac002 VARCHAR(18), aac003 VARCHAR(40), "
    "aac004 CHAR(1), sfcq CHAR(1))"
)


@dataclass
class Front:
    """A workspace with one source that pulls from an agency's front table."""

    root: Path
    agency: Agency

    def put(self, batch: int, *rows: tuple[int, str, str, str]) -> None:
        """Rows (sequence, flag, person, name) of a batch."""
        self.agency.run(
            "INSERT INTO t_front VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *((batch, n, flag, person, IDS[person], name, "1" if int(IDS[person][16]) % 2 else "2", "0") for n, flag, person, name in rows),
        )  # fmt: skip

    def night(self, day: int) -> tuple[dict[str, str], int]:
        """Land, read and normalize on that day. Person → name of the records that stand, and how many editions do."""
        with Night(Workspace(self.root), as_of=dt.date(2024, 11, day)) as night:
            [source] = night.sources
            night.land(source)
            night.read(source)
            night.normalize(source)
            state = night.ledger.source_states().get("renshe")
            assert state is None or state.problem is None, state
            records = night.city.records("resident")
            found = (
                dict(night.store.rows(f"select record_key, name from {records} order by 1"))
                if records
                else {}
            )
            return found, len(night.city.editions.get("renshe", []))


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def agency(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Agency]:
    make_workspace(tmp_path / "w", "测试市")
    with agency_at(request.param, tmp_path / "w") as made:
        made.run(CREATE)
        yield made


def front(agency: Agency, monkeypatch: pytest.MonkeyPatch, more: str) -> Front:
    (agency.root / "sources/renshe.yaml").write_text(
        SOURCE.format(more=more, ignored="" if "SFCQ" in more else "SFCQ"), "utf-8"
    )
    monkeypatch.setenv("FRONT_URL", agency.told)
    return Front(agency.root, agency)


def test_batches_flags_and_withdrawals(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    made = front(agency, monkeypatch, "cursor: PCH\n  order: [PCH, XH]")
    # As numbers 9 comes before 10; as texts it does not. The rows lie in any order.
    made.put(10, (2, "U", "1", "张伟三"), (1, "U", "1", "张伟二"))
    made.put(
        9, (9, "I", "1", "张伟一"), (10, "I", "2", "王秀英"), (11, "I", "3", "李娜"), (12, "D", "3", "李娜")
    )
    assert made.night(1) == ({"1": "张伟三", "2": "王秀英"}, 1)
    # The next night: the last batch comes again with what is new in it, and one is withdrawn.
    made.put(10, (3, "U", "1", "张伟四"))
    made.put(11, (1, "I", "3", "李娜娜"), (2, "D", "2", "王秀英"))
    assert made.night(2) == ({"1": "张伟四", "3": "李娜娜"}, 2)
    # Nothing new: nothing changes.
    assert made.night(3) == ({"1": "张伟四", "3": "李娜娜"}, 2)
    # I, U and D in one batch; another who was withdrawn comes back.
    made.put(
        12,
        (3, "D", "1", "张伟五"),
        (2, "U", "1", "张伟五"),
        (1, "U", "3", "李娜三"),
        (4, "I", "2", "王秀英二"),
    )
    assert made.night(4) == ({"2": "王秀英二", "3": "李娜三"}, 3)


def test_only_rows_that_nobody_has_fetched(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    made = front(agency, monkeypatch, 'order: [PCH, XH]\n  fetched: {column: SFCQ, values: ["0", ""]}')
    made.put(1, (1, "I", "1", "张伟"), (2, "I", "2", "王秀英"))
    assert made.night(1) == ({"1": "张伟", "2": "王秀英"}, 1)
    # The exchange marks what was fetched, and empties the table: nobody is gone for that.
    agency.run("UPDATE t_front SET sfcq = '1'")
    agency.run(
        "INSERT INTO t_front SELECT pch, 3, 'U', aac001, aac002, 'nobody', aac004, '1' FROM t_front WHERE xh = 1"
    )
    made.put(2, (1, "D", "2", "王秀英"))
    agency.run("UPDATE t_front SET sfcq = NULL WHERE czbs = 'D'")
    assert made.night(2) == ({"1": "张伟"}, 2)
    agency.run("DELETE FROM t_front")
    assert made.night(3) == ({"1": "张伟"}, 2)
    assert agency.value("SELECT count(*) FROM t_front") == 0  # and nothing was ever written there
