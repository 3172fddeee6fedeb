"""Identity numbers that a spreadsheet damaged, found again in another source.

Of a number cut to 15 digits fifty may have been meant, of one rounded by a float64 about six; the check digit cannot
tell which. One is taken only if exactly one number of other sources could have become the damaged one *and* stands
beside the same name there, and the sex stated beside the damage does not speak against it. Numbers that end in X are
text in every spreadsheet: they cannot have been damaged, yet they count against being the only one.

Belongs here: the rule, as one SELECT over the records of all sources. Does not belong here: what is damaged
(``identity.py``), and what linkage makes of a number that was found (``link/``).
"""

from __future__ import annotations

from warehouse.normalize.functions import sql_list
from warehouse.normalize.identity import VALID, spacing

RECORD = ("source", "edition_id", "record_key", "record_no")
DAMAGED = ("excel000", "float_rounded")


def restored(residents: str) -> str:
    """SELECT of the numbers found again: the record (RECORD), its ``name_key``, ``id_number``, ``damage`` (how the cell's
    number was damaged) and ``found_in`` (the first of the sources that have it).

    ``residents``: a FROM item of current rows of ``resident_core`` of all sources.
    """
    keys = ", ".join(f"d.{name}" for name in RECORD)
    return f"""
        with damaged as (
            select {", ".join(RECORD)}, name_key, sex, id_status, cast(id_stated as bigint) as whole,
                cast(substr(id_stated, 1, 15) as bigint) as start
            from {residents}
            where id_status in ({sql_list(DAMAGED)}) and name_key is not null and og_is(id_stated, '[0-9]{{18}}')
        ),
        known as (
            select name_key, id_number, min(source) as found_in, max(source) as other_source,
                try_cast(id_number as bigint) as whole, cast(substr(id_number, 1, 15) as bigint) as start
            from {residents}
            where id_status in ({sql_list(VALID)}) and name_key is not null and og_is(id_number, '[0-9]{{17}}[0-9X]')
            group by name_key, id_number
        ),
        possible as (
            select d.*, k.id_number, k.whole as meant,
                case when k.found_in <> d.source then k.found_in else k.other_source end as found_in
            from damaged d
            -- rounding carries into the fifteenth digit and out of it
            join (values (-1), (0), (1)) as near(step) on d.id_status = 'float_rounded' or near.step = 0
            join known k on k.name_key = d.name_key and k.start = d.start + near.step
            where (k.found_in <> d.source or k.other_source <> d.source)
                and (d.id_status = 'excel000' or k.whole is null
                    or abs(k.whole - d.whole) * 2 <= {spacing("(d.whole // 10)")})
        )
        select {keys}, d.name_key, min(d.id_number) as id_number, d.id_status as damage, min(d.found_in) as found_in
        from possible d
        group by {keys}, d.name_key, d.id_status, d.sex
        having count(distinct d.id_number) = 1 and min(d.meant) is not null
            and (coalesce(d.sex, '0') not in ('1', '2')
                or (cast(substr(min(d.id_number), 17, 1) as integer) % 2 = 1) = (d.sex = '1'))
    """
