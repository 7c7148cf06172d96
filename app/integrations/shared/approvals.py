"""Visits to a service on which a member approves the connection: begun here, and taken once when they come back."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import delete, select

from app.core.clock import database_now, now
from app.core.db import db
from app.core.errors import Conflict
from app.core.i18n import Text, _l
from app.core.secrets import new_token
from app.integrations.shared.choosing import require_free
from app.integrations.shared.models import OAuthAttempt
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

LASTS = timedelta(minutes=10)


class NotApproved(Conflict):
    """What came back from the service cannot be used; the message says why, and connecting can be begun again."""

    def __init__(self, message: Text, integration_id: int | None = None) -> None:
        super().__init__(message)
        # The integration that stands in the way, where the reader may see it.
        self.integration_id = integration_id


@dataclass(frozen=True)
class Visit:
    """What belongs to one visit: the state goes out and comes back, the verifier stays here until then (PKCE)."""

    state: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class BegunVisit:
    """A visit that has come back: its verifier, and for which LINE accounts it was begun."""

    verifier: str = field(repr=False)
    account_ids: tuple[int, ...]


@operation(Permission.INTEGRATIONS)
def begin_visit(
    service: str, account_ids: Collection[int], *, actor: Actor, integration_id: int | None = None
) -> Visit:
    """Note that the member is sent to the service for these LINE accounts; `integration_id` is what is reconnected.

    Raises InvalidInput(accounts) when none is chosen, or one has another integration of the service.
    """
    require_free(service, account_ids, actor, integration_id)
    db.session.execute(delete(OAuthAttempt).where(OAuthAttempt.expires_at < database_now()))
    visit = Visit(new_token(), secrets.token_urlsafe(64))
    db.session.add(
        OAuthAttempt(
            digest=_digest(visit.state),
            service=service,
            member_id=actor.member_id,
            verifier=visit.verifier,
            account_ids=sorted(set(account_ids)),
            expires_at=now() + LASTS,
        )
    )
    return visit


@operation(Permission.INTEGRATIONS)
def take_visit(service: str, state: str, *, actor: Actor) -> BegunVisit:
    """Return the visit to which the state belongs, and forget it; raises NotApproved for any other state."""
    query = select(OAuthAttempt).where(OAuthAttempt.digest == _digest(state), OAuthAttempt.service == service)
    found = db.session.scalar(query.with_for_update())
    if found is None:
        raise NotApproved(_l("This approval was used already, came too late, or was not begun here. Begin again."))
    if found.member_id != actor.member_id:
        raise NotApproved(_l("This approval was begun by another member. Begin again."))
    begun = BegunVisit(found.verifier, tuple(found.account_ids))
    is_late = found.expires_at < now()
    db.session.delete(found)
    if is_late:
        raise NotApproved(_l("The approval took longer than 10 minutes. Begin again."))
    return begun


def _digest(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()
