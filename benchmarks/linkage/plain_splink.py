"""Plain Splink on the demo city: the comparisons, training steps and thresholds of its documentation, unconstrained.

Belongs here: the table that a careful analyst makes in a few lines, the same columns out of the project's own typed
records, Splink's model of the deduplication tutorial on either, connected components. Nothing here knows of Chinese
characters, pinyin, households or check digits. Does not belong here: Splink's models of the public sets
(``published_models``), the project's own use of Splink (``warehouse/link``).
"""

from __future__ import annotations

import logging

import duckdb

CLUSTER_AT = 0.95
PAIRS = 1e7
"""Pairs drawn for the chance of agreement: what Splink recommends outside of demonstrations."""


def plain_table(con: duckdb.DuckDBPyConnection, text: str) -> None:
    """Table ``plain`` out of cells as written: NFKC, no blanks, upper case; dates in the usual forms; sex by each
    source's code; the first mobile number."""
    con.execute(rf"""
        CREATE TABLE plain AS
        WITH clean AS (
          SELECT unique_id, regexp_replace(nfc_normalize(translate(name, '０１２３　', '0123 ')), '[\s\x{{200b}}\x{{feff}}]|[（(].*$', '', 'g') AS name,
                 upper(regexp_replace(translate(id_number, '０１２３４５６７８９Ｘ', '0123456789X'), '[^0-9Xx*]', '', 'g')) AS id,
                 regexp_replace(birth_date, '[ T].*$', '') AS birth, CASE WHEN source = 'weijian' THEN translate(trim(sex), '01', '12') ELSE trim(sex) END AS sex, phone,
                 regexp_replace(translate(coalesce(live_address, hukou_address), '０１２３４５６７８９', '0123456789'), '\s', '', 'g') AS address
          FROM {text}
        )
        SELECT unique_id, nullif(name, '') AS name, CASE WHEN regexp_full_match(id, '\d{{17}}[\dX]') THEN id END AS id_number,
               strftime(coalesce(try_strptime(birth, ['%Y-%m-%d', '%Y/%m/%d', '%Y.%m.%d', '%Y%m%d', '%Y年%m月%d日']),
                 CASE WHEN regexp_full_match(id, '\d{{17}}[\dX]') THEN try_strptime(substr(id, 7, 8), '%Y%m%d') END), '%Y-%m-%d') AS dob,
               CASE WHEN sex IN ('1', '男', 'M', '男性') THEN 'M' WHEN sex IN ('2', '女', 'F', '女性') THEN 'F' END AS sex,
               nullif(regexp_extract(regexp_replace(phone, '[ -]', '', 'g'), '1[3-9]\d{{9}}'), '') AS phone, nullif(address, '') AS address
        FROM clean
    """)


def typed_table(con: duckdb.DuckDBPyConnection, records: str) -> None:
    """Table ``plain`` out of the project's typed records: what Splink makes of the same, well normalized columns."""
    parts = ("county", "street", "community", "road", "road_no", "estate", "building", "unit", "room")
    address = {
        p: f"nullif(concat_ws('/', {', '.join(f'{p}_{x}' for x in parts)}), '')" for p in ("live", "hukou")
    }
    con.execute(f"""
        CREATE TABLE plain AS
        SELECT unique_id, name_key AS name, CASE WHEN length(id_number) = 18 THEN id_number END AS id_number,
               CASE WHEN coalesce(birth_date_precision, 'day') = 'day' THEN strftime(birth_date, '%Y-%m-%d') END AS dob, sex,
               phone, coalesce({address["live"]}, {address["hukou"]}) AS address
        FROM {records}
    """)


def splink(con: duckdb.DuckDBPyConnection, *, tight: bool = False, threshold: float = CLUSTER_AT) -> str:
    """Splink's deduplication tutorial on table ``plain``; a FROM item of (unique_id, cluster).

    ``tight``: each blocking rule but that on the number asks for two agreeing things, as Splink's page on blocking
    advises for a million records: much faster. Else some ask for one thing and the sex.
    """
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    wide = [("phone",), ("name", "sex"), ("dob", "sex"), ("address", "sex")]
    narrow = [("phone", "name"), ("phone", "dob"), ("address", "name"), ("address", "dob")]
    rules = [("id_number",), ("name", "dob"), *(narrow if tight else wide)]
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in rules],
        comparisons=[
            cl.NameComparison("name"), cl.DateOfBirthComparison("dob", input_is_string=True), cl.ExactMatch("sex"),
            cl.LevenshteinAtThresholds("phone", [1, 2]), cl.LevenshteinAtThresholds("address", [1, 5]), cl.LevenshteinAtThresholds("id_number", [1, 2]),
        ],
    )  # fmt: skip
    linker = Linker(DuckDBAPI(connection=con).register("plain"), settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("id_number"), block_on("name", "dob", "phone")], recall=0.7
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=PAIRS, seed=1)
    for rule in (block_on("name", "dob"), block_on("id_number"), block_on("phone", "sex")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule, record_sample_proportion=1.0)
    pairs = linker.inference.predict(threshold_match_probability=0.2)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        pairs, threshold_match_probability=threshold
    )
    return f"(SELECT unique_id, cluster_id AS cluster FROM {clusters.physical_name})"
