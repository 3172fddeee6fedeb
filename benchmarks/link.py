"""Who is who, measured: the project's linkage beside plain Splink, the exact join and recordlinkage, on the same data.

    python benchmarks/link.py [--records N] [--seed N …] [--hard | --both] [--cache DIR] [--methods M …] [--json FILE]
    python benchmarks/link.py --published-only
    python benchmarks/link.py data --seed 7 --records 1000000 --cache DIR [--hard]

Each set is a demo city of a seed, read and normalized by the project (kept in ``--cache``, which a second run finds).
Held-out seeds are 101, 202 and 303: nobody looks into them, and no weight or threshold was chosen on them; 7 and 11 are
for tuning. *oncegrid* is a full night over all records with ids and golden values; *night* the same records
after a night that lacked 5,000 of them, ids included; *splink* starts from the cells as written, *splink_typed* from
the typed records that the project's linkage gets. Every method runs in a process of its own, whose wall time, CPU time
and peak memory are the kernel's. The public sets are measured where the shared folder has them.

Ends with status 1 when a goal fails. *waiting* are the items that wait for a person; *aside* the numbers of somebody
else's that were set aside while the record was linked by the rest.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from linkage.city import METHODS, CityRun, Line
from linkage.data import HELD_OUT, TUNING, people_for, set_of
from linkage.published_sets import folder_of
from linkage.report import about_machine, as_json, goals, show

SHARED = Path(os.environ.get("ONCEGRID_SHARED") or Path(__file__).resolve().parents[2] / "shared") / "data"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="?", choices=("measure", "data"), default="measure")
    parser.add_argument("--records", type=int, default=65_000, help="resident records of each city")
    parser.add_argument("--people", type=int, help="people of each city, instead of --records")
    parser.add_argument(
        "--seed",
        type=int,
        nargs="+",
        default=[HELD_OUT[0]],
        help=f"held out: {HELD_OUT}, for tuning: {TUNING}",
    )
    parser.add_argument("--hard", action="store_true", help="the hard city")
    parser.add_argument("--both", action="store_true", help="the usual city and the hard one")
    parser.add_argument(
        "--cache", type=Path, help="where the sets are kept (else they are made for this run)"
    )
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--published-only", action="store_true")
    parser.add_argument("--no-published", action="store_true")
    parser.add_argument("--json", type=Path, help="write everything here")
    return parser.parse_args()


def main() -> None:
    if sys.argv[1:2] == ["method"]:
        from linkage.methods import METHODS as FUNCTIONS

        print(json.dumps(FUNCTIONS[sys.argv[2]](json.loads(sys.argv[3])), ensure_ascii=False, default=str))
        return
    asked = options()
    with tempfile.TemporaryDirectory(prefix="oncegrid-link-") as scratch:
        cache = asked.cache or Path(scratch)
        people = asked.people or people_for(asked.records)
        cities = [] if asked.published_only else [
            (seed, hard) for hard in ((False, True) if asked.both else (asked.hard,)) for seed in asked.seed
        ]  # fmt: skip
        if asked.what == "data":
            for seed, hard in cities:
                print(set_of(cache, seed, people, hard).about)
            return
        machine = about_machine()
        lines: list[Line] = []
        for seed, hard in cities:
            run = CityRun(set_of(cache, seed, people, hard), cache)
            try:
                lines += run.lines(asked.methods)
            finally:
                run.close()
        if not asked.no_published:
            lines += _published()
    show(lines, machine)
    if asked.json:
        asked.json.write_text(json.dumps(as_json(lines, machine), ensure_ascii=False, indent=1), "utf-8")
    sys.exit(any(goal.holds is False for goal in goals(lines)))


def _published() -> list[Line]:
    folder = folder_of(SHARED)
    if not folder.is_dir():
        print(
            f"the public sets are not there ({folder}; ONCEGRID_SHARED names the shared folder)",
            file=sys.stderr,
        )
        return []
    from linkage.published import published_lines

    return published_lines(folder)


if __name__ == "__main__":
    main()
