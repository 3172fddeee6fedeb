"""The ledger of identities: which record has been which resident since when. Native tables of the work database.

Append-only: a row is never removed or rewritten, but for ``until_version``, which closes it. It advances only
by ``commit_ledger``, once the version built on a stage was published, so that a run that fails leaves the
identities as they were and its replay gives the same ids. Holds id numbers and names (to notice a record key
that an agency gave to another person): it never leaves the work database.

Does not belong here: deciding who is who (``assign.py``, ``identity.py``).
"""

from __future__ import annotations

from warehouse.link.inputs import KEY, same_key
from warehouse.store import Stage, Store

RECORDS, MINTED, CHANGES, COMMITS = "identity_record", "identity_minted", "identity_change", "identity_commit"

_TABLES = (
    f"""create table if not exists {RECORDS} (
        source varchar not null, record_key varchar not null, record_no integer not null,
        resident_id varchar not null, serial bigint not null, first_version varchar not null,
        until_version varchar, id_number varchar, name_key varchar, birth_date date, birth_date_precision varchar)""",
    f"""create table if not exists {MINTED} (
        resident_id varchar primary key, source varchar not null, record_key varchar not null,
        record_no integer not null, generation integer not null, serial bigint not null, first_version varchar not null)""",
    f"""create table if not exists {CHANGES} (
        resident_id varchar not null, change varchar not null, other_id varchar, version varchar not null,
        reason varchar not null, serial bigint not null)""",
    f"""create table if not exists {COMMITS} (
        serial bigint not null, stage varchar not null, version varchar not null)""",
)


def open_ledger(store: Store) -> int:
    """Make the ledger's tables where they are missing; returns its serial number (0: nothing committed yet).

    The serial counts the commits that changed anything: with the same inputs and the same serial, linkage gives
    the same result.
    """
    for statement in _TABLES:
        store.con.execute(statement)
    return int(store.rows(f"select coalesce(max(serial), 0) from {COMMITS}")[0][0])


def commit_ledger(store: Store, stage: Stage, version: str) -> int:
    """Make the identities of a finished ``link`` stage the ledger's; call it once ``version`` was published.

    Returns the number of record rows that were added. A second call for the same stage does nothing. Raises
    ValueError where the stage was built on another state of the ledger than the present one (a fault of the
    caller: another version was committed in between).
    """
    serial = open_ledger(store)
    if store.rows(f"select count(*) from {COMMITS} where stage = ?", [stage.key])[0][0]:
        return 0
    if stage.facts["serial"] != serial:
        raise ValueError(f"the link stage was built on ledger {stage.facts['serial']}, which is now {serial}")
    if not stage.counts["identity_step"] and not stage.facts["events"]:
        return 0
    con, step, changes = store.con, stage.scan("identity_step"), stage.scan("resident_change")
    serial += 1
    con.execute("begin")
    try:
        con.execute(
            f"""update {RECORDS} as r set until_version = $version from {step} as s
            where r.until_version is null and {same_key("r", "s")}""",
            {"version": version},
        )
        con.execute(
            f"""insert into {RECORDS} select {", ".join(KEY)}, resident_id, $serial, $version, null, id_number,
            name_key, birth_date, birth_date_precision from {step}""",
            {"version": version, "serial": serial},
        )
        con.execute(
            f"""insert into {MINTED} select resident_id, {", ".join(KEY)}, generation, $serial, $version
            from {step} where generation is not null""",
            {"version": version, "serial": serial},
        )
        con.execute(
            f"""insert into {CHANGES} select c.resident_id, c.change, c.other_id, c.version, c.reason, $serial
            from {changes} c anti join {CHANGES} o on o.resident_id = c.resident_id and o.change = c.change
                and o.other_id is not distinct from c.other_id and o.version = c.version""",
            {"serial": serial},
        )
        con.execute(f"insert into {COMMITS} values (?, ?, ?)", [serial, stage.key, version])
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise
    return int(stage.counts["identity_step"])
