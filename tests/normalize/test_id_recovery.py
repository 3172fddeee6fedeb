"""Damaged numbers: restored by one person of the same name in another source, and by nothing less."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from warehouse.normalize.id_recovery import restored

ZHANG, OTHER = "370602199003120113", "370602199003120156"
ROUNDED, CUT = "370602199003120128", "370602199003120000"
Record = tuple[str, str, str, str | None, str | None, str]  # source, key, name, status, number or stated, sex


def found(connection: duckdb.DuckDBPyConnection, *records: Record) -> list[tuple[str, str, str, str]]:
    valid = [status in ("ok", "ok_upgraded15") for _, _, _, status, _, _ in records]
    rows = {
        "source": [r[0] for r in records], "edition_id": ["e"] * len(records), "record_key": [r[1] for r in records],
        "record_no": [0] * len(records), "name_key": [r[2] for r in records], "id_status": [r[3] for r in records],
        "id_number": [r[4] if ok else None for r, ok in zip(records, valid, strict=True)],
        "id_stated": [r[4] for r in records], "sex": [r[5] for r in records],
    }  # fmt: skip
    connection.register("records_in", pa.table(rows))
    connection.execute("create or replace temp table recovery_records as select * from records_in")
    connection.unregister("records_in")
    return connection.execute(
        f"select record_key, id_number, damage, found_in from ({restored('recovery_records')}) order by all"
    ).fetchall()


@pytest.mark.parametrize(("damage", "stated"), [("excel000", CUT), ("float_rounded", ROUNDED)])
def test_the_only_number_of_the_name_in_another_source(
    connection: duckdb.DuckDBPyConnection, damage: str, stated: str
) -> None:
    broken: Record = ("b", "1", "张三", damage, stated, "1")
    assert found(connection, broken, ("a", "9", "张三", "ok", ZHANG, "1")) == [("1", ZHANG, damage, "a")]
    assert found(connection, broken, ("a", "9", "李四", "ok", ZHANG, "1")) == []  # another name
    assert found(connection, broken, ("b", "9", "张三", "ok", ZHANG, "1")) == []  # the same source
    same = found(
        connection, broken, ("b", "9", "张三", "ok", ZHANG, "1"), ("c", "8", "张三", "ok", ZHANG, "1")
    )
    assert same == [("1", ZHANG, damage, "c")]
    two = (("a", "9", "张三", "ok", ZHANG, "1"), ("c", "8", "张三", "ok", OTHER, "1"))
    assert found(connection, broken, *two) == []  # two could have been meant
    against: Record = ("b", "1", "张三", damage, stated, "2")
    assert found(connection, against, ("a", "9", "张三", "ok", ZHANG, "1")) == []  # a woman has an even digit
    assert (
        found(connection, ("b", "1", "张三", damage, stated, "9"), ("a", "9", "张三", "ok", ZHANG, "1")) != []
    )


def test_what_cannot_have_become_the_damaged_number(connection: duckdb.DuckDBPyConnection) -> None:
    far: Record = ("a", "9", "张三", "ok", "370602199003120236", "1")  # further away than rounding goes
    assert found(connection, ("b", "1", "张三", "float_rounded", ROUNDED, "1"), far) == []
    text: Record = ("a", "9", "张三", "ok", "11010519491231002X", "2")  # never a number in a spreadsheet
    assert found(connection, ("b", "1", "张三", "excel000", "110105194912310000", "2"), text) == []
    assert (
        found(connection, ("b", "1", "张三", "bad_checksum", CUT, "1"), ("a", "9", "张三", "ok", ZHANG, "1"))
        == []
    )


def test_rounding_that_carries_over(connection: duckdb.DuckDBPyConnection) -> None:
    meant = next(
        f"37060219900312{n}"
        for n in range(1990, 2010)
        if int(float(f"37060219900312{n}")) // 1000 != int(f"37060219900312{n}") // 1000
    )
    rounded = str(int(float(meant)))
    assert rounded[:15] != meant[:15]
    records: list[Record] = [
        ("b", "1", "张三", "float_rounded", rounded, "9"),
        ("a", "9", "张三", "ok", meant, "1"),
    ]
    assert found(connection, *records) == [("1", meant, "float_rounded", "a")]
