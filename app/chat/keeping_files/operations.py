"""Change how an account keeps the files that friends send."""

from __future__ import annotations

from app.core.db import db
from app.core.i18n import _l
from app.messages.conversations.models import ChatSettings
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe({"account.chat_files_changed": _l("changed how files of the chat are kept")})


@operation(Permission.SETTINGS)
def change_kept_files(account_id: int, *, keep_months: int | None, largest_file: int, actor: Actor) -> None:
    """Store for how many months files are kept (None: for ever), and how many MB one may have."""
    stored = db.session.get(ChatSettings, account_id)
    before = (stored.keep_months, stored.largest_file) if stored else (None, None)
    if before == (keep_months, largest_file):
        return
    db.session.merge(ChatSettings(account_id=account_id, keep_months=keep_months, largest_file=largest_file))
    audit.record(actor, "account.chat_files_changed", account_id=account_id, months=keep_months, megabytes=largest_file)
