"""HMAC-SHA256 (RFC 2104) as a SQL expression, for opaque ids that are made set-based.

Belongs here: the two key blocks and the expression. Does not belong here: what is hashed (the callers say), and
where the key file lies (the settings say).
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.problem import Problem

BLOCK = 64
SHORTEST_KEY = 16
SEPARATOR = "\x1f"
"""Unit separator: stands between the parts of a message; no text of a source holds it (control characters
are no part of a key), so that ('a', 'bc') and ('ab', 'c') give different messages."""


def key_blocks(key: bytes) -> dict[str, bytes]:
    """The parameters ``$hmac_inner`` and ``$hmac_outer`` (K⊕ipad, K⊕opad) that ``hmac_sql`` refers to.

    They are bound, never written into the statement, so that no log or error message shows them.
    Raises Problem where the key is too short to keep anything secret.
    """
    if len(key) < SHORTEST_KEY:
        raise Problem(
            f"the resident key has {len(key)} bytes; it needs at least {SHORTEST_KEY}. Restore the key file: "
            "a new key would give every resident a new id.",
            f"居民编号密钥只有 {len(key)} 字节，至少需要 {SHORTEST_KEY} 字节。请恢复原密钥文件；换用新密钥会改变所有居民编号。",
        )
    if len(key) > BLOCK:
        import hashlib

        key = hashlib.sha256(key).digest()
    padded = key.ljust(BLOCK, b"\0")
    return {
        "hmac_inner": bytes(b ^ 0x36 for b in padded),
        "hmac_outer": bytes(b ^ 0x5C for b in padded),
    }


def message_sql(parts: Sequence[str]) -> str:
    """SQL expressions joined to one message text; a null part counts as empty."""
    return f" || {_SEPARATOR_SQL} || ".join(f"coalesce(cast({part} as varchar), '')" for part in parts)


def hmac_sql(message: str, *, prefix: str, digits: int = 24) -> str:
    """A SQL expression: ``prefix`` and the first ``digits`` hex digits of HMAC-SHA256 over a text expression.

    24 digits are 96 bits: among 1e8 ids the chance of any two being equal is below 1e-13.
    """
    digest = f"sha256($hmac_outer::blob || unhex(sha256($hmac_inner::blob || encode({message}))))"
    return f"'{prefix}' || left({digest}, {digits})"


_SEPARATOR_SQL = f"chr({ord(SEPARATOR)})"
