"""How well a partition of records agrees with the truth.

Belongs here: the measures, as SQL over (unique_id, cluster) and (unique_id, person). Does not belong here: methods.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb


@dataclass(frozen=True)
class Score:
    """Agreement of a partition with the truth.

    ``precision``, ``recall``, ``f1`` are over pairs of records of one person, ``b3_…`` over records (each record's
    share of its cluster that is its person, and of its person that is in its cluster). ``impure`` residents hold
    records of two people or more; ``impure_share`` is their number over that of people. ``split`` is the number of
    people whose records are in two clusters or more, ``largest`` that of records in the largest cluster.
    """

    records: int
    persons: int
    clusters: int
    precision: float
    recall: float
    f1: float
    b3_precision: float
    b3_recall: float
    b3_f1: float
    impure: int
    impure_share: float
    split: int
    largest: int


def score(con: duckdb.DuckDBPyConnection, clusters: str, truth: str) -> Score:
    """Score ``clusters`` (a FROM item of unique_id, cluster) against ``truth`` (of unique_id, person).

    A record without a cluster stands alone; what has no truth is left out.
    """
    con.execute(f"""
        create or replace temp table _cell as
        select person, cluster, count(*) as n from (
            select t.person, coalesce(cast(c.cluster as varchar), 'alone ' || t.unique_id) as cluster
            from {truth} t left join {clusters} c using (unique_id)
        ) group by person, cluster""")
    found = con.execute("""
        with by_cluster as (select cluster, sum(n)::double as of_cluster, count(*) as persons from _cell group by cluster),
        by_person as (select person, sum(n)::double as of_person, count(*) as clusters from _cell group by person),
        pairs as (select
            (select sum(of_cluster * (of_cluster - 1) / 2) from by_cluster) as found,
            (select sum(of_person * (of_person - 1) / 2) from by_person) as real,
            (select sum(n * (n - 1) / 2) from _cell) as hit),
        b3 as (
            select sum(n * n / of_cluster) / sum(n) as p, sum(n * n / of_person) / sum(n) as r, sum(n) as records
            from _cell join by_cluster using (cluster) join by_person using (person))
        select records, (select count(*) from by_person), (select count(*) from by_cluster),
            coalesce(hit / nullif(found, 0), 1), coalesce(hit / nullif(real, 0), 1), coalesce(2 * hit / nullif(found + real, 0), 1),
            p, r, 2 * p * r / (p + r),
            (select count(*) from by_cluster where persons > 1), (select count(*) from by_person where clusters > 1),
            (select max(of_cluster) from by_cluster)
        from pairs, b3""").fetchall()[0]
    records, persons, clusters_n, *shares, impure, split, largest = found
    p, r, f1, b3_p, b3_r, b3_f1 = (round(float(x), 6) for x in shares)
    return Score(
        int(records), int(persons), int(clusters_n), p, r, f1, b3_p, b3_r, b3_f1,
        int(impure), round(int(impure) / int(persons), 6), int(split), int(largest),
    )  # fmt: skip
