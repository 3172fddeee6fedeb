"""Drafts from files shaped as agencies export them: they load, and name the right field for the right reason."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from connectors.drafting.file_names import read_names
from connectors.drafting.kinds import read_table_as
from connectors.drafting.profile import Profile, is_resident_number
from connectors.infer import infer
from schemas.problem import Problem
from schemas.sources import Source, load_source

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
N = 60


def _number(chance: random.Random, sex: str) -> str:
    odd = chance.choice("13579" if sex == "男" else "02468")
    body = f"2102{chance.choice(['02', '11'])}{chance.randint(1940, 2015)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}{chance.randint(0, 99):02d}{odd}"
    return body + "10X98765432"[sum(int(a) * b for a, b in zip(body, WEIGHTS, strict=True)) % 11]


def _people(seed: int = 1) -> list[dict[str, str]]:
    chance, people = random.Random(seed), []
    for i in range(N):
        sex = chance.choice("男女")
        number = _number(chance, sex)
        people.append(
            {
                "no": f"A{seed}{i:06d}", "number": number, "birth": number[6:14], "sex": sex,
                "name": chance.choice("王李张刘陈杨赵") + "".join(chance.choice("伟芳娜敏静秀英丽强磊军洋") for _ in range(chance.choice([1, 2]))),
                "nation": chance.choice(["汉族", "满族", "汉族"]), "phone": f"138{chance.randint(10**7, 10**8 - 1)}",
                "address": f"大连市中山区人民路街道春海街{chance.randint(1, 99)}号{chance.randint(1, 5)}单元{chance.randint(1, 6)}0{chance.randint(1, 4)}室",
                "building": f"{chance.randint(1, 30)}", "unit": str(chance.randint(1, 4)), "room": f"{chance.randint(1, 18)}0{chance.randint(1, 4)}",
                "remark": chance.choice(["", "", "", "独居老人"]), "grid": f"210202005001{chance.randint(1, 20):03d}",
            }
        )  # fmt: skip
    return people


def _csv(path: Path, heads: str, rows: list[list[str]], encoding: str = "utf-8", sep: str = ",") -> Path:
    path.write_text("\n".join([heads.replace(" ", sep), *(sep.join(row) for row in rows)]) + "\n", encoding)
    return path


def _load(tmp_path: Path, text: str) -> Source:
    (tmp_path / "draft.yaml").write_text(text, "utf-8")
    return load_source(tmp_path / "draft.yaml")


def _mapped(source: Source, kind: str, record_no: int = 0) -> dict[str, str]:
    return {name: one.headers[0] for name, one in source.mappings(kind, record_no).items() if one.headers}


def test_the_police_register_in_gb18030_with_abbreviations(tmp_path: Path) -> None:
    rows = [
        [p["no"], p["number"], p["name"], "0" if p["sex"] == "男" else "1", "01", p["birth"], "20", p["address"], p["phone"], p["remark"],
         "1" if i % 9 else "0", "0", "20240101", "A"]
        for i, p in enumerate(_people())
    ]  # fmt: skip
    path = _csv(
        tmp_path / "CZRK_20241101.csv",
        "RYNBID GMSFHM XM XB MZ CSRQ HYZK HJDZ DH BZ JLBZ CXBZ GXSJ XX",
        rows,
        "gb18030",
    )
    text = infer([path], "gongan")
    source = _load(tmp_path, text)
    assert (source.format, source.encoding, source.files, source.mode) == (
        "delimited",
        "gb18030",
        "CZRK_*.csv",
        "full",
    )
    assert _mapped(source, "resident") == {
        "id_number": "GMSFHM", "name": "XM", "sex": "XB", "ethnicity": "MZ", "birth_date": "CSRQ", "marital_status": "HYZK",
        "hukou_address": "HJDZ", "phone": "DH", "remark": "BZ",
    }  # fmt: skip
    # The numbers say that this source has 0 for men, against the standard.
    assert source.columns["sex"].codes == {"0": "男", "1": "女"}
    assert source.key == ("RYNBID",) and source.where == {"JLBZ": ("1",), "CXBZ": ("0",)}
    assert set(source.ignore) == {"GXSJ", "XX"}
    assert not any(p["name"] in text or p["number"] in text or p["phone"] in text for p in _people())


@pytest.mark.parametrize(
    ("header", "values", "expected"),
    [
        ("DH", ["13812345678", "13987654321"], "phone"), ("DH", ["1", "12"], "building"), ("DH", ["甲类", "乙类"], None),
        ("MZ", ["汉族", "满族"], "ethnicity"), ("MZ", ["低保", "特困"], None),
        ("XX", ["大连市第一中学", "实验小学"], "school"), ("XX", ["A", "AB"], None), ("XX", ["大连市中山区人民路1号", "大连市西岗区长江路2号"], "live_address"),
        ("BZ", ["独居老人", "", "", "", "残疾"], "remark"), ("BZ", ["300", "500"], "amount"),
        ("DY", ["1", "2"], "unit"), ("DY", ["党员", "群众"], None),
        ("ZH", ["6222021234567890123", "6222029876543210987"], None), ("GJ", ["中国", "中国"], None),
        ("JD", ["人民路街道", "桃源街道"], "street"), ("JD", ["张三", "李四"], None),
    ],
)  # fmt: skip
def test_abbreviations_of_many_readings_are_decided_by_their_values(
    tmp_path: Path, header: str, values: list[str], expected: str | None
) -> None:
    people = _people()
    cells = [values[i % len(values)] for i in range(len(people))]
    # Names and numbers make it a table of persons; the last column ends each row.
    rows = [[p["name"], p["number"], cell, "x"] for p, cell in zip(people, cells, strict=True)]
    source = _load(tmp_path, infer([_csv(tmp_path / "a.csv", f"姓名 身份证号 {header} 末", rows)], "s"))
    found = {name: h for kind in source.feeds for name, h in _mapped(source, kind).items()}
    assert {name for name, h in found.items() if h == header} == ({expected} if expected else set())
    if expected is None:
        assert header in source.ignore


def test_a_workbook_with_a_title_and_a_header_of_two_levels(tmp_path: Path) -> None:
    path = tmp_path / "高龄津贴发放表_202411.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("发放表")
    sheet.merge_range(0, 0, 0, 8, "2024年11月高龄津贴发放表")
    sheet.write(1, 0, "填报单位：大连市民政局")
    for column, head in ((0, "序号"), (1, "津贴编号"), (7, "发放状态"), (8, "备注")):
        sheet.merge_range(2, column, 3, column, head)
    sheet.merge_range(2, 2, 2, 4, "个人信息")
    sheet.merge_range(2, 5, 2, 6, "津贴发放")
    for column, head in (
        (2, "姓名*"),
        (3, "性别"),
        (4, "公民身份号码"),
        (5, "补贴类别"),
        (6, "金额（元/月）"),
    ):
        sheet.write(3, column, head)
    people = _people()
    for i, p in enumerate(people):
        sheet.write_number(4 + i, 0, i + 1)
        for column, value in enumerate([p["no"], p["name"], p["sex"], p["number"], "80-89周岁津贴"], 1):
            sheet.write_string(4 + i, column, value)
        sheet.write_number(4 + i, 6, 100)
        sheet.write_string(4 + i, 7, "停发" if i % 7 == 0 else "发放")
        sheet.write_string(4 + i, 8, p["remark"])
    sheet.write(4 + len(people), 0, "合计")
    sheet.write(4 + len(people), 6, 100 * len(people))
    book.close()
    text = infer([path], "gaoling")
    source = _load(tmp_path, text)
    assert (
        source.format == "excel"
        and source.feeds == ("resident", "benefit")
        and source.files == "高龄津贴发放表_*.xlsx"
    )
    assert source.as_of is not None and source.key == ("津贴编号",)
    benefit = _mapped(source, "benefit")
    assert benefit == {
        "name": "姓名*",
        "id_number": "公民身份号码",
        "program": "补贴类别",
        "amount": "金额（元/月）",
        "remark": "备注",
    }
    assert _mapped(source, "resident")["sex"] == "性别"
    # One mapping of status would feed the person as well: that is a question.
    assert source.ignore == ("序号", "发放状态") and "perhaps status" in text
    assert 'title: "高龄津贴发放表"' in text and 'agency: "大连市民政局"' in text


def test_files_of_one_source_with_headers_and_formats_of_their_own_are_merged(tmp_path: Path) -> None:
    people = _people(2)
    book = xlsxwriter.Workbook(str(tmp_path / "210202005_网格居民_20241101.xlsx"))
    sheet = book.add_worksheet("居民信息")
    heads = [
        "序号",
        "人员编号",
        "网格编号",
        "楼栋",
        "单元",
        "门牌号",
        "姓名",
        "性别",
        "身份证号码",
        "联系电话",
        "现住址",
    ]
    sheet.write_row(0, 0, heads)
    for i, p in enumerate(people):
        row = [
            str(i + 1),
            *(
                p[k]
                for k in (
                    "no",
                    "grid",
                    "building",
                    "unit",
                    "room",
                    "name",
                    "sex",
                    "number",
                    "phone",
                    "address",
                )
            ),
        ]
        for column, value in enumerate(row):
            sheet.write_string(1 + i, column, value)
    book.close()
    first = _csv(
        tmp_path / "210202006_网格居民_20241101.csv", "编号 所属网格编码 居民姓名 性别 公民身份号码 手机号码 居住地址 户籍地址",
        [[p["no"], p["grid"], p["name"], p["sex"], p["number"], p["phone"], p["address"], p["address"]] for p in _people(3)], "gb18030",
    )  # fmt: skip
    second = _csv(
        tmp_path / "210202007_网格居民_20241101.txt", "居民编号 网格代码 姓名 身份证 性别 家庭住址 电话",
        [[p["no"], p["grid"], p["name"], p["number"], p["sex"], p["address"], p["phone"]] for p in _people(4)], "utf-16", "\t",
    )  # fmt: skip
    source = _load(tmp_path, infer([tmp_path / "210202005_网格居民_20241101.xlsx", first, second], "wangge"))
    assert source.format is None and source.encoding is None and source.files is not None
    assert source.files.endswith("*") and source.part is not None and source.as_of is not None
    spelled = {
        name: {one.headers[0], *source.headers.get(one.headers[0], ())}
        for name, one in source.mappings("resident").items()
    }
    assert spelled["name"] == {"姓名", "居民姓名"}
    assert spelled["id_number"] == {"身份证号码", "公民身份号码", "身份证"}
    assert spelled["grid_code"] == {"网格编号", "所属网格编码", "网格代码"}
    assert spelled["live_address"] == {"现住址", "居住地址", "家庭住址"}
    assert spelled["room"] == {"门牌号"} and spelled["hukou_address"] == {"户籍地址"}
    assert {source.key[0], *source.headers[source.key[0]]} == {"人员编号", "编号", "居民编号"}


def test_members_of_a_household_side_by_side(tmp_path: Path) -> None:
    heads = "低保证号 户主姓名 户主身份证号 家庭住址 保障人口 月保障金额（元） 成员1姓名 成员1身份证号 成员1性别 成员2姓名 成员2身份证号 成员2性别"
    a, b = _people(5), _people(6)
    rows = [
        [x["no"], x["name"], x["number"], x["address"], "2", "640.00", x["name"], x["number"], x["sex"], y["name"], y["number"], y["sex"]]
        for x, y in zip(a, b, strict=True)
    ]  # fmt: skip
    source = _load(tmp_path, infer([_csv(tmp_path / "低保台账.csv", heads, rows)], "dibao"))
    assert source.feeds == ("household", "resident", "benefit") and source.key == ("低保证号",)
    assert source.columns["program"].const == "低保" and source.record_numbers("benefit") == (1, 2)
    assert source.record_numbers("resident") == (1, 2)
    assert (
        _mapped(source, "household")["head_id_number"] == "户主身份证号"
        and _mapped(source, "household")["address"] == "家庭住址"
    )
    assert (
        _mapped(source, "resident", 2)["id_number"] == "成员2身份证号"
        and _mapped(source, "resident", 2)["sex"] == "成员2性别"
    )


def test_kinds_other_than_persons(tmp_path: Path) -> None:
    people = _people(7)
    homes = [
        [
            f"2102{i:08d}",
            p["address"],
            "春海花园",
            p["building"],
            p["unit"],
            p["room"],
            "88.5",
            "住宅",
            p["name"],
            p["number"],
        ]
        for i, p in enumerate(people)
    ]
    source = _load(
        tmp_path,
        infer(
            [
                _csv(
                    tmp_path / "h.csv",
                    "房屋编码 房屋坐落 小区名称 楼号 单元 房号 建筑面积（㎡） 房屋用途 权利人 权利人证件号码",
                    homes,
                )
            ],
            "s",
        ),
    )
    assert source.feeds == ("dwelling",) and source.key == ("房屋编码",)
    assert set(_mapped(source, "dwelling")) == {
        "dwelling_no",
        "address",
        "estate",
        "building",
        "unit",
        "room",
        "floor_area",
        "use",
        "owner_name",
        "owner_id_number",
    }
    calls = [
        [
            f"GD{i:06d}",
            p["name"],
            p["phone"],
            "城市综合",
            "楼道照明灯不亮，希望尽快维修。",
            p["address"],
            "春海街道",
            "2024-10-20 08:11:00",
            "2024-10-21 09:00:00",
            "满意",
        ]
        for i, p in enumerate(people)
    ]
    source = _load(
        tmp_path,
        infer(
            [
                _csv(
                    tmp_path / "c.csv",
                    "工单编号 来电人 来电号码 诉求类别 诉求内容 事发地址 承办单位 受理时间 办结时间 满意度",
                    calls,
                    sep="|",
                )
            ],
            "s",
        ),
    )
    assert source.feeds == ("event",) and source.mode == "delta" and source.key == ("工单编号",)
    assert {
        "name",
        "phone",
        "category",
        "content",
        "address",
        "department",
        "reported_at",
        "closed_at",
        "rating",
    } <= set(_mapped(source, "event"))
    grids = [
        [
            f"210202005001{i:03d}",
            f"第{i}网格",
            "综合网格",
            "人民路街道",
            "春海社区",
            "210202005001",
            "350",
            p["name"],
            p["phone"],
        ]
        for i, p in enumerate(people)
    ]
    source = _load(
        tmp_path,
        infer(
            [
                _csv(
                    tmp_path / "g.csv",
                    "网格编码 网格名称 网格类型 街道 社区 社区编码 户数 网格员 联系电话",
                    grids,
                )
            ],
            "s",
        ),
    )
    assert source.feeds == ("grid",) and source.key == ("网格编码",)
    assert {
        "grid_code",
        "grid_name",
        "grid_type",
        "street",
        "community",
        "community_code",
        "households",
        "grid_worker",
        "worker_phone",
    } == set(_mapped(source, "grid"))


def test_what_is_not_recognised_still_loads(tmp_path: Path) -> None:
    source = _load(
        tmp_path,
        infer([_csv(tmp_path / "x.csv", "甲 乙 丙", [["1.5", "2.5", "x"], ["3.5", "4.5", "y"]])], "s"),
    )
    assert len(source.columns) == 1 and len(source.ignore) + len(set(source.used_headers)) == 3


def test_names_and_files_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="at least one file"):
        infer([])
    with pytest.raises(Problem, match="begins with a-z"):
        infer([_csv(tmp_path / "x.csv", "a b", [["1", "2"]])], "公安")


@pytest.mark.parametrize(
    ("names", "glob", "dated", "parted"),
    [
        (["CZRK_20241101.csv"], "CZRK_*.csv", True, False),
        (["a_20241001.csv", "a_20241101.csv"], "a_*.csv", True, False),
        (["210202005_x.xlsx", "210202006_x.xlsx"], "*_x.xlsx", False, True),
        (["名单_202411_1.xls", "名单_202411_2.xls"], "名单_*_*.xls", True, False),
        (["人民路街道名单.xlsx", "桃源街道名单.xlsx"], "*街道名单.xlsx", False, False),
        (["全市名单[最终].xlsx"], "全市名单?最终?.xlsx", False, False),
    ],
)  # fmt: skip
def test_file_names(names: list[str], glob: str, dated: bool, parted: bool) -> None:
    found = read_names(names)
    assert (found.files, found.as_of is not None, found.part is not None) == (glob, dated, parted)


def test_a_code_of_an_area_is_no_date() -> None:
    import re

    found = read_names(["210202005_20241101.xlsx", "210202006_20241101.xlsx"])
    assert found.as_of is not None and found.part is not None
    match = re.search(found.as_of, "210202005_20241101.xlsx")
    assert match is not None and match[1] == "20241101"
    match = re.search(found.part, "210202005_20241101.xlsx")
    assert match is not None and match[1] == "210202005"


def test_profiles() -> None:
    numbers = Profile.of("x", ["'11010519491231002X", "440524188001010014", None, "4.40524E+17"])
    assert numbers.rows == 4 and numbers.resident_numbers == 1.0
    assert is_resident_number("11010519491231002X") and not is_resident_number("110105194912310021")
    assert Profile.of("x", ["1", "2", "3", "1", "2"]).is_running_number is False
    assert Profile.of("x", [str(i) for i in range(1, 30)]).is_running_number


def test_labels_above_database_names_are_heard(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "x.xlsx"))
    sheet = book.add_worksheet("t")
    sheet.write_row(0, 0, ["姓名", "公民身份号码", "与户主关系", "编号"])
    sheet.write_row(1, 0, ["F01", "F02", "F03", "F04"])
    for i, p in enumerate(_people(9)):
        sheet.write_row(2 + i, 0, [p["name"], p["number"], "妻", p["no"]])
    book.close()
    source = _load(tmp_path, infer([tmp_path / "x.xlsx"], "s"))
    assert set(_mapped(source, "resident")) == {"name", "id_number", "relation_to_head"}


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "姓名",
                "身份证号",
                "出生日期",
                "XB",
                "DH",
                "金额",
                "成员1姓名",
                "成员2姓名",
                "x/y（z/w）",
                "列3",
            ]
        ),
        st.lists(
            st.none() | st.text("0123456789Xx*王区路号年月-. /'男女\u3000", max_size=20),
            min_size=3,
            max_size=3,
        ),
        min_size=1,
    )
)
def test_any_cells_are_read_as_something(columns: dict[str, list[str | None]]) -> None:
    reading = read_table_as({header: Profile.of(header, cells) for header, cells in columns.items()})
    assert reading.feeds
    assert {c.column for c in reading.chosen.values()} <= set(columns)
    assert len({c.column for c in reading.chosen.values()}) == len(reading.chosen)


@pytest.mark.parametrize(
    "theirs",
    [
        "监护人/姓名 监护人/身份证号 监护人/电话",
        "配偶姓名 配偶身份证号 配偶电话",
        "父亲姓名 父亲身份证号 紧急联系方式",
        "father.name father.idNo father.x",
    ],
)
def test_what_is_someone_elses_is_never_the_persons(tmp_path: Path, theirs: str) -> None:
    rows = [[p["no"], p["name"], p["number"], p["phone"], p["sex"], p["address"]] for p in _people(8)]
    path = _csv(tmp_path / "a.csv", f"编号 {theirs} 性别 现住址", rows)
    source = _load(tmp_path, infer([path], "s"))
    assert set(_mapped(source, "resident")) <= {"sex", "live_address"}
    ignored = {header.split("/")[-1] for header in source.ignore}
    assert {header.split("/")[-1] for header in theirs.split()} <= ignored


def test_a_header_without_end_costs_no_time() -> None:
    import time

    columns = {header: Profile.of(header, ["1", "2"]) for header in ("1." * 200_000, "(" * 100_000, "姓名")}
    start = time.process_time()
    assert set(read_table_as(columns).questions) <= {"姓名"}
    assert time.process_time() - start < 5
