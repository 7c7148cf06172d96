"""What tests of the composer share: a member and their draft."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.core.db import db
from app.line.models import Account
from app.messages.composer.models import MessageDraft
from app.messages.composer.operations import open_draft
from app.team.actors import Actor


@pytest.fixture
def alice(people: SimpleNamespace) -> Actor:
    """Alice as the actor of operations."""
    return Actor.of_member(people.alice)


@pytest.fixture
def draft(place: Account, alice: Actor) -> MessageDraft:
    """Alice's draft of something that is not stored yet."""
    made = open_draft(place.id, "auto_message", None, actor=alice)
    db.session.commit()
    return made
