"""Where each published column comes from: source columns by the sources' own mappings, tables by what is declared here.

Belongs here: the rows of ``lineage``. Does not belong here: how the values are made (``normalize/``, ``place/``,
``link/``, ``unify/``); what those stages do is told here in words, once a column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from schemas.derive import audience_columns
from schemas.model import Audience, Column, Schema, Table

if TYPE_CHECKING:
    from schemas.source_forms import Mapping as SourceMapping
    from schemas.sources import Source

Row = dict[str, Any]

# Which kinds of records a published table's own fields come from.
KINDS: Mapping[str, tuple[str, ...]] = {
    "resident_record": ("resident",),
    "resident": ("resident",),
    "household": ("household", "resident"),
    "dwelling": ("dwelling", "resident"),
    "grid": ("grid",),
    "area": ("area",),
    "area_alias": ("area",),
    "area_crosswalk": ("area",),
    "event": ("event",),
    "benefit": ("benefit", "resident"),
    "staff": ("staff",),
    "organisation": ("organisation",),
}

_AREA = "county_code street_code community_code"
_PLACE = "从现住址（没有时从户籍地址）解析出的房屋"
_GRID = "网格名册所述网格，否则依次取房屋、楼栋、小区、社区唯一的网格"

# table, its columns, the table they come from, its columns ("=" for the same names), how.
DERIVED: tuple[tuple[str, str, str, str, str], ...] = (
    ("resident_record", "resident_id", "resident", "resident_id", "身份归并"),
    ("resident_record", "match_rule match_probability", "resident_change", "resident_id", "身份归并"),
    ("resident", "resident_id", "resident_record", "source+record_key", "首条记录的来源与主键的密钥散列"),
    ("resident", f"{_AREA} dwelling_id estate building unit room", "dwelling", "=", _PLACE),
    ("resident", "address_basis", "resident_record", "live_address+hukou_address", _PLACE),
    ("resident", "grid_code grid_rule", "grid", "grid_code", _GRID),
    ("resident", "household_id", "household", "household_id", "户号、名册和住所归户"),
    ("resident", "sources", "resident_record", "source", "全部来源，排序后连接"),
    ("resident", "confidence", "resident_record", "match_probability", "各条记录属于同一人的把握"),
    ("resident", "first_seen last_seen", "resident_record", "as_of", "最早与最近的数据日期"),
    ("resident", "status", "resident_record", "status", "来源所述状态；本期全量数据中未见的为 unseen"),
    ("resident_history", "valid_from valid_to", "resident_record", "as_of", "按生效日期的历史"),
    ("resident_record_history", "valid_from valid_to", "resident_record", "as_of", "按数据日期的历史"),
    ("resident_value", "value observed_at", "resident_record", "*", "来源对该字段的说法"),
    ("resident_value", "resident_id", "resident", "resident_id", "身份归并"),
    ("resident_change", "resident_id other_id", "resident", "resident_id", "身份变化"),
    (
        "household",
        "household_id head_resident_id members",
        "resident",
        "resident_id",
        "户号、名册和与户主关系",
    ),
    ("household", f"dwelling_id {_AREA} grid_code", "dwelling", "=", "户主所在的房屋"),
    ("dwelling", "dwelling_id", "resident_record", "live_address", "标准化后的地址"),
    ("dwelling", _AREA, "area", "area_code", "地址中的区划名称与区划树对照"),
    ("dwelling", "grid_code", "grid", "grid_code", _GRID),
    ("dwelling", "owner_resident_id", "resident", "resident_id", "产权人证件号码与姓名"),
    ("grid", _AREA, "area", "area_code", "网格编号和名称与区划树对照"),
    ("grid", "residents", "resident", "grid_code", "人数统计"),
    ("area_alias", "alias", "area", "name+aliases", "区划的曾用名、别名、简称；功能区取自随平台的对照表"),
    ("area_alias", "area_code area_level", "area", "area_code", "现行区划"),
    ("area_alias", "legal_codes", "area", "area_code", "随平台的功能区对照表"),
    ("area_crosswalk", "code_system area_code name", "area", "=", "其他代码体系的乡级区划"),
    ("area_crosswalk", "nbs_code", "area", "area_code", "同一区县（否则同一地市）中同名的唯一统计用乡级区划"),
    ("placement", "source edition_id", "edition", "=", "随记录记下"),
    (
        "placement",
        "address_basis address_standard address_level",
        "resident_record",
        "live_address+hukou_address",
        "地址各部分拼成的标准写法",
    ),
    (
        "placement",
        "address_certainty dwelling_id",
        "dwelling",
        "dwelling_id",
        "地址所指的房屋及印证它的来源数",
    ),
    ("placement", f"area_rule {_AREA}", "area", "area_code", "来源所述代码，否则名称与区划树对照"),
    ("placement", "grid_rule grid_code", "grid", "grid_code", _GRID),
    ("event", f"{_AREA} dwelling_id", "dwelling", "=", "事发地址对应的房屋"),
    ("event", "grid_code", "grid", "grid_code", _GRID),
    ("event", "resident_id", "resident", "resident_id", "来电人姓名与电话，或住址"),
    ("benefit", "resident_id", "resident_record", "resident_id", "同一来源同一主键的居民记录"),
    ("benefit", "agency", "edition", "source", "来源 YAML 的 agency"),
    ("organisation", f"{_AREA} grid_code", "area", "area_code", "地址与区划树对照"),
    ("organisation", "organisation_id", "organisation", "uscc", "统一社会信用代码，否则名称"),
    ("organisation", "parent_id", "organisation", "organisation_id", "上级单位名称"),
    ("organisation", "sources", "edition", "source", "全部来源，排序后连接"),
    ("resident_link", "left_resident_id right_resident_id", "resident", "resident_id", "身份归并"),
    (
        "resident_link",
        "match_weight match_probability levels veto reason",
        "resident_record",
        "*",
        "两组记录逐项比对评分",
    ),
    ("review_item", "left_resident_id right_resident_id", "resident", "resident_id", "身份归并"),
    ("review_item", "match_weight match_probability", "resident_link", "=", "双方之间的评分"),
    ("review_item", "left_records right_records", "review_record", "side", "各方记录计数"),
    ("review_record", "source record_key record_no", "resident_record", "=", "条目涉及的记录"),
    ("issue", "source edition_id", "edition", "=", "读取与标准化时记下"),
    ("issue_case", "source edition_id", "edition", "=", "最近一批有此问题的批次"),
    (
        "issue_case",
        "code severity field file sheet row_number value_masked",
        "issue",
        "=",
        "各批次中的同一问题合并",
    ),
    ("issue_case", "first_seen last_seen editions status closed_on", "edition", "as_of", "各批次有无此问题"),
    ("issue_case", f"{_AREA} grid_code", "resident_record", "live_address", "记录的所在地"),
    ("issue_trend", "opened closed standing", "issue_case", "status", "按来源、代码和数据日期计数"),
    ("quality", "checked failed score", "issue_case", "dimension", "按表中所述公式"),
    ("edition_skip", "source edition_id", "edition", "=", "读取与标准化时记下"),
)

# A column that a record table adds to another: what it is read from.
_BESIDE = {
    "name_key": "name",
    "name_pinyin": "name",
    "id_status": "id_number",
    "id_stated": "id_number",
    "phones": "phone",
}
_OF_THE_EDITION = ("source", "edition_id", "as_of", "file")


def lineage_rows(declared: Schema, audience: Audience, sources: Sequence[Source]) -> list[Row]:
    """The rows of ``lineage`` for the tables that ``audience`` gets; every column has at least one."""
    derived = _by_column()
    published = {table.name for table in declared.tables.values() if audience in table.audiences}
    rows: list[Row] = []
    for table in declared.tables.values():
        if table.name not in published:
            continue
        for column in audience_columns(table, audience):
            found = list(_from_sources(table, column, sources))
            found += [
                row for row in derived.get((table.name, column.name), ()) if row["from_table"] in published
            ]
            found += _from_tables(table, column, published)
            for row in found or [{"rule": "平台生成"}]:
                rows.append({"table_name": table.name, "column_name": column.name, **row})
    unique = {tuple(sorted((k, v) for k, v in row.items() if v is not None)): row for row in rows}
    return list(unique.values())


def _by_column() -> dict[tuple[str, str], list[Row]]:
    result: dict[tuple[str, str], list[Row]] = {}
    for table, columns, from_table, from_columns, rule in DERIVED:
        for column in columns.split():
            source_column = column if from_columns == "=" else from_columns
            row = {"from_table": from_table, "source_column": source_column, "rule": rule}
            result.setdefault((table, column), []).append(row)
    return result


def _from_tables(table: Table, column: Column, published: set[str]) -> Iterator[Row]:
    """What follows from the declarations alone."""
    name, field = column.name, column.field
    if name.endswith("_label"):
        yield {"from_table": table.name, "source_column": name.removesuffix("_label"), "rule": "码表对照"}
        return
    if name in ("record_key", "record_no", "sheet", "row_number") and table.name in KINDS:
        return
    if (
        name in _OF_THE_EDITION
        and table.name in KINDS
        and "edition" in published
        and table.name != "resident"
    ):
        yield {"from_table": "edition", "source_column": name, "rule": "随记录记下"}
    elif table.name == "resident" and field.survivorship is not None and "resident_record" in published:
        told = field.survivorship
        source_column = told.with_field if told.with_field in ("live_address", "id_number") else name
        rules = {
            "authority": f"按部门权威性：{'、'.join(told.authority)}；其次最新",
            "latest": "取最新",
            "ending": f"死亡优先，其次迁出（权威不低且不旧的来源注明在册者除外），再按部门权威性：{'、'.join(told.authority)}",
            "residence": f"按部门权威性定住处：{'、'.join(told.authority)}；其次取与之不矛盾且写明到户的",
            "agreement": "取多数",
            "with": f"随 {told.with_field}",
        }
        yield {"from_table": "resident_record", "source_column": source_column, "rule": rules[told.rule]}
    elif table.name == "resident_history" and name not in ("valid_from", "valid_to"):
        yield {"from_table": "resident", "source_column": name, "rule": "按生效日期的历史"}
    elif table.name == "resident_record_history" and name not in ("valid_from", "valid_to"):
        yield {"from_table": "resident_record", "source_column": name, "rule": "旧版本"}


def _from_sources(table: Table, column: Column, sources: Sequence[Source]) -> Iterator[Row]:
    name, rule = _read_from(column)
    for source in sources:
        for kind in KINDS.get(table.name, ()):
            if kind not in source.feeds:
                continue
            if name == "record_key":
                yield {
                    "source": source.source,
                    "source_column": "+".join(source.key) or None,
                    "rule": "主键原文",
                }
            for number in source.record_numbers(kind):
                mappings = source.mappings(kind, number)
                said = next((field for field in _mapped_names(name, kind) if field in mappings), None)
                if said is not None:
                    yield {"source": source.source, **_told(mappings[said], rule)}


def _read_from(column: Column) -> tuple[str, str]:
    """(the canonical name that a source maps for this column, how the column follows from it)."""
    name = column.field.name if column.field.name in ("birth_year", "age_band") else column.name
    if name in ("birth_year", "age_band"):
        return "birth_date", "分析库以年份和年龄段代替日期"
    if name.endswith("_precision"):
        return name.removesuffix("_precision"), "日期的精度"
    if name in _BESIDE:
        return _BESIDE[name], "标准化"
    return name, ""


def _mapped_names(name: str, kind: str) -> tuple[str, ...]:
    """Canonical names under which a source may say ``name``, best first."""
    if name.startswith("live_") and name != "live_address":
        return (name.removeprefix("live_"), "live_address")  # a mapped part overrides the parsed one
    if name.startswith("hukou_") and name != "hukou_address":
        return ("hukou_address",)
    if name == "name" and kind in ("grid", "area", "organisation"):
        return ("name", f"{kind}_name")
    return (name,)


def _told(mapping: SourceMapping, rule: str) -> Row:
    """A mapping in words: the source's headers and what is done to them."""
    parts = [rule] if rule else []
    if mapping.const is not None:
        parts.append(f"常量“{mapping.const}”")
    if mapping.slice:
        parts.append(f"第 {mapping.slice[0] + 1} 至 {mapping.slice[1]} 个字")
    if mapping.codes:
        parts.append("来源代码对照")
    headers = "+".join(mapping.join) or "|".join(
        mapping.from_
    )  # joined, or the first of several that is there
    return {"source_column": headers or None, "rule": "；".join(parts) or "标准化"}
