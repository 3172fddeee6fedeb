"""Scores against values computed by hand."""

from __future__ import annotations

from datetime import date

from issues.told_city import ToldCity, issue, person

Score = tuple[int, int, float]


def scores(city: ToldCity, source: str, day: int) -> dict[tuple[str, str], Score]:
    """(field, measure) → checked, failed, score."""
    rows = city.query(
        "select field, measure, checked, failed, score from quality "
        f"where source = '{source}' and as_of = date '2026-11-{day:02d}'"
    )
    return {(field, measure): (checked, failed, score) for field, measure, checked, failed, score in rows}


def test_six_dimensions_of_a_tiny_city_by_hand(city: ToldCity) -> None:
    """Four records of police on the 1st, in use on the 8th (health's is newer): 7 days of 10 allowed.

    Ids: three stated (one with a wrong check digit that lost its value, one valid, one that contradicts the birth date)
    and one missing. Phones: one good, one that is no number, one masked, one empty.
    """
    people = [
        person(2, "R1", name="甲一", id_number=None, phone="13900000001"),
        person(3, "R2", name="甲二", id_number="210202199001010015"),
        person(4, "R3", name="甲三", id_number="210202199001010023"),
        person(5, "R4", name="甲四"),
    ]
    told = [
        issue("id_bad_checksum", 2, "id_number", "210***1(18)"), issue("id_birth_conflict", 4, "id_number"),
        issue("id_missing", 5, "id_number"), issue("phone_invalid", 3, "phone", "1*(3)"),
        issue("phone_masked", 4, "phone", "13***(11)"), issue("id_area_unknown", 3, "id_number", "210***5(18)"),
        issue("rows_short", value="3"),
    ]  # fmt: skip
    city.tell("police", 1, people, told, read=6, rejected=1, skips={"repeated_key": 1})
    city.tell("health", 8, [person(2, "H1", name="甲二", id_number="210202199001010015")])
    city.tables()
    assert scores(city, "police", 1) == {
        ("name", "filled"): (4, 0, 100.0), ("name", "well_formed"): (4, 0, 100.0), ("name", "correct"): (4, 0, 100.0),
        ("name", "coherent"): (4, 0, 100.0),
        ("id_number", "filled"): (4, 1, 75.0), ("id_number", "well_formed"): (3, 0, 100.0),
        ("id_number", "correct"): (3, 1, 66.67), ("id_number", "coherent"): (3, 1, 66.67),
        # Filled: the good one and the one that is no number; the masked one is no value.
        ("phone", "filled"): (4, 2, 50.0), ("phone", "well_formed"): (2, 1, 50.0), ("phone", "correct"): (2, 0, 100.0),
        ("phone", "coherent"): (2, 0, 100.0),
        ("*", "filled"): (12, 3, 75.0), ("*", "well_formed"): (9, 1, 88.89), ("*", "correct"): (9, 1, 88.89),
        ("*", "coherent"): (9, 1, 88.89),
        ("*", "rows_whole"): (6, 1, 83.33), ("*", "unique_key"): (5, 1, 80.0), ("*", "readable"): (1, 0, 100.0),
        ("*", "on_time"): (7, 0, 100.0),
    }  # fmt: skip
    assert ("*", "on_time") not in scores(city, "health", 8), "a source without due is not measured"


def test_every_dimension_is_scored(city: ToldCity) -> None:
    city.tell("police", 1, [person(2, "R1", name="甲一")])
    city.tables()
    assert city.query(
        "select count(distinct dimension) from quality where source = 'police' and field = '*'"
    ) == [(6,)]


def test_trend_of_timeliness_and_of_files(city: ToldCity) -> None:
    """Editions of the 1st, the 21st (20 days, 10 allowed) and the 25th; on the 25th another file could not be read."""
    for day in (1, 21, 25):
        city.tell("police", day, [person(2, "R1", name="甲一")])
    city.failed("police", 25)
    city.failed("police", 28)
    city.tables()
    found = "select as_of, checked, failed, score from quality where source = 'police' and measure = '{}' order by 1"
    assert city.query(found.format("on_time")) == [
        (date(2026, 11, 1), 20, 10, 50.0), (date(2026, 11, 21), 4, 0, 100.0), (date(2026, 11, 25), 1, 0, 100.0),
    ]  # fmt: skip
    assert city.query(found.format("readable"))[2:] == [
        (date(2026, 11, 25), 2, 1, 50.0), (date(2026, 11, 28), 1, 1, 0.0),
    ]  # fmt: skip


def test_agreement_between_sources_and_doubts_of_placing_are_carried_on(city: ToldCity) -> None:
    """Two of police's three comparable words differ; what nobody else says, or nobody says, is not compared."""
    one = city.tell("police", 1, [person(2 + n, f"R{n}", name="甲") for n in range(4)])
    two = city.tell("health", 1, [person(2 + n, f"H{n}", name="甲") for n in range(4)])

    def word(who: int, field: str, value: str, edition: object, key: str, reason: str) -> dict[str, object]:
        told = {"only", "agreed", "latest", "presumed", "placed"}
        return {
            "resident_id": f"r{who}", "field": field, "value": value, "source": edition.source,  # type: ignore[attr-defined]
            "edition_id": edition.edition_id, "record_key": key, "record_no": 0, "chosen": reason in told,  # type: ignore[attr-defined]
            "observed_at": date(2026, 11, 1), "reason": reason,
        }  # fmt: skip

    city.values = [
        word(0, "name", "甲一", one, "R0", "agreed"), word(0, "name", "甲一", two, "H0", "same"),
        word(1, "name", "甲二", two, "H1", "latest"), word(1, "name", "甲贰", one, "R1", "older"),
        word(2, "name", "甲三", two, "H2", "latest"), word(2, "name", "甲叁", one, "R2", "older"),
        word(3, "name", "甲四", one, "R3", "only"),
        word(3, "live_address", "甲路1号", one, "R3", "latest"), word(3, "live_address", "甲市甲路1号", two, "H3", "older"),
        word(0, "status", "active", one, "R0", "presumed"), word(0, "status", "active", two, "H0", "presumed"),
        word(0, "estate", "甲苑", one, "R0", "placed"), word(0, "estate", "乙苑", two, "H0", "other_record"),
    ]  # fmt: skip
    doubt = {
        "source": "police",
        "edition_id": one.edition_id,
        "file": one.file,
        "field": "community",
        "severity": "warning",
    }
    city.place_issues = [
        {**doubt, "row_number": 2, "code": "area_unknown"}, {**doubt, "row_number": 2, "code": "area_ambiguous"},
        {**doubt, "row_number": 3, "code": "area_changed", "severity": "info"},
    ]  # fmt: skip
    city.tables()
    found = (
        "select source, as_of, field, checked, failed, score from quality where measure = '{}' order by all"
    )
    agreed = [
        ("health", date(2026, 11, 1), "*", 3, 0, 100.0), ("health", date(2026, 11, 1), "name", 3, 0, 100.0),
        ("police", date(2026, 11, 1), "*", 3, 2, 33.33), ("police", date(2026, 11, 1), "name", 3, 2, 33.33),
    ]  # fmt: skip
    assert city.query(found.format("agreed")) == agreed
    assert city.query(found.format("placed")) == [("police", date(2026, 11, 1), "community", 4, 1, 75.0)]
    # The next edition speaks for itself; what was measured before stays in the trend.
    three = city.tell("police", 8, [person(2, "R0", name="甲一")])
    city.values = [word(0, "name", "甲一", three, "R0", "agreed"), word(0, "name", "甲一", two, "H0", "same")]
    city.place_issues = []
    city.tables()
    rows = [row for row in city.query(found.format("agreed")) if row[0] == "police" and row[2] == "name"]
    assert rows == [
        ("police", date(2026, 11, 1), "name", 3, 2, 33.33), ("police", date(2026, 11, 8), "name", 1, 0, 100.0),
    ]  # fmt: skip
    assert city.query(found.format("placed")) == [("police", date(2026, 11, 1), "community", 4, 1, 75.0)]


def test_only_kept_editions_are_scored(city: ToldCity) -> None:
    city.tell("police", 1, [person(2, "R1", name="甲一")])
    city.tell("police", 2, [person(2, "R1")], status="held")
    city.tables()
    assert city.query("select distinct as_of from quality where field = 'name'") == [(date(2026, 11, 1),)]
