"""An actor holds what a member or an API key may do, on which accounts."""

from __future__ import annotations

from types import SimpleNamespace

from app.core.clock import now
from app.core.db import db
from app.team import audit
from app.team.actors import ADMINISTRATOR, MEMBER, SYSTEM, Actor, ActorKind
from app.team.models import ApiKey, MemberState
from app.team.permissions import Permission


def key(**values: object) -> ApiKey:
    given = {"id": 7, "name": "CRM", "scopes": ["imports"], "account_ids": [3], **values}
    return ApiKey(**given)


def test_a_member_may_what_was_granted(people: SimpleNamespace) -> None:
    people.bob.permissions, people.bob.account_ids = ["tags"], [3]
    actor = Actor.of_member(people.bob)
    assert actor.may(Permission.TAGS) and actor.may(MEMBER)
    assert not actor.may(Permission.SETTINGS) and not actor.may(ADMINISTRATOR)
    assert actor.may(Permission.TAGS, 3) and not actor.may(Permission.TAGS, 4)


def test_an_administrator_may_all_on_every_account(people: SimpleNamespace) -> None:
    people.alice.account_ids = []
    actor = Actor.of_member(people.alice)
    assert all(actor.may(permission, 99) for permission in Permission) and actor.may(ADMINISTRATOR)


def test_a_suspended_member_may_nothing(people: SimpleNamespace) -> None:
    people.alice.state = MemberState.SUSPENDED
    actor = Actor.of_member(people.alice)
    assert not actor.may(ADMINISTRATOR) and not actor.may(MEMBER) and not actor.may(Permission.TAGS)


def test_a_key_may_what_its_scopes_say_until_it_is_revoked() -> None:
    actor = Actor.of_key(key())
    assert actor.may(Permission.IMPORTS, 3) and not actor.may(Permission.IMPORTS, 4) and not actor.may(Permission.TAGS)
    assert (actor.kind, actor.member_id, actor.label) == (ActorKind.API_KEY, None, "API: CRM")
    assert not Actor.of_key(key(revoked_at=now())).may(Permission.IMPORTS)


def test_the_system_may_all() -> None:
    assert SYSTEM.may(ADMINISTRATOR) and SYSTEM.may(Permission.TAGS, 1)


def test_the_audit_log_names_every_kind_of_actor(people: SimpleNamespace) -> None:
    workflow = Actor(ActorKind.WORKFLOW, 5, "Welcome", frozenset({"tags"}))
    written = [
        audit.record(actor, "tag.created")
        for actor in (Actor.of_member(people.bob), Actor.of_key(key()), workflow, SYSTEM)
    ]
    db.session.flush()
    assert [(entry.member_id, entry.actor_name) for entry in written] == [
        (people.bob.id, "Bob"),
        (None, "API: CRM"),
        (None, "Welcome"),
        (None, "Tomoru"),
    ]
