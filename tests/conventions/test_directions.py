"""Names from outside never turn the words around them; `CheckingClient` looks at every page that these tests fetch."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, url_for
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.friends.models import AttributeDefinition, Friend, IdLink, Tag
from app.friends.operations.activity import record_activity
from app.friends.operations.definitions import create_definition
from app.friends.operations.tags import create_tag
from app.line.models import Account
from app.segments.models import Folder, Segment
from app.team.actors import Actor
from app.team.models import Member
from app.team.operations.api_keys import create_api_key
from tests.conftest import signed_in
from tests.factories import friends, line, segments, team
from tests.support.client import check_html

# Written from right to left; the brackets and digits at its end are what jumps to the wrong place.
NAME = "שלום (12)"


@pytest.fixture
def place(app: Flask) -> Account:
    """An account on which everything bears such a name, and a member who has changed all of it."""
    account = line.account(name=NAME)
    member = team.administrator(name=NAME)
    actor = Actor.of_member(member)
    tag = create_tag(account.id, NAME, actor=actor)
    create_definition(account.id, NAME, "text", actor=actor)
    create_api_key(name=NAME, scopes=["imports"], account_ids=None, actor=actor)
    person = friends.friend(account, (tag,), display_name=NAME, first_name=NAME, company=NAME, status_message=NAME)
    person.attributes = {"attribute": NAME}
    db.session.add(IdLink(account_id=account.id, line_user_id=person.line_user_id, user_id=NAME))
    record_activity(person, "message", now(), {"type": "text", "text": NAME})
    folder = segments.folder(account, NAME)
    conditions = segments.definition([segments.condition("tag", "any_of", tag.id)])
    segments.segment(account, NAME, conditions, folder_id=folder.id, updated_by=member.id)
    db.session.commit()
    return account


PAGES = (
    *("home.show", "home.now", "accounts.index", "audit.index", "api_keys.index", "members.index", "members.edit"),
    *("profile.edit", "friends.index", "friends.show", "friend_attributes.edit", "tags.index"),
    *("tags.edit", "attributes.index", "attributes.edit", "bulk_tags.new", "id_links.show", "id_links.links"),
    *("friend_imports.show", "segments.index", "segments.show", "segments.edit", "segments.new", "segments.removal"),
    *("account_settings.show", "account_settings.ask_credentials", "webhook_events.index", "media_uploads.new"),
)


ASKED: dict[str, dict[str, Any]] = {
    "segments.properties": {"group": 0, "at": 0},
    "bulk_tags.new": {"action": "add"},
}


@pytest.mark.parametrize("page", PAGES)
def test_no_page_lets_a_name_turn_its_words(app: Flask, place: Account, page: str) -> None:
    browser = signed_in(app, db.session.scalars(select(Member)).one())
    rows = {"friend": Friend, "tag": Tag, "definition": AttributeDefinition, "segment": Segment, "folder": Folder}
    known = {f"{name}_id": db.session.scalars(select(model.id)).first() for name, model in rows.items()}
    known |= {"account_id": place.id, "member_id": db.session.scalars(select(Member.id)).one()}
    wanted = {name for rule in app.url_map.iter_rules(page) for name in rule.arguments}
    with app.test_request_context():
        path = url_for(page, **{name: known[name] for name in wanted}, **ASKED.get(page, {}))

    assert browser.get(path).status_code == 200
    assert browser.fragment(path).status_code == 200


def test_the_check_of_pages_finds_a_name_that_does() -> None:
    check_html(f"<p>Tag <bdi>{NAME}</bdi> of \u2068{NAME}\u2069</p>", whole=False)
    for html in (f"<p>Tag {NAME} is new</p>", f'<a title="{NAME} is new">x</a>', "<b>a\u202eb</b>"):
        with pytest.raises(AssertionError, match="from outside"):
            check_html(html, whole=False)
