"""A batch: rows to records, outcomes, issues, counts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_batches import Batches

from schemas.problem import Problem

PEOPLE = """
source: people
title: 人员
agency: 公安局
feeds: [resident]
files: "*.csv"
key: [RYBH]
where: {JLBZ: ["1"]}
deleted: {column: CZBS, values: [D]}
columns:
  name: XM
  id_number: GMSFHM
  sex: {from: XB, codes: {"0": 男, "1": 女}}
  birth_date: CSRQ
  live_address: XZZ
  building: LD
  phone: DH
  remark: BZ
ignore: [GXSJ]
headers: {XM: [姓名]}
"""
HEADER = ["RYBH", "XM", "GMSFHM", "XB", "CSRQ", "XZZ", "LD", "DH", "BZ", "JLBZ", "CZBS", "GXSJ"]


def row(key: str | None, name: str | None = "张三", **more: str) -> list[str | None]:
    cells: dict[str, str | None] = {"RYBH": key, "XM": name, "JLBZ": "1", **more}
    return [cells.get(column) for column in HEADER]


def test_rows_become_typed_records(batches: Batches) -> None:
    part = batches.part(
        HEADER,
        [
            row(" A1　", "张　三（户主）", GMSFHM="370602199003120113", XB="0", CSRQ="1990.3",
                XZZ="中山区阳光花园3号楼2单元501室", LD="5栋", DH="13912345678、88881234", BZ="2025年3月死亡"),
        ],
    )  # fmt: skip
    result = batches.run(batches.source(PEOPLE), batches.edition(part))
    columns = (
        "record_key, record_no, as_of, row_number, name, name_key, id_number, id_status, id_type, sex, birth_date, "
        "birth_date_precision, live_estate, live_building, live_unit, live_room, phone, phones, status, remark"
    )
    assert batches.rows(result, "resident_core", columns) == [
        (
            "A1", 0, date(2026, 6, 1), 2, "张三", "张三", "370602199003120113", "ok", "111", "1", date(1990, 3, 1), "month",
            "阳光花园", "5", "2", "501", "13912345678", "13912345678,0411-88881234", "deceased", "2025年3月死亡；(户主)",
        )
    ]  # fmt: skip
    assert result.counts["e1"].kept == 1
    assert result.batch.startswith("core-people/")


def test_every_row_has_an_outcome(batches: Batches) -> None:
    rows = [
        row("A1"), row("A2", JLBZ="0"), row(None), row("A3", CZBS="D"), row("A4", "李四"), row("A4", "李四"), row("A5", "王"),
        row("A5", "赵"), row("A6", None),
    ]  # fmt: skip
    result = batches.run(batches.source(PEOPLE), batches.edition(batches.part(HEADER, rows)))
    outcomes = batches.rows(result, "row_outcome", "row_number, outcome, why", "row_number")
    assert outcomes == [
        (2, "kept", None), (3, "skipped", "where"), (4, "rejected", "empty_key"), (5, "skipped", "deleted"),
        (6, "skipped", "repeated_key"), (7, "kept", None), (8, "skipped", "repeated_key"), (9, "kept", None),
        (10, "skipped", "no_record"),
    ]  # fmt: skip
    counts = result.counts["e1"]
    assert (counts.kept, counts.skipped, counts.rejected) == (3, 5, 1)
    assert counts.skips == {"where": 1, "deleted": 1, "repeated_key": 2, "no_record": 1}
    assert batches.rows(result, "withdrawal", "record_key") == [("A3",)]
    issues = batches.rows(result, "issue", "row_number, code, severity", "row_number")
    assert issues == [(4, "key_empty", "error"), (8, "key_repeated_differs", "warning")]
    assert batches.rows(result, "resident_core", "record_key, name") == [
        ("A1", "张三"),
        ("A4", "李四"),
        ("A5", "赵"),
    ]


def test_a_withdrawal_takes_an_earlier_row_of_the_same_file(batches: Batches) -> None:
    part = batches.part(HEADER, [row("A1"), row("A1", CZBS="D"), row("A2", CZBS="D"), row("A2")])
    result = batches.run(batches.source(PEOPLE), batches.edition(part))
    assert batches.rows(result, "resident_core", "record_key, row_number") == [("A2", 5)]
    assert batches.rows(result, "withdrawal", "record_key") == [("A1",)]


def test_files_with_other_headers_are_one_batch(batches: Batches) -> None:
    one = batches.edition(batches.part(HEADER, [row("A1")]), name="e1")
    header = ["姓名", "rybh ", "基本信息/GMSFHM", *HEADER[3:]]
    two = batches.edition(
        batches.part(
            header, [["李四", "A1", "110105194912310 02X", *[None] * 6, "1", None, None]], sheet="表1"
        ),
        name="e2",
    )
    result = batches.run(batches.source(PEOPLE), one, two)
    assert batches.rows(result, "resident_core", "edition_id, name, id_number, sheet") == [
        ("e1", "张三", None, None), ("e2", "李四", "11010519491231002X", "表1"),
    ]  # fmt: skip
    assert {e: c.kept for e, c in result.counts.items()} == {"e1": 1, "e2": 1}


def test_a_mapped_column_that_no_file_has_is_told(batches: Batches) -> None:
    part = batches.part(["RYBH", "姓名", "GMSFHN", *HEADER[3:]], [row("A1")])
    with pytest.raises(Problem) as caught:
        batches.run(batches.source(PEOPLE), batches.edition(part))
    assert "column mapped that no file has" in caught.value.en
    for word in ("GMSFHM", "id_number", "GMSFHN"):
        assert word in caught.value.en and word in caught.value.zh


def test_a_column_that_only_some_files_have_is_an_issue(batches: Batches) -> None:
    full = batches.edition(batches.part(HEADER, [row("A1")]), name="e1")
    short = [column for column in HEADER if column != "DH"]
    without = batches.edition(
        batches.part(short, [[c for c, h in zip(row("A2"), HEADER, strict=True) if h != "DH"]]), name="e2"
    )
    result = batches.run(batches.source(PEOPLE), full, without)
    assert batches.rows(result, "issue", "edition_id, field, code, row_number") == [
        ("e2", "DH", "column_missing", None)
    ]
    assert not result.objections


def test_a_file_without_the_key_is_held(batches: Batches) -> None:
    good = batches.edition(batches.part(HEADER, [row("A1")]), name="e1")
    bad = batches.edition(batches.part(HEADER[1:], [row("A2")[1:]]), name="e2")
    result = batches.run(batches.source(PEOPLE), good, bad)
    assert list(result.objections) == ["e2"] and "RYBH" in result.objections["e2"].zh
    assert result.counts["e2"].rejects == {"empty_key": 1}


@pytest.mark.parametrize("strict", [False, True])
def test_a_new_column_is_an_issue_and_holds_only_if_strict(batches: Batches, strict: bool) -> None:
    part = batches.part([*HEADER, "血型", "列14"], [[*row("A1"), "A", None]])
    source = batches.source(PEOPLE + ("strict: true\n" if strict else ""))
    result = batches.run(source, batches.edition(part))
    assert batches.rows(result, "issue", "field, code, severity") == [("血型", "column_new", "warning")]
    assert result.new_columns == {"e1": ("血型",)}
    assert list(result.objections) == (["e1"] if strict else [])


def test_an_unknown_code_is_shown_where_ten_records_share_it(batches: Batches) -> None:
    rows = [row(f"A{n}", XB="未说明的") for n in range(10)] + [row(f"B{n}", XB="张小明") for n in range(9)]
    result = batches.run(batches.source(PEOPLE), batches.edition(batches.part(HEADER, rows)))
    found = sorted(
        {v for v, code in batches.rows(result, "issue", "value_masked, code") if code == "code_unknown"}
    )
    assert found == ["张*(3)", "未说明的"]


def test_issues_name_the_cell_and_hide_the_value(batches: Batches) -> None:
    part = batches.part(
        HEADER,
        [row("A1", GMSFHM="370602199003120114", CSRQ="1990-02-30", XB="7", DH="12"), row("A2", XB="张小明")],
        sheet="表1", first=4,
    )  # fmt: skip
    result = batches.run(batches.source(PEOPLE), batches.edition(part))
    found = batches.rows(
        result, "issue", "sheet, row_number, field, code, severity, value_masked", "row_number, field"
    )
    assert found == [
        ("表1", 4, "birth_date", "date_invalid", "error", "19***(10)"),
        ("表1", 4, "id_number", "id_bad_checksum", "error", "370***4(18)"),
        ("表1", 4, "phone", "phone_invalid", "warning", "1*(2)"),
        ("表1", 4, "sex", "code_unknown", "error", "7"),
        ("表1", 5, "sex", "code_unknown", "error", "张*(3)"),
    ]


def test_the_sources_own_codes_win(batches: Batches) -> None:
    rows = [row("A1", XB="0"), row("A2", XB="1"), row("A3", XB="2"), row("A4", XB="女"), row("A5", XB="")]
    result = batches.run(batches.source(PEOPLE), batches.edition(batches.part(HEADER, rows)))
    # 2 is 女 in the standard's list, but not in this source's codes: never read by another's list.
    assert batches.rows(result, "resident_core", "record_key, sex") == [
        ("A1", "1"), ("A2", "2"), ("A3", None), ("A4", "2"), ("A5", None),
    ]  # fmt: skip


def test_numbers_that_a_spreadsheet_cut(batches: Batches) -> None:
    ids = ["370602199003120000", "370602198811230000", "370602197705060000"]
    rows = [row(f"A{n}", GMSFHM=one) for n, one in enumerate([*ids, _by_chance(), "370602199003120113"])]
    long = [None] * 4 + ["|GMSFHM|"]
    result = batches.run(batches.source(PEOPLE), batches.edition(batches.part(HEADER, rows, long=long)))
    assert batches.rows(result, "resident_core", "id_status, id_number") == [("excel000", None)] * 4 + [
        ("float_rounded", None)
    ]
    assert len(batches.rows(result, "issue", "row_number, code")) == 5


def test_one_such_id_alone_is_left_as_it_is(batches: Batches) -> None:
    result = batches.run(
        batches.source(PEOPLE), batches.edition(batches.part(HEADER, [row("A1", GMSFHM=_by_chance())]))
    )
    assert batches.rows(result, "resident_core", "id_status, id_number") == [("ok", _by_chance())]


def _by_chance() -> str:
    """An id that ends in 000 and passes the check."""
    bases = (f"37060219{year}0312{n}00" for year in range(50, 99) for n in range(10))
    return next(base + "0" for base in bases if _checks(base) == "0")


def _checks(base: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(a) * b for a, b in zip(base, weights, strict=True)) % 11]


FAMILY = """
source: family
title: 家庭
agency: 民政局
feeds: [household, resident, benefit]
files: "*.xlsx"
columns:
  household_no: 户号
  head_name: 户主
  live_address: 住址
  program: {const: 低保}
  amount: 金额
each:
  numbers: 1..3
  feeds: [resident]
  columns: {name: "姓名{n}", id_number: "证号{n}"}
"""


def test_several_records_from_one_row(batches: Batches) -> None:
    header = ["户号", "户主", "住址", "金额", "姓名1", "证号1", "姓名2", "证号2", "姓名3", "证号3"]
    rows = [
        [
            "H1",
            "张三",
            "中山区松江街5号2-3-4",
            "1,200元",
            "张三",
            "370602199003120113",
            "李四",
            None,
            None,
            " ",
        ],
        ["H2", "王五", None, None, "王五", None, None, None, "赵六", None],
    ]
    result = batches.run(batches.source(FAMILY), batches.edition(batches.part(header, rows)))
    people = batches.rows(result, "resident_core", "household_no, record_no, name, live_room")
    assert people == [
        ("H1", 1, "张三", "304"), ("H1", 2, "李四", "304"), ("H2", 1, "王五", None), ("H2", 3, "赵六", None),
    ]  # fmt: skip
    homes = batches.rows(
        result, "household_core", "household_no, head_name, amount, live_unit, record_no", "household_no"
    )
    assert [(h[0], h[1], h[3], h[4]) for h in homes] == [("H1", "张三", "2", 0), ("H2", "王五", None, 0)]
    assert float(homes[0][2]) == 1200.0
    keys = batches.rows(result, "resident_core", "count(distinct record_key), min(length(record_key))", "1")
    assert keys == [(2, 24)]
    same = batches.store.rows(
        f"select count(*) from {result.stage.scan('resident_core')} r join {result.stage.scan('household_core')} h using (record_key)"
    )
    assert same == [(4,)]
    assert result.counts["e1"].kept == 2


def test_without_a_key_equal_people_are_one_record_and_the_name_is_stable(batches: Batches) -> None:
    text = """
source: roster
title: 名册
agency: 街道
feeds: [resident]
files: "*.xlsx"
columns: {name: 姓名, id_number: 身份证号, phone: 电话}
"""
    header = ["姓名", "身份证号", "电话"]
    first = batches.edition(
        batches.part(
            header, [["张三", "370602199003120113", "1"], ["张三", "370602199003120113", "2"], [None] * 3]
        )
    )
    result = batches.run(batches.source(text), first)
    assert result.counts["e1"].skips == {"repeated_key": 1} and result.counts["e1"].rejects == {
        "empty_key": 1
    }
    key = batches.rows(result, "resident_core", "record_key")[0][0]
    later = batches.edition(batches.part(header, [["张三", " 370602199003120113", "13912345678"]]), name="e2")
    again = batches.run(batches.source(text), later)
    assert batches.rows(again, "resident_core", "record_key") == [(key,)]


def test_join_slice_and_const(batches: Batches) -> None:
    text = """
source: disabled
title: 残疾人
agency: 残联
feeds: [resident, benefit]
files: "*.xls"
key: [残疾证号, 户号]
columns:
  disability_no: {from: 残疾证号, slice: [0, 20]}
  id_number: {from: 残疾证号, slice: [0, 18]}
  disability_type: {from: 残疾证号, slice: [18, 19]}
  disability_level: {from: 残疾证号, slice: [19, 20]}
  name: 姓名
  live_address: {join: [小区, 楼, 室], sep: ""}
  program: {const: 残疾人补贴}
  status: {from: 状态, codes: {"9": ended, "": active}}
"""
    header = ["残疾证号", "户号", "姓名", "小区", "楼", "室", "状态"]
    rows = [
        ["37060219900312011343B1", None, "张三", "阳光花园", " 3号楼", "501室 ", None],
        [None, " 7", "李四", None, None, None, "9"],
    ]
    result = batches.run(batches.source(text), batches.edition(batches.part(header, rows)))
    assert batches.rows(
        result, "resident_core", "record_key, id_number, disability_type, disability_level, live_address, live_room", "row_number"
    ) == [
        ("37060219900312011343B1|", "370602199003120113", "4", "3", "阳光花园3号楼501室", "501"),
        ("|7", None, None, None, None, None),
    ]  # fmt: skip
    assert batches.rows(result, "benefit_core", "record_key, name, program, benefit_status", "row_number") == [
        ("37060219900312011343B1|", "张三", "残疾人补贴", "active"), ("|7", "李四", "残疾人补贴", "ended"),
    ]  # fmt: skip


def test_fills_and_a_second_run(batches: Batches) -> None:
    source = batches.source(PEOPLE + "bounds: {fill: {phone: 0.9, name: 0.5}}\n")
    edition = batches.edition(
        batches.part(HEADER, [row("A1", DH="13912345678"), row("A2"), row("A3"), row("A4", DH="x")])
    )
    first = batches.run(source, edition)
    assert first.counts["e1"].fills == {"name": 1.0, "phone": 0.25}
    second = batches.run(source, edition)
    assert second.stage.directory == first.stage.directory and second.counts == first.counts


def test_an_edition_without_rows(batches: Batches) -> None:
    result = batches.run(batches.source(PEOPLE), batches.edition())
    assert batches.rows(result, "resident_core") == [] and result.counts["e1"].kept == 0


def test_the_number_and_the_birth_date_differ(batches: Batches) -> None:
    rows = [
        row("A1", GMSFHM="370602199003120113", CSRQ="1991-03-12", XB="1"),
        row("A2", GMSFHM="370602199003120113", CSRQ="1991.3"),
    ]
    result = batches.run(batches.source(PEOPLE), batches.edition(batches.part(HEADER, rows)))
    assert batches.rows(result, "issue", "row_number, field, code", "field") == [
        (2, "birth_date", "id_birth_conflict"), (2, "sex", "id_sex_conflict"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("remark", "status"),
    [
        ("已故", "deceased"), ("2025-03-01病故", "deceased"), ("本人已死亡", "deceased"), ("2024年迁往沈阳", "moved_out"),
        ("丈夫已故", None), ("未迁出", None), ("拟迁出", None), ("其子死亡", None), ("独居", None), ("配偶去世，独居", None),
        ("低保户；已死亡", "deceased"), ("已搬走", "moved_out"), ("2020年迁入", None), ("父母双亡", None), (None, None),
    ],
)  # fmt: skip
def test_a_remark_that_speaks_of_the_person(batches: Batches, remark: str | None, status: str | None) -> None:
    part = batches.part(HEADER, [row("A1", **({"BZ": remark} if remark else {}))])
    result = batches.run(batches.source(PEOPLE), batches.edition(part))
    assert batches.rows(result, "resident_core", "status") == [(status,)]


ROSTER = """
source: roster
title: 网格名册
agency: 综治
feeds: [resident]
files: "*.xlsx"
key: [编号]
columns: {name: 姓名, live_address: 住址, estate: 小区, building: 楼, room: 室}
"""


def test_parts_of_their_own_go_before_the_address_as_a_whole(batches: Batches) -> None:
    header = ["编号", "姓名", "住址", "小区", "楼", "室"]
    rows = [
        ["1", "甲一", "阳光花园3号楼2单元501室", "金地里", "5栋", None],
        ["2", "甲二", "松江街5号2单元304", "金地里", None, None],  # left over from the row above
        ["3", "甲三", "3号楼2单元501室", "金地里", None, None],
        ["4", "甲四", None, "金地里", "5", "0301"],
        ["5", "甲五", "阳光花园3号楼2单元501室", None, None, None],
    ]
    result = batches.run(batches.source(ROSTER), batches.edition(batches.part(header, rows)))
    assert batches.rows(result, "resident_core", "record_key, live_estate, live_building, live_unit, live_room") == [
        ("1", "金地里", "5", "2", "501"), ("2", None, None, "2", "304"), ("3", "金地里", "3", "2", "501"), ("4", "金地里", "5", None, "301"),
        ("5", "阳光花园", "3", "2", "501"),
    ]  # fmt: skip


def test_another_sheet_of_the_file_has_no_key(batches: Batches) -> None:
    edition = batches.edition(
        batches.part(HEADER, [row("A1")], sheet="名册"), batches.part(["说明"], [["填表须知"]], sheet="说明")
    )
    result = batches.run(batches.source(PEOPLE), edition)
    assert not result.objections
    assert (result.counts["e1"].kept, result.counts["e1"].rejected, result.counts["e1"].skipped) == (1, 0, 1)
    told = batches.rows(result, "issue", "sheet, code", "all")
    assert ("说明", "table_unknown") in told


def test_a_column_that_one_sheet_lacks_is_an_issue_of_that_sheet(batches: Batches) -> None:
    short = [column for column in HEADER if column != "DH"]
    second = [c for c, h in zip(row("A2"), HEADER, strict=True) if h != "DH"]
    edition = batches.edition(
        batches.part(HEADER, [row("A1")], sheet="一组"), batches.part(short, [second], sheet="二组")
    )
    result = batches.run(batches.source(PEOPLE), edition)
    assert batches.rows(result, "issue", "file, sheet, field, code") == [
        ("e1.csv", "二组", "DH", "column_missing")
    ]


cell_texts = st.none() | st.sampled_from(["", " ", "1", "A1", "A2", "D", "张三", "370602199003120113", "1990-03-12"]) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8
)  # fmt: skip


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(*[cell_texts] * len(HEADER)), max_size=30), number=st.integers(0, 10**9))
def test_the_counts_add_up(batches: Batches, rows: list[tuple[str | None, ...]], number: int) -> None:
    name = f"e{number}"
    result = batches.run(batches.source(PEOPLE), batches.edition(batches.part(HEADER, rows), name=name))
    counts = result.counts[name]
    assert counts.kept + counts.skipped + counts.rejected == len(rows)
    kept = batches.store.rows(
        f"select count(*) from {result.stage.scan('row_outcome')} where outcome = 'kept'"
    )
    assert kept == [(counts.kept,)] == [(len(batches.rows(result, "resident_core", "record_key")),)]
