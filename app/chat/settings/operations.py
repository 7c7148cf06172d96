"""Change how an account's conversations behave."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from app.chat.settings.choices import AlertTo
from app.chat.settings.closed_reply import require_usable
from app.chat.settings.queries import settings_of_account
from app.core.db import db
from app.core.i18n import _l
from app.messages.conversations.models import ChatSettings
from app.messages.conversations.timers import look_at_waiting, wait_for_release
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe({"account.chat_changed": _l("changed the settings of the chat")})


@dataclass(frozen=True)
class WantedSettings:
    """The settings that members choose, under the names of `ChatSettings`."""

    status_on_message: str
    assigns_first_answer: bool
    marks_read: str
    answer_within: int | None
    alerts: str
    loading_seconds: int
    release_after: int | None
    closed_content: dict[str, Any] | None


@operation(Permission.SETTINGS)
def change_chat_settings(account_id: int, wanted: WantedSettings, *, actor: Actor) -> None:
    """Store them, and have looked at what they are about already; raises InvalidInput for a reply of no use."""
    stored = settings_of_account(account_id)
    before = {name: getattr(stored, name) for name in asdict(wanted)}
    if before == asdict(wanted):
        return
    if before["closed_content"] != wanted.closed_content:
        require_usable(account_id, wanted.closed_content)
    db.session.merge(ChatSettings(account_id=account_id, **asdict(wanted)))
    db.session.flush()
    wait_for_release(account_id)
    if wanted.answer_within is not None and wanted.alerts != AlertTo.NONE:
        look_at_waiting(account_id)
    changed = sorted(name for name, value in asdict(wanted).items() if before[name] != value)
    audit.record(actor, "account.chat_changed", account_id=account_id, settings=changed)
