"""What people tell about places: counts of a grid, the owner of a dwelling. The places themselves are stage place's."""

from __future__ import annotations

from schemas.model import schema
from warehouse.unify.inputs import UnifyInputs, listed, same_record, scan_or_empty


def _columns(table: str, replaced: dict[str, str], alias: str) -> str:
    names = [name for name in schema().tables[table].column_names if not name.endswith("_label")]
    return ", ".join(f"{replaced[n]} as {n}" if n in replaced else listed([n], alias) for n in names)


def grid_rows(inputs: UnifyInputs, households: str) -> str:
    """The SELECT of ``grid`` with ``residents`` (active people living there) and ``households`` (those placed
    there; as the roster states, where no household is known). ``households`` is the scan of ``household``."""
    columns = _columns(
        "grid", {"households": "coalesce(h.n, g.households)", "residents": "coalesce(p.n, 0)"}, "g"
    )
    return f"""
        select {columns} from {scan_or_empty(inputs.grids, "grid")} g
        left join (
            select grid_code, count(*) as n from one_person where status = 'active' group by grid_code
        ) p on p.grid_code = g.grid_code
        left join (select grid_code, count(*) as n from {households} group by grid_code) h on h.grid_code = g.grid_code
    """


def dwelling_rows(inputs: UnifyInputs) -> str:
    """The SELECT of ``dwelling`` with its owner: the only resident with the owner's id number, else the only one of
    the owner's name who lives in it; by the latest record that leads to somebody."""
    records = scan_or_empty(inputs.dwelling_records, "dwelling_core")
    placed = scan_or_empty(inputs.dwelling_placed, "dwelling_placed")
    columns = _columns("dwelling", {"owner_resident_id": "coalesce(o.owner, d.owner_resident_id)"}, "d")
    return f"""
        select {columns} from {scan_or_empty(inputs.dwellings, "dwelling")} d
        left join (
            select dwelling_id, owner from (
                select dwelling_id, owner, row_number() over (
                    partition by dwelling_id order by as_of desc, source, record_key, record_no, edition_id desc
                ) as place
                from (
                    select p.dwelling_id, c.source, c.edition_id, c.record_key, c.record_no, c.as_of,
                        coalesce(i.resident_id, n.resident_id) as owner
                    from {records} c join {placed} p on {same_record("p", "c")}
                    left join (
                        select id_number, min(resident_id) as resident_id from one_person where id_number is not null
                        group by id_number having count(*) = 1
                    ) i on i.id_number = c.owner_id_number
                    left join (
                        select dwelling_id, name, min(resident_id) as resident_id from one_person
                        where dwelling_id is not null and name is not null group by dwelling_id, name having count(*) = 1
                    ) n on n.dwelling_id = p.dwelling_id and n.name = c.owner_name
                ) where owner is not null and dwelling_id is not null
            ) where place = 1
        ) o on o.dwelling_id = d.dwelling_id
    """
