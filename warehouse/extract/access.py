"""Who may take out what: a user, a purpose and a day against one extract. Denied unless all of it fits.

Belongs here: the decision and its reason. Which rows a user's areas hold is decided in the query itself
(``query.py``): somebody without areas gets an answer without rows.
"""

from __future__ import annotations

from datetime import date

from schemas.extracts import Extract
from schemas.problem import Problem
from schemas.settings import User


class Denied(Problem):
    """The access rules say no. ``reason`` is a word for the log; the message tells the person."""

    def __init__(self, reason: str, en: str, zh: str) -> None:
        super().__init__(en, zh)
        self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:
        return (Denied, (self.reason, self.en, self.zh))


def purpose_of(extract: Extract, user: User | None, stated: str | None, today: date) -> str:
    """The purpose under which ``user`` may take ``extract`` on ``today``. Raises Denied with the reason.

    ``stated`` may be left out where just one of the extract's purposes is the user's.
    """
    if user is None:
        raise Denied(
            "unknown_user",
            "denied: there is no such user; add the person to users.yaml.",
            "拒绝：没有这个用户；请在 users.yaml 中添加。",
        )
    if user.until is not None and today > user.until:
        raise Denied(
            "expired",
            f"denied: the user's authorisation ended on {user.until}; have it renewed in users.yaml.",
            f"拒绝：该用户的授权已于 {user.until} 到期；请在 users.yaml 中续期。",
        )
    if user.role not in extract.roles:
        raise Denied(
            "role",
            f"denied: the role '{user.role}' may not take '{extract.id}' (it is for {', '.join(extract.roles)}).",
            f"拒绝：角色“{user.role}”不能使用提取“{extract.id}”（限 {'、'.join(extract.roles)}）。",
        )
    own = [purpose for purpose in extract.purpose if purpose in user.purposes]
    if stated is not None and stated not in extract.purpose:
        raise Denied(
            "purpose",
            f"denied: '{extract.id}' may not be taken for this purpose (it is for {', '.join(extract.purpose)}).",
            f"拒绝：提取“{extract.id}”不能用于该用途（限 {'、'.join(extract.purpose)}）。",
        )
    if not own or (stated is not None and stated not in own):
        raise Denied(
            "purpose_not_granted",
            f"denied: the user has not been granted a purpose of this extract ({', '.join(extract.purpose)}); "
            "have it granted in users.yaml.",
            f"拒绝：该用户未获授权用于此提取的用途（{'、'.join(extract.purpose)}）；请在 users.yaml 中授权。",
        )
    if stated is None and len(own) > 1:
        raise Denied(
            "no_purpose",
            f"denied: say what it is for: -p purpose={' or '.join(own)}.",
            f"拒绝：请说明用途：-p purpose={' 或 '.join(own)}。",
        )
    return stated or own[0]
