"""What of a table an audience gets: its columns, and the SQL that makes them from the full table's.

Belongs here: dropping, pseudonyms, bands, the masking of numbers that strayed into text.
Does not belong here: writing files (``build.py``). What is left out here is left out of the file itself:
nothing that an audience may not see is in its file at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from schemas.derive import audience_columns
from schemas.model import Column, Schema, Table
from warehouse.publish.pseudonym import pseudonym_sql
from warehouse.store import literal, quoted

OLDEST = 150  # where the open last band ends: an age beyond it is a wrong date

# Types that no declaration can give to analysts unchanged.
_NEVER_KEPT = ("name", "id_number", "phone", "address", "disability_no", "student_no")

# A number that is somebody, strayed into a text that is otherwise harmless ("张三 138…" as a grid's name).
# RE2 has no look-around, so the neighbours are captured and put back, and the second pass takes the numbers
# that shared a neighbour.
_STRAY = (
    r"(^|[^0-9])([1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])[0-9]{3}[0-9Xx]"
    r"|1[3-9][0-9]{9})([^0-9]|$)"
)


@dataclass(frozen=True)
class Projection:
    """A table as one audience has it: its declaration, and for each column the expression that makes it."""

    table: Table
    select: tuple[str, ...]
    keyed: bool  # whether the expressions need the bound pads of ``pseudonym.pads``

    def sql(self, scan: str) -> str:
        """The select over ``scan`` (a FROM item), columns in declared order, rows not sorted."""
        columns = ", ".join(
            f"{expression} as {quoted(column.name)}"
            for expression, column in zip(self.select, self.table.columns, strict=True)
        )
        return f"select {columns} from {scan}"

    @property
    def sort(self) -> tuple[str, ...]:
        """A total order of the rows: the declared order, the key, and every column where the key is gone.

        It is an order of what is published: rows of the analysts' file in the order of the core's would tell
        which is which.
        """
        kept = [name for name in (*self.table.order, *self.table.key) if name in self.table.column_names]
        rest = () if self.table.key else self.table.column_names
        return tuple(dict.fromkeys((*kept, *rest)))


def projection(declared: Schema, table: Table, audience: str, as_of: date) -> Projection | None:
    """``table`` as ``audience`` has it, or None where it does not get the table. Ages are as of ``as_of``."""
    if audience not in table.audiences:
        return None
    if audience == "core":
        return Projection(table, tuple(quoted(column.name) for column in table.columns), keyed=False)
    columns = audience_columns(table, "analyst")
    select = tuple(_for_analyst(declared, table, column, as_of) for column in columns)
    names = {column.name for column in columns}
    update = {
        "columns": columns,
        "key": table.key if names.issuperset(table.key) else (),
        "order": tuple(name for name in table.order if name in names),
    }
    keyed = any(column.field.analyst == "pseudonym" for column in columns)
    return Projection(table.model_copy(update=update), select, keyed)


def _for_analyst(declared: Schema, table: Table, column: Column, as_of: date) -> str:
    field, name = column.field, quoted(column.name)
    if field.name == "birth_year":
        return 'cast(extract(year from "birth_date") as bigint)'
    if field.name == "age_band":
        return _age_band(declared, as_of)
    if field.analyst == "pseudonym":
        return pseudonym_sql(name, identifier_domain(declared, table, column))
    if field.analyst != "keep" or field.sensitivity == "identifying" or field.type in _NEVER_KEPT:
        # A declaration that would let a name or a number through is a mistake, whoever made it.
        raise AssertionError(f"{table.name}.{column.name}: analysts may not get this as it stands")
    free = field.type == "text" and table.layer != "meta" and not column.derived
    return masked_text(name) if free else name


def identifier_domain(declared: Schema, table: Table, column: Column) -> str:
    """``table.column`` of the identifier that ``column`` holds or refers to: what its pseudonyms share."""
    seen: set[str] = set()
    here, name = table, column
    while name.references is not None and name.references not in seen:
        seen.add(name.references)
        target, _, key = name.references.partition(".")
        here = declared.tables[target]
        name = here.column(key)
    if here is table and table.key != (column.name,):
        # Not declared as a reference, but named like the key of a table (resident_id in a history table).
        homes = sorted(
            t.name for t in declared.tables.values() if t.key == (column.field.name,) and t.audiences
        )
        return f"{homes[0]}.{column.field.name}" if homes else column.field.name
    return f"{here.name}.{name.name}"


def masked_text(expression: str) -> str:
    """``expression`` with what looks like an identity number or a mobile number replaced by ``***``."""
    once = f"regexp_replace({expression}, '{_STRAY}', '\\1***\\3', 'g')"
    twice = f"regexp_replace({once}, '{_STRAY}', '\\1***\\3', 'g')"
    return f"case when regexp_matches({expression}, '[0-9]{{11}}') then {twice} else {expression} end"


def _age_band(declared: Schema, as_of: date) -> str:
    """The band of full years on ``as_of``; the codes of the list ``age_band`` are ``60-64`` and, last, ``90+``."""
    today = as_of.year * 10_000 + as_of.month * 100 + as_of.day
    # Full years are the difference of two yyyymmdd numbers without its last four digits.
    born = (
        '(extract(year from "birth_date") * 10000 + extract(month from "birth_date") * 100'
        ' + extract(day from "birth_date"))'
    )
    cases = []
    for code in declared.code_lists["age_band"].codes:
        low, _, high = code.code.partition("-")
        youngest, oldest = int(low.rstrip("+")), int(high or OLDEST)
        cases.append(
            f"when {born} > {today - (oldest + 1) * 10_000} and {born} <= {today - youngest * 10_000} "
            f"then {literal(code.code)}"
        )
    return f"case {' '.join(cases)} end"
