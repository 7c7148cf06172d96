"""The e-mails that team sends, in the language of the recipient."""

from __future__ import annotations

from app.core.i18n import _, in_language, when
from app.core.mail.operations import send_mail
from app.team import queries
from app.team.actors import Actor, ActorKind
from app.team.models import Member, MemberLink


def language_for(member: Member, asked_in: str = "") -> str:
    """Return the language for e-mails to this member.

    That is the chosen one, else `asked_in`, which they saw when they asked for what is told, else the workspace's.
    """
    return member.language or asked_in or queries.workspace().language


def send_invitation(member: Member, url: str, link: MemberLink, *, actor: Actor) -> None:
    """Send an invitation, in the workspace's language since the member's is not known yet."""
    workspace = queries.workspace()
    with in_language(workspace.language):
        values = {
            "workspace": workspace.name,
            "actor": workspace.name if actor.kind is ActorKind.SYSTEM else actor.label,
        }
        body = [
            _("%(actor)s invites you to work in “%(workspace)s” on Tomoru.", **values),
            _("Open this address to choose your name and password:"),
            url,
            _("The link works once, until %(until)s.", until=when(link.expires_at, "long")),
            _("If you did not expect this, you need not do anything."),
        ]
        send_mail(member.email, _("Invitation to “%(workspace)s”", **values), "\n\n".join(body) + "\n")


def send_password_reset(member: Member, url: str, link: MemberLink, asked_in: str) -> None:
    """Let a member choose a new password; `asked_in` is the language of who has none chosen."""
    with in_language(language_for(member, asked_in)):
        body = [
            _("A new password for %(email)s was asked for, probably by you.", email=member.email),
            _("Open this address to choose it:"),
            url,
            _("The link works once, until %(until)s.", until=when(link.expires_at, "long")),
            _("If it was not you, you need not do anything: your password stays as it is."),
        ]
        send_mail(member.email, _("Your new password for Tomoru"), "\n\n".join(body) + "\n")
