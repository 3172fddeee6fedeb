"""An extract as SQL: composed of constants of the catalogue, every value bound, never without a scope.

Belongs here: the statement, its scope and the values it is bound with. Does not belong here: who may run it
(``access.py``), running it (``release.py``).

The scope. A user's areas are codes of areas (digits: 2, 4, 6, 9 or 12 of them), which hold everything below,
and codes of grids, which hold that grid alone: grid codes are not always built from the community's, so that
``WG1`` must not reach ``WG12``. (A city that numbers its grids with codes like those of areas cannot tell the
two apart.) A row is in scope by the one column that the extract names:

* ``scope: grid``: its ``grid_code`` is one of the user's grids, or a grid that lies in one of the user's areas,
  by the community that ``grid`` states for it, else by the code itself.
* ``scope: community``, ``street``, ``county``: that code lies in one of the user's areas. Areas smaller than the
  scope give nothing.

A row without that code is in nobody's scope. The codes are joined (inner), so that no area means no row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from schemas.extracts import Extract, ExtractColumn
from schemas.model import Table
from schemas.problem import Problem
from schemas.settings import User
from warehouse.extract.mask import masked
from warehouse.store import quoted

_AREA = re.compile(r"\d{2}|\d{4}|\d{6}|\d{9}|\d{12}")
_OWN = ("og_areas", "og_grids", "og_today")
_NATURAL = ("building", "unit", "room", "road_no")  # '10' comes after '2'


@dataclass(frozen=True)
class Query:
    """A composed extract: SQL whose columns are all text, what it is bound with, and the headings."""

    sql: str
    values: Mapping[str, Any]
    headings: tuple[str, ...]


def compose(extract: Extract, user: User, purpose: str, given: Mapping[str, str], today: date) -> Query:
    """``extract`` for ``user`` under ``purpose``, with the parameters as given. Raises Problem for a wrong one."""
    for name in extract.params:
        if name in _OWN:
            raise Problem(
                f"the parameter '{name}' has a name that is reserved; choose another.",
                f"参数名“{name}”是保留名；请另取一个。",
                file=f"extracts/{extract.id}.yaml",
            )
    condition = extract.condition
    values = dict(extract.bind(given))
    scope, own = _scope(extract, user, today)
    columns = ", ".join(
        f"{_shown(extract.table, column, purpose)} as {quoted(column.name)}" for column in extract.columns
    )
    sql = (
        f"with {scope} select {columns} from {quoted(extract.from_)} as t "
        f"join og_scope on t.{quoted(extract.scope_column)} = og_scope.code"
        + (f" where ({condition.sql})" if condition is not None else "")
        + f" order by {_order(extract)}"
    )
    return Query(sql, values | own, tuple(extract.label_of(column) for column in extract.columns))


def _scope(extract: Extract, user: User, today: date) -> tuple[str, dict[str, Any]]:
    """The tables ``og_area`` (the user's areas) and ``og_scope`` (codes in scope, each once), and their values."""
    areas = [code for code in user.areas if _AREA.fullmatch(code)]
    column, table = quoted(extract.scope_column), quoted(extract.from_)
    area = "og_area as (select unnest($og_areas::varchar[]) as area)"
    if extract.scope != "grid":
        codes = f"select {column} as code from {table} join og_area on starts_with({column}, area)"
        return f"{area}, og_scope as (select distinct code from ({codes}))", {"og_areas": areas}
    codes = (
        "select grid_code as code from grid join og_area on starts_with(community_code, area) "
        "where (valid_to is null or valid_to > $og_today) and (valid_from is null or valid_from <= $og_today) "
        f"union all select {column} from {table} join og_area on starts_with({column}, area) "
        f"where {column} not in (select grid_code from grid where community_code is not null and grid_code is not null) "
        "union all select unnest($og_grids::varchar[])"
    )
    own = {"og_areas": areas, "og_grids": list(user.areas), "og_today": today}
    return f"{area}, og_scope as (select distinct code from ({codes}))", own


def _shown(table: Table, column: ExtractColumn, purpose: str) -> str:
    """A column as text, masked unless the purpose is one it is shown for."""
    name = f"t.{quoted(column.name)}"
    kind = table.column(column.name).field.type
    text = {
        "boolean": f"case when {name} then '是' when not {name} then '否' end",
        "timestamp": f"strftime({name}, '%Y-%m-%d %H:%M:%S')",
    }.get(kind, f"cast({name} as varchar)")
    if column.mask is None or purpose in column.unmask_for:
        return text
    return masked(column.mask, text)


def _order(extract: Extract) -> str:
    """A total order: as the catalogue says, then the table's own order, its key and all the columns taken."""
    table = extract.table
    names = [*extract.order, *table.order, *table.key, *(column.name for column in extract.columns)]
    parts = []
    for name in dict.fromkeys(names):
        column = f"t.{quoted(name)}"
        if name in _NATURAL:
            parts.append(f"try_cast(regexp_extract({column}, '^[0-9]+') as bigint) nulls last")
        parts.append(f"{column} nulls last")
    return ", ".join(parts)
