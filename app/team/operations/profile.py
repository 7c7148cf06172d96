"""Change a member's own settings and password."""

from __future__ import annotations

from app.core.i18n import LANGUAGES, _l
from app.team import audit, passwords
from app.team.actors import SELF, Actor
from app.team.models import LinkPurpose, Member, MemberSession
from app.team.operation import operation
from app.team.operations import one_time_links, sign_in, two_factor

THEMES = ("light", "dark")

audit.describe(
    {
        "profile.changed": _l("changed their personal settings"),
        "profile.password_changed": _l("changed their password"),
    },
    {"profile": _l("Personal settings")},
)


@operation(SELF)
def change_profile(member: Member, *, name: str, language: str | None, theme: str | None, actor: Actor) -> None:
    """Set name, language (None: as the browser) and theme (None: as the system)."""
    if (name, language, theme) != (member.name, member.language, member.theme):
        member.name = name
        choose_language(member, language, actor=actor)
        choose_theme(member, theme, actor=actor)
        audit.record(actor, "profile.changed")


@operation(SELF)
def choose_language(member: Member, language: str | None, *, actor: Actor) -> None:
    """Set the language that the member reads; None follows the browser."""
    member.language = language if language in LANGUAGES else None


@operation(SELF)
def choose_theme(member: Member, theme: str | None, *, actor: Actor) -> None:
    """Set the appearance; None follows the system."""
    member.theme = theme if theme in THEMES else None


@operation(SELF)
def change_password(
    member: Member, session: MemberSession, *, present: str, code: str, password: str, actor: Actor
) -> None:
    """Set a new password, end every session but this one, and void open reset links. Raises InvalidInput."""
    passwords.check_strength(password, member.email, member.name)
    two_factor.check(member, present, code, "present")
    member.password_hash = passwords.hashed(password)
    sign_in.end_everywhere(member, but=session)
    # A reset link in the wrong hands must not undo what was just done against it.
    one_time_links.void(member, LinkPurpose.PASSWORD_RESET)
    audit.record(actor, "profile.password_changed")
