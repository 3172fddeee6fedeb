"""One trouble is one issue however many editions have it: opened, standing, closed, come back."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from issues.told_city import POLICE, ToldCity, issue, person

D = {day: date(2026, 11, day) for day in range(1, 31)}
BAD_ID = ("id_bad_checksum", "id_number", "210***1(18)")


def bad_id(row: int, value: str = BAD_ID[2]) -> dict[str, object]:
    return dict(issue(BAD_ID[0], row, BAD_ID[1], value))


def cases(city: ToldCity, columns: str = "record_key, status, first_seen, last_seen, editions, closed_on") -> list[tuple[object, ...]]:  # fmt: skip
    return city.query(f"select {columns} from issue_case order by all")


def test_fixed_standing_and_new_over_two_editions(city: ToldCity) -> None:
    """R1 is put right, R2 stays wrong though its row moved, R3 is wrong from the second edition on."""
    city.tell("police", 1, [person(2, "R1"), person(3, "R2"), person(4, "R3")], [bad_id(2), bad_id(3)])
    city.tell(
        "police",
        8,
        [person(2, "R0"), person(3, "R1"), person(4, "R2"), person(5, "R3")],
        [bad_id(4), bad_id(5)],
    )
    city.tables()
    assert cases(city) == [
        ("R1", "closed", D[1], D[1], 1, D[8]),
        ("R2", "open", D[1], D[8], 2, None),
        ("R3", "open", D[8], D[8], 1, None),
    ]
    assert city.query("select as_of, opened, closed, standing from issue_trend order by 1") == [
        (D[1], 2, 0, 2), (D[8], 1, 1, 2),
    ]  # fmt: skip
    [told] = city.query(
        "select agency, dimension, severity, source_column, file, row_number, remedy, edition_id from issue_case "
        "where record_key = 'R2'"
    )
    assert told[:6] == ("甲市公安局", "accuracy", "error", "身份证号", "police-08.csv", 4)
    assert told[6] == "请来源单位核对后更正。" and told[7].startswith("police-20261108")


def test_another_value_is_another_issue(city: ToldCity) -> None:
    city.tell("police", 1, [person(2, "R1")], [bad_id(2)])
    city.tell("police", 8, [person(2, "R1")], [bad_id(2, "370***2(18)")])
    city.tables()
    assert cases(city, "value_masked, status") == [("210***1(18)", "closed"), ("370***2(18)", "open")]


def test_gone_and_come_back_is_one_issue(city: ToldCity) -> None:
    for day, wrong in ((1, True), (8, False), (15, True)):
        city.tell("police", day, [person(2, "R1")], [bad_id(2)] if wrong else [])
    city.tables()
    assert cases(city) == [("R1", "open", D[1], D[15], 2, None)]
    assert city.query("select as_of, opened, closed, standing from issue_trend order by 1") == [
        (D[1], 1, 0, 1), (D[8], 0, 1, 0), (D[15], 1, 0, 1),
    ]  # fmt: skip


def test_a_record_that_is_gone_takes_its_issue_along(city: ToldCity) -> None:
    city.tell("police", 1, [person(2, "R1"), person(3, "R2")], [bad_id(3)])
    city.tell("police", 8, [person(2, "R1")])
    city.tables()
    assert cases(city) == [("R2", "closed", D[1], D[1], 1, D[8])]


def test_issues_without_a_record_are_counted_off(city: ToldCity) -> None:
    """Three rows without a key, then two: one is settled, whatever rows they stand in. A file's figure is no identity."""
    city.tell(
        "police", 1, [], [*(issue("key_empty", row) for row in (5, 6, 7)), issue("rows_short", value="12")]
    )
    city.tell(
        "police", 8, [], [*(issue("key_empty", row) for row in (9, 10)), issue("rows_short", value="3")]
    )
    city.tables()
    assert city.query("select code, status, count(*) from issue_case group by all order by all") == [
        ("key_empty", "closed", 1), ("key_empty", "open", 2), ("rows_short", "open", 1),
    ]  # fmt: skip
    assert city.query("select row_number from issue_case where code = 'key_empty' and status = 'open' order by 1") == [(9,), (10,)]  # fmt: skip


def test_a_reissued_file_settles_what_only_the_old_one_had(city: ToldCity) -> None:
    old = city.tell("police", 1, [person(2, "R1"), person(3, "R2")], [bad_id(2), bad_id(3)])
    city.tell("police", 1, [person(2, "R1"), person(3, "R2")], [bad_id(3)], number=2)
    city.becomes(old, "replaced")
    city.tables()
    assert cases(city) == [("R1", "closed", D[1], D[1], 1, D[1]), ("R2", "open", D[1], D[1], 2, None)]


def test_held_and_rejected_editions_are_not_in_the_ledger(city: ToldCity) -> None:
    city.tell("police", 1, [person(2, "R1")], [bad_id(2)])
    city.tell("police", 8, [person(2, "R1")], [], status="held")
    city.tell("police", 9, [person(2, "R1")], [], status="rejected")
    city.tables()
    assert cases(city, "record_key, status") == [("R1", "open")]


def test_a_delta_that_is_silent_about_a_record_cures_nothing(city: ToldCity) -> None:
    city.source(POLICE.replace("columns:", "mode: delta\ncolumns:"))
    city.tell(
        "police", 1, [person(2, "R1"), person(3, "R2"), person(4, "R3")], [bad_id(2), bad_id(3), bad_id(4)]
    )
    city.tell("police", 2, [person(2, "R2")])
    gone = {"source": "police", "edition_id": "police-20261103-1", "as_of": D[3], "record_key": "R3"}
    city.tell("police", 3, [person(2, "R9")], withdrawn=[gone])
    city.tables()
    assert cases(city, "record_key, status, closed_on") == [
        ("R1", "open", None), ("R2", "closed", D[2]), ("R3", "closed", D[3]),
    ]  # fmt: skip
    assert city.query("select as_of, opened, closed, standing from issue_trend order by 1") == [
        (D[1], 3, 0, 3), (D[2], 0, 1, 2), (D[3], 0, 1, 1),
    ]  # fmt: skip


def test_parts_are_judged_by_their_own_dates(city: ToldCity) -> None:
    city.source(POLICE.replace("columns:", 'part: {pattern: "^(.)_"}\ncolumns:'))
    city.tell("police", 1, [person(2, "A1")], [bad_id(2)], part="a")
    city.tell("police", 1, [person(2, "B1")], [bad_id(2)], part="b")
    city.tell("police", 8, [person(2, "A1")], [], part="a")
    city.tables()
    assert cases(city, "record_key, status, closed_on") == [("A1", "closed", D[8]), ("B1", "open", None)]


def test_an_unreadable_file_stands_until_a_later_one_is_used(city: ToldCity) -> None:
    city.tell("police", 1, [person(2, "R1")])
    city.failed("police", 8)
    city.tables()
    found = "select code, status, closed_on, found_when from issue_case"
    assert city.query(found) == [("file_unreadable", "open", None, "edition")]
    city.tell("police", 9, [person(2, "R1")])
    city.tables()
    assert city.query(found) == [("file_unreadable", "closed", D[9], "edition")]
    assert city.query("select as_of, standing from issue_trend order by 1") == [(D[8], 1), (D[9], 0)]


def test_doubts_of_placing_are_remembered_from_version_to_version(city: ToldCity) -> None:
    first = city.tell("police", 1, [person(2, "R1"), person(3, "R2")])
    doubt = {
        "source": "police", "edition_id": first.edition_id, "file": first.file, "field": "grid_code",
        "code": "grid_unknown", "severity": "warning", "value_masked": "G*(3)",
    }  # fmt: skip
    city.place_issues = [{**doubt, "row_number": 2}, {**doubt, "row_number": 3}]
    place = {"source": "police", "edition_id": first.edition_id, "record_no": 0, "community_code": "210202001001", "grid_code": "WG1"}  # fmt: skip
    city.placed = [{**place, "record_key": "R1"}]
    city.tables()
    assert city.query("select record_key, grid_code, found_when from issue_case order by 1") == [
        ("R1", "WG1", "place"), ("R2", None, "place"),
    ]  # fmt: skip
    # The roster was put right: gone without a new edition of this source, at the city's date.
    city.tell("health", 5, [person(2, "H1")])
    city.place_issues = [{**doubt, "row_number": 3}]
    city.tables()
    city.tables()
    assert cases(city) == [("R1", "closed", D[1], D[1], 1, D[5]), ("R2", "open", D[1], D[1], 1, None)]
    second = city.tell("police", 8, [person(2, "R2")])
    city.place_issues = [{**doubt, "edition_id": second.edition_id, "file": second.file, "row_number": 2}]
    city.tables()
    assert cases(city) == [("R1", "closed", D[1], D[1], 1, D[5]), ("R2", "open", D[1], D[8], 2, None)]
    assert city.query("select as_of, opened, closed, standing from issue_trend order by 1") == [
        (D[1], 2, 0, 2), (D[5], 0, 1, 1), (D[8], 0, 0, 1),
    ]  # fmt: skip


def test_the_order_of_rows_and_the_number_of_threads_change_nothing(tmp_path: Path) -> None:
    def told(folder: str, threads: int, step: int) -> list[tuple[object, ...]]:
        (tmp_path / folder).mkdir()
        city = ToldCity(tmp_path / folder)
        city.store.con.execute(f"set threads = {threads}")
        city.source(POLICE)
        for day in (1, 8):
            wrong = [bad_id(2 + k) for k in range(day, 20)] + [issue("key_empty", 30 + k) for k in range(day)]
            city.tell("police", day, [person(2 + k, f"R{k}") for k in range(20)][::step], wrong[::step])
        city.tables()
        found = [
            row for name in ("issue_case", "issue_trend", "quality") for row in city.query(f"from {name}")
        ]
        city.store.close()
        return found

    assert told("a", 1, 1) == told("b", 2, -1)


def test_the_last_standing_is_what_is_open(city: ToldCity) -> None:
    """Whatever comes and goes, and in whatever order the editions were told."""
    for n, day in enumerate((15, 1, 22, 8)):
        keys = [f"R{k}" for k in range(12)]
        wrong = [bad_id(2 + k) for k in range(12) if (k * 7 + day) % 3]
        city.tell("police", day, [person(2 + k, key) for k, key in enumerate(keys)], wrong, number=n + 1)
    city.tables()
    standing = city.query("select standing from issue_trend order by as_of desc limit 1")
    assert standing == city.query("select count(*) from issue_case where status = 'open'")
    assert city.query("select count(*), count(distinct issue_id) from issue_case") == [(12, 12)]
