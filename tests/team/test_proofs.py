"""What is sensitive asks for the password again."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
import time_machine
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.line.models import Account
from app.team.models import ApiKey, Member
from tests.factories.line import account
from tests.factories.team import PASSWORD
from tests.support.client import CheckingClient
from tests.team.conftest import audited_actions, code_of, is_signed_in, with_two_factor

Make = Callable[[], str]
LATER = 16 * 60


@pytest.fixture
def place(people: SimpleNamespace) -> Account:
    """A connected account."""
    return account()


PAGES = ["/api-keys", "/outbox", "/accounts/new", "/accounts/{}/settings/reconnect"]
FILES = ["/accounts/{}/friends.csv", "/accounts/{}/id-links/links.csv"]
FORMS = ["/api-keys", "/members/{}/two-factor-reset", "/accounts", "/accounts/{}/settings/reconnect"]
FORMS += ["/accounts/{}/settings/login"]


@pytest.mark.parametrize("path", PAGES)
def test_a_sensitive_page_comes_after_the_password(as_alice: CheckingClient, place: Account, path: str) -> None:
    path = path.format(place.id)
    assert as_alice.get(path).status_code == 200
    with time_machine.travel(now().timestamp() + LATER):
        asked = as_alice.get(path)
        assert asked.location == f"/confirmation?next={path}"
        assert "Confirm that it is you" in as_alice.get(asked.location).text
        wrong = as_alice.post("/confirmation", data={"password": "guess", "next": path})
        assert wrong.status_code == 422 and "This is not your present password." in wrong.text
        assert as_alice.get(path).status_code == 303
        assert as_alice.post("/confirmation", data={"password": PASSWORD, "next": path}).location == path
        assert as_alice.get(path).status_code == 200
        assert as_alice.get(asked.location).location == path, "What is proved is not asked for again."


@pytest.mark.parametrize("path", FILES)
def test_a_file_of_people_leads_back_to_its_page(as_alice: CheckingClient, place: Account, path: str) -> None:
    path, page = path.format(place.id), f"/accounts/{place.id}/friends"
    with time_machine.travel(now().timestamp() + LATER):
        answer = as_alice.get(path, headers={"Referer": f"http://localhost{page}?status=following"})
        assert answer.location == f"/confirmation?next={page}?status%3Dfollowing"
        assert as_alice.get(path, headers={"Referer": "http://[::1"}).location == "/confirmation?next=/"
        as_alice.post("/confirmation", data={"password": PASSWORD, "next": page})
        assert "press the button of the file once more" in as_alice.get(page).text
        assert as_alice.get(path).status_code == 200


def test_a_file_of_another_kind_leads_back_to_its_page_too(as_alice: CheckingClient) -> None:
    with time_machine.travel(now().timestamp() + LATER):
        answer = as_alice.get("/chat/1/export.zip", headers={"Referer": "http://localhost/chat/1"})
        assert answer.location == "/confirmation?next=/chat/1"


@pytest.mark.parametrize("path", FORMS)
def test_a_sensitive_form_does_nothing_without_the_password(
    as_alice: CheckingClient, place: Account, people: SimpleNamespace, path: str
) -> None:
    with_two_factor(people.bob)
    path = path.format(people.bob.id if "two-factor" in path else place.id)
    with time_machine.travel(now().timestamp() + LATER):
        data = {"name": "CDP", "scopes": "imports", "scope": "all"}
        assert as_alice.post(path, data=data).location == "/confirmation?next=/"
        sent = {"HX-Request": "true", "HX-Current-URL": "http://localhost/members"}
        assert as_alice.post(path, data=data, headers=sent).headers["HX-Redirect"] == "/confirmation?next=/members"
    assert db.session.get_one(Member, people.bob.id).has_two_factor
    assert db.session.scalars(select(ApiKey)).all() == []
    assert audited_actions() == ["profile.two_factor_enabled"]


def test_the_code_is_asked_for_as_well(as_alice: CheckingClient, people: SimpleNamespace) -> None:
    with_two_factor(people.alice)
    with time_machine.travel(now().timestamp() + LATER, tick=False):
        assert 'name="code"' in as_alice.get("/confirmation").text
        assert as_alice.post("/confirmation", data={"password": PASSWORD}).status_code == 422
        right = {"password": PASSWORD, "code": code_of(people.alice)}
        assert as_alice.post("/confirmation", data={**right, "password": "guess"}).status_code == 422
        assert as_alice.post("/confirmation", data=right).status_code == 303
        assert as_alice.get("/api-keys").status_code == 200


def test_guessing_is_limited(as_alice: CheckingClient, as_bob: CheckingClient) -> None:
    with time_machine.travel(now().timestamp() + LATER):
        tried = [as_alice.post("/confirmation", data={"password": "guess"}).status_code for _ in range(11)]
        assert tried == [422] * 10 + [429]
        assert as_bob.post("/confirmation", data={"password": PASSWORD}).status_code == 303


def test_one_s_own_second_factor_is_not_turned_off_by_the_members_page(
    as_alice: CheckingClient, people: SimpleNamespace
) -> None:
    with_two_factor(people.alice)
    assert "two-factor-reset" not in as_alice.get(f"/members/{people.alice.id}").text
    refused = as_alice.post(f"/members/{people.alice.id}/two-factor-reset")
    assert refused.status_code == 409 and "with password and code" in refused.text
    assert db.session.get_one(Member, people.alice.id).has_two_factor
    assert is_signed_in(as_alice)


def key_of(member: Member, name: str = "CDP") -> ApiKey:
    key = ApiKey(name=name, scopes=["imports"], token_digest=name, token_start="tomoru_x", member_id=member.id)
    db.session.add(key)
    db.session.commit()
    return key


@pytest.mark.parametrize(("leaving", "field"), [("suspension", "keys"), ("removal", "removing-keys")])
def test_keys_of_a_member_who_leaves_are_revoked_or_handed_over(
    as_alice: CheckingClient, people: SimpleNamespace, leaving: str, field: str
) -> None:
    first, second = key_of(people.bob), key_of(people.charlie, "Nightly")
    page = as_alice.get(f"/members/{people.bob.id}").text
    assert "Bob made 1 API key that is in use: CDP" in page and f'name="{field}"' in page
    as_alice.post(f"/members/{people.bob.id}/{leaving}")
    assert first.revoked_at is not None
    as_alice.post(f"/members/{people.charlie.id}/{leaving}", data={field: "keep"})
    assert (second.revoked_at, second.member_id) == (None, people.alice.id)
    assert {"api_key.revoked", "api_key.taken_over"} <= set(audited_actions())


def test_a_key_that_was_left_behind_is_shown_and_taken_over(as_alice: CheckingClient, people: SimpleNamespace) -> None:
    key = key_of(people.bob)
    assert "takeover" not in as_alice.get("/api-keys").text
    people.bob.state = "suspended"
    page = as_alice.get("/api-keys").text
    assert "Suspended" in page and f"/api-keys/{key.id}/takeover" in page
    as_alice.post(f"/api-keys/{key.id}/takeover")
    assert key.member_id == people.alice.id
    assert "takeover" not in as_alice.get("/api-keys").text
