"""The evidence of items side by side: what the records of each side say, field by field, and whether they agree.

Belongs here: which fields are shown, how they are compared and masked, as one statement over the published
``resident_record``. Values are masked where they are selected; they are compared before. Does not belong here: which
items there are (``desk.py``), who may see values (``showing.py``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from schemas.extracts import Mask
from warehouse.extract.mask import masked
from warehouse.gateway import ask
from warehouse.review.judgements import Record


@dataclass(frozen=True)
class Shown:
    """A field as shown: its label, the mask, what of a record is shown and what is compared (SQL over ``r``)."""

    field: str
    label: str
    mask: Mask | None
    shown: str
    compared: str
    also: str = ""  # what ``r`` is joined with


_BIRTH = "case r.birth_date_precision when 'year' then strftime(r.birth_date, '%Y') when 'month' then strftime(r.birth_date, '%Y-%m') else strftime(r.birth_date, '%Y-%m-%d') end"
# One cell may hold several numbers; each is masked and compared by itself.
_PHONES = ", (select unnest(string_split(coalesce(r.phones, r.phone), ',')) as phone) p"
FIELDS: tuple[Shown, ...] = (
    Shown("name", "姓名", "name", "r.name", "coalesce(r.name_key, r.name)"),
    Shown("former_name", "曾用名", "name", "r.former_name", "r.former_name"),
    Shown("id_number", "证件号码", "id18", "coalesce(r.id_stated, r.id_number)", "coalesce(r.id_number, r.id_stated)"),
    Shown("sex", "性别", None, "case r.sex when '1' then '男' when '2' then '女' else r.sex end", "r.sex"),
    Shown("birth_date", "出生日期", None, _BIRTH, "case when coalesce(r.birth_date_precision, 'day') = 'day' then cast(r.birth_date as varchar) end"),
    Shown("phone", "联系电话", "phone", "p.phone", "p.phone", _PHONES),
    Shown("live_address", "现住址", "address", "r.live_address", "r.live_address"),
    Shown("hukou_address", "户籍地址", "address", "r.hukou_address", "r.hukou_address"),
    Shown("household_no", "户号", "account", "r.household_no", "r.source || chr(31) || r.household_no"),
    Shown("record", "来源记录", None, "", ""),
)  # fmt: skip
"""``record`` names where each side's words come from; it is never compared."""
AGREEMENT = {"same": "一致", "differs": "不同", "one_sided": "仅一方有"}


def evidence(
    con: duckdb.DuckDBPyConnection, members: Iterable[tuple[str, str, Record]], *, unmasked: bool
) -> dict[str, list[dict[str, Any]]]:
    """item → its fields in order, each ``field, label, left, right, agreement`` (None where nothing is compared).

    ``members``: (item, side, record). Several values of one side are joined by ``；``. Raises Problem.
    """
    rows = [(item, side, *record) for item, side, record in members]
    names = ("item_id", "side", "source", "record_key", "record_no")
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    types = (pa.string(),) * 4 + (pa.int64(),)
    con.register(
        "review_shown",
        pa.table({n: pa.array(c, t) for n, c, t in zip(names, columns, types, strict=True)}),
    )
    try:
        found = ask(con, _sql(unmasked)).table.to_pylist()
    finally:
        con.unregister("review_shown")
    labels = {one.field: one.label for one in FIELDS}
    told: dict[str, list[dict[str, Any]]] = {item: [] for item, *_ in rows}
    for row in found:
        item = row.pop("item_id")
        told[item].append({"field": row["field"], "label": labels[row["field"]]} | row)
    return told


def _sql(unmasked: bool) -> str:
    parts = [
        f"select r.item_id, r.side, {n} as n, '{one.field}' as field, {_said(one, unmasked)} from r{one.also}"
        for n, one in enumerate(FIELDS)
    ]
    return f"""
        with r as (
            select s.item_id, s.side, t.* from review_shown s join resident_record t using (source, record_key, record_no)
        ), said as ({" union all ".join(parts)}),
        agreed as (
            select item_id, n, bool_or(sides = 2) as one from (
                select item_id, n, compared, count(distinct side) as sides from said where compared is not null group by all
            ) group by all
        )
        select s.item_id, s.field,
            string_agg(distinct s.shown, '；' order by s.shown) filter (where s.side = 'left') as "left",
            string_agg(distinct s.shown, '；' order by s.shown) filter (where s.side = 'right') as "right",
            case when count(a.one) = 0 then null when bool_or(a.one) then 'same'
                when count(distinct case when s.compared is not null then s.side end) = 2 then 'differs'
                else 'one_sided' end as agreement
        from said s left join agreed a using (item_id, n) where s.shown is not null and s.shown <> ''
        group by s.item_id, s.n, s.field order by s.item_id, s.n
    """


def _said(one: Shown, unmasked: bool) -> str:
    if one.field == "record":
        key = "r.record_key" if unmasked else masked("account", "r.record_key")
        return (
            f"r.source || ' ' || strftime(r.as_of, '%Y-%m-%d') || ' 第' || r.row_number || '行 ' || {key} as shown, "
            "null as compared"
        )
    shown = one.shown if unmasked or one.mask is None else masked(one.mask, one.shown)
    if one.field == "birth_date" and not unmasked:
        shown = f"case when r.birth_date is not null then left({one.shown}, 4) || '-**-**' end"
    return f"{shown} as shown, {one.compared} as compared"
