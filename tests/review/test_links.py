"""The evidence table: scored pairs with their weights, what was vetoed, what a person said."""

from __future__ import annotations

import json

from review.linked_night import LinkedNight


def test_every_pair_with_its_evidence_and_whether_it_was_used(night: LinkedNight) -> None:
    night.node("iA", "ga:1", "gb:1", "gc:1", anchor="A", rule="id_number")
    night.node("kx", "gl:1", cluster="iA", via="iA", weight=9.0)
    night.node("ky", "gl:2")
    night.node("kz", "gl:3", cluster="iA")
    night.node("kw", "gl:4", cluster="iA")
    night.edge("iA", "kx", 9.0, 0.99, name=1)
    night.edge("iA", "ky", 9.0, 0.99, "twins")
    night.edge("kx", "kz", 7.0, 0.98)
    night.edge("kx", "ky", 8.0, 0.98)
    con = night.store.con
    con.execute("insert into link_apart values ('ky', 'kx', 'judgement')")
    con.execute(
        "insert into link_together values ('kw', 'iA', 'J00000002'), ('iA', 'kw', 'J00000003'), ('kx', 'iA', 'J00000004')"
    )
    stage = night.review()
    rows = night.store.rows(
        f"""select left_source || left_record_key, right_source || right_record_key, rule, veto, used,
            left_resident_id = right_resident_id
        from {stage.scan("resident_link")} order by 1, 2"""
    )
    assert rows == [
        ("ga1", "gl1", "name_birth", None, True, True),
        ("ga1", "gl2", "name_birth", "twins", False, False),
        ("ga1", "gl4", "judgement", None, True, True),
        ("gl1", "gl2", "name_birth", "judgement", False, False),
        ("gl1", "gl3", "name_birth", None, False, True),
    ]
    reason = night.store.rows(f"select reason from {stage.scan('resident_link')} where rule = 'judgement'")
    assert reason == [("人工判定为同一人：J00000002",)]
    levels = night.store.rows(
        f"select levels from {stage.scan('resident_link')} where match_weight = 9 and veto is null"
    )
    assert json.loads(levels[0][0]) == [
        {"comparison": "name", "label": "姓名", "level": 1, "words": "拼音相同", "weight": 9.0}
    ]


def test_a_night_without_records_writes_empty_tables(night: LinkedNight) -> None:
    stage = night.review()
    assert {name: stage.counts[name] for name in ("review_item", "review_record", "resident_link")} == {
        "review_item": 0, "review_record": 0, "resident_link": 0,
    }  # fmt: skip
