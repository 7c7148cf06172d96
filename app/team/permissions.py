"""The permissions that can be granted, and the decorators of routes, of which each route carries exactly one.

What a write needs is stated once, at its operation (`app.team.operation`); a test compares the routes with it.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar

from flask import current_app, g, has_request_context
from flask_login import current_user

from app.core.errors import NotAllowed, NotFound
from app.core.i18n import Text, _l
from app.team.actors import ADMINISTRATOR, MEMBER, SYSTEM, Actor
from app.team.models import Member

View = TypeVar("View", bound=Callable[..., Any])


class Permission(StrEnum):
    """Features that may be granted to a member."""

    FRIENDS = "friends"
    # Everything that leaves Tomoru as a file of people.
    EXPORT = "export"
    TAGS = "tags"
    IMPORTS = "imports"
    SEGMENTS = "segments"
    BROADCASTS = "broadcasts"
    # Broadcasts reach people only after someone with this one has said so.
    CONFIRM_BROADCASTS = "confirm_broadcasts"
    AUTO_MESSAGES = "auto_messages"
    RICH_MENUS = "rich_menus"
    WORKFLOWS = "workflows"
    CHAT = "chat"
    KNOWLEDGE_BASE = "knowledge_base"
    REPORTS = "reports"
    INTEGRATIONS = "integrations"
    SETTINGS = "settings"


LABELS: dict[Permission, Text] = {
    Permission.FRIENDS: _l("Friends"),
    Permission.EXPORT: _l("Export of friends"),
    Permission.TAGS: _l("Tags"),
    Permission.IMPORTS: _l("Imports"),
    Permission.SEGMENTS: _l("Segment"),
    Permission.BROADCASTS: _l("Message broadcasts"),
    Permission.CONFIRM_BROADCASTS: _l("Confirm broadcasts"),
    Permission.AUTO_MESSAGES: _l("Auto Send Messages"),
    Permission.RICH_MENUS: _l("Rich menus"),
    Permission.WORKFLOWS: _l("Workflows"),
    Permission.CHAT: _l("Chat"),
    Permission.KNOWLEDGE_BASE: _l("Knowledge base"),
    Permission.REPORTS: _l("Reports"),
    Permission.INTEGRATIONS: _l("Integrations"),
    Permission.SETTINGS: _l("Account settings"),
}


# Features that this version does not have; each takes its permission out of here when it comes. Members keep what was
# granted before, and what is not here yet is neither offered nor shown.
NOT_YET = frozenset(
    {
        Permission.KNOWLEDGE_BASE,
        Permission.REPORTS,
    }
)
OFFERED = {permission: label for permission, label in LABELS.items() if permission not in NOT_YET}


def me() -> Member:
    """Return the signed-in member; only for routes that require one."""
    return current_user._get_current_object()  # type: ignore[no-any-return]


def current_actor() -> Actor:
    """Return who makes this request, a member or an API key; only for routes that require one."""
    return Actor.of_key(g.api_key) if "api_key" in g else Actor.of_member(me())


def reading_actor() -> Actor:
    """Return who makes this request; the system in commands, workers, and requests of strangers."""
    return current_actor() if "api_key" in g or (has_request_context() and current_user.is_authenticated) else SYSTEM


def requires(permission: Permission) -> Callable[[View], View]:
    """Open the route to members who were granted this permission."""
    return _guard(permission)


def requires_any(*permissions: Permission) -> Callable[[View], View]:
    """Open the route to members who were granted at least one of these permissions."""
    return _guard(*permissions)


def requires_administrator(view: View) -> View:
    """Open the route to administrators."""
    return _guard(ADMINISTRATOR)(view)


def requires_member(view: View) -> View:
    """Open the route to every signed-in member."""
    return _guard(MEMBER)(view)


def check_any(*permissions: str) -> None:
    """Raise NotAllowed unless the member was granted at least one of these, for a route that needs more than one."""
    if not any(map(current_actor().may, permissions)):
        raise NotAllowed


def public(view: View) -> View:
    """Open the route to everyone; the view itself decides what strangers get."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def _guard(*permissions: str) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
            # An account that the member may not see does not exist for them, whatever they may do elsewhere.
            if "account_id" in kwargs and not current_actor().may_see_account(kwargs["account_id"]):
                raise NotFound
            check_any(*permissions)
            return view(*args, **kwargs)

        guarded.access = "|".join(sorted(permissions))  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate
