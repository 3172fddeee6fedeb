"""Which column of a file names its records.

Belongs here: proposing ``key`` of a source YAML. Does not belong here: reading records by their key
(``warehouse/normalize``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from connectors.drafting.kinds import Reading
from connectors.drafting.profile import Profile
from schemas.headers import fold_header

_KEY_WORDS = re.compile(
    r"nbid$|^rybh$|^ryid$|^aac001$|编号|编码|证号|登记号|流水号|工单号|档案号|(?:^|_)id$|bh$|bm$|_no$|号码?$|码$|[._](?:id|no|code|key)$"
)
_NUMBERS = {
    "event_no",
    "dwelling_no",
    "grid_code",
    "area_code",
    "disability_no",
    "student_no",
    "household_no",
}
_NO_KEY = {
    "name",
    "phone",
    "birth_date",
    "live_address",
    "hukou_address",
    "address",
    "amount",
    "remark",
    "content",
    "head_name",
    "owner_name",
}


def record_key(
    reading: Reading, profiles: Mapping[str, Profile], where: Mapping[str, str], short: Mapping[str, str]
) -> tuple[str, tuple[str, str]] | None:
    """The column that names a record, and why in both languages; None where none does.

    Only rows count that ``where`` (header → wanted value) keeps; ``short`` gives the header to write for a column.
    """
    fields = {c.column: name for name, c in reading.chosen.items()}
    kept = _kept_rows(where, profiles, short)
    best: tuple[float, str, tuple[str, str]] | None = None
    for place, (header, profile) in enumerate(profiles.items()):
        values = [v for v, keep in zip(profile.by_row, kept, strict=True) if keep]
        some = [v for v in values if v is not None]
        if (
            len(some) < 2
            or profile.is_running_number
            or profile.mobiles > 0.5
            or fields.get(header) in _NO_KEY
            or len(some) < 0.99 * len(values)
        ):
            continue
        once = len(set(some)) / len(some)
        word = _KEY_WORDS.search(fold_header(header)) is not None or fields.get(header) in _NUMBERS
        if (
            once < (0.97 if word else 1.0)
            or profile.share(lambda v: re.fullmatch(r"[0-9A-Za-z_\-]{2,40}", v)) < 0.95
        ):
            continue
        # The agency's own number outlives corrections of an identity number; an internal person number, versions.
        weight = once + (1.0 if word else 0.0) - (0.8 if fields.get(header) == "id_number" else 0.0)
        weight += 0.5 if re.search(r"nbid$|^rybh$|^aac001$", fold_header(header)) else 0.0
        weight += 0.3 if fields.get(header) in _NUMBERS - {"household_no", "student_no"} else 0.0
        weight -= place / 1000
        percent = f"{100 * once:.1f}".rstrip("0").rstrip(".")
        note = (f"filled in every row, {percent}% differ", f"各行均有值，{percent}% 不重复")
        if best is None or weight > best[0]:
            best = (weight, short[header], note)
    return None if best is None else (best[1], best[2])


def _kept_rows(
    where: Mapping[str, str], profiles: Mapping[str, Profile], short: Mapping[str, str]
) -> list[bool]:
    rows = max((p.rows for p in profiles.values()), default=0)
    kept = [True] * rows
    for header, profile in profiles.items():
        wanted = where.get(short[header])
        if wanted is not None:
            kept = [k and v == wanted for k, v in zip(kept, profile.by_row, strict=True)]
    return kept
