"""Who acts: a member, an API key, a workflow, an agent, a person of another service, or the system; as one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.team.models import ApiKey, Member

# What an operation can ask for beside a `Permission`: an administrator, any member, or the very member it changes.
ADMINISTRATOR = "administrator"
MEMBER = "member"
SELF = "self"
# Permissions that a scope of API keys brings beside the one of its own name.
OF_SCOPE: Mapping[str, frozenset[str]] = {"broadcasts": frozenset({"confirm_broadcasts"})}


class ActorKind(StrEnum):
    """The kinds of actors; only members and API keys are rows of `team`."""

    MEMBER = "member"
    API_KEY = "api_key"
    WORKFLOW = "workflow"
    AGENT = "agent"
    INTEGRATION = "integration"
    SYSTEM = "system"


def scope_permissions(scope: str) -> frozenset[str]:
    """Return the permissions that a scope of an API key stands for."""
    return OF_SCOPE.get(scope, frozenset()) | {scope}


@dataclass(frozen=True)
class Actor:
    """Who acts and what they may do, as it was when the request or job began.

    `id` belongs to `kind` and is None for the system. `label` is shown in the audit log. `permissions` are values of
    `Permission`, with MEMBER for every member and ADMINISTRATOR for those who may do everything. `accounts` are ids of
    LINE accounts; None means all.
    """

    kind: ActorKind
    id: int | None
    label: str
    permissions: frozenset[str] = frozenset()
    accounts: frozenset[int] | None = None

    @classmethod
    def of_member(cls, member: Member) -> Actor:
        """Return the member as an actor; one who is not active has no permission."""
        granted = {MEMBER, *member.permissions} | ({ADMINISTRATOR} if member.is_administrator else set())
        permissions = frozenset(granted if member.is_active else ())
        accounts = None if member.is_administrator else _accounts(member.account_ids)
        return cls(ActorKind.MEMBER, member.id, member.label, permissions, accounts)

    @classmethod
    def of_key(cls, key: ApiKey) -> Actor:
        """Return the API key as an actor with the permissions of its scopes; a revoked key has none."""
        permissions = frozenset[str]().union(*map(scope_permissions, () if key.revoked_at else key.scopes))
        return cls(ActorKind.API_KEY, key.id, key.label, permissions, _accounts(key.account_ids))

    @classmethod
    def of_record(cls, stored: Mapping[str, Any], *permissions: str) -> Actor:
        """Return the actor that a row holds as {"kind", "id", "label"}; empty is the system.

        `permissions` are what was checked when the row was written.
        """
        if not stored:
            return SYSTEM
        return cls(ActorKind(stored["kind"]), stored["id"], stored["label"], frozenset(permissions))

    @property
    def as_record(self) -> dict[str, Any]:
        """Return what a row holds of the actor; `of_record` reads it."""
        return {} if self.kind is ActorKind.SYSTEM else {"kind": str(self.kind), "id": self.id, "label": self.label}

    @property
    def member_id(self) -> int | None:
        """The member's id, None for every other kind of actor."""
        return self.id if self.kind is ActorKind.MEMBER else None

    @property
    def sender(self) -> str:
        """What tells this actor from all others, for counting what is under way."""
        return f"{self.kind}:{self.id}"

    def may(self, permission: str, account_id: int | None = None) -> bool:
        """Return whether the permission is held, and the account may be seen when one is given."""
        if account_id is not None and not self.may_see_account(account_id):
            return False
        return self.kind is ActorKind.SYSTEM or ADMINISTRATOR in self.permissions or permission in self.permissions

    def may_see_account(self, account_id: int) -> bool:
        """Return whether the LINE account may be known to this actor."""
        return self.accounts is None or account_id in self.accounts


def _accounts(ids: Iterable[int] | None) -> frozenset[int] | None:
    return None if ids is None else frozenset(ids)


# Commands, workers and the scheduler.
SYSTEM = Actor(ActorKind.SYSTEM, None, "Tomoru")
