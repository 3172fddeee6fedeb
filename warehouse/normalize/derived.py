"""Columns of the core tables that no single cell states: precisions, parts of addresses, status by a remark.

Belongs here: which output of which field fills a derived column, and the issues that two fields make together.
Does not belong here: what is decided from several records (``link/``, ``unify/``), where something is (``place/``).
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.model import Table
from warehouse.normalize.addresses import PARTS
from warehouse.normalize.births import birth
from warehouse.normalize.permits import contradict
from warehouse.normalize.steps import Reading

# Words of a remark (or behind a name) that speak of the person himself: not 丈夫已故, not 拟迁出.
_BEFORE = r"(^|[，,；;。、\s(（:：日月年号\d])(该人|其人|本人|户主|老人|此人)?(已|于)?[^，,；;。、父母夫妻子女儿兄弟姐妹爷奶偶伴属护亲]{0,10}?(已)?"
_DECEASED = _BEFORE + "(死亡|去世|病故|身故|亡故|过世|故世|已故|离世|逝世)"
_MOVED_OUT = _BEFORE + "(迁出|外迁|迁往|迁走|搬走|搬离|搬迁至|迁至)"
_NOT_YET = "未(死亡|迁出|搬走|去世)|拟(迁出|搬|迁)|准备(搬|迁)|(申请|计划|打算)(迁|搬)|迁入"
# Which address gives the parts of each prefix.
_ADDRESS_OF = {"live_": ("live_address", "address"), "hukou_": ("hukou_address",), "": ("address",)}
_OWN_WORD = {"live_": True, "hukou_": False, "": True}


def status_of(text: str) -> str:
    """SQL of the status that a remark gives: deceased, moved_out, or null."""
    return (
        f"case when {text} is null then null when og_matches({text}, '{_DECEASED}') "
        f"and not og_matches({text}, '{_NOT_YET}') then 'deceased' "
        f"when og_matches({text}, '{_MOVED_OUT}') and not og_matches({text}, '{_NOT_YET}') then 'moved_out' else null end"
    )


def columns_of(table: Table, readings: Mapping[str, Reading]) -> dict[str, str]:
    """Column → SQL for every column of a core table but the common ones; ``readings`` by canonical field."""
    made: dict[str, str] = {}
    for column in table.columns:
        name = column.name
        reading = readings.get(name)
        made[name] = reading.value if reading is not None and not column.derived else _derived(name, readings)
    if "name" in readings and "note" in readings["name"].outputs:
        note = readings["name"].outputs["note"]
        if "remark" in made:
            made["remark"] = f"nullif(concat_ws('；', {made['remark']}, {note}), '')"
        if table.record_kind == "resident":
            made["status"] = f"coalesce({made['status']}, {status_of(made['remark'])})"
    born = birth(readings)
    if born is not None and "birth_date" in made:
        made["birth_date"] = born.value
    if table.record_kind == "resident" and "id_number" in readings:
        made["id_type"] = f"coalesce({made['id_type']}, {readings['id_number'].outputs['type']})"
    if table.record_kind == "resident" and "disability_no" in readings:
        _of_certificate(made, readings["disability_no"].outputs)
    return made


def _of_certificate(made: dict[str, str], said: Mapping[str, str]) -> None:
    """A disabled person's certificate tells what its record leaves open: the number, the kind, the degree."""
    nothing = f"({made['id_status']}) in ('missing', 'placeholder') and ({said['id']}) is not null"
    made["id_number"] = f"case when {nothing} then {said['id']} else {made['id_number']} end"
    made["id_type"] = f"coalesce({made['id_type']}, case when {nothing} then '111' else null end)"
    made["id_status"] = f"case when {nothing} then 'ok' else {made['id_status']} end"
    made["disability_type"] = f"coalesce({made['disability_type']}, {said['type']})"
    made["disability_level"] = f"coalesce({made['disability_level']}, {said['level']})"


def _derived(name: str, readings: Mapping[str, Reading]) -> str:
    if name == "id_status":
        return readings["id_number"].outputs["status"] if "id_number" in readings else "'missing'"
    for field, suffix, column in (
        ("id_number", "stated", "id_stated"), ("name", "key", "name_key"),
        ("name", "pinyin", "name_pinyin"), ("phone", "all", "phones"),
    ):  # fmt: skip
        if name == column:
            return (
                readings[field].outputs[suffix]
                if field in readings and suffix in readings[field].outputs
                else "null"
            )
    if name.endswith("_precision"):
        reading = readings.get(name.removesuffix("_precision"))
        return reading.outputs["precision"] if reading is not None else "null"
    for prefix, addresses in _ADDRESS_OF.items():
        part = name.removeprefix(prefix)
        if name.startswith(prefix) and part in PARTS:
            words = [readings[part].value] if _OWN_WORD[prefix] and part in readings else []
            words += [
                readings[a].outputs[part] for a in addresses if a in readings and part in readings[a].outputs
            ][:1]
            if part == "estate" and len(words) == 2:
                return _estate(words[0], next(a for a in addresses if a in readings), readings)
            if words:
                return f"coalesce({', '.join(words)})" if len(words) > 1 else words[0]
    return "null"


def _estate(own: str, address: str, readings: Mapping[str, Reading]) -> str:
    """The estate's own cell goes before the address, but not where it stands alone and the address names another
    home in full (an estate left over from the row above, 松江街5号2单元304 beside it)."""
    parsed = readings[address].outputs
    beside = [readings[part].value for part in ("building", "unit", "room") if part in readings]
    alone = f"coalesce({', '.join(beside)}) is null" if beside else "true"
    whole = f"({parsed['room']}) is not null and coalesce({parsed['estate']}, {parsed['road']}) is not null"
    return f"case when {own} is not null and {alone} and {whole} then {parsed['estate']} else coalesce({own}, {parsed['estate']}) end"


def issues_between(readings: Mapping[str, Reading]) -> dict[str, str]:
    """Field → SQL of an issue that arises between two cells of a row."""
    made: dict[str, str] = {}
    if "id_number" not in readings:
        return made
    outputs = readings["id_number"].outputs
    if "id_type" in readings:
        told = contradict(readings["id_type"].value, outputs["type"])
        made["id_type"] = f"case when {told} then 'id_type_conflict' else null end"
    if "disability_no" in readings:
        own, within = readings["id_number"].value, readings["disability_no"].outputs["id"]
        made["disability_no"] = f"case when ({own}) <> ({within}) then 'disability_no_conflict' else null end"
    born = birth(readings)
    if born is not None:
        made["birth_date"] = born.issue
    if "sex" in readings:
        made["sex"] = (
            f"case when {readings['sex'].value} in ('1', '2') and {outputs['sex']} <> {readings['sex'].value} "
            "then 'id_sex_conflict' else null end"
        )
    return made
