"""Automatic answers stop at once when a person answers, and go on when the conversation is given back."""

from __future__ import annotations

import pytest

from app.core.db import db
from app.line.models import Account
from app.messages.conversations.models import Conversation
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.models import MessageSend
from app.messages.sending.operations.sends import store_send
from app.messages.sending.recipients import Recipient
from app.team.actors import SYSTEM
from tests.chat.conftest import answer, the_conversation
from tests.messages.sending.conftest import Shop, texts
from tests.support.client import CheckingClient


def by_workflow(shop: Shop, hana: str, *, is_answer: bool = True, key: str = "1:1") -> int:
    """Store what a workflow says, and return the number of the send."""
    cause = Cause(CauseKind.WORKFLOW, key, is_automatic_answer=is_answer)
    account = db.session.get_one(Account, shop.account.id)
    stored = store_send(account, Recipient.of_friend(shop.friend(hana)), texts("By itself"), cause=cause, actor=SYSTEM)
    db.session.commit()
    return stored.id


def what_became(send_id: int) -> tuple[str, str | None]:
    db.session.expire_all()
    send = db.session.get_one(MessageSend, send_id)
    return send.state, send.reason


@pytest.mark.parametrize(
    ("is_answer", "became"), [(True, ("refused", "messages.person_answers")), (False, ("sent", None))]
)
def test_an_answer_that_waits_is_dropped_when_a_person_answers(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient, is_answer: bool, became: tuple[str, str | None]
) -> None:
    waits = by_workflow(shop, hana, is_answer=is_answer)
    answer(as_carol, talk, "A person here.")
    assert what_became(waits) == became
    said = [one["messages"][0]["text"] for one in shop.log()]
    assert sorted(said) == (["A person here."] if is_answer else ["A person here.", "By itself"])


def test_they_go_on_when_it_is_given_back(shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient) -> None:
    answer(as_carol, talk, "A person here.")
    as_carol.post(f"/chat/{talk.id}/owner", data={"owner": "automation"})
    waits = by_workflow(shop, hana)
    answer(as_carol, talk, "")
    assert (what_became(waits)[0], the_conversation().owner) == ("sent", "automation")
    assert "Given back to automation" in as_carol.get(f"/chat/{talk.id}").text


def test_nothing_automatic_goes_to_spam(shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient) -> None:
    as_carol.post(f"/chat/{talk.id}/spam", data={"spam": "1"})
    waits = by_workflow(shop, hana, is_answer=False)
    answer(as_carol, talk, "")
    assert what_became(waits) == ("refused", "messages.spam")
