"""Records that a service refuses, each alone and for good: of which friends they are, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.core import error_messages
from app.core.db import db
from app.friends.models import Friend
from app.integrations.shared.models import FieldError, FieldMapping, RemoteLink, RemoteRecord
from app.integrations.shared.records import CONTACT

# So many are listed.
SHOWN = 20
# Values of sentences, for links that were refused before these were kept.
_NOT_KEPT = dict.fromkeys(("names", "message", "contact", "scopes"), "–")
_REFUSED = (RemoteLink.due_at.is_(None), RemoteLink.reason.is_not(None))


@dataclass(frozen=True)
class RefusedLink:
    """A friend whose record the service refuses; `why` is a sentence."""

    account_id: int
    friend_id: int
    friend_name: str
    why: str


def why_not_written(link: RemoteLink) -> str:
    """Return why nothing of the friend is written at the moment, in a sentence; "" where nothing is in the way."""
    return error_messages.sentence(link.reason, {**_NOT_KEPT, **link.reason_values})


def refused_links(integration_id: int) -> Sequence[RefusedLink]:
    """Return friends whose records the service refuses, the ones that were linked last first."""
    query = (
        select(RemoteLink, Friend.display_name)
        .join(Friend, Friend.id == RemoteLink.friend_id)
        .where(RemoteLink.integration_id == integration_id, *_REFUSED)
        .order_by(RemoteLink.id.desc())
        .limit(SHOWN)
    )
    return [
        RefusedLink(link.account_id, link.friend_id, name or "", why_not_written(link))
        for link, name in db.session.execute(query)
    ]


def count_refused(integration_id: int) -> int:
    """Return how many records the service refuses."""
    query = select(func.count()).select_from(RemoteLink).where(RemoteLink.integration_id == integration_id, *_REFUSED)
    return db.session.scalar(query) or 0


def count_errors(mapping: FieldMapping) -> int:
    """Return for how many friends one of the sides cannot hold the value of a field."""
    query = select(func.count()).select_from(FieldError).where(FieldError.mapping_id == mapping.id)
    return db.session.scalar(query) or 0


def records_with_error(mapping: FieldMapping) -> Sequence[str]:
    """Return the records whose value of a field cannot be stored here."""
    query = (
        select(RemoteRecord.remote_id)
        .join(RemoteLink, RemoteLink.remote_id == RemoteRecord.remote_id)
        .join(FieldError, FieldError.friend_id == RemoteLink.friend_id)
        .where(RemoteRecord.integration_id == mapping.integration_id, RemoteRecord.kind == CONTACT)
        .where(RemoteLink.integration_id == mapping.integration_id)
        .where(FieldError.mapping_id == mapping.id, FieldError.side == "local")
    )
    return [str(one) for one in db.session.scalars(query)]
