"""Six rules of normalization on the same rows as SQL, as pandas code and as polars expressions.

``normalize.py`` runs them and holds the results against each other. The pandas code is what a careful user writes with
whole columns (``.str``, ``.dt``, masks, ``map``) and no loop over rows, on strings of Arrow, its default; the polars code
is expressions in one lazy query, on all threads. Ours uses the functions and lists of the production statement.

The rules, on text columns of the raw Parquet (null for null):
``checksum`` 18 characters whose last is the check digit of ISO 7064 MOD 11-2 · ``upgraded`` 15 digits to 18 ·
``date`` by shape (8 digits, y-m-d by - / . or 年月日, with a time of day, y.m as the first day, five-digit serial) ·
``folded`` full-width signs to half width · ``mobile`` the cell's mobile number, grouped or with +86, or the first of
several · ``code`` the list of ethnic groups by code, label and alias.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

RULES = ("checksum", "upgraded", "date", "folded", "mobile", "code")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
SIGNS = "10X98765432"
FULL = {chr(c): chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F)}
ID18, ID15, MOBILE = "[0-9]{17}[0-9X]", "[0-9]{15}", "1[3-9][0-9]{9}"
Timed = Callable[[str, Callable[[], Any]], Any]


def spellings() -> dict[str, str]:
    """Every spelling of the list of ethnic groups."""
    from schemas.model import schema

    return {
        word: one.code
        for one in reversed(schema().code_lists["ethnicity"].codes)
        for word in (one.code, one.label, *one.aliases)
    }


def ours(raw: Path, threads: int, timed: Timed) -> dict[str, Any]:
    """The rules as SQL of DuckDB over a table in memory."""
    import duckdb
    import pyarrow as pa

    from warehouse.normalize.functions import name_functions
    from warehouse.normalize.identity import check_digit

    con = duckdb.connect(config={"threads": threads})
    con.execute("set enable_progress_bar = false")
    name_functions(con)
    # As the work database has it: no joins are looked for in lists of words.
    con.execute("set disabled_optimizers = 'in_clause'")
    con.execute(
        f"create table r as select GMSFHM as id, CSRQ as born, XZZ as address, LXDH as phone, MZ as nation from read_parquet('{raw}')"
    )
    words = spellings()
    con.register("listed", pa.table({"spelling": list(words), "code": list(words.values())}))
    con.execute("create table spelling as select * from listed")
    sign = check_digit("base")
    day = "og_day(og_group(d, '^([0-9]+)[-/.年]([0-9]+)', 1), og_group(d, '^([0-9]+)[-/.年]([0-9]+)', 2), {day})"
    sql = {
        "checksum": f"select case when base is null then null else {sign} = substr(id, 18, 1) end as v from "
        f"(select id, case when og_is(id, '{ID18}') then cast(substr(id, 1, 17) as bigint) else null end as base from r)",
        "upgraded": f"select case when base is null then null else cast(base as varchar) || {sign} end as v from "
        f"(select case when strlen(id) = 15 and og_is(id, '{ID15}') then cast(substr(id, 1, 6) || '19' || substr(id, 7) as bigint) else null end as base from r)",
        "date": "select case shape when 1 then og_day(substr(d, 1, 4), substr(d, 5, 2), substr(d, 7, 2)) when 2 then try_cast(d as date) "
        f"when 3 then {day.format(day=repr('1'))} when 4 then og_serial_day(cast(d as integer)) "
        f"when 5 then {day.format(day='''og_group(d, '^[0-9]+[-/.年][0-9]+[-/.月]([0-9]+)', 1)''')} else null end as v from "
        "(select d, case when d is null then null when og_is(d, '[0-9]{8}') then 1 when og_is(d, '[0-9]{4}-[0-9]{2}-[0-9]{2}') then 2 "
        "when og_is(d, '[0-9]{4}[-/.年][0-9]{1,2}月?') then 3 when og_is(d, '[0-9]{5}') then 4 "
        "when og_is(d, '[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?') then 5 else null end as shape from "
        "(select case when length(born) > 11 and og_matches(born, ' [0-9:.]+$') then split_part(born, ' ', 1) else born end as d from r))",
        "folded": "select og_half(address) as v from r",
        "mobile": f"select case when strlen(phone) = 11 and og_is(phone, '{MOBILE}') then phone else nullif(og_part(og_replaced(phone, '[ -]', ''), '{MOBILE}'), '') end as v from r",
        # a join keeps no order: each code bears the number of its row
        "code": "select r.rowid as n, s.code as v from r left join spelling s on s.spelling = r.nation",
    }
    for name in RULES:
        timed(name, lambda name=name: con.execute(f"create table o_{name} as {sql[name]}"))  # type: ignore[misc]
    con.execute("create or replace table o_code as select v from o_code order by n")
    return {name: con.sql(f"select v from o_{name}").to_arrow_table()["v"].combine_chunks() for name in RULES}


def pandas(raw: Path, threads: int, timed: Timed) -> dict[str, Any]:
    """The rules as whole-column pandas."""
    import pandas as pd
    import pyarrow as pa

    r = pd.read_parquet(raw, columns=["GMSFHM", "CSRQ", "XZZ", "LXDH", "MZ"])
    number, born, address, phone, nation = (r[c] for c in r.columns)
    words = spellings()

    def sign(base: Any) -> Any:
        total = sum(base.str.slice(i, i + 1).astype("int64") * w for i, w in enumerate(WEIGHTS))
        return (total % 11).map(dict(enumerate(SIGNS)))

    def checksum() -> Any:
        fits = number[number.str.fullmatch(ID18, na=False)]
        return (sign(fits) == fits.str.slice(17)).reindex(number.index)

    def upgraded() -> Any:
        fits = number[number.str.fullmatch(ID15, na=False)]
        base = fits.str.slice(0, 6) + "19" + fits.str.slice(6)
        return (base + sign(base)).reindex(number.index)

    def days(y: Any, m: Any, d: Any) -> Any:
        return pd.to_datetime(
            y + "-" + m.str.zfill(2) + "-" + d.str.zfill(2), format="%Y-%m-%d", errors="coerce"
        )

    def dated() -> Any:
        text = born.str.replace(" [0-9:.]+$", "", regex=True)
        out = pd.Series(pd.NaT, index=text.index, dtype="datetime64[s]")
        left = text.notna()
        for shape, read in (
            ("[0-9]{8}", lambda t: pd.to_datetime(t, format="%Y%m%d", errors="coerce")),
            ("[0-9]{4}-[0-9]{2}-[0-9]{2}", lambda t: pd.to_datetime(t, format="%Y-%m-%d", errors="coerce")),
            ("[0-9]{5}", lambda t: pd.Timestamp("1899-12-30") + pd.to_timedelta(t.astype("int64"), unit="D")),
        ):
            hit = left & text.str.fullmatch(shape, na=False)
            out[hit] = read(text[hit]).astype("datetime64[s]")
            left &= ~hit
        parts = text[left].str.extract("^([0-9]{4})[-/.年]([0-9]{1,2})(?:月?|[-/.月]([0-9]{1,2})日?)$")
        out[left] = days(parts[0], parts[1], parts[2].fillna("1")).astype("datetime64[s]")
        return out

    def folded() -> Any:
        return address.str.translate(str.maketrans(FULL))

    def mobile() -> Any:
        plain = phone.str.fullmatch(MOBILE, na=False)
        found = phone[~plain].str.replace("[ -]", "", regex=True).str.extract(f"({MOBILE})", expand=False)
        return phone.where(plain, found.reindex(phone.index))

    made = dict(
        zip(RULES, (checksum, upgraded, dated, folded, mobile, lambda: nation.map(words)), strict=True)
    )
    kinds = {"checksum": pa.bool_(), "date": pa.date32()}
    found = {name: timed(name, made[name]) for name in RULES}
    return {name: _arrow(found[name], kinds.get(name, pa.string())) for name in RULES}


def _arrow(series: Any, kind: Any) -> Any:
    import pyarrow as pa

    array = pa.Array.from_pandas(series)
    return (array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array).cast(kind)


def polars(raw: Path, threads: int, timed: Timed) -> dict[str, Any]:
    """The rules as polars expressions (POLARS_MAX_THREADS is set by the caller)."""
    import polars as pl

    r = pl.read_parquet(raw, columns=["GMSFHM", "CSRQ", "XZZ", "LXDH", "MZ"])
    number, born, address, phone, nation = (pl.col(c) for c in ("GMSFHM", "CSRQ", "XZZ", "LXDH", "MZ"))

    def sign(base: Any) -> Any:
        total = sum((base // 10 ** (16 - i) % 10) * w for i, w in enumerate(WEIGHTS))
        return (total % 11).replace_strict(dict(enumerate(SIGNS)), return_dtype=pl.String)

    def whole(column: Any, pattern: str) -> Any:
        return column.str.contains(f"^(?:{pattern})$")

    base18 = pl.when(whole(number, ID18)).then(number.str.slice(0, 17)).cast(pl.Int64)
    base15 = (
        pl.when(whole(number, ID15)).then(number.str.slice(0, 6) + "19" + number.str.slice(6)).cast(pl.Int64)
    )
    text = pl.col("text")
    parts = text.str.extract_groups("^([0-9]{4})[-/.年]([0-9]{1,2})(?:月?|[-/.月]([0-9]{1,2})日?)$")
    day = (
        pl.when(whole(text, "[0-9]{8}")).then(text.str.to_date("%Y%m%d", strict=False))
        .when(whole(text, "[0-9]{4}-[0-9]{2}-[0-9]{2}")).then(text.str.to_date("%Y-%m-%d", strict=False))
        .when(whole(text, "[0-9]{5}")).then(pl.date(1899, 12, 30) + pl.duration(days=text.cast(pl.Int64, strict=False)))
        .otherwise(
            (parts.struct.field("1") + "-" + parts.struct.field("2").str.zfill(2) + "-" + parts.struct.field("3").fill_null("1").str.zfill(2))
            .str.to_date("%Y-%m-%d", strict=False)
        )
    )  # fmt: skip
    made: dict[str, Callable[[], Any]] = {
        "checksum": lambda: r.lazy().with_columns(base=base18).select(v=sign(pl.col("base")) == number.str.slice(17)),
        "upgraded": lambda: r.lazy().with_columns(base=base15).select(v=pl.col("base").cast(pl.String) + sign(pl.col("base"))),
        "date": lambda: r.lazy().select(text=born.str.replace(" [0-9:.]+$", "")).select(v=day),
        "folded": lambda: r.lazy().select(v=address.str.replace_many(FULL)),
        "mobile": lambda: r.lazy().select(v=pl.when(whole(phone, MOBILE)).then(phone)
                                          .otherwise(phone.str.replace_all("[ -]", "").str.extract(f"({MOBILE})", 1))),
        "code": lambda: r.lazy().select(v=nation.replace_strict(spellings(), default=None, return_dtype=pl.String)),
    }  # fmt: skip
    found = {name: timed(name, lambda name=name: made[name]().collect()["v"]) for name in RULES}  # type: ignore[misc]
    return {
        name: found[name]
        .to_arrow()
        .cast("string" if name not in ("checksum", "date") else found[name].to_arrow().type)
        for name in RULES
    }
