"""A birth date beside the id number of its record: lunar birthdays, days counted from 1904, the century."""

from __future__ import annotations

from datetime import date

from tiny_batches import Batches

SOURCE = """
source: police
title: 登记
agency: 公安
feeds: [resident]
legal_basis: 测试
files: "*.csv"
mode: full
key: [NO]
key_names: person
columns: {name: XM, id_number: SFZ, birth_date: CSRQ, sex: XB}
"""
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def number(day: date) -> str:
    """A valid id number of somebody born on ``day``."""
    first = f"210202{day:%Y%m%d}001"
    return first + "10X98765432"[sum(int(c) * w for c, w in zip(first, WEIGHTS, strict=True)) % 11]


def test_what_the_id_number_says_of_the_birth_date(batches: Batches) -> None:
    serial_1904 = (date(1990, 3, 12) - date(1904, 1, 1)).days
    rows = [
        # id's day, stated, value, issues of the field
        (date(1990, 3, 12), "1990-03-12", date(1990, 3, 12), []),
        (date(1990, 1, 27), "1990-01-01", date(1990, 1, 1), ["date_lunar_suspect"]),
        (date(1949, 8, 24), "19490701", date(1949, 7, 1), ["date_lunar_suspect"]),  # a leap month
        (
            date(1990, 3, 26),
            "1990-02-30",
            None,
            ["date_invalid", "date_lunar_suspect"],
        ),  # no day but a lunar one
        (date(1990, 1, 27), "农历1990年正月初一", date(1990, 1, 27), ["date_lunar"]),
        (date(1990, 3, 12), str(serial_1904), date(1990, 3, 12), ["date_serial", "date_serial_1904"]),
        (date(1990, 3, 12), "32944", date(1990, 3, 12), ["date_serial"]),
        (date(1925, 3, 12), "25-03-12", date(1925, 3, 12), ["date_two_digit_year"]),
        (date(1990, 3, 12), "1990-03-13", date(1990, 3, 13), ["id_birth_conflict"]),
        (date(1990, 3, 12), "1990.3", date(1990, 3, 1), []),
        (date(1990, 3, 12), None, None, []),
    ]
    source = batches.source(SOURCE)
    part = batches.part(
        ["NO", "XM", "SFZ", "CSRQ", "XB"],
        [[str(n), "张三", number(day), stated, "女"] for n, (day, stated, *_) in enumerate(rows)],
    )
    result = batches.run(source, batches.edition(part))
    found = dict(batches.rows(result, "resident_core", "row_number - 2, birth_date"))
    told: dict[int, list[str]] = {}
    for row, code in batches.rows(result, "issue", "row_number - 2, code", "row_number, code"):
        if code.startswith("date") or code == "id_birth_conflict":
            told.setdefault(row, []).append(code)
    assert [(found[n], told.get(n, [])) for n in range(len(rows))] == [
        (value, issues) for _, _, value, issues in rows
    ]


def test_unknown_codes_are_shown_but_nothing_that_may_be_a_number_of_a_person(batches: Batches) -> None:
    source = batches.source(SOURCE)
    wrong = [*["乙"] * 10, "Q7", "13912345678", "这里写的是一段很长的说明文字"]
    part = batches.part(
        ["NO", "XM", "SFZ", "CSRQ", "XB"],
        [[str(n), "张三", number(date(1990, 3, 12)), "1990-03-12", text] for n, text in enumerate(wrong)],
    )
    result = batches.run(source, batches.edition(part))
    counts = batches.store.rows(
        f"select value_masked, count(*) from {result.stage.scan('issue')} where code = 'code_unknown' group by 1 order by 2 desc, 1"
    )
    assert counts[0] == ("乙", 10) and ("Q7", 1) in counts and len(counts) == 4
    assert not {"13912345678", wrong[-1]} & {value for value, _ in counts}
