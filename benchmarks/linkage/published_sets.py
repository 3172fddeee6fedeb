"""The public truth sets: their records as tables, and plain Splink with the models of its own documentation.

Sets: ``febrl3`` (5,000 records of 2,000 people), ``febrl4`` (5,000 against 5,000), ``historical_50k`` (50,578 records of
5,156 people). They may not be shipped: they are read from the shared folder (tests/published.py) where that is.
Belongs here: reading, Splink's published models and thresholds, from the notebooks febrl3, febrl4 and
deduplicate_50k_synthetic of Splink 5. Does not belong here: the project's settings for these sets.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

SEED = 1
FEBRL = (
    "given_name", "surname", "street_number", "address_1", "address_2", "suburb", "postcode", "state", "date_of_birth",
    "soc_sec_id",
)  # fmt: skip


@dataclass(frozen=True)
class Documented:
    """How Splink's documentation links a set: the model (see ``_models``), and the thresholds it clusters at."""

    model: str
    published_set: str
    thresholds: tuple[float, ...]


DOCUMENTED = (
    Documented("febrl3", "febrl3", (0.95, 0.5)),
    Documented("febrl4_detailed", "febrl4", (0.99, 0.95)),
    Documented("febrl4_extended", "febrl4", (0.99, 0.95)),
    Documented("historical_50k", "historical_50k", (0.95,)),
)
SETS = ("febrl3", "febrl4", "historical_50k")


def folder_of(shared: Path) -> Path:
    return shared / "linkage"


def load(con: duckdb.DuckDBPyConnection, name: str, folder: Path) -> list[str]:
    """Make the tables of a set (one a side) and return their names; each has ``unique_id`` and ``person``.

    Cells are trimmed and empty ones null, as the notebooks do. ``truth`` is a table of (unique_id, person) over all.
    """
    if name == "historical_50k":
        path = folder / "historical_figures_with_errors_50k.parquet"
        con.execute(
            f"create table historical_50k as select * exclude (cluster), cluster as person from read_parquet('{path.as_posix()}')"
        )
        tables = [name]
    else:
        tables = {"febrl3": ["febrl3"], "febrl4": ["febrl4a", "febrl4b"]}[name]
        for table in tables:
            columns = ", ".join(f"nullif(trim({c}), '') as {c}" for c in FEBRL)
            con.execute(f"""
                create table {table} as
                select trim(rec_id) as unique_id, regexp_extract(rec_id, '^([^-]+-[^-]+)', 1) as person, {columns},
                    given_name || '_' || surname as full_name
                from (select * from read_csv('{(folder / f"{table}.csv").as_posix()}', header = true, all_varchar = true, quote = '"'))""")
    con.execute(
        "create table truth as " + " union all ".join(f"select unique_id, person from {t}" for t in tables)
    )
    return tables


def documented(con: duckdb.DuckDBPyConnection, model: str, tables: list[str]) -> Any:
    """Train and predict with a documented model over the tables of its set: Splink's linker and its predictions."""
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection=con)
    settings, prior, recall, pairs, sessions, at = _model(model)
    registered = [api.register(table) for table in tables]
    linker = Linker(registered if len(registered) > 1 else registered[0], settings)
    train = linker.training
    train.estimate_probability_two_random_records_match(prior, recall=recall)
    train.estimate_u_using_random_sampling(max_pairs=pairs, seed=SEED)
    for rule in sessions:
        train.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=model != "febrl3"
        )
    return linker, linker.inference.predict(**at)


def clusters(linker: Any, predictions: Any, threshold: float) -> str:
    """Connected components at a match probability: a FROM item of (unique_id, cluster)."""
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predictions, threshold_match_probability=threshold
    )
    return f"(select unique_id, cluster_id as cluster from {found.physical_name})"


def _model(name: str) -> tuple[Any, list[Any], float, float, list[Any], dict[str, float]]:
    """Settings, rules and recall of the prior, pairs for u, EM sessions, arguments of predict."""
    from splink import block_on

    if name == "historical_50k":
        return (
            _historical(),
            [
                block_on("first_name", "surname", "dob"),
                block_on("substr(first_name,1,2)", "surname", "substr(postcode_fake,1,2)"),
                block_on("dob", "postcode_fake"),
            ],
            0.6,
            1e7,
            [block_on("first_name", "surname"), block_on("dob")],
            {},
        )
    same = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")]
    sessions = [block_on("date_of_birth"), block_on("postcode")]
    if name == "febrl3":
        swapped = (
            "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth"
        )
        return _febrl3(), [*same, swapped], 0.9, 1e6, sessions, {"threshold_match_probability": 0.2}
    if name == "febrl4_detailed":
        return _febrl4(_detailed()), same, 0.8, 1e6, sessions, {"threshold_match_probability": 0.2}
    return _febrl4(_extended()), same, 0.8, 1e7, sessions, {}


def _historical() -> Any:
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    rules = [
        ("substr(first_name,1,3)", "substr(surname,1,4)"), ("surname", "dob"), ("first_name", "dob"), ("postcode_fake", "first_name"),
        ("postcode_fake", "surname"), ("dob", "birth_place"), ("substr(postcode_fake,1,3)", "dob"),
        ("substr(postcode_fake,1,3)", "first_name"), ("substr(postcode_fake,1,3)", "surname"),
        ("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
    ]  # fmt: skip
    return SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in rules],
        comparisons=[
            cl.ForenameSurnameComparison("first_name", "surname", forename_surname_concat_col_name="first_and_surname"),
            cl.DateOfBirthComparison("dob", input_is_string=True), cl.PostcodeComparison("postcode_fake"),
            cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
    )  # fmt: skip


def _febrl3() -> Any:
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    return SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on(c) for c in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")
        ],
        comparisons=[
            cl.NameComparison("given_name"), cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ],
    )  # fmt: skip


def _febrl4(comparisons: list[Any]) -> Any:
    from splink import SettingsCreator, block_on

    return SettingsCreator(
        link_type="link_only",
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"), "l.given_name = r.surname and l.surname = r.given_name", block_on("date_of_birth"),
            block_on("soc_sec_id"), block_on("state", "address_1"), block_on("street_number", "address_1"), block_on("postcode"),
        ],
        comparisons=comparisons,
    )  # fmt: skip


def _detailed() -> list[Any]:
    import splink.comparison_library as cl

    return [
        cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
        cl.NameComparison("surname").configure(term_frequency_adjustments=True),
        _born(),
        cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
        cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
    ]


def _extended() -> list[Any]:
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl

    crossed = (
        "jaro_winkler_similarity(given_name_l, surname_r) + jaro_winkler_similarity(surname_l, given_name_r)"
    )
    names = [
        cll.CustomLevel("(given_name_l IS NULL OR given_name_r IS NULL) and (surname_l IS NULL OR surname_r IS NULL)").configure(is_null_level=True),
        cll.ExactMatchLevel("full_name", term_frequency_adjustments=True),
        cll.JaroWinklerLevel("full_name", 0.9), cll.JaroWinklerLevel("full_name", 0.7), cll.ColumnsReversedLevel("given_name", "surname"),
        cll.CustomLevel(f"{crossed} >= 1.8"), cll.CustomLevel(f"{crossed} >= 1.4"),
        cll.ExactMatchLevel("given_name", term_frequency_adjustments=True), cll.ExactMatchLevel("surname", term_frequency_adjustments=True),
        cll.CustomLevel("given_name_l = surname_r OR surname_l = given_name_r"),
        cll.JaroWinklerLevel("given_name", 0.9), cll.JaroWinklerLevel("surname", 0.9), cll.ElseLevel(),
    ]  # fmt: skip

    def edits(column: str, most: int) -> Any:
        levels = [cll.DamerauLevenshteinLevel(column, n) for n in range(1, most + 1)]
        exact = cll.ExactMatchLevel(column, term_frequency_adjustments=True)
        return cl.CustomComparison(
            output_column_name=column,
            comparison_levels=[cll.NullLevel(column), exact, *levels, cll.ElseLevel()],
        )

    return [
        cl.CustomComparison(output_column_name="whole_name", comparison_levels=names),
        _born(), edits("soc_sec_id", 2), edits("street_number", 1), edits("postcode", 2),
    ]  # fmt: skip


def _born() -> Any:
    import splink.comparison_library as cl

    return cl.DateOfBirthComparison(
        "date_of_birth", input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=True
    )
