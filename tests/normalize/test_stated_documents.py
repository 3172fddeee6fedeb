"""Documents that several cells of a row speak of: the stated kind, certificates beside numbers, keys of names."""

from __future__ import annotations

from tiny_batches import Batches

from schemas.derive import audience_columns
from schemas.model import schema

SOURCE = """
source: papers
title: 证件
agency: 公安局
feeds: [resident]
files: "*.csv"
key: [BH]
columns:
  name: XM
  id_number: ZJHM
  id_type: {from: ZJLX, codes: {"5": 台胞证}}
  disability_no: CJZH
"""
HEADER = ["BH", "XM", "ZJLX", "ZJHM", "CJZH"]
ZHANG = "370602199003120113"


def test_the_stated_kind_lets_a_number_stand_or_contradicts_it(batches: Batches) -> None:
    rows = [
        ["1", "陈一", "5", "83012345", None], ["2", "陈二", None, "83012345", None], ["3", "陈三", "护照", ZHANG, None],
        ["4", "陈四", "户口簿", ZHANG, None], ["5", "Mary Smith", "外国护照", "C01X00T47", None],
    ]  # fmt: skip
    result = batches.run(batches.source(SOURCE), batches.edition(batches.part(HEADER, rows)))
    assert batches.rows(result, "resident_core", "record_key, id_type, id_number, id_status", "record_key") == [
        ("1", "511", "83012345", "other_document"), ("2", None, None, "length_error"), ("3", "414", ZHANG, "ok"),
        ("4", "113", ZHANG, "ok"), ("5", "417", "C01X00T47", "other_document"),
    ]  # fmt: skip
    assert batches.rows(result, "issue", "row_number, field, code", "row_number, code") == [
        (3, "id_number", "id_length_error"), (4, "id_type", "id_type_conflict"),
    ]  # fmt: skip


def test_a_certificate_says_what_its_record_leaves_open(batches: Batches) -> None:
    rows = [
        ["1", "张三", None, None, f"{ZHANG}43B1"], ["2", "张三", None, ZHANG, f"{ZHANG}43"],
        ["3", "李四", None, "370602195503120111", f"{ZHANG}12"], ["4", "王五", None, "370602199003120114", f"{ZHANG}43"],
        ["5", "赵六", None, "无", "鲁残证001号"],
    ]  # fmt: skip
    result = batches.run(batches.source(SOURCE), batches.edition(batches.part(HEADER, rows)))
    columns = "record_key, id_type, id_number, id_status, disability_no, disability_type, disability_level"
    assert batches.rows(result, "resident_core", columns, "record_key") == [
        ("1", "111", ZHANG, "ok", f"{ZHANG}43B1", "4", "3"),
        ("2", "111", ZHANG, "ok", f"{ZHANG}43", "4", "3"),
        ("3", "111", "370602195503120111", "ok", f"{ZHANG}12", "1", "2"),
        ("4", None, None, "bad_checksum", f"{ZHANG}43", "4", "3"),
        ("5", None, None, "placeholder", None, None, None),
    ]
    assert batches.rows(result, "issue", "row_number, field, code", "row_number, code") == [
        (4, "disability_no", "disability_no_conflict"), (5, "id_number", "id_bad_checksum"),
        (6, "disability_no", "disability_no_invalid"), (6, "id_number", "id_placeholder"),
    ]  # fmt: skip


def test_a_certificate_is_enough_where_no_number_is_mapped(batches: Batches) -> None:
    text = SOURCE.replace("  id_number: ZJHM\n", "").replace(
        '  id_type: {from: ZJLX, codes: {"5": 台胞证}}\n', ""
    )
    part = batches.part(["BH", "XM", "CJZH"], [["1", "張三", f"{ZHANG}43"], ["2", "李四", None]])
    result = batches.run(batches.source(text), batches.edition(part))
    columns = "name, name_key, name_pinyin, id_type, id_number, id_status, disability_type, disability_level"
    assert batches.rows(result, "resident_core", columns, "record_key") == [
        ("張三", "张三", "zhang san", "111", ZHANG, "ok", "4", "3"),
        ("李四", "李四", "li si", None, None, "missing", None, None),
    ]


def test_keys_of_names_are_for_linkage_alone() -> None:
    fields = schema().fields
    secret = {"name_key", "name_pinyin", "disability_no", "student_no"}
    assert all(
        fields[name].sensitivity == "identifying" and fields[name].analyst == "drop" for name in secret
    )
    for table in schema().tables.values():
        if "analyst" in table.audiences:
            assert not {column.name for column in audience_columns(table, "analyst")} & secret, table.name
