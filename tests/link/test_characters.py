"""Names and numbers compared by their characters, not by bytes."""

import duckdb
import pytest

from warehouse.link.characters import character_functions
from warehouse.normalize.functions import name_functions


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    name_functions(con)
    character_functions(con)
    return con


@pytest.mark.parametrize(
    ("a", "b", "near"),
    [
        ("张秀英", "张秀瑛", True), ("张秀英", "张英", True), ("张伟辉", "张辉伟", True), ("欧阳小明", "欧阳晓明", True),
        ("张秀英", "李秀英", True), ("张伟", "张玮", False), ("张秀英", "张桂兰", False), ("张伟", "李伟", False),
        ("木拉提", "木拉提阿卜杜热合曼", True), ("zhangwei", "zhangwen", True), ("zhangwei", "liwei", False),
    ],
)  # fmt: skip
def test_near_names(con: duckdb.DuckDBPyConnection, a: str, b: str, near: bool) -> None:
    for x, y in ((a, b), (b, a)):
        assert con.execute("select og_near(?, ?)", [x, y]).fetchall() == [(near,)]


@pytest.mark.parametrize(
    ("name", "py", "owner", "owner_py", "relation"),
    [
        ("张秀英", "zhangxiuying", "张秀英", "zhangxiuying", "same"),
        ("张秀瑛", "zhangxiuying", "张秀英", "zhangxiuying", "alike"),
        ("zhangxiuying", "zhangxiuying", "张秀英", "zhangxiuying", "alike"),
        ("小英", "xiaoying", "张秀英", "zhangxiuying", "alike"),
        ("张*英", None, "张秀英", "zhangxiuying", None),
        ("张某之子", None, "张浩然", "zhanghaoran", None),
        ("李某之子", None, "张浩然", "zhanghaoran", "other"),
        ("张浩然", "zhanghaoran", "张秀英", "zhangxiuying", "kin"),
        ("佘丽", "sheli", "余丽", "yuli", "kin"),
        ("王浩然", "wanghaoran", "张秀英", "zhangxiuying", "other"),
    ],
)
def test_relation_to_the_owner(
    con: duckdb.DuckDBPyConnection, name: str, py: str | None, owner: str, owner_py: str, relation: str | None
) -> None:
    found = con.execute("select og_name_relation(?, ?, null, ?, ?)", [name, py, owner, owner_py]).fetchall()
    assert found == [(relation,)]


@pytest.mark.parametrize(
    ("function", "status", "part", "agrees"),
    [
        ("og_id_first", "excel000", "210202198503140000", True), ("og_id_first", "masked", "210202198503140000", False),
        ("og_id_mask", "masked", "210202********0016", True), ("og_id_mask", "masked", "210202********0024", False),
        ("og_id_mask", "masked", "210202************", False), ("og_id_slip", "bad_checksum", "210202198503240016", True),
        ("og_id_slip", "bad_date", "210202195803140016", True), ("og_id_slip", "length_error", "21020219850314001", True),
        ("og_id_near", "bad_checksum", "210203198503240016", True), ("og_id_rounds", "float_rounded", "210202198503140032", True),
        ("og_id_rounds", "float_rounded", "210202198503140064", False), ("og_id_sci", "sci_notation", "2.10202E+17", True),
        ("og_id_sci", "sci_notation", "2.10203E+17", False),
    ],
)  # fmt: skip
def test_what_is_left_of_a_number(
    con: duckdb.DuckDBPyConnection, function: str, status: str, part: str, agrees: bool
) -> None:
    found = con.execute(f"select {function}('210202198503140016', ?, ?)", [status, part]).fetchall()
    assert found == [(agrees,)]


@pytest.mark.parametrize(
    ("x", "y", "slip"),
    [
        ("1985-03-14", "1986-03-14", True), ("1985-03-04", "1985-04-03", True), ("1985-01-01", "1985-09-30", True),
        ("1985-03-14", "1985-03-24", True), ("1985-03-14", "1958-03-14", False), ("1985-03-14", "1961-11-02", False),
    ],
)  # fmt: skip
def test_slips_of_dates(con: duckdb.DuckDBPyConnection, x: str, y: str, slip: bool) -> None:
    found = con.execute("select og_birth_slip(cast(? as date), cast(? as date))", [x, y]).fetchall()
    assert found == [(slip,)]
