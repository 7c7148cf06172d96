"""Personal settings."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Flask

from app.core.db import db
from app.team.models import LinkPurpose, Member
from app.team.operations import one_time_links
from tests.conftest import signed_in
from tests.factories.team import PASSWORD
from tests.support.client import CheckingClient
from tests.team.conftest import audited_actions, is_signed_in, sign_in

NEW = "another horse staple"


def test_a_member_changes_name_language_and_theme(as_bob: CheckingClient, people: SimpleNamespace) -> None:
    page = as_bob.get("/profile").text
    assert "bob@example.com" in page
    assert 'data-controller="guard"' in page
    response = as_bob.post("/profile", data={"name": " Bobby  B ", "language": "ja", "theme": "dark"})
    assert response.location == "/profile"
    bob = db.session.get_one(Member, people.bob.id)
    assert (bob.name, bob.language, bob.theme) == ("Bobby B", "ja", "dark")
    after = as_bob.get("/profile").text
    assert '<html lang="ja" data-bs-theme="dark"' in after
    assert audited_actions() == ["profile.changed"]


def test_empty_choices_follow_browser_and_system(as_bob: CheckingClient, people: SimpleNamespace) -> None:
    as_bob.post("/profile", data={"name": "Bob", "language": "ja", "theme": "dark"})
    as_bob.post("/profile", data={"name": "Bob", "language": "", "theme": ""})
    page = as_bob.get("/profile", headers={"Accept-Language": "en"}).text
    assert '<html lang="en" data-bs-theme="light" data-theme="system"' in page


@pytest.mark.parametrize("changes", [{"name": ""}, {"language": "tlh"}, {"theme": "pink"}])
def test_bad_input_comes_back(as_bob: CheckingClient, people: SimpleNamespace, changes: dict[str, str]) -> None:
    response = as_bob.post("/profile", data={"name": "Bob", "language": "", "theme": "", **changes})
    assert response.status_code == 422
    assert "is-invalid" in response.text
    assert audited_actions() == []


def change(browser: CheckingClient, present: str = PASSWORD, password: str = NEW, repeat: str = "") -> int:
    data = {"present": present, "password": password, "repeat": repeat or password}
    return browser.post("/profile/password", data=data).status_code


def test_a_new_password_ends_the_other_sessions(
    app: Flask, as_bob: CheckingClient, browser: CheckingClient, people: SimpleNamespace
) -> None:
    elsewhere = signed_in(app, people.bob)
    assert change(as_bob) == 303
    assert is_signed_in(as_bob)
    assert not is_signed_in(elsewhere)
    assert sign_in(browser, "bob@example.com").status_code == 422
    assert sign_in(browser, "bob@example.com", NEW).status_code == 303
    assert audited_actions()[0] == "profile.password_changed"


def test_a_new_password_voids_links_for_another_one(as_bob: CheckingClient, people: SimpleNamespace) -> None:
    link, _ = one_time_links.issue(people.bob, LinkPurpose.PASSWORD_RESET)
    assert change(as_bob) == 303
    db.session.refresh(link)
    assert link.voided_at is not None


def test_the_present_password_is_asked_for(as_bob: CheckingClient, browser: CheckingClient) -> None:
    data = {"present": "guess", "password": NEW, "repeat": NEW}
    response = as_bob.post("/profile/password", data=data)
    assert response.status_code == 422
    assert "This is not your present password." in response.text
    assert change(as_bob, password="short") == 422
    assert change(as_bob, password="bob@example.com") == 422
    assert change(as_bob, repeat="different") == 422
    assert sign_in(browser, "bob@example.com").status_code == 303


def test_guessing_the_present_password_is_limited(as_bob: CheckingClient, as_alice: CheckingClient) -> None:
    assert [change(as_bob, present="guess") for _ in range(10)] == [422] * 10
    assert change(as_bob) == 429
    assert change(as_alice) == 303


def test_other_devices_are_signed_out_on_demand(app: Flask, as_bob: CheckingClient, people: SimpleNamespace) -> None:
    elsewhere = signed_in(app, people.bob)
    as_bob.post("/profile/other-sessions")
    assert (is_signed_in(as_bob), is_signed_in(elsewhere)) == (True, False)
    assert audited_actions() == ["sign_in.ended_elsewhere"]


def test_strangers_are_sent_to_the_sign_in(browser: CheckingClient, people: SimpleNamespace) -> None:
    assert browser.get("/profile").location == "/sign-in?next=/profile"
    for path in ("/profile", "/profile/password", "/profile/other-sessions"):
        assert browser.post(path).location == "/sign-in"


def test_without_a_csrf_token_nothing_happens(as_bob: CheckingClient, people: SimpleNamespace) -> None:
    assert as_bob.post("/profile", data={"name": "Mallory"}, csrf=False).status_code == 400
    assert db.session.get_one(Member, people.bob.id).name == "Bob"


def test_odd_input_is_no_error_of_ours(as_bob: CheckingClient, people: SimpleNamespace) -> None:
    refused = as_bob.post("/profile", data={"name": "a\0b", "language": "", "theme": ""})
    assert refused.status_code == 422 and "cannot be read or stored" in refused.text
    assert db.session.get_one(Member, people.bob.id).name == "Bob"
    for body in ({"name": 5}, [1], "name"):
        assert as_bob.post("/profile", json=body).status_code == 422
    assert as_bob.post("/profile", data=b"\xff\0", content_type="text/plain").status_code == 422
