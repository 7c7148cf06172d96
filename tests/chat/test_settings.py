"""The section of an account's settings for its chat."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app.core.db import db
from app.messages.conversations.models import ChatSettings, Conversation
from tests.chat.conftest import answer, the_conversation
from tests.chat.desk import choose, close, open_always
from tests.conftest import signed_in
from tests.factories import line as line_factory
from tests.factories.team import member
from tests.messages.sending.conftest import Shop
from tests.support.client import CheckingClient

USUAL = {"status_on_message": "to_do", "alerts": "none", "marks_read": "hand", "loading_seconds": "0"}


@pytest.fixture
def as_erin(app: Flask) -> CheckingClient:
    """A member who may change settings."""
    return signed_in(app, member(name="Erin", email="erin@example.com", permissions=["settings", "chat"]))


def save(client: CheckingClient, account_id: int, **fields: Any) -> Any:
    return client.post(f"/accounts/{account_id}/chat-settings", data={**USUAL, **fields})


def test_what_is_chosen_is_kept_and_shown(shop: Shop, as_erin: CheckingClient) -> None:
    chosen = {
        "status_on_message": "none",
        "assigns_first_answer": "y",
        "answer_within": "30",
        "alerts": "all",
        "marks_read": "answer",
        "loading_seconds": "20",
        "release_after": "12",
        "closed_reply": "We open {{next_opening|soon}}.",
    }
    assert save(as_erin, shop.account.id, **chosen).status_code == 303
    stored = db.session.get_one(ChatSettings, shop.account.id)
    assert (stored.answer_within, stored.release_after, stored.loading_seconds) == (30, 12, 20)
    page = as_erin.get(f"/accounts/{shop.account.id}/chat-settings").text
    assert "We open {{next_opening|soon}}." in page and 'value="30"' in page and 'value="12"' in page
    stored.keep_months = 6
    db.session.commit()
    save(as_erin, shop.account.id)
    db.session.expire_all()
    assert (stored.answer_within, stored.closed_content, stored.keep_months) == (None, None, 6)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"answer_within": "soon"}, "Enter a whole number from 1 to 10080"),
        ({"release_after": "0"}, "Enter a whole number from 1 to 720"),
        ({"alerts": "all"}, "within how many minutes"),
        ({"loading_seconds": "7"}, "Choose one from the list."),
        ({"loading_seconds": "65"}, "Choose one from the list."),
        ({"closed_reply": "Hello {{nick_name|you}}"}, "nick_name"),
    ],
)
def test_what_cannot_be_used_is_refused_at_its_field(
    shop: Shop, as_erin: CheckingClient, fields: dict[str, str], sentence: str
) -> None:
    refused = save(as_erin, shop.account.id, **fields)
    assert refused.status_code == 422 and sentence in refused.text
    assert db.session.get(ChatSettings, shop.account.id) is None


def test_the_animation_lasts_5_to_60_seconds_in_fives_and_is_off_at_first(shop: Shop, as_erin: CheckingClient) -> None:
    page = as_erin.get(f"/accounts/{shop.account.id}/chat-settings").text
    select = page.partition('name="loading_seconds"')[2].partition("</select>")[0]
    assert re.findall(r'<option[^>]* value="(\d+)"', select) == [str(one) for one in range(0, 61, 5)]
    assert re.findall(r'<option selected value="(\d+)"', select) == ["0"] and "Not at all" in select


def test_it_says_when_the_account_opens(shop: Shop, as_erin: CheckingClient) -> None:
    url = f"/accounts/{shop.account.id}/chat-settings"
    assert "counts as always open" in as_erin.get(url).text
    close(shop.account.id)
    assert "The account is closed now. Next opening:" in as_erin.get(url).text
    open_always(shop.account.id)
    assert "The account is open now." in as_erin.get(url).text


def test_who_may_not_change_settings_is_refused(shop: Shop, as_carol: CheckingClient, app: Flask) -> None:
    assert save(as_carol, shop.account.id).status_code == 403
    other = line_factory.account(name="Other")
    fred = signed_in(app, member(email="fred@example.com", permissions=["settings"], account_ids=[other.id]))
    assert save(fred, shop.account.id).status_code == 404
    assert fred.get(f"/accounts/{shop.account.id}/chat-settings").status_code == 404


@pytest.mark.parametrize(("wanted", "becomes"), [("to_do", "to_do"), ("none", "none"), ("done", "done")])
def test_a_new_message_makes_of_a_done_conversation_what_the_account_says(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient, wanted: str, becomes: str
) -> None:
    choose(shop.account.id, status_on_message=wanted)
    as_carol.post(f"/chat/{talk.id}/status", data={"status": "done"})
    shop.say(hana, "One more thing")
    assert the_conversation().status == becomes


@pytest.mark.parametrize("assigns", [True, False])
def test_who_answers_first_is_in_charge_where_the_account_says_so(
    shop: Shop, talk: Conversation, as_carol: CheckingClient, assigns: bool
) -> None:
    choose(shop.account.id, assigns_first_answer=assigns)
    answer(as_carol, talk, "Yes.")
    assert (the_conversation().assignee_id is not None) == assigns
