"""Who may see values in full, and the line in the audit log that says that somebody did, or took a file away.

Values are masked unless a user of ``users.yaml`` with the purpose ``review`` asks for them in full. Does not belong
here: masking itself (``evidence.py``), the form of the log (``warehouse/extract/log.py``).
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from schemas.settings import Settings
from warehouse.extract.access import Denied
from warehouse.extract.log import open_log
from warehouse.workspace import Workspace

PURPOSE = "review"


def allow(workspace: Workspace, settings: Settings, user: str, now: datetime | None = None) -> None:
    """Let pass a user who may see values in full. Raises Denied, which is logged."""
    moment = (now or datetime.now(UTC)).astimezone(ZoneInfo(settings.timezone))
    person = settings.user(user)
    if person is None:
        denied = Denied(
            "unknown_user",
            "denied: only users of users.yaml may see values in full; leave out --unmasked, or add the person.",
            "拒绝：只有 users.yaml 中的用户可以查看未遮蔽的值；请去掉 --unmasked，或添加该用户。",
        )
    elif person.until is not None and moment.date() > person.until:
        denied = Denied(
            "expired",
            f"denied: the user's authorisation ended on {person.until}; have it renewed in users.yaml.",
            f"拒绝：该用户的授权已于 {person.until} 到期；请在 users.yaml 中续期。",
        )
    elif PURPOSE not in person.purposes:
        denied = Denied(
            "purpose_not_granted",
            f"denied: the user has not been granted the purpose '{PURPOSE}'; have it granted in users.yaml.",
            f"拒绝：该用户未获授权用途“{PURPOSE}”；请在 users.yaml 中授权。",
        )
    else:
        return
    note(workspace, "denied", user if person else "unknown", reason=denied.reason)
    raise denied


def note(workspace: Workspace, action: str, user: str, **more: Any) -> str:
    """Append a line to the audit log; returns its number. It is on disk when this returns."""
    moment = datetime.now(UTC)
    number = f"R{moment:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    said = {
        "action": action, "number": number, "time": moment.isoformat(timespec="milliseconds"), "user": user,
        "extract": PURPOSE, **more,
    }  # fmt: skip
    with open_log(workspace) as log:
        log.append(said)
    return number
