"""Pseudonyms: a keyed HMAC-SHA256 of an identifier, computed in SQL over whole columns.

Belongs here: the expression and its bound pads. Does not belong here: which columns get one (``audience.py``).
An unkeyed hash of an identity number is no pseudonym: a city has fewer than 10⁹ candidates to try.
"""

from __future__ import annotations

import hashlib

from warehouse.store import literal

_BLOCK = 64  # bytes of a SHA-256 block (FIPS 180-4), the width of HMAC's pads (RFC 2104)
SHORTEST_KEY = 32
DIGITS = 32  # hex digits of a pseudonym: 128 bits


def pads(key: bytes) -> dict[str, bytes]:
    """The bound parameters ``inner_pad`` and ``outer_pad`` for ``pseudonym_sql``.

    They are bound, never written into a statement, so that no plan, log or error can show them. Raises
    ValueError for a key shorter than 32 bytes.
    """
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"a pseudonym key has at least {SHORTEST_KEY} bytes")
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return {"inner_pad": bytes(b ^ 0x36 for b in block), "outer_pad": bytes(b ^ 0x5C for b in block)}


def pseudonym_sql(expression: str, domain: str) -> str:
    """The first 32 hex digits of HMAC-SHA256(key, "<domain>:" + value), null for null.

    ``domain`` (``resident.resident_id``) keeps equal texts of different kinds of identifier apart, and is the
    same for every column that refers to one kind, so that the pseudonyms join.
    """
    message = f"encode({literal(domain + ':')} || cast({expression} as varchar))"
    digest = f"sha256($outer_pad || unhex(sha256($inner_pad || {message})))"
    return f"case when {expression} is not null then substr({digest}, 1, {DIGITS}) end"


def fingerprint(key: bytes) -> str:
    """Which key was used, without a way back to it: pseudonyms change with it, so the content does."""
    return hashlib.sha256(b"oncegrid pseudonym key\0" + key).hexdigest()[:16]
