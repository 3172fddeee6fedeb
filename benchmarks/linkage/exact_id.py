"""The obvious join: records are one person where the cell, as written, is the same right citizen number."""

from __future__ import annotations

import duckdb

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def exact_id(con: duckdb.DuckDBPyConnection, text: str) -> str:
    """A query of (unique_id, cluster) over ``text``, a FROM item of cells with a unique_id.

    Right is a number of 18 characters whose check character (ISO 7064 MOD 11-2) holds; all else stands alone.
    """
    total = " + ".join(f"(ascii(substr(id_number, {i}, 1)) - 48) * {w}" for i, w in enumerate(WEIGHTS, 1))
    right = rf"regexp_full_match(id_number, '[1-9]\d{{5}}(19|20)\d{{9}}[\dX]') AND substr('10X98765432', (({total}) % 11)::INTEGER + 1, 1) = right(id_number, 1)"
    con.execute(f"""
        create or replace temp table exact_id as
        select unique_id, case when {right} then id_number else 'r' || unique_id end as cluster from {text}""")
    return "exact_id"
