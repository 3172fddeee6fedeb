"""残联: holders of a disability certificate, in a dBASE file (GBK), keyed by the 20-digit certificate number.

Belongs here: source ``canlian``.
"""

from __future__ import annotations

from pipelines.demo import records as r
from pipelines.demo.city import City
from pipelines.demo.damage import Cell, Damage
from pipelines.demo.names import beyond_gbk
from pipelines.demo.text_files import padded, write_dbf
from pipelines.demo.truth import Truth

FIELDS = (
    ("CJZH", 22),
    ("XM", 30),
    ("XB", 2),
    ("CSRQ", 10),
    ("CJLB", 8),
    ("CJDJ", 8),
    ("LXDH", 30),
    ("XZZ", 120),
    ("HJDZ", 120),
    ("JHRXM", 30),
    ("FZRQ", 8),
)


def canlian(city: City, damage: Damage, truth: Truth) -> int:
    """残疾人证: identity number, type and level make up the key, so that an error in the number is an error in the key."""
    c = city.chance
    cells = (
        r.name_cell(), r.sex_cell("sex"), r.birth_cell("%Y%m%d"), r.phone_cell(), r.live_cell("a_mid"), r.hukou_cell("a_mid"),
        Cell("disability_no", "id_number || disability_type || disability_level", "id_number || disability_type || disability_level", "certificate"),
        r.code_cell("disability_type", None), r.code_cell("disability_level", None),
    )  # fmt: skip
    carry = {
        "guardian": f"CASE WHEN years < 18 OR disability_type IN ('5', '6') THEN {c.one_of(['本人父亲', '本人母亲', '配偶', '社区'], 'guardian')} END",
        "issued": f"strftime(greatest(birth_date + 300, {city.today} - {c.between(100, 4000, 'issued')}), '%Y%m%d')",
    }
    columns = dict(zip([f for f, _ in FIELDS], ["w_disability_no", "w_name", "w_sex", "w_birth_date", "w_disability_type", "w_disability_level", "w_phone", "w_live_address", "w_hukou_address", "guardian", "issued"], strict=True))  # fmt: skip
    file = f"CJR_{city.stamp}.dbf"
    feed = r.Feed(
        "canlian", cells, r.listed(city, damage, "canlian", 0.9, "disabled AND length(id_number) = 18"), key="trim(w_disability_no)",
        file=f"'{file}'", carry=carry, top="1", blanks=False, texts={"id_number": "left(w_disability_no, 18)"},
        widths={columns[name].removeprefix("w_"): size for name, size in FIELDS},
    )  # fmt: skip
    n = r.write_rows(city, damage, feed)
    without = beyond_gbk()
    line = " || ".join(padded(columns[name], size, without) for name, size in FIELDS)
    write_dbf(
        city.con,
        city.inbox("canlian") / file,
        FIELDS,
        f"SELECT {line} FROM w ORDER BY row_number",
        n,
        city.as_of,
    )
    truth.note(feed)
    return n
