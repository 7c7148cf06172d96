"""The e-mail about friends who wait for an answer."""

from __future__ import annotations

from collections.abc import Sequence

from app.chat.queries.conversations import name_of
from app.core.db import db
from app.core.i18n import _, in_language, ngettext, when
from app.core.mail.operations import send_mail
from app.line.gateway.urls import urls
from app.line.models import Account
from app.messages.conversations.models import Conversation
from app.team.emails import language_for
from app.team.models import Member

# So many are named; the list has all.
MOST_NAMED = 10


def tell_waiting(member: Member, account_id: int, waiting: Sequence[Conversation], minutes: int) -> None:
    """Write the e-mail; what friends wrote does not stand in it."""
    account = db.session.get_one(Account, account_id)
    with in_language(language_for(member)):
        subject = ngettext(
            "%(num)s friend of %(account)s waits for an answer",
            "%(num)s friends of %(account)s wait for an answer",
            len(waiting),
            account=account.name,
        )
        promised = ngettext(
            "You want to answer within %(num)s minute. Who waits for longer:",
            "You want to answer within %(num)s minutes. Who waits for longer:",
            minutes,
        )
        lines = [promised, *map(_line, waiting[:MOST_NAMED])]
        if len(waiting) > MOST_NAMED:
            more = len(waiting) - MOST_NAMED
            lines.append(ngettext("and %(num)s more", "and %(num)s more", more))
        lines.append(f"{urls.ours}/chat?account={account_id}&sort=waiting")
        send_mail(member.email, subject, "\n\n".join(lines) + "\n")


def _line(conversation: Conversation) -> str:
    since = _("%(name)s, since %(when)s", name=name_of(conversation), when=when(conversation.unanswered_since, "long"))
    return f"{since}\n{urls.ours}/chat/{conversation.id}"
