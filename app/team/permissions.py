"""The one table of permissions, and the decorators that every route carries exactly one of."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar

from flask import current_app, g
from flask_login import current_user

from app.core.errors import NotAllowed
from app.core.i18n import Text, _l
from app.team.actors import Actor
from app.team.models import Member

View = TypeVar("View", bound=Callable[..., Any])


class Permission(StrEnum):
    """Features that may be granted to a member."""

    FRIENDS = "friends"
    TAGS = "tags"
    IMPORTS = "imports"
    SEGMENTS = "segments"
    BROADCASTS = "broadcasts"
    AUTO_MESSAGES = "auto_messages"
    WORKFLOWS = "workflows"
    CHAT = "chat"
    KNOWLEDGE_BASE = "knowledge_base"
    REPORTS = "reports"
    INTEGRATIONS = "integrations"
    SETTINGS = "settings"


LABELS: dict[Permission, Text] = {
    Permission.FRIENDS: _l("Friends"),
    Permission.TAGS: _l("Tags"),
    Permission.IMPORTS: _l("Imports"),
    Permission.SEGMENTS: _l("Segments"),
    Permission.BROADCASTS: _l("Message broadcasts"),
    Permission.AUTO_MESSAGES: _l("Auto send messages"),
    Permission.WORKFLOWS: _l("Workflows"),
    Permission.CHAT: _l("Chat"),
    Permission.KNOWLEDGE_BASE: _l("Knowledge base"),
    Permission.REPORTS: _l("Reports"),
    Permission.INTEGRATIONS: _l("Integrations"),
    Permission.SETTINGS: _l("Account settings"),
}


def me() -> Member:
    """Return the signed-in member; only for routes that require one."""
    return current_user._get_current_object()  # type: ignore[no-any-return]


def current_actor() -> Actor:
    """Return who makes this request, a member or an API key; only for routes that require one."""
    return Actor.of_key(g.api_key) if "api_key" in g else Actor.of_member(me())


def requires(permission: Permission) -> Callable[[View], View]:
    """The route is for signed-in members who were granted this feature."""
    return _guard(permission.value, lambda member: member.may(permission))


def requires_any(*permissions: Permission) -> Callable[[View], View]:
    """The route is for signed-in members who were granted at least one of these features."""
    return _guard("|".join(sorted(permissions)), lambda member: any(map(member.may, permissions)))


def requires_administrator(view: View) -> View:
    """The route is for administrators."""
    return _guard("administrator", lambda member: member.is_administrator)(view)


def requires_member(view: View) -> View:
    """The route is for everybody who is signed in."""
    return _guard("member", lambda member: True)(view)


def public(view: View) -> View:
    """The route is for everybody; the view itself decides what strangers get."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def _guard(access: str, allowed: Callable[[Member], bool]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
            if not allowed(me()):
                raise NotAllowed
            return view(*args, **kwargs)

        guarded.access = access  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate
