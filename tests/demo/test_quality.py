"""A small demo city, synced and held against its truth with the gates of ``make quality``; and the gates themselves:
a result that is spoilt on purpose must fail them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from synced_demo import synced_demo

# Making and syncing the city is most of it, in the first test.
pytestmark = pytest.mark.timeout(1200)


def _load() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "quality.py"
    spec = importlib.util.spec_from_file_location("quality", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["quality"] = module
    spec.loader.exec_module(module)
    return module


quality: Any = _load()


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synced_demo(tmp_path_factory).root


@pytest.fixture(scope="module")
def lines(synced: Path) -> list[Any]:
    return quality.Quality(synced).measure()  # type: ignore[no-any-return]


def test_the_gates_hold(lines: list[Any]) -> None:
    wrong = [f"{gate.table} {gate.what}: {line.right} of {line.told}" for gate, line in quality.failed(lines)]
    assert not wrong


def test_every_gate_has_something_to_measure(lines: list[Any]) -> None:
    told = {(line.table, line.what): line.told for line in lines if line.source == "all"}
    for gate in quality.GATES:
        assert told[(gate.table, gate.what)] > 400, gate
    sources = {line.source for line in lines if line.table == "record" and line.told}
    assert sources > {"gongan_hukou", "gongan_liudong", "renshe", "weijian", "zongzhi_wangge", "jiaoyu"}
    kinds = {line.source for line in lines if line.table == "id kind"} - {"all"}
    assert kinds <= set(quality.CLASSES)
    assert kinds > {
        "missing",
        "masked",
        "excel000",
        "float_rounded",
        "sci_notation",
        "mistyped",
        "old15",
        "lost_digit",
    }


SPOILT = {
    (
        "record",
        "sex",
    ): "update core_resident_record set sex = case sex when '1' then '2' else '1' end where {some}",
    ("record", "birth_date"): "update core_resident_record set birth_date = birth_date + 1 where {some}",
    ("record", "ethnicity"): "update core_resident_record set ethnicity = null where {some}",
    ("record", "live parts"): "update core_resident_record set live_unit = '9' where {some}",
    ("record", "hukou parts"): "update core_resident_record set hukou_room = null where {some}",
    ("record", "grid"): "update core_placed set grid_code = left(grid_code, 12) || '999' where {some}",
    (
        "id",
        "lost",
    ): "update core_resident_record set id_status = 'bad_checksum' where id_status = 'masked' and {some}",
    ("id", "disturbed"): "update core_resident_record set id_number = null where {some}",
    (
        "name",
        "altered",
    ): "update core_resident_record set name = replace(name, '伟', '炜') where contains(name, '伟')",
    ("resident", "sex"): "update core_resident set sex = null where {some}",
    ("resident", "birth_date"): "update core_resident set birth_date = null where {some}",
    ("resident", "ethnicity"): "update core_resident set ethnicity = '97' where {some}",
    ("resident", "grid"): "update core_resident set grid_code = null where {some}",
}


@pytest.mark.parametrize("gate", SPOILT, ids="-".join)
def test_a_spoilt_result_fails_its_gate(synced: Path, gate: tuple[str, str]) -> None:
    measured = quality.Quality(synced)
    key = "record_key" if gate[0] != "resident" else "resident_id"
    measured.con.execute(SPOILT[gate].format(some=f"hash({key}) % 25 = 0"))
    assert gate in {(one.table, one.what) for one, _ in quality.failed(measured.measure())}


def test_lost_records_count_as_wrong(synced: Path, lines: list[Any]) -> None:
    measured = quality.Quality(synced)
    measured.con.execute("delete from core_resident_record where source = 'renshe'")
    after = {(line.source, line.what): line for line in measured.measure() if line.table == "record"}
    before = {(line.source, line.what): line for line in lines if line.table == "record"}
    assert (
        after[("renshe", "sex")].told == before[("renshe", "sex")].told
        and after[("renshe", "sex")].right == 0
    )


def test_nothing_measured_is_a_failure() -> None:
    assert len(quality.failed([])) == len(quality.GATES)
