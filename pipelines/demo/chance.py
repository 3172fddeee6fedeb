"""Draws that depend on the seed, the purpose and the id alone: never on order, threads or earlier draws.

Belongs here: the SQL of a uniform draw and of a weighted choice. Does not belong here: what is drawn for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

SLOTS = 4096


@dataclass(frozen=True)
class Chance:
    """SQL expressions of draws for one seed."""

    seed: int

    def bits(self, purpose: str, ident: str) -> str:
        """64 random bits (UBIGINT) for an integer expression ``ident``.

        The id is hashed twice, around an xor with a constant of the purpose: DuckDB combines the hashes of
        several arguments by xor alone, so that ``hash(seed, 'a', id)`` and ``hash(seed, 'b', id)`` would be
        the same draw with some bits flipped.
        """
        digest = hashlib.blake2b(f"{self.seed}/{purpose}".encode(), digest_size=8).digest()
        return f"hash(xor(hash({ident}), {int.from_bytes(digest)}::UBIGINT))"

    def u(self, purpose: str, ident: str = "person_id") -> str:
        """A uniform DOUBLE in [0, 1)."""
        return f"(({self.bits(purpose, ident)} >> 11)::DOUBLE / 9007199254740992.0)"

    def under(self, rate: float | str, purpose: str, ident: str = "person_id") -> str:
        """A BOOLEAN that is true with probability ``rate``."""
        return f"({self.u(purpose, ident)} < {rate})"

    def below(self, n: int | str, purpose: str, ident: str = "person_id") -> str:
        """An INTEGER in 0 … n-1 (``n`` a number or an integer expression)."""
        return f"(({self.bits(purpose, ident)} >> 8) % ({n})::UBIGINT)::INTEGER"

    def between(self, low: int | str, high: int | str, purpose: str, ident: str = "person_id") -> str:
        """An INTEGER in low … high."""
        return f"({low} + {self.below(f'({high}) - ({low}) + 1', purpose, ident)})"

    def one_of(self, values: Sequence[str], purpose: str, ident: str = "person_id") -> str:
        """One of a few texts, evenly."""
        return f"({text_list(values)})[1 + {self.below(len(values), purpose, ident)}]"


def quoted(value: str) -> str:
    """A SQL text literal."""
    return "'" + value.replace("'", "''") + "'"


def text_list(values: Iterable[str]) -> str:
    """A SQL list of text literals."""
    return "[" + ", ".join(quoted(v) for v in values) + "]"


def slot_table(
    con: duckdb.DuckDBPyConnection,
    name: str,
    columns: Sequence[str],
    groups: Mapping[str, Sequence[tuple[float, tuple[str, ...]]]],
    slots: int = SLOTS,
) -> None:
    """Make table ``name (grp, pick, columns…)``: each group's items on 0 … slots-1 in proportion to their weight.

    A weighted choice is then an equi-join on ``pick = below(slots)``, which is the fastest form there is.
    """
    out: dict[str, list[str | int]] = {"grp": [], "pick": [], **{c: [] for c in columns}}
    for group, items in groups.items():
        total = sum(weight for weight, _ in items)
        passed, slot = 0.0, 0
        for weight, values in items:
            passed += weight
            end = round(slots * passed / total)
            for column, value in zip(columns, values, strict=True):
                out[column].extend([value] * (end - slot))
            out["pick"].extend(range(slot, end))
            out["grp"].extend([group] * (end - slot))
            slot = end
    con.register("slot_rows", pa.table(out))
    con.execute(
        f"CREATE TABLE {name} AS SELECT grp, pick::INTEGER AS pick, {', '.join(columns)} FROM slot_rows"
    )
    con.unregister("slot_rows")
