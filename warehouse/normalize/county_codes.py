"""County codes that an identity number may begin with, and until when.

Belongs here: the spellings that ``identity.py`` looks up. Does not belong here: today's areas (``place/``).
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from pathlib import Path

import schemas

LIST = "county.last_year"
# No list names 市辖区 and 市区, yet cards carry their codes.
_PREFECTURE_ENDS = ("01", "02", "11", "20")
# Residence permits of Hong Kong, Macau and Taiwan residents.
PERMITS = ("810000", "820000", "830000")
_FIRST_YEAR = 1981  # codes that ended before have never been in an identity number


@functools.cache
def last_years() -> Mapping[str, str]:
    """Code → the last year in which it was in force, '' where it still is (or no year is known)."""
    path = Path(schemas.__file__).with_name("county_history.csv")
    with path.open(encoding="utf-8", newline="") as file:
        known = {
            row["code"]: row["last_year"]
            for row in csv.DictReader(file)
            if not row["last_year"] or int(row["last_year"]) >= _FIRST_YEAR
        }
    ends = {code[:4] + end: "" for code in known for end in _PREFECTURE_ENDS}
    return ends | known | dict.fromkeys(PERMITS, "")
