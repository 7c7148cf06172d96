"""Confirming on the review: what it does is said beside the button, and a first confirmation can be withdrawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict
from app.messages.broadcasts.operations.confirming import confirm, withdraw_confirmation
from app.messages.broadcasts.operations.rules import BroadcastSettings, change_rules
from app.messages.sending.frequency import change_cap
from app.team.actors import SYSTEM, Actor
from tests.conftest import signed_in
from tests.factories import team
from tests.line.conftest import Connect
from tests.messages.broadcasts.conftest import Stage, staged, stored, texts
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer

ENGLISH = {"Accept-Language": "en"}
WAITING = "Waiting for second confirmation"
PEOPLE = 3


@pytest.fixture
def stage(line: SandboxServer, connect: Connect) -> Stage:
    """A channel with a few friends."""
    return staged(line, connect, PEOPLE)


@pytest.fixture
def first(stage: Stage) -> Actor:
    """One of the two members who have to confirm each broadcast."""
    change_rules(stage.account.id, BroadcastSettings(needs_second=True), actor=SYSTEM)
    return Actor.of_member(team.member(permissions=["confirm_broadcasts"]))


def test_a_first_confirmation_is_withdrawn_by_its_member_only(stage: Stage, first: Actor) -> None:
    draft = stage.draft()
    confirm(stage.account.id, draft.id, seen=1, actor=first)
    other = Actor.of_member(team.member(permissions=["confirm_broadcasts"]))
    with pytest.raises(Conflict):
        withdraw_confirmation(stage.account.id, draft.id, actor=other)
    assert withdraw_confirmation(stage.account.id, draft.id, actor=first).confirmed_at is None
    with pytest.raises(Conflict):
        withdraw_confirmation(stage.account.id, draft.id, actor=first)
    assert confirm(stage.account.id, draft.id, seen=1, actor=other).is_draft
    confirm(stage.account.id, draft.id, seen=1, actor=first)
    with pytest.raises(Conflict):
        withdraw_confirmation(stage.account.id, draft.id, actor=other)


def test_the_review_offers_to_withdraw_ones_own_confirmation(
    app: Flask, stage: Stage, first: Actor, as_alice: CheckingClient
) -> None:
    draft = stage.draft()
    url = f"/accounts/{stage.account.id}/broadcasts/{draft.id}"
    shown = lambda browser: browser.get(f"{url}/review", headers=ENGLISH).text  # noqa: E731
    assert "Before that, another member has to confirm it as well." in shown(as_alice)
    as_alice.post(f"{url}/confirmation", data={"seen": "1"})
    assert 'id="broadcast-withdraw"' in shown(as_alice)
    other = signed_in(app, team.member(permissions=["confirm_broadcasts"]))
    assert 'id="broadcast-withdraw"' not in shown(other) and f"{PEOPLE} people immediately" in shown(other)
    refused = other.post(f"{url}/withdrawal", headers=ENGLISH)
    assert refused.status_code == 409 and "There is no confirmation of yours" in refused.text
    assert as_alice.post(f"{url}/withdrawal").status_code == 303
    assert stored(draft.id).confirmed_by is None
    assert 'id="broadcast-confirm"' in shown(as_alice)


def test_the_list_finds_what_waits_for_a_second_person(stage: Stage, first: Actor, as_alice: CheckingClient) -> None:
    waits = stage.draft(name="Amber")
    stage.draft(name="Bean")
    confirm(stage.account.id, waits.id, seen=1, actor=first)
    db.session.commit()
    url = f"/accounts/{stage.account.id}/broadcasts"
    shown = lambda query="": as_alice.get(url + query, headers=ENGLISH).text  # noqa: E731
    assert shown().count(f">{WAITING}</span>") == 1 and "<bdi>Bean" in shown()
    found = shown("?state=second")
    assert "<bdi>Amber" in found and "<bdi>Bean" not in found and "1 broadcast<" in found
    assert f'<option value="second" selected>{WAITING}' in found
    assert "state=second" in found
    change_rules(stage.account.id, BroadcastSettings(needs_second=False), actor=SYSTEM)
    db.session.commit()
    assert WAITING not in shown()
    assert "<bdi>Amber" not in shown("?state=second")


def test_what_confirming_does_is_said_beside_it(stage: Stage, as_alice: CheckingClient) -> None:
    tomorrow = datetime.combine(now() + timedelta(days=1), datetime.min.time(), UTC)
    planned = {"scheduled_at": tomorrow, "time_zone": "Asia/Tokyo"}
    test = {"content_b": texts("B"), "test_share": 50, "winner_after_hours": 1}

    def words(*, offers_none: bool = False, **values: object) -> str:
        draft = stage.draft(**values)
        url = f"/accounts/{stage.account.id}/broadcasts/{draft.id}/review"
        shown = as_alice.get(url, headers=ENGLISH).text
        shown = shown[shown.index('id="broadcast-confirm-words"') :]
        assert ("disabled" in shown.partition("</button>")[0]) == offers_none
        return shown.partition('id="broadcast-confirm"')[0]

    assert "It is sent to 3 people immediately." in words()
    assert "It begins immediately, for 3 people." in words(spread_minutes=5)
    assert "It begins immediately, for 3 people." in words(**test)
    assert "It is sent to 3 people at" in words(**planned) and "9:00" in words(**planned)
    assert "(Asia/Tokyo), for 3 people." in words(**planned, spread_minutes=5)
    stage.sent("First")
    change_cap(stage.account.id, 1, 7, actor=SYSTEM)
    db.session.commit()
    assert "No one would get it as things are now." in words(offers_none=True)
    assert "No one would get it as things are now." in words(**planned)


def test_a_faulty_message_set_cannot_be_confirmed(app: Flask, stage: Stage, as_alice: CheckingClient) -> None:
    draft = stage.draft("Fine", content_b=texts(""), test_share=50, winner_after_hours=1)
    url = f"/accounts/{stage.account.id}/broadcasts/{draft.id}"
    for path in ("review", "checks"):
        shown = as_alice.get(
            f"{url}/{path}", headers=ENGLISH | ({"HX-Request": "true"} if path == "checks" else {})
        ).text
        button = shown[shown.index('id="broadcast-confirm"') :].partition(">")[0]
        assert "disabled" in button
        assert f'{url}/edit?check=1&amp;set=b">Show the fault in set B' in shown
    who = signed_in(app, team.member(permissions=["confirm_broadcasts"]))
    assert '<a href="#broadcast-checks">Show the fault' in who.get(f"{url}/review", headers=ENGLISH).text


def test_what_line_refuses_disables_the_button_once_it_was_asked(stage: Stage, as_alice: CheckingClient) -> None:
    draft = stage.draft()
    url = f"/accounts/{stage.account.id}/broadcasts/{draft.id}"
    asked = lambda: as_alice.get(f"{url}/checks", headers=ENGLISH | {"HX-Request": "true"}).text  # noqa: E731
    assert "disabled" not in asked() and "It is sent to 3 people immediately." in asked()
    stage.fault("status", "validate/push", None, status=400, message="The request body has 1 error(s)")
    assert "It cannot be confirmed" in asked() and "LINE says" in asked()
