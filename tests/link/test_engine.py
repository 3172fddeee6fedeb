"""Records to edges: the same whatever the order of rows and the number of threads, and night by night as at once."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from link.records import MemoryStore, number, store_of

from warehouse.link.engine import LastNight, build_nodes, score_pairs
from warehouse.link.model import Model, count_frequencies, load_model
from warehouse.link.settings import load_link_settings, words
from warehouse.link.versions import SHIPPED

SURNAMES, GIVEN = "王李张刘陈杨赵黄", "伟芳秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂"
PINYIN = dict(zip(SURNAMES + GIVEN, ["wang", "li", "zhang", "liu", "chen", "yang", "zhao", "huang", "wei", "fang", "xiu", "ying", "min", "jing", "li", "qiang", "lei", "jun", "yang", "yong", "yan", "jie", "juan", "tao", "ming", "chao", "lan", "xia", "ping", "gang", "gui"], strict=True))  # fmt: skip


def city(people: int, seed: int) -> list[dict[str, Any]]:
    """Records of some people: a whole one each, and others with a damaged number, a misspelt name, no number."""
    rng = random.Random(seed)
    records: list[dict[str, Any]] = []
    for i in range(people):
        name = rng.choice(SURNAMES) + rng.choice(GIVEN) + rng.choice(["", rng.choice(GIVEN)])
        born = date(1950, 1, 1) + timedelta(days=rng.randrange(25_000))
        whole = {
            "name": name, "birth_date": born, "sex": rng.choice("12"), "phones": f"139{i // 2:08d}",
            "dwelling_id": f"d{i // 3}", "community_code": f"c{i // 40}", "id_number": number(f"{born:%Y%m%d}", i % 500 * 2 + 1),
        }  # fmt: skip
        records.append(whole)
        if rng.random() < 0.6:
            records.append({**whole, "id_number": None, "source": "health"})
        if rng.random() < 0.3:
            records.append(
                {**whole, "name": name[0] + rng.choice(GIVEN), "id_number": None, "source": "grid"}
            )
        if rng.random() < 0.2:
            number_now = whole["id_number"][:15] + "000"
            records.append(
                {
                    **whole,
                    "id_number": None,
                    "id_status": "excel000",
                    "id_stated": number_now,
                    "source": "school",
                }
            )
    for i, record in enumerate(records):
        record["record_key"] = f"k{i}"
        if record["name"]:
            record["name_pinyin"] = " ".join(PINYIN[one] for one in record["name"])
    return records


@pytest.fixture(scope="module")
def frequencies(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Path]:
    folder = tmp_path_factory.mktemp("model")
    model = load_model(SHIPPED, load_link_settings())
    store, inputs = store_of(*city(300, 1))
    build_nodes(store, inputs)  # type: ignore[arg-type]
    count_frequencies(store.con, "link_node", model.settings, folder, least=model.nodes)
    return model, folder


def edges(
    records: list[dict[str, Any]],
    frequencies: tuple[Model, Path],
    *,
    threads: int = 2,
    last: LastNight | None = None,
) -> tuple[MemoryStore, list[tuple[Any, ...]]]:
    store, inputs = store_of(*records)
    store.con.execute(f"set threads = {threads}")
    build_nodes(store, inputs)  # type: ignore[arg-type]
    score_pairs(store, *frequencies, last=last)  # type: ignore[arg-type]
    return store, store.rows("select * from link_edge order by node_l, node_r")


def test_order_of_rows_and_threads_change_nothing(frequencies: tuple[Model, Path]) -> None:
    records = city(200, 2)
    _, one = edges(records, frequencies, threads=1)
    random.Random(3).shuffle(records)
    _, other = edges(records, frequencies, threads=4)
    assert len(one) > 100
    assert one == other


def test_a_night_upon_the_last_one_gives_what_a_full_run_gives(
    frequencies: tuple[Model, Path], tmp_path: Path
) -> None:
    records = city(200, 4)
    before, _ = edges(records[:-60] + [{**r, "phones": "13800000000"} for r in records[-60:-50]], frequencies)
    for table in ("link_node", "link_edge", "link_capped"):
        before.con.execute(f"copy {table} to '{tmp_path / table}.parquet'")
    kept = [
        f"read_parquet('{tmp_path / table}.parquet')" for table in ("link_node", "link_edge", "link_capped")
    ]
    _, nightly = edges(records, frequencies, last=LastNight(*kept))
    _, full = edges(records, frequencies)
    assert nightly == full


def test_a_block_that_grows_over_its_cap_takes_its_pairs_with_it(
    frequencies: tuple[Model, Path], tmp_path: Path
) -> None:
    """Sixty people behind one phone make a block; the sixty-first ends it, also for those who did not change."""
    people = [
        {"name": "王" + GIVEN[i % 20] + GIVEN[i // 20], "birth_date": date(1980, 1, 1), "phones": "041112345", "record_key": f"k{i:02d}", "name_pinyin": None}
        for i in range(62)
    ]  # fmt: skip
    before, _ = edges(people[:60], frequencies)
    for table in ("link_node", "link_edge", "link_capped"):
        before.con.execute(f"copy {table} to '{tmp_path / table}.parquet'")
    kept = [
        f"read_parquet('{tmp_path / table}.parquet')" for table in ("link_node", "link_edge", "link_capped")
    ]
    store, nightly = edges(people, frequencies, last=LastNight(*kept))
    _, full = edges(people, frequencies)
    assert nightly == full
    assert store.rows("select count(*) > 0 from link_capped") == [(True,)]


WHOLE = {
    "name": "张秀英", "name_pinyin": "zhang xiu ying", "sex": "2", "birth_date": date(1985, 3, 14), "phones": "13912345678",
    "dwelling_id": "d1", "id_number": number("19850314", 2),
}  # fmt: skip
BARE = {**WHOLE, "id_number": None, "source": "grid"}
VETOED: Mapping[str, tuple[dict[str, Any], str | None]] = {
    "the same": (BARE, None),
    "homophone": ({**BARE, "name": "张秀瑛"}, None),
    "another number": ({**WHOLE, "id_number": number("19850314", 4), "source": "grid"}, "two_ids"),
    "son of one phone and home": ({**BARE, "name": "李浩", "name_pinyin": "li hao", "birth_date": date(2012, 5, 1), "sex": "1"}, "other_name"),
    "same name, another birth": ({**BARE, "birth_date": date(1961, 11, 2)}, "other_birth"),
    "sister without a birth date": ({**BARE, "name": "张秀芳", "name_pinyin": "zhang xiu fang", "birth_date": None}, "near_name_no_birth"),
    "masked number of another, moved": (
        {**BARE, "phones": None, "dwelling_id": "d9", "id_status": "masked", "id_stated": "370602********1234"}, "other_id",
    ),
}  # fmt: skip


def test_vetoes(frequencies: tuple[Model, Path]) -> None:
    people = []
    for i, (record, _) in enumerate(VETOED.values()):
        # each case in a home of its own, ten years from the next
        people += [{**WHOLE, "record_key": f"a{i}"}, {**record, "record_key": f"b{i}"}]
        for one in people[-2:]:
            one["phones"] = one["phones"] and f"1391234567{i}"
            one["dwelling_id"] = f"{one['dwelling_id']}{i}"
    store, _ = edges(people, frequencies)
    nodes = dict(store.rows("select record_key, node_id from link_node_record"))
    found = {
        (left, right): (veto, reason)
        for left, right, veto, reason in store.rows("select node_l, node_r, veto, reason from link_edge")
    }
    for i, (case, (_, veto)) in enumerate(VETOED.items()):
        pair = nodes[f"a{i}"], nodes[f"b{i}"]
        told = found.get((min(pair), max(pair)))
        if told is None:  # too little weight to be kept: no less apart
            assert veto is not None, case
        else:
            assert (told[0], told[1] is None) == (veto, veto is None), case


def test_weight_is_the_sum_of_its_parts(frequencies: tuple[Model, Path]) -> None:
    store, _ = edges(city(60, 5), frequencies)
    parts = " + ".join(f"mw_{one.name}" for one in frequencies[0].settings.comparisons)
    spread = store.rows(f"select max(weight - ({parts})) - min(weight - ({parts})) from link_edge")[0][0]
    assert spread == pytest.approx(0, abs=1e-9)


def test_every_level_has_words() -> None:
    for label, levels in words(load_link_settings()).values():
        assert label
        assert sorted(levels) == list(range(-1, len(levels) - 1))
        assert all(levels.values())
