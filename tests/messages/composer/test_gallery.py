"""Flex messages to start from: LINE takes each in both languages, and typed text is not replaced unasked."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from app.core.db import db
from app.core.i18n import in_language
from app.line.models import Account
from app.messages.composer.gallery.examples import EXAMPLES
from app.messages.composer.models import MessageDraft
from app.messages.composer.operations import open_draft
from app.messages.content import message_set
from app.messages.content.proof import prove
from app.team.actors import Actor
from tests.messages.composer.pressing import check, press
from tests.support.client import CheckingClient

FIELD = "messages.0.contents"
MOST_MESSAGES = 5


@pytest.fixture
def draft(place: Account, people: SimpleNamespace) -> MessageDraft:
    """Alice's draft with one Flex message."""
    content = {"messages": [{"kind": "flex", "contents": {}}]}
    made = open_draft(place.id, "auto_message", None, content, actor=Actor.of_member(people.alice))
    db.session.commit()
    return made


def gallery(browser: CheckingClient, draft: MessageDraft, **fields: str) -> Any:
    db.session.refresh(draft)
    data = {"draft_version": str(draft.version), "place": FIELD, **fields}
    url = f"/accounts/{draft.account_id}/composer/{draft.id}/gallery"
    return browser.post(url, data=data, headers={"HX-Request": "true"})


@pytest.mark.parametrize("language", ["en", "ja"])
def test_line_takes_each_example(connected: Account, language: str) -> None:
    with in_language(language):
        flex = [{"kind": "flex", "alt_text": str(one.name), "contents": one.build()} for one in EXAMPLES.values()]
    for start in range(0, len(flex), MOST_MESSAGES):
        proof = prove(connected.id, message_set.read({"messages": flex[start : start + MOST_MESSAGES]}))
        assert (proof.problems, proof.unasked) == ((), None)


def test_the_words_are_in_the_language_of_the_member(app: Flask) -> None:
    with in_language("en"):
        english = {key: one.source for key, one in EXAMPLES.items()}
    with in_language("ja"):
        assert all(one.source != english[key] for key, one in EXAMPLES.items())


def test_one_is_put_into_the_field_and_undone(draft: MessageDraft, as_alice: CheckingClient) -> None:
    offered = gallery(as_alice, draft).text
    assert all(f'value="use:{FIELD}:{key}"' in offered for key in EXAMPLES)
    answer = press(as_alice, draft, f"use:{FIELD}:coupon").text
    assert "TOMORU10" in answer and 'value="Coupon"' in answer
    assert "TOMORU10" not in press(as_alice, draft, "undo").text


def test_typed_text_is_asked_about(draft: MessageDraft, as_alice: CheckingClient) -> None:
    typed = {FIELD: '{"type": "bubble"'}
    offered = gallery(as_alice, draft, **typed).text
    assert "use:" not in offered and 'value="coupon"' in offered
    question = gallery(as_alice, draft, example="coupon", **typed).text
    assert "Replace it?" in question and f'value="use:{FIELD}:coupon"' in question
    press(as_alice, draft, f"use:{FIELD}:coupon")
    assert f'value="use:{FIELD}:receipt"' in gallery(as_alice, draft).text


def test_a_card_starts_from_one_bubble(draft: MessageDraft, as_alice: CheckingClient) -> None:
    press(as_alice, draft, "add:messages:cards")
    press(as_alice, draft, "add:messages.1.cards:json")
    field = "messages.1.cards.1.contents"
    offered = gallery(as_alice, draft, place=field).text
    assert f"use:{field}:coupon" in offered and f"use:{field}:menu" not in offered
    assert press(as_alice, draft, f"use:{field}:menu").status_code == 404
    assert "TOMORU10" in press(as_alice, draft, f"use:{field}:coupon").text


def test_the_json_of_a_message_gets_the_whole_object(draft: MessageDraft, as_alice: CheckingClient) -> None:
    press(as_alice, draft, "add:messages:json")
    press(as_alice, draft, "use:messages.1.message:survey")
    db.session.refresh(draft)
    assert draft.content["messages"][1]["message"]["altText"] == "Survey with buttons"
    problems = check(as_alice, draft).text.partition('id="lines-messages.1.message"')[2]
    assert problems and "data-line=" not in problems


def test_other_fields_have_no_gallery(draft: MessageDraft, as_alice: CheckingClient) -> None:
    for place in ("messages.0.alt_text", "messages.0", "messages.7.contents", "x", ""):
        assert gallery(as_alice, draft, place=place).status_code == 404
    assert gallery(as_alice, draft, example="nothing").status_code == 404
