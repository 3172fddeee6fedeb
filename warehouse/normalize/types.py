"""Which reading belongs to which semantic type.

Belongs here: the one table of types. Does not belong here: their SQL (a module each).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from warehouse.normalize import (
    address_forms,
    addresses,
    amounts,
    areas,
    certificates,
    dates,
    identity,
    names,
    phones,
    text,
    timestamps,
    uscc,
)
from warehouse.normalize.codes import code, through_map
from warehouse.normalize.steps import Cell, Options, Reading

READINGS: Mapping[str, Callable[[Cell, Options], Reading]] = {
    "key": text.key,
    "text": text.text,
    "name": names.name,
    "id_number": identity.id_number,
    "date": dates.date,
    "timestamp": timestamps.timestamp,
    "phone": phones.phone,
    "address": addresses.address,
    "area_code": areas.area_code,
    "grid_code": areas.grid_code,
    "amount": amounts.amount,
    "decimal": amounts.decimal,
    "integer": amounts.integer,
    "boolean": amounts.boolean,
    "uscc": uscc.uscc,
    "disability_no": certificates.disability_no,
    "student_no": certificates.student_no,
}
# Names that nobody is found by need no keys.
UNKEYED_NAMES = ("former_name", "grid_worker", "head_name", "owner_name")
# Parts of an address that stand in a cell of their own are bare whatever their word.
BARE_PARTS = ("building", "unit", "room", "road_no")


def reading(
    cell: Cell,
    field_type: str,
    options: Options,
    *,
    field: str,
    codes: str | None = None,
    own_map: str | None = None,
) -> Reading:
    """The reading of one cell: by type; ``codes`` names the list of a code, ``own_map`` the source's own map."""
    if field_type == "code":
        if codes is None:
            raise ValueError(f"{field}: a code without a list")
        return code(cell, options, codes, own_map)
    read = address_forms.part if field in BARE_PARTS else READINGS[field_type]
    if field in UNKEYED_NAMES:
        read = names.unkeyed
    if own_map is not None:
        return through_map(cell, own_map, lambda inner: read(inner, options))
    return read(cell, options)
