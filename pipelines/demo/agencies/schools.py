"""教育: pupils in lines of fixed width, counted in GBK bytes.

Belongs here: source ``jiaoyu``.
"""

from __future__ import annotations

from pipelines.demo import records as r
from pipelines.demo.city import City
from pipelines.demo.damage import Cell, Damage
from pipelines.demo.names import beyond_gbk
from pipelines.demo.text_files import padded, write_fixed
from pipelines.demo.truth import Truth

FIELDS = (
    ("XJH", 20),
    ("XM", 40),
    ("XB", 2),
    ("CSRQ", 20),
    ("SFZH", 24),
    ("MZ", 10),
    ("XXMC", 60),
    ("NJ", 12),
    ("JTZZ", 120),
    ("JHR", 30),
    ("LXDH", 40),
)


def jiaoyu(city: City, damage: Damage, truth: Truth) -> int:
    """中小学学籍: the pupil number is G and the identity number, or L and a running number where that was not known."""
    c = city.chance
    cells = (
        r.name_cell(), r.id_cell(), r.sex_cell(), r.birth_cell("%Y%m%d"), Cell("phone", "family_phone", "family_phone", "phone", theirs=False), r.live_cell("a_mid"),
        r.code_cell("ethnicity", "ethnicity", "nation"),
    )  # fmt: skip
    stage = "CASE WHEN years < 12 THEN '小学' WHEN years < 15 THEN '初级中学' ELSE '高级中学' END"
    carry = {
        "number": f"CASE WHEN doc_type = '111' AND {c.under(0.88, 'formal')} THEN 'G' || id_number ELSE 'L' || lpad((person_id * 13 + 1)::VARCHAR, 12, '0') END",
        "school": f"replace(coalesce(l_street, e_street), '街道', '') || '第' || {c.one_of(['一', '二', '三'], 'school', 'household_id')} || {stage}",
        "grade": "(CASE WHEN years < 12 THEN years - 5 WHEN years < 15 THEN years - 11 ELSE years - 14 END)::VARCHAR || '年级'",
        "guardian": "surname || CASE WHEN male THEN '某父' ELSE '某母' END",
    }  # fmt: skip
    columns = dict(zip([f for f, _ in FIELDS], ["number", "w_name", "w_sex", "w_birth_date", "w_id_number", "w_ethnicity", "school", "grade", "w_live_address", "guardian", "w_phone"], strict=True))  # fmt: skip
    file = f"XJ_{city.stamp}.txt"
    where = r.listed(
        city, damage, "jiaoyu", 0.9, "years BETWEEN 6 AND 17 AND coalesce(l_street, e_street) IS NOT NULL"
    )
    feed = r.Feed(
        "jiaoyu",
        cells,
        where,
        key="number",
        file=f"'{file}'",
        carry=carry,
        order="number",
        top="1",
        blanks=False,
        widths={columns[name].removeprefix("w_"): size for name, size in FIELDS},
    )
    n = r.write_rows(city, damage, feed)
    without = beyond_gbk()
    line = " || ".join(padded(columns[name], size, without) for name, size in FIELDS)
    write_fixed(
        city.con,
        city.inbox("jiaoyu") / file,
        sum(size for _, size in FIELDS),
        f"SELECT {line} FROM w ORDER BY row_number",
    )
    truth.note(feed)
    return n
