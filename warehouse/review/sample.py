"""The monthly sample of automatic links, and the precision that its verdicts let us estimate.

A month's sample is drawn once and kept: links are ordered by a hash of the month and their records, so that drawing
it again, on any machine, from the same snapshot gives the same ones. Verdicts on it are decisions like any other: a
wrong link found by the sample is a wrong link.

The interval is Wilson's (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927), which stays honest near 100 %, where the usual one
has no width.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.problem import Problem
from warehouse.ledger import now
from warehouse.review.judgements import Judgement, Judgements, Record

if TYPE_CHECKING:
    import duckdb

    from warehouse.review.desk import Item

SIZE = 200
Z95 = 1.959963984540054  # the normal quantile of a two-sided 95 % interval
_NUMBER = re.compile(r"s(\d{4})(0[1-9]|1[0-2])-(\d{4})")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
# Every automatic link once: pairs that were weighed, and each record that an id number put to others, with the first of
# the others.
_AUTOMATIC = """
    select rule, match_weight, match_probability, left_source, left_record_key, left_record_no, right_source,
        right_record_key, right_record_no
    from resident_link where used and rule <> 'judgement' and left_resident_id = right_resident_id
    union all
    select r.match_rule, null, r.match_probability, f.source, f.record_key, f.record_no, r.source, r.record_key, r.record_no
    from (
        select distinct source, record_key, record_no, resident_id, match_rule, match_probability from resident_record
        where match_rule in ('id_number', 'recovered_id')
    ) r join (
        select * from (
            select source, record_key, record_no, resident_id,
                row_number() over (partition by resident_id order by source, record_key, record_no, edition_id) as place
            from resident_record where match_rule = 'id_number'
        ) where place = 1
    ) f using (resident_id)
    where f.source <> r.source or f.record_key <> r.record_key or f.record_no <> r.record_no
"""


@dataclass(frozen=True)
class Precision:
    """What a month's verdicts say. ``low`` to ``high`` holds the precision with 95 %; ``worst`` counts the unsure ones
    as wrong. None where nothing was decided yet."""

    month: str
    drawn: int
    population: int
    right: int
    wrong: int
    unsure: int
    precision: float | None
    low: float | None
    high: float | None
    worst: float | None


def check_month(month: str) -> str:
    """``month``, if it is one. Raises NotKnown."""
    from warehouse.review.desk import NotKnown

    if not _MONTH.fullmatch(month):
        raise NotKnown("a month is written like 2026-11.", "月份请写成 2026-11 的形式。")
    return month


def draw(
    judgements: Judgements, con: duckdb.DuckDBPyConnection, month: str, version: str, size: int = SIZE
) -> int:
    """Draw the sample of ``month`` from the links that the snapshot used; returns how many links it has.

    A month that was drawn already stays as it is, whatever ``size``. Raises Problem where there is no link.
    """
    from warehouse.gateway import ask

    kept = judgements.sample(check_month(month))
    if kept:
        return len(kept)
    ends = [f"{side}_{name}" for side in ("left", "right") for name in ("source", "record_key", "record_no")]
    text = " || chr(31) || ".join(f"cast({name} as varchar)" for name in ends)
    rows = ask(
        con,
        f"""select *, count(*) over () as population from ({_AUTOMATIC})
        order by sha256($month || chr(31) || {text}), {", ".join(ends)} limit $size""",
        {"month": month, "size": size},
    ).table.to_pylist()
    if not rows:
        raise Problem(
            "the snapshot has no automatic link to draw from; run 'oncegrid sync' first.",
            "当前快照没有可抽查的自动关联；请先运行 oncegrid sync。",
        )
    moment = now()
    with judgements.writing() as entry:
        if not judgements.sample(month):
            entry.draw(
                [
                    (month, n, moment, version, row["rule"], row["match_weight"], row["match_probability"],
                     *(row[name] for name in ends), row["population"])
                    for n, row in enumerate(rows, start=1)
                ]
            )  # fmt: skip
    return len(judgements.sample(month))


def sample_items(judgements: Judgements, month: str) -> list[Item]:
    """The sample of a month as items, in order."""
    return [_item(row) for row in judgements.sample(month)]


def sampled(judgements: Judgements, number: str) -> Item | None:
    """The item of a sample by its number (s202611-0007); None where the number is of another form or was not drawn."""
    found = _NUMBER.fullmatch(number)
    if found is None:
        return None
    month = f"{found[1]}-{found[2]}"
    return next((_item(row) for row in judgements.sample(month) if row["number"] == int(found[3])), None)


def precision(judgements: Judgements, month: str) -> Precision:
    """The estimate from the verdicts in force on the month's sample. Raises Problem where none was drawn."""
    rows = judgements.sample(check_month(month))
    if not rows:
        raise Problem(
            f"no sample was drawn for {month}; 'oncegrid review sample --month {month}' draws one.",
            f"{month} 尚未抽样；用 oncegrid review sample --month {month} 抽取。",
        )
    spoken = _by_record(judgements)
    verdicts = [_verdict(_item(row), spoken) for row in rows]
    right, wrong, unsure = (sum(v == word for v in verdicts) for word in ("same", "different", "unsure"))
    low, high = wilson(right, right + wrong)
    decided = right + wrong
    return Precision(
        month, len(rows), int(rows[0]["population"]), right, wrong, unsure,
        right / decided if decided else None, low, high,
        wilson(right, decided + unsure)[0],
    )  # fmt: skip


def wilson(successes: int, trials: int, z: float = Z95) -> tuple[float | None, float | None]:
    """Wilson's score interval of a share; (None, None) without trials."""
    if trials == 0:
        return None, None
    p, square = successes / trials, z * z / trials
    centre = (p + square / 2) / (1 + square)
    half = z * math.sqrt(p * (1 - p) / trials + square / (4 * trials)) / (1 + square)
    # At the ends the formula is exactly 0 or 1; floating point is not.
    return (0.0 if successes == 0 else max(0.0, centre - half)), (
        1.0 if successes == trials else min(1.0, centre + half)
    )


def _by_record(judgements: Judgements) -> dict[Record, list[Judgement]]:
    spoken: dict[Record, list[Judgement]] = {}
    for one in judgements.standing():
        for record in one.left + one.right:
            spoken.setdefault(record, []).append(one)
    return spoken


def _verdict(item: Item, spoken: Mapping[Record, list[Judgement]]) -> str | None:
    """The last word in force on the item, whether it was said of the sample or of the pair before."""
    from warehouse.review.desk import speaks_of

    said = [one for one in spoken.get(item.left[0], ()) if speaks_of(one, item)]
    return said[-1].verdict if said else None


def _name(row: Mapping[str, Any]) -> str:
    return f"s{row['month'].replace('-', '')}-{row['number']:04d}"


def _item(row: Mapping[str, Any]) -> Item:
    from warehouse.review.desk import Item

    left, right = (
        Record(row[f"{side}_source"], row[f"{side}_record_key"], row[f"{side}_record_no"])
        for side in ("left", "right")
    )
    return Item(
        _name(row), row["number"], "sample", "waiting", (left,), (right,), None, None, row["weight"], row["probability"],
        None, 0.0, None,
    )  # fmt: skip
