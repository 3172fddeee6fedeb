"""What each current record says about where it is, in one form for all kinds.

Belongs here: which address of a resident counts, and the keys of what is stated. Does not belong here: what the names
mean (``answers.py``), which home it is (``homes.py``).

``write_said`` writes one Parquet file, a row a record; ``spot`` is a hash of everything a record says, so that all
later work is done once for each spot and not for each of its records; ``question`` a hash of what it says of areas.
"""

from __future__ import annotations

from pathlib import Path

from warehouse.link.keyed_hash import message_sql
from warehouse.normalize.address_forms import AS_HUKOU
from warehouse.place.inputs import PLACED_KINDS, PlaceInputs, short_code
from warehouse.place.names import plain_name, plain_part
from warehouse.store import Store, literal

PARTS = ("county", "street", "community", "road", "road_no", "estate", "building", "unit", "room")
QUESTION = ("city", "community_code", "street_code", "county", "street", "community")
"""What a record says of areas. ``city``: a city that the address begins with."""
SPOT = (*QUESTION, "address_basis", "grid_said", "road", "road_no", "estate", "building", "unit", "room")

_PROVINCE = "^(中国)?[^省市区县0-9街路镇乡村]{2,7}(省|自治区)"
_CITY = "^[^省市区县0-9街路镇乡]{2,6}(市|自治州|地区)"
# A city is one only where more of an address follows: 阳光都市3号楼 is an estate.
_CITY_GOES_ON = _CITY + "[^0-9]{0,8}([^小社园校厂院]区|县|旗|市|街道|镇|乡|路|街|大道|巷)"


def write_said(store: Store, inputs: PlaceInputs, target: Path) -> str:
    """Write what all records say to ``target``; returns its scan."""
    parts = [_said(kind, _stated(kind, inputs.scan(kind))) for kind in (*PLACED_KINDS, "grid")]
    store.con.execute(
        f"copy ({' union all '.join(parts)}) to {literal(str(target))} (format parquet, compression zstd)"
    )
    return f"read_parquet({literal(str(target))})"


def _said(kind: str, stated: str) -> str:
    """What is stated, with keys instead of spellings, and the hashes."""
    names = ", ".join(f"{plain_name(name)} as {name}" for name in ("city", "county", "street", "community"))
    parts = ", ".join(
        f"{plain_part(name)} as {name}"
        for name in ("grid_said", "road", "road_no", "estate", "building", "unit", "room")
    )
    return f"""
        select {literal(kind)} as kind, *,
            cast(md5({message_sql(QUESTION)}) as uuid) as question, cast(md5({message_sql(SPOT)}) as uuid) as spot
        from (
            select source, edition_id, record_key, record_no, file, sheet, row_number, as_of, address_basis,
                {short_code("community_code")} as community_code, {short_code("street_code")} as street_code,
                {names}, {parts}
            from (
                select *, case when regexp_matches(tail, '{_CITY_GOES_ON}') then regexp_extract(tail, '{_CITY}', 0) end as city
                from (select *, regexp_replace(address, '{_PROVINCE}', '') as tail from ({stated}))
            )
        )
    """


def _stated(kind: str, scan: str) -> str:
    """The columns that every kind states, by its own names for them."""
    record = "source, edition_id, record_key, record_no, file, sheet, row_number, as_of, community_code, street_code"
    if kind == "resident":
        return _resident(record, scan)
    if kind == "grid":
        rest = ", ".join(f"cast(null as varchar) as {name}" for name in ("address", "grid_said", *PARTS[3:]))
        return f"select {record}, county, street, community, {rest}, cast(null as varchar) as address_basis from {scan}"
    prefix = "live_" if kind == "household" else ""
    parts = ", ".join(f"{prefix}{name} as {name}" for name in PARTS)
    anything = ", ".join(["grid_code", "community_code", "street_code", *(prefix + name for name in PARTS)])
    return f"""
        select {record}, grid_code as grid_said, address, {parts},
            case when coalesce({anything}) is not null then 'live' end as address_basis
        from {scan}
    """


def _resident(record: str, scan: str) -> str:
    """A resident is where he lives; where that is not said, in the grid a roster states; else where he is registered;
    else in the area a roster states. Where the live address says "as registered", the registered parts are live."""
    live = ", ".join(f"live_{name}" for name in PARTS)
    hukou = ", ".join(f"hukou_{name}" for name in PARTS)
    parts = ", ".join(
        f"case used when 'live' then live_{name} when 'same' then hukou_{name} when 'hukou' then hukou_{name} end as {name}"
        for name in PARTS
    )
    return f"""
        select {record}, grid_code as grid_said,
            case used when 'live' then live_address when 'same' then hukou_address when 'hukou' then hukou_address end as address,
            {parts},
            case when used = 'hukou' then 'presumed_hukou' when used is not null then 'live' end as address_basis
        from (
            select *, case
                when coalesce(regexp_matches(live_address, '{AS_HUKOU}'), false) then 'same'
                when coalesce({live}) is not null then 'live'
                when grid_code is not null then 'stated'
                when coalesce({hukou}) is not null then 'hukou'
                when coalesce(community_code, street_code) is not null then 'stated' end as used
            from {scan}
        )
    """
