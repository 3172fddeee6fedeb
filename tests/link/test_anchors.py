"""Which records a valid number holds together, and which bear somebody else's."""

from __future__ import annotations

from datetime import date

import pytest
from link.records import number, store_of

from warehouse.link.engine import build_nodes
from warehouse.link.inputs import JUDGEMENT, LinkInputs

MOTHER = number("19850314", 2)
OWN = {
    "name": "张秀英",
    "name_pinyin": "zhang xiu ying",
    "sex": "2",
    "birth_date": date(1985, 3, 14),
    "id_number": MOTHER,
}


def rules(*records: dict[str, object]) -> list[str]:
    store, inputs = store_of(*records)
    build_nodes(store, inputs)  # type: ignore[arg-type]
    return [row[0] for row in store.rows("select rule from link_node_record order by record_key")]


CASES = {
    "child with mother's number": ({"name": "李浩", "name_pinyin": "li hao", "birth_date": date(2012, 5, 1), "sex": "1"}, "id_conflict"),
    "child of her surname": ({"name": "张浩", "name_pinyin": "zhang hao", "birth_date": date(2012, 5, 1), "sex": "1"}, "id_conflict"),
    "another name, no birth date": ({"name": "李浩", "name_pinyin": "li hao"}, "id_conflict"),
    "homophone": ({"name": "张秀瑛", "name_pinyin": "zhang xiu ying"}, "id_number"),
    "homophone of another birth and sex": ({"name": "张秀瑛", "name_pinyin": "zhang xiu ying", "birth_date": date(1961, 2, 3), "sex": "1"}, "id_conflict"),
    "one character differs": ({"name": "张秀芳", "name_pinyin": "zhang xiu fang", "birth_date": date(1985, 3, 14)}, "id_number"),
    "sister": ({"name": "张秀芳", "name_pinyin": "zhang xiu fang", "birth_date": date(1988, 7, 2), "sex": "2"}, "id_conflict"),
    "letters": ({"name": "ZHANG XIUYING", "name_key": "zhangxiuying", "name_pinyin": "zhang xiuying"}, "id_number"),
    "renamed": ({"name": "张雅", "name_pinyin": "zhang ya", "birth_date": date(1985, 3, 14), "sex": "2"}, "id_number"),
    "pet name": ({"name": "小英", "name_pinyin": "xiao ying"}, "id_number"),
    "lunar birthday": ({"name": "张秀英", "name_pinyin": "zhang xiu ying", "birth_date": date(1985, 1, 23)}, "id_number"),
    "no name, birth date fits": ({"name": None, "birth_date": date(1985, 3, 14)}, "id_number"),
    "no name, another birth date": ({"name": None, "birth_date": date(2012, 5, 1)}, "id_conflict"),
    "no name, another sex": ({"name": None, "sex": "1"}, "id_conflict"),
    "same name, another birth date": ({"name": "张秀英", "name_pinyin": "zhang xiu ying", "birth_date": date(1990, 8, 8)}, "id_number"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bearers_of_a_number(case: str) -> None:
    record, expected = CASES[case]
    assert rules(OWN, OWN, {"id_number": MOTHER, **record}) == ["id_number", "id_number", expected]


def test_alone_with_a_number_that_is_not_his() -> None:
    """A child whose only record bears the number of a father who is in no list."""
    assert rules({"name": "李浩", "birth_date": date(2012, 5, 1), "id_number": number("19830402", 1)}) == [
        "id_conflict"
    ]


def test_the_owner_is_not_the_most_frequent_name_but_the_one_that_fits() -> None:
    child = {
        "name": "李浩",
        "name_pinyin": "li hao",
        "birth_date": date(2012, 5, 1),
        "sex": "1",
        "id_number": MOTHER,
    }
    assert rules(OWN, child, child) == ["id_number", "id_conflict", "id_conflict"][:1] * 0 + [
        "single",
        "id_conflict",
        "id_conflict",
    ]


def test_a_birth_date_from_a_strange_number_is_no_evidence() -> None:
    store, inputs = store_of(
        OWN,
        OWN,
        {
            "name": "王丽",
            "name_pinyin": "wang li",
            "birth_date": date(1985, 3, 14),
            "sex": "2",
            "id_number": MOTHER,
        },
    )
    build_nodes(store, inputs)  # type: ignore[arg-type]
    assert store.rows("select births, anchor, id_class from link_node where name = '王丽'") == [
        ([], None, "missing")
    ]


def test_a_judgement_parts_two_bearers() -> None:
    store, inputs = store_of(OWN, OWN, OWN)
    columns = ", ".join(
        f"{value} as {name}"
        for name, value in zip(JUDGEMENT, ("'police'", "'k0'", "0", "'police'", "'k2'", "0"), strict=True)
    )
    judged = LinkInputs(
        inputs.residents,
        inputs.placed,
        judgements=f"(select {columns}, 'different' as verdict, '1' as judgement_id)",
    )
    build_nodes(store, judged)  # type: ignore[arg-type]
    assert store.rows("select record_key, rule from link_node_record order by 1") == [
        ("k0", "id_number"),
        ("k1", "id_number"),
        ("k2", "id_conflict"),
    ]


def test_a_number_that_a_spreadsheet_rounded_and_that_passes_its_check() -> None:
    """Of the numbers of one day some round to a number whose check digit is right by chance."""
    for sequence in range(1, 999, 2):
        true = number("19850314", sequence)
        if true.endswith("X"):
            continue
        rounded = str(int(float(true)))
        if rounded != true and number("19850314", int(rounded[14:17])) == rounded:
            break
    record = {"name": "张强", "name_pinyin": "zhang qiang", "birth_date": date(1985, 3, 14)}
    found = rules(
        {**record, "id_number": true, "source": "a"},
        {**record, "id_number": true, "source": "b"},
        {**record, "id_number": rounded, "source": "c"},
    )
    assert found == ["id_number", "id_number", "recovered_id"]
