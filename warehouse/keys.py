"""The secret keys of a workspace: made once, read by the stages that need them, never printed.

A key file holds 32 random bytes as 64 hexadecimal digits and is readable by its owner alone. Losing the key of
resident ids means that new residents can't be told from a copy with another key; losing the analysts' key means
that their ids change. Back both up apart from the data.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from schemas.problem import Problem

BYTES = 32


def make_key(path: Path) -> bool:
    """Make a key at ``path`` unless there is one; returns whether it was made."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(BYTES) + "\n")
    return True


def load_key(path: Path, shown: str) -> bytes:
    """The key at ``path`` (32 bytes). Raises Problem where it is missing or is no key."""
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except FileNotFoundError:
        raise Problem(
            "this key is missing; put back your copy of it (a new key would give every resident a new id).",
            "缺少此密钥文件；请放回备份（换新密钥会使所有居民编号改变）。",
            file=shown,
        ) from None
    except (ValueError, OSError):
        key = b""
    if len(key) != BYTES:
        raise Problem(
            f"this is no key: {2 * BYTES} hexadecimal digits are expected, in a file that you may read.",
            f"不是有效密钥：应为可读文件，内含 {2 * BYTES} 位十六进制数字。",
            file=shown,
        )
    return key
