"""Members, as administrators see and change them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotFound
from app.team import queries
from app.team.actors import Actor
from app.team.models import AuditEntry, Member, MemberState, Role
from app.team.operations import members
from app.team.permissions import NOT_YET, Permission
from tests.factories import team
from tests.support.client import CheckingClient
from tests.support.races import refused_after_commit
from tests.team.conftest import audited_actions, is_signed_in, sign_in, with_two_factor

LAST = "is the last administrator. Make another member one first."


def names_in(html: str) -> list[str]:
    """The names of a list, in its order."""
    return [name for name in ("Alice", "Bob", "Charlie") if f'"><bdi>{name}</bdi></a>' in html]


def order_in(html: str) -> list[str]:
    return sorted(names_in(html), key=lambda name: html.index(f'"><bdi>{name}</bdi></a>'))


def test_the_list_shows_everyone(as_alice: CheckingClient, people: SimpleNamespace) -> None:
    html = as_alice.get("/members").text
    assert order_in(html) == ["Alice", "Bob", "Charlie"]
    assert "alice@example.com" in html
    assert "Administrator" in html
    assert "Active" in html


@pytest.mark.parametrize(
    ("words", "found"),
    [("li", ["Alice", "Charlie"]), ("BOB@EX", ["Bob"]), ("", ["Alice", "Bob", "Charlie"]), ("%", []), ("_", [])],
)
def test_search_is_by_name_or_email(
    as_alice: CheckingClient, people: SimpleNamespace, words: str, found: list[str]
) -> None:
    html = as_alice.get("/members", query_string={"search": words}).text
    assert names_in(html) == found
    assert found or "No members found" in html


@pytest.mark.parametrize(
    ("sort", "order", "first"),
    [("name", "up", "Alice"), ("name", "down", "Charlie"), ("email", "down", "Charlie"), ("role", "down", "Bob")],
)
def test_columns_sort(as_alice: CheckingClient, people: SimpleNamespace, sort: str, order: str, first: str) -> None:
    html = as_alice.get("/members", query_string={"sort": sort, "order": order}).text
    assert order_in(html)[0] == first
    assert f'aria-sort="{"ascending" if order == "up" else "descending"}"' in html


def test_an_unknown_column_sorts_by_name(as_alice: CheckingClient, people: SimpleNamespace) -> None:
    assert order_in(as_alice.get("/members?sort=password_hash").text)[0] == "Alice"


def test_the_htmx_answer_is_the_list(as_alice: CheckingClient, people: SimpleNamespace) -> None:
    assert as_alice.fragment("/members?search=bob").text.lstrip().startswith('<div id="members-list"')


def test_only_administrators_come_here(as_bob: CheckingClient, as_charlie: CheckingClient, people: Any) -> None:
    for browser in (as_bob, as_charlie):
        assert browser.get("/members").status_code == 403
        assert browser.get(f"/members/{people.alice.id}").status_code == 403
        for action in ("", "/suspension", "/reactivation", "/removal", "/two-factor-reset", "/invitation"):
            assert browser.post(f"/members/{people.alice.id}{action}").status_code == 403
    assert audited_actions() == []


def test_no_one_has_this_number(as_alice: CheckingClient) -> None:
    assert as_alice.get("/members/999999").status_code == 404
    assert as_alice.post("/members/999999/suspension").status_code == 404


def test_without_a_csrf_token_nothing_happens(as_alice: CheckingClient, people: SimpleNamespace) -> None:
    assert as_alice.post(f"/members/{people.bob.id}/removal", csrf=False).status_code == 400
    assert queries.member_by_email("bob@example.com")


def test_permissions_and_accounts_are_changed(
    as_alice: CheckingClient, as_bob: CheckingClient, people: SimpleNamespace, accounts: list[tuple[int, str]]
) -> None:
    page = as_alice.get(f"/members/{people.bob.id}").text
    assert page.count('name="permissions"') == len(Permission) - len(NOT_YET)
    data = {"role": "member", "permissions": ["tags", "imports"], "scope": "chosen", "account_ids": ["11"]}
    assert as_alice.post(f"/members/{people.bob.id}", data=data).status_code == 303
    bob = db.session.get_one(Member, people.bob.id)
    assert (bob.permissions, bob.account_ids, bob.role) == (["imports", "tags"], [11], "member")
    assert audited_actions() == ["member.permissions_changed", "member.accounts_changed"]
    again = as_alice.get(f"/members/{people.bob.id}").text
    assert 'value="imports" checked' in again and 'value="friends" checked' not in again
    assert 'value="chosen" checked' in again and 'value="11" checked' in again


def test_what_is_not_here_yet_is_not_offered_and_keeps_its_permission(
    as_alice: CheckingClient, people: SimpleNamespace
) -> None:
    people.bob.permissions = ["knowledge_base", "tags"]
    db.session.commit()
    page = as_alice.get(f"/members/{people.bob.id}").text
    assert 'value="tags" checked' in page and "Knowledge base" not in page
    assert 'value="knowledge_base"' not in page
    as_alice.post(f"/members/{people.bob.id}", data={"role": "member", "permissions": ["imports"], "scope": "all"})
    assert db.session.get_one(Member, people.bob.id).permissions == ["imports", "knowledge_base"]
    refused = as_alice.post(f"/members/{people.bob.id}", data={"role": "member", "permissions": ["knowledge_base"]})
    assert refused.status_code == 422


def test_saving_what_is_there_records_nothing(as_alice: CheckingClient, people: SimpleNamespace) -> None:
    as_alice.post(f"/members/{people.bob.id}", data={"role": "member", "scope": "all"})
    assert audited_actions() == []


def test_roles_take_effect_at_once(as_alice: CheckingClient, as_bob: CheckingClient, people: SimpleNamespace) -> None:
    as_alice.post(f"/members/{people.bob.id}", data={"role": "administrator", "scope": "all"})
    assert as_bob.get("/members").status_code == 200
    as_bob.post(f"/members/{people.alice.id}", data={"role": "member", "scope": "all"})
    assert as_alice.get("/members").status_code == 403
    assert audited_actions() == ["member.promoted", "member.demoted"]


def test_suspending_signs_out_at_once(
    as_alice: CheckingClient, as_bob: CheckingClient, browser: CheckingClient, people: SimpleNamespace
) -> None:
    assert is_signed_in(as_bob)
    assert as_alice.post(f"/members/{people.bob.id}/suspension").status_code == 303
    assert not is_signed_in(as_bob)
    assert sign_in(browser, "bob@example.com").status_code == 422
    assert "Suspended" in as_alice.get(f"/members/{people.bob.id}").text
    as_alice.post(f"/members/{people.bob.id}/reactivation")
    assert not is_signed_in(as_bob), "An old session does not come back to life."
    assert sign_in(browser, "bob@example.com").status_code == 303
    assert audited_actions()[:2] == ["member.suspended", "member.reactivated"]


def test_removing_signs_out_and_keeps_the_log(
    as_alice: CheckingClient, as_bob: CheckingClient, people: SimpleNamespace
) -> None:
    as_bob.post("/profile", data={"name": "Bobby", "language": "", "theme": ""})
    bob_id = people.bob.id
    assert as_alice.post(f"/members/{bob_id}/removal").location == "/members"
    assert not is_signed_in(as_bob)
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.actor_name, entry.action) for entry in entries] == [
        ("Bob", "profile.changed"),
        ("Alice", "member.removed"),
    ]
    assert entries[0].member_id == bob_id


@pytest.mark.parametrize("state", [MemberState.INVITED, MemberState.SUSPENDED])
def test_only_active_members_are_suspended(as_alice: CheckingClient, state: MemberState) -> None:
    other = team.member(state=state)
    assert as_alice.post(f"/members/{other.id}/suspension").status_code == 409


def test_only_suspended_members_are_reactivated(as_alice: CheckingClient, people: SimpleNamespace) -> None:
    invited = team.member(state=MemberState.INVITED)
    for member in (people.bob, invited):
        assert as_alice.post(f"/members/{member.id}/reactivation").status_code == 409
    assert db.session.get_one(Member, invited.id).state == MemberState.INVITED


def test_a_lost_phone_is_helped(
    as_alice: CheckingClient, as_bob: CheckingClient, browser: CheckingClient, people: SimpleNamespace
) -> None:
    with_two_factor(people.bob)
    assert "Turn off two-factor sign-in" in as_alice.get(f"/members/{people.bob.id}").text
    as_alice.post(f"/members/{people.bob.id}/two-factor-reset")
    assert not is_signed_in(as_bob)
    assert sign_in(browser, "bob@example.com").location == "/"
    assert "member.two_factor_reset" in audited_actions()


@pytest.mark.parametrize("action", ["suspension", "removal"])
def test_the_last_administrator_stays(as_alice: CheckingClient, people: SimpleNamespace, action: str) -> None:
    # An administrator who cannot sign in does not count.
    team.member(role=Role.ADMINISTRATOR, state=MemberState.SUSPENDED)
    team.member(role=Role.ADMINISTRATOR, state=MemberState.INVITED)
    response = as_alice.post(f"/members/{people.alice.id}/{action}")
    assert response.status_code == 409
    assert LAST in response.text
    assert is_signed_in(as_alice)


def test_the_last_administrator_is_not_demoted(as_alice: CheckingClient, people: SimpleNamespace) -> None:
    data = {"role": "member", "scope": "all"}
    response = as_alice.post(f"/members/{people.alice.id}", data=data)
    assert response.status_code == 422
    assert LAST in response.text
    fragment = as_alice.fragment(f"/members/{people.alice.id}", "POST", data=data)
    assert fragment.text.lstrip().startswith('<form id="member-form"')
    assert db.session.get_one(Member, people.alice.id).is_administrator


def demote(member: Member, *, actor: Actor) -> None:
    members.change_member(member, role=Role.MEMBER, permissions=[], account_ids=None, actor=actor)


@pytest.mark.parametrize("change", [members.suspend, members.remove, demote])
def test_two_administrators_cannot_put_each_other_out(
    app: Flask, two_administrators: SimpleNamespace, change: Callable[..., None]
) -> None:
    alice, bob = two_administrators.alice, two_administrators.bob
    alice_id, bob_id = alice.id, bob.id
    change(bob, actor=Actor.of_member(alice))
    db.session.flush()

    def second() -> None:
        first, other = db.session.get_one(Member, alice_id), db.session.get_one(Member, bob_id)
        change(first, actor=Actor.of_member(other))

    assert refused_after_commit(app, second, Conflict, InvalidInput)
    assert db.session.get_one(Member, alice_id).may("settings")


def test_who_vanished_in_the_meantime_is_not_found(app: Flask, people: SimpleNamespace) -> None:
    bob = people.bob
    assert bob.name
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM members WHERE email = 'bob@example.com'")
    with pytest.raises(NotFound):
        members.suspend(bob, actor=Actor.of_member(people.alice))
