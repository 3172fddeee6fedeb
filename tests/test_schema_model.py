"""The declarations hold together, hold what is contracted, and every contradiction is told with its line."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.code_lists import fold_code
from schemas.declarations import HERE, load_schema, read_schema
from schemas.model import RECORD_KINDS, schema
from schemas.problem import Problem
from tests.published import DATA

CONTRACT = {
    "resident": "resident_id name former_name id_type id_number sex birth_date ethnicity marital_status education phone "
    "hukou_address live_address county_code street_code community_code grid_code estate building unit room dwelling_id "
    "household_id relation_to_head resident_kind status sources confidence first_seen last_seen",
    "resident_record": "source record_key edition_id row_number resident_id match_rule match_probability",
    "resident_record_history": "source record_key edition_id row_number resident_id",
    "resident_value": "resident_id field value source record_key observed_at chosen reason",
    "resident_change": "resident_id change other_id version reason",
    "resident_history": "resident_id name birth_date grid_code valid_from valid_to",
    "area": "area_code code_system level name parent_code aliases valid_from valid_to successor_codes",
    "grid": "grid_code grid_type name community_code grid_worker worker_phone valid_from valid_to households residents",
    "household": "household_id household_no head_resident_id members dwelling_id",
    "dwelling": "dwelling_id estate building unit room floor_area community_code grid_code owner_resident_id",
    "staff": "name unit_code role certificate start_date end_date birth_date",
    "organisation": "organisation_id name uscc kind parent_id address",
    "event": "source record_key event_no category grid_code community_code resident_id dwelling_id reported_at "
    "dispatched_at responded_at closed_at department rating",
    "benefit": "resident_id program agency level amount status start_date end_date",
    "issue": "source edition_id file sheet row_number field code severity value_masked",
    "edition": "source edition_id file sha256 as_of format encoding header_row rows_read rows_kept rows_skipped "
    "rows_rejected status reason",
    "edition_skip": "source edition_id why rows",
    "column_dictionary": "table_name column_name",
    "lineage": "table_name column_name source",
    "snapshot": "version audience",
}
GB_LISTS = {
    "sex_gbt2261_1": "sex", "marital_gbt2261_2": "marital_status", "health_gbt2261_3_1digit": "health",
    "occupation_status_gbt2261_4": "occupation_status", "nation_gbt3304": "ethnicity", "politics_gbt4762": "politics",
    "education_gbt4658_2006": "education", "family_relation_gbt4761_2008": "relation_to_head",
    "disability_type": "disability_type", "disability_level": "disability_level", "urban_rural_nbs": "urban_rural",
}  # fmt: skip
# What the survey itself coded against the standard (an uncle as a brother), or what has two readings (媳妇).
# Where its code has one digit, it is the standard's first digit.
DOUBTFUL = {"媳妇", "小女", "叔叔", "婶祖母", "长子次孙", "长子孙", "长子孙女", "父子"}


def test_every_contracted_table_and_column_is_declared() -> None:
    for name, columns in CONTRACT.items():
        table = schema().tables[name]
        assert set(columns.split()) <= set(table.column_names), name
        assert "core" in table.audiences, name


def test_every_record_kind_and_stage_has_its_table() -> None:
    tables = schema().tables
    for kind in RECORD_KINDS:
        core = tables[f"{kind}_core"]
        assert core.record_kind == kind and core.layer == "record"
        assert core.column_names[:8] == (
            "source",
            "edition_id",
            "as_of",
            "file",
            "sheet",
            "row_number",
            "record_key",
            "record_no",
        )
    assert {
        "resident_placed",
        "household_placed",
        "event_placed",
        "organisation_placed",
        "assignment",
        "row_outcome",
    } <= set(tables)


def test_labels_stand_beside_codes_in_gold_tables_only() -> None:
    names = schema().tables["resident"].column_names
    assert names[names.index("sex") + 1] == "sex_label"
    assert "birth_date_precision_label" not in names
    assert "sex_label" not in schema().tables["resident_core"].column_names


def test_what_a_source_may_map() -> None:
    resident = schema().record_table("resident").mappable
    assert {"id_number", "estate", "program", "grid_worker"} <= set(resident)
    assert not {"source", "name_key", "id_status", "phones", "live_county", "birth_date_precision"} & set(
        resident
    )
    assert schema().record_table("benefit").mappable["status"].codes == "benefit_status"
    assert schema().record_table("area").mappable["level"].codes == "area_level"


def test_the_residence_follows_the_live_address() -> None:
    for name in ("county_code", "grid_code", "building", "room", "dwelling_id"):
        rule = schema().fields[name].survivorship
        assert rule is not None and (rule.rule, rule.with_field) == ("with", "live_address")


def test_no_identifying_value_reaches_analysts() -> None:
    for name in (
        "name",
        "id_number",
        "phone",
        "hukou_address",
        "live_address",
        "address",
        "remark",
        "content",
        "room",
    ):
        assert schema().fields[name].analyst == "drop", name
    for field in schema().fields.values():
        if field.sensitivity == "identifying":
            assert field.analyst == "drop", field.name


@pytest.mark.parametrize(
    ("codes", "text", "code"),
    [
        ("sex", "男", "1"), ("sex", " Ｍ ", "1"), ("ethnicity", "汉", "01"), ("ethnicity", "HA", "01"),
        ("ethnicity", "1", "01"), ("education", "大专", "30"), ("education", "专科", "30"), ("education", "文盲", "90"),
        ("relation_to_head", "妻子", "12"), ("relation_to_head", "长孙女", "42"), ("relation_to_head", "2", None),
        ("resident_status", "已故", "deceased"), ("grid_type", "comprehensive", "comprehensive"), ("sex", "x", None),
    ],
)  # fmt: skip
def test_spellings(codes: str, text: str, code: str | None) -> None:
    assert schema().code_lists[codes].find(text) == code


def test_importing_stays_light() -> None:
    heavy = "import sys, schemas.model, schemas.sources; print([m for m in ('duckdb', 'pyarrow', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _shared() -> Path:
    if not DATA.is_dir():
        pytest.skip("ONCEGRID_SHARED")
    return DATA


@pytest.mark.real
def test_every_code_of_the_standards_is_there() -> None:
    known = json.loads((_shared() / "gb_codes.json").read_text("utf-8"))
    for key, name in GB_LISTS.items():
        ours = {code.code: code.label for code in schema().code_lists[name].codes}
        for code, label in known[key].items():
            assert ours[code] == (label["name"] if isinstance(label, dict) else label), (name, code)


@pytest.mark.real
def test_spellings_of_field_workers() -> None:
    relations, missed, wrong = schema().code_lists["relation_to_head"], [], []
    with (_shared() / "relation_to_head_terms.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            term, stated = row["term_as_written"], row["GBT4761_code_in_source"]
            found = relations.find(term)
            if found is None:
                missed.append(term)
            elif found not in (stated, stated.zfill(2), f"{stated}0") and term not in DOUBTFUL:
                wrong.append((term, stated, found))
    assert not wrong
    assert set(missed) <= DOUBTFUL


# --- contradictions, each in a copy of the real declarations ---


def _broken(tmp_path: Path, file: str, old: str, new: str) -> list[Problem]:
    folder = tmp_path / "schemas"
    for name in ("codes", "tables"):
        shutil.copytree(HERE / name, folder / name)
    shutil.copy(HERE / "fields.yaml", folder)
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    return read_schema(folder)[1]


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("tables/staff.yaml", "  - certificate\n", "  - certificat\n", "unknown field 'certificat' (did you mean 'certificate'"),
        ("tables/staff.yaml", "key: [source", "key: [sauce", "unknown column 'sauce'"),
        ("tables/staff.yaml", "layer: gold", "layer: golden", "must be one of"),
        ("tables/staff.yaml", "title:", "titel:", "unknown key 'titel' (did you mean 'title'?)"),
        ("tables/household.yaml", "references: grid.grid_code", "references: grid.grid_id", "refers to grid.grid_id, which does not exist"),
        ("tables/household.yaml", "references: grid.grid_code", "references: area.area_code", "make them alike"),
        ("fields.yaml", "codes: sex\n", "codes: sexx\n", "unknown code list 'sexx' (did you mean 'sex'"),
        ("fields.yaml", "\nuscc:", "\nspare: {type: text, label: 备, label_en: spare, description: 备。}\nuscc:", "'spare' is used in no table"),
        ("fields.yaml", "survivorship: {with: id_number}", "survivorship: {with: id_nummer}", "unknown field 'id_nummer'"),
        ("codes/sex.csv", "0,未知", "1,未知", "the code '1' stands twice"),
        ("codes/sex.csv", "女士|♀", "女士|♀|男", "'男' already stands for the code '1'"),
        ("codes/sex.csv", "code,label", "kode,label", "the header must begin with code,label,aliases"),
    ],
)  # fmt: skip
def test_contradictions_are_told_with_file_and_line(
    tmp_path: Path, file: str, old: str, new: str, words: str
) -> None:
    problems = _broken(tmp_path, file, old, new)
    told = [p for p in problems if words in p.en]
    assert told, [p.en for p in problems]
    assert told[0].file == file and told[0].line is not None and told[0].zh != told[0].en


def test_loading_broken_declarations_raises_all_of_it(tmp_path: Path) -> None:
    _broken(tmp_path, "codes/sex.csv", "女士|♀", "女士|♀|男")
    with pytest.raises(Problem, match="already stands"):
        load_schema(tmp_path / "schemas")


def test_fold_code() -> None:
    assert fold_code(" Ｍ　男\t") == "m男"
