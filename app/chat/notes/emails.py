"""The e-mail to a member who is mentioned in a note."""

from __future__ import annotations

from app.chat.queries.conversations import name_of
from app.core.i18n import _, in_language
from app.core.mail.operations import send_mail
from app.line.gateway.urls import urls
from app.messages.conversations.models import Conversation
from app.team.actors import Actor
from app.team.emails import language_for
from app.team.models import Member


def tell_mentioned(member: Member, conversation: Conversation, text: str, actor: Actor) -> None:
    """Write the e-mail, with the note and the way to the conversation."""
    with in_language(language_for(member)):
        values = {"actor": actor.label, "name": name_of(conversation)}
        subject = _("%(actor)s mentioned you in a note about %(name)s", **values)
        send_mail(member.email, subject, f"{subject}:\n\n{text}\n\n{urls.ours}/chat/{conversation.id}\n")
