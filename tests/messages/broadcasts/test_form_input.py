"""The form of a broadcast: what is left out or impossible is refused at its field, and what was typed is never lost."""

from __future__ import annotations

import re
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from app.core.db import db
from app.line.models import Account
from app.messages.broadcasts.models import Broadcast
from app.messages.broadcasts.operations.drafts import BroadcastPlan, create_draft
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.broadcasts.views import editor
from app.messages.composer.models import MessageDraft
from app.messages.content.message_set import MessageSet
from app.team.actors import SYSTEM
from tests.conftest import signed_in
from tests.factories import segments
from tests.messages.broadcasts.conftest import opened, texts
from tests.support.client import CheckingClient

USUAL = {
    "name": "Spring",
    "audience": "all",
    "tracking": "link",
    "starts": "now",
    "late_policy": "ask",
    "late_hours": "3",
    "spread_minutes": "0",
}
HUGE = "9" * 25


class Window:
    """One window of a member with the editor of a broadcast."""

    def __init__(self, browser: CheckingClient, url: str) -> None:
        self.address, drawn = opened(browser, url)
        self.browser, self.url = browser, url.partition("/new")[0].removesuffix("/edit")
        self.fields = dict(re.findall(r'name="(draft|draft_version|version|other)" value="([0-9]+)"', drawn))

    def post(self, path: str = "", **fields: str | None) -> tuple[int, str]:
        """Send the form as it is, with these fields changed, or left out; returns the status and the answer."""
        data = {name: value for name, value in {**USUAL, **self.fields, **fields}.items() if value is not None}
        answer = self.browser.post(self.url + path, data=data, headers={"Accept-Language": "en"})
        return answer.status_code, answer.headers.get("Location") or answer.get_data(as_text=True)

    def press(self, account: Account, command: str) -> int:
        """Press a button of the composer; returns the status."""
        url = f"/accounts/{account.id}/composer/{self.fields['draft']}"
        return self.browser.post(url, data={**USUAL, **self.fields, "do": command}).status_code


def drafts() -> list[Broadcast]:
    db.session.rollback()
    return db.session.query(Broadcast).order_by(Broadcast.id).all()


@pytest.fixture
def new(as_alice: CheckingClient, place: Account) -> Window:
    return Window(as_alice, f"/accounts/{place.id}/broadcasts/new")


@pytest.mark.parametrize("name", ["audience", "starts", "tracking", "late_policy"])
def test_a_field_left_out_is_no_choice(new: Window, name: str) -> None:
    status, shown = new.post(**{name: None})
    assert status == 422
    assert f'id="{name}-error"' in shown and "Choose one from the list." in shown
    assert f'name="{name}" id="{name}-all" value="all" checked' not in shown
    assert 'value="Spring"' in shown
    assert drafts() == []


@pytest.mark.parametrize("name", ["audience", "starts", "tracking", "late_policy"])
def test_answers_that_exclude_each_other_are_radio_buttons(new: Window, as_alice: CheckingClient, name: str) -> None:
    inputs = re.findall(rf'<input[^>]*name="{name}"[^>]*>', as_alice.get(new.address).text)
    assert len(inputs) > 1 and all('type="radio"' in one for one in inputs)


@pytest.mark.parametrize("number", [HUGE, f"-{HUGE}", "-1", "999"])
@pytest.mark.parametrize("name", ["segment", "without"])
def test_a_segment_that_does_not_exist_is_refused_at_its_field(
    new: Window, place: Account, number: str, name: str
) -> None:
    known = segments.segment(place, "Loyal")
    db.session.commit()
    chosen = {"segment": str(known.id), "without": str(known.id), name: number}
    status, shown = new.post(audience="difference", **chosen)
    assert (status, 'value="Spring"' in shown, f'id="{name}-error"' in shown) == (422, True, True)
    assert drafts() == []


@pytest.mark.parametrize(("audience", "name"), [("all", "segment"), ("all", "without"), ("segment", "without")])
def test_a_segment_that_is_gone_and_not_shown_is_not_complained_of(
    new: Window, place: Account, audience: str, name: str
) -> None:
    known = segments.segment(place, "Loyal")
    db.session.commit()
    chosen = {"segment": str(known.id), "without": "0", name: "999"}
    assert new.post(audience=audience, **chosen)[0] == 303
    assert drafts()[0].audience["kind"] == audience


def test_the_numbers_of_a_test_cannot_be_left_out(as_alice: CheckingClient, place: Account) -> None:
    values: dict[str, Any] = {"content_b": texts("B"), "test_share": 20, "winner_after_hours": 4}
    made = create_draft(place.id, BroadcastPlan("Test", AudienceChoice(), texts("A"), **values), actor=SYSTEM)
    db.session.commit()
    window = Window(as_alice, f"/accounts/{place.id}/broadcasts/{made.id}/edit")
    status, shown = window.post(test_share=None, winner_after_hours="4")
    assert (status, 'id="test_share-error"' in shown) == (422, True)
    assert window.post(test_share="20", winner_after_hours="4")[0] == 303


@pytest.mark.parametrize("typed", ["", "99", "many"])
def test_hours_that_are_not_shown_are_not_complained_of(new: Window, typed: str) -> None:
    status, shown = new.post(late_policy="skip", late_hours=typed)
    assert (status, 'id="late_hours-error"' in shown) == (422, True)
    assert new.post(late_policy="ask", late_hours=typed)[0] == 303
    assert drafts()[0].late_hours == 3


def test_the_spread_may_be_left_empty(new: Window) -> None:
    shown = new.browser.get(new.address).text
    assert re.search(r'<label class="form-label" for="spread_minutes">', shown)
    assert new.post(spread_minutes="")[0] == 303
    assert drafts()[0].spread_minutes == 0


def test_a_character_that_no_database_holds_is_said_at_its_field(new: Window, place: Account) -> None:
    new.press(place, "add:messages:text")
    status, shown = new.post(name="Spring\0", draft_version="2", **{"messages.0.text": "Typed\0"})
    assert (status, 'id="name-error"' in shown, "Typed\ufffd" in shown) == (422, True, True)


@pytest.mark.parametrize("name", ["draft", "other"])
def test_messages_that_are_gone_are_told_of(new: Window, name: str) -> None:
    status, shown = new.post(**{name: HUGE})
    assert (status, "saved or discarded already" in shown) == (409, True)
    assert drafts() == []


def test_messages_of_another_broadcast_are_not_taken(as_alice: CheckingClient, place: Account) -> None:
    made = [create_draft(place.id, BroadcastPlan(name, AudienceChoice(), MessageSet()), actor=SYSTEM) for name in "AB"]
    db.session.commit()
    first, second = (Window(as_alice, f"/accounts/{place.id}/broadcasts/{one.id}/edit") for one in made)
    second.fields["draft"] = first.fields["draft"]
    assert second.post(name="Taken")[0] == 404
    assert second.post("/sets", set="copy")[0] == 404
    assert [one.name for one in drafts()] == ["A", "B"]


def test_two_presses_at_once_store_one_draft(
    app: Flask, people: SimpleNamespace, new: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Window(signed_in(app, people.alice), new.address)
    told: list[tuple[int, str]] = []

    def press() -> None:
        with app.app_context():
            told.append(other.post())

    def create_after_the_other(*args: Any, **kwargs: Any) -> Broadcast:
        monkeypatch.undo()
        thread = Thread(target=press)
        thread.start(), thread.join(30)
        return create_draft(*args, **kwargs)

    monkeypatch.setattr(editor, "create_draft", create_after_the_other)
    status, leads = new.post()
    assert (status, told) == (303, [(303, leads)])
    assert [one.name for one in drafts()] == ["Spring"]
    assert new.post() == (303, leads)


def test_a_second_window_goes_on_and_is_told_what_was_saved(new: Window, place: Account) -> None:
    second = Window(new.browser, new.address)
    assert new.post(name="First")[0] == 303
    assert second.press(place, "add:messages:text") == 200
    second.fields |= {"draft_version": "2", "messages.0.text": "Typed in the second window"}
    status, shown = second.post(name="Second")
    assert (status, "broadcast-conflict" in shown, "Typed in the second window" in shown) == (409, True, True)
    assert "You have saved it in another window" in shown
    [stored] = drafts()
    assert (stored.name, f'action="{second.url}/{stored.id}"' in shown) == ("First", True)
    assert second.post(f"/{stored.id}", name="Second", over=str(stored.version))[0] == 303
    [stored] = drafts()
    assert (stored.name, stored.content["messages"][0]["text"]) == ("Second", "Typed in the second window")
    assert not any(draft.is_changed for draft in db.session.query(MessageDraft))


def test_a_second_window_of_a_deleted_broadcast_stores_a_new_one(new: Window) -> None:
    second = Window(new.browser, new.address)
    assert new.post(name="First")[0] == 303
    assert new.browser.post(f"{new.url}/{drafts()[0].id}/removal").status_code == 303
    assert second.post(name="Second")[0] == 303
    assert [one.name for one in drafts()] == ["Second"]


def test_the_name_of_a_new_one_is_kept_while_it_is_typed(new: Window, place: Account, as_alice: CheckingClient) -> None:
    url = f"/accounts/{place.id}/composer/{new.fields['draft']}/check"
    as_alice.post(url, data={**USUAL, **new.fields, "name": "Half a na"})
    assert 'value="Half a na"' in as_alice.get(new.address).text


def test_what_was_left_unsaved_is_said_above_the_form(new: Window, place: Account, as_alice: CheckingClient) -> None:
    def shown() -> str:
        return as_alice.get(new.address, headers={"Accept-Language": "en"}).text

    assert "left-unsaved" not in shown()
    assert new.press(place, "add:messages:text") == 200
    assert "You began this earlier" in shown() and "Start again" in shown()
    new = Window(as_alice, new.address)
    status, refused = new.post(late_hours="none", late_policy="skip")
    assert (status, "left-unsaved" in refused) == (422, False)
    assert new.post("/sets", do="discard")[0] == 303
    assert "left-unsaved" not in shown()


def test_what_was_left_unsaved_of_a_stored_one_is_said_as_well(new: Window, place: Account) -> None:
    edit = new.post()[1]
    stored = Window(new.browser, edit)
    assert "left-unsaved" not in new.browser.get(edit).text
    assert stored.press(place, "add:messages:text") == 200
    assert "You changed this earlier" in new.browser.get(edit, headers={"Accept-Language": "en"}).text


def test_each_window_begins_its_own_and_offers_what_was_left_in_others(new: Window, place: Account) -> None:
    english = {"Accept-Language": "en"}
    assert new.press(place, "add:messages:text") == 200
    new.fields |= {"draft_version": "2", "messages.0.text": "Typed first"}
    assert new.press(place, "add:messages:text") == 200
    second = Window(new.browser, f"{new.url}/new")
    shown = new.browser.get(second.address, headers=english).text
    assert second.address != new.address and "Typed first" not in shown and "left-unsaved" not in shown
    assert f'href="{new.address}"' in shown and "Open Spring" in shown
    assert second.press(place, "add:messages:text") == 200
    again = new.browser.get(new.address, headers=english).text
    assert "Typed first" in again and f'href="{second.address}"' in again
    assert new.post(name="First", draft_version="3")[0] == 303
    assert new.address not in new.browser.get(second.address).text
    assert second.post(name="Second", draft_version="2")[0] == 303
    assert [one.name for one in drafts()] == ["First", "Second"]


def test_a_segment_in_the_address_begins_a_clean_draft(new: Window, place: Account) -> None:
    loyal, other = segments.segment(place, "Loyal"), segments.segment(place, "Other")
    db.session.commit()
    assert new.post("/sets", set="empty", name="Plums", audience="difference")[0] == 200
    preset = Window(new.browser, f"{new.url}/new?segment_id={loyal.id}")

    def shown() -> str:
        return new.browser.get(preset.address, headers={"Accept-Language": "en"}).text

    assert 'id="audience-segment" value="segment" checked' in shown() and "left-unsaved" not in shown()
    assert f'<option selected value="{loyal.id}">' in shown() and "Add an empty set B" in shown()
    assert "You began another broadcast and did not save it." in shown() and "Open Plums" in shown()
    check = f"/accounts/{place.id}/composer/{preset.fields['draft']}/check"
    new.browser.post(check, data={**USUAL, **preset.fields, "audience": "segment", "segment": str(other.id)})
    assert f'<option selected value="{other.id}">' in shown()


def test_a_window_that_was_saved_begins_a_clean_one(new: Window) -> None:
    assert new.post(name="First")[0] == 303
    again = Window(new.browser, new.address)
    assert again.address != new.address
    assert Window(new.browser, f"{new.url}/new?window=%00A").address not in (new.address, again.address)
