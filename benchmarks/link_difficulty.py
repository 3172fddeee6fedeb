"""How hard the demo city is to link: the exact id join and plain Splink, against its truth.

    python benchmarks/link_difficulty.py WORKSPACE [--people N] [--no-splink]

Reads ``truth/record_text.parquet`` of a demo workspace (or makes a city of N people first) and prints precision,
recall and F1 over pairs of records. The city must not be gentler than life: the exact join at most 0.80, Splink with the
comparisons and thresholds of its documentation at most 0.99. Splink gets a table that is normalised as a careful
analyst would in a few lines; nothing here knows of Chinese characters, pinyin or households.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import duckdb

EXACT_ID_AT_MOST, SPLINK_AT_MOST = 0.80, 0.99


@dataclass(frozen=True)
class Score:
    """Agreement of a partition with the truth, over pairs of records of one person."""

    precision: float
    recall: float
    f1: float


def load(con: duckdb.DuckDBPyConnection, workspace: Path) -> int:
    """Table ``r``: every kept person record as written, with a number of its own and the person it is of."""
    path = (workspace / "truth" / "record_text.parquet").as_posix()
    con.execute(f"""
        CREATE TABLE r AS
        SELECT row_number() OVER (ORDER BY source, file, sheet, row_number, record_no) AS unique_id, person_id, source, name, id_number,
               birth_date, sex, phone, coalesce(live_address, hukou_address) AS address FROM read_parquet('{path}')
    """)
    return int(con.execute("SELECT count(*) FROM r").fetchall()[0][0])


def score(con: duckdb.DuckDBPyConnection, clusters: str) -> Score:
    """Score a table or query of (unique_id, cluster_id) against table ``r``."""
    row = con.execute(f"""
        WITH c AS (SELECT r.person_id, c.cluster_id FROM r JOIN ({clusters}) c USING (unique_id)),
        pairs AS (SELECT sum(n * (n - 1) / 2) AS found FROM (SELECT count(*) AS n FROM c GROUP BY cluster_id)),
        real AS (SELECT sum(n * (n - 1) / 2) AS real FROM (SELECT count(*) AS n FROM c GROUP BY person_id)),
        shared AS (SELECT sum(n * (n - 1) / 2) AS hit FROM (SELECT count(*) AS n FROM c GROUP BY cluster_id, person_id))
        SELECT hit / found, hit / real, 2 * hit / (found + real) FROM pairs, real, shared
    """).fetchall()[0]
    return Score(*(float(x) for x in row))


def exact_id(con: duckdb.DuckDBPyConnection) -> Score:
    """Records are one person where the cell, as written, is the same right citizen number (18 characters, checksum)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = " + ".join(f"(ascii(substr(id_number, {i}, 1)) - 48) * {w}" for i, w in enumerate(weights, 1))
    right = rf"regexp_full_match(id_number, '[1-9]\d{{5}}(19|20)\d{{9}}[\dX]') AND substr('10X98765432', (({total}) % 11)::INTEGER + 1, 1) = right(id_number, 1)"
    return score(
        con,
        f"SELECT unique_id, CASE WHEN {right} THEN id_number ELSE 'r' || unique_id END AS cluster_id FROM r",
    )


def plain_table(con: duckdb.DuckDBPyConnection) -> None:
    """Table ``plain``: NFKC, no blanks, upper case; dates in the usual forms; sex by each source's code; the first mobile number."""
    con.execute(r"""
        CREATE TABLE plain AS
        WITH clean AS (
          SELECT unique_id, regexp_replace(nfc_normalize(translate(name, '０１２３　', '0123 ')), '[\s\x{200b}\x{feff}]|[（(].*$', '', 'g') AS name,
                 upper(regexp_replace(translate(id_number, '０１２３４５６７８９Ｘ', '0123456789X'), '[^0-9Xx*]', '', 'g')) AS id,
                 regexp_replace(birth_date, '[ T].*$', '') AS birth, CASE WHEN source = 'weijian' THEN translate(trim(sex), '01', '12') ELSE trim(sex) END AS sex, phone,
                 regexp_replace(translate(address, '０１２３４５６７８９', '0123456789'), '\s', '', 'g') AS address
          FROM r
        )
        SELECT unique_id, nullif(name, '') AS name, CASE WHEN regexp_full_match(id, '\d{17}[\dX]') THEN id END AS id_number,
               strftime(coalesce(try_strptime(birth, ['%Y-%m-%d', '%Y/%m/%d', '%Y.%m.%d', '%Y%m%d', '%Y年%m月%d日']),
                 CASE WHEN regexp_full_match(id, '\d{17}[\dX]') THEN try_strptime(substr(id, 7, 8), '%Y%m%d') END), '%Y-%m-%d') AS dob,
               CASE WHEN sex IN ('1', '男', 'M', '男性') THEN 'M' WHEN sex IN ('2', '女', 'F', '女性') THEN 'F' END AS sex,
               nullif(regexp_extract(regexp_replace(phone, '[ -]', '', 'g'), '1[3-9]\d{9}'), '') AS phone, nullif(address, '') AS address
        FROM clean
    """)


def splink(con: duckdb.DuckDBPyConnection, threshold: float = 0.95) -> Score:
    """Splink's deduplication tutorial on table ``plain``: its ready-made comparisons, its training steps, clusters at 0.95."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on("id_number"), block_on("name", "dob"), block_on("phone"), block_on("name", "sex"), block_on("dob", "sex"), block_on("address", "sex"),
        ],
        comparisons=[
            cl.NameComparison("name"), cl.DateOfBirthComparison("dob", input_is_string=True), cl.ExactMatch("sex"),
            cl.LevenshteinAtThresholds("phone", [1, 2]), cl.LevenshteinAtThresholds("address", [1, 5]), cl.LevenshteinAtThresholds("id_number", [1, 2]),
        ],
    )  # fmt: skip
    api = DuckDBAPI(connection=con)
    linker = Linker(api.register("plain"), settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("id_number"), block_on("name", "dob", "phone")], recall=0.7
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (block_on("name", "dob"), block_on("id_number"), block_on("phone", "sex")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule, record_sample_proportion=1.0)
    pairs = linker.inference.predict(threshold_match_probability=0.2)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        pairs, threshold_match_probability=threshold
    )
    return score(con, f"SELECT unique_id, cluster_id FROM {clusters.physical_name}")


def measure(workspace: Path, with_splink: bool = True) -> dict[str, object]:
    """Both scores of one demo workspace, with the time each took."""
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    result: dict[str, object] = {
        "date": date.today().isoformat(), "machine": f"{platform.machine()}, {os.cpu_count()} cores", "records": load(con, workspace),
    }  # fmt: skip
    steps = [("exact_id", exact_id)]
    if with_splink:
        plain_table(con)
        steps.append(("splink", splink))
    for name, step in steps:
        start = time.perf_counter()
        found = step(con)
        result[name] = {
            **{k: round(v, 4) for k, v in asdict(found).items()},
            "seconds": round(time.perf_counter() - start, 1),
        }
    con.close()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "workspace", type=Path, nargs="?", help="a demo workspace; without one a city is made"
    )
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--no-splink", action="store_true")
    options = parser.parse_args()
    if options.workspace is not None:
        print(json.dumps(measure(options.workspace, not options.no_splink), ensure_ascii=False))
        return
    from pipelines.demo import make_demo

    with tempfile.TemporaryDirectory() as folder:
        make_demo(Path(folder), options.people)
        print(json.dumps(measure(Path(folder), not options.no_splink), ensure_ascii=False))


if __name__ == "__main__":
    main()
