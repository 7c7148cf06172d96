"""Spam stops all automation for the friend: runs end, none starts, and taking the mark back lets new ones start."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.messages.conversations.models import Conversation
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.delivery import deliver_due
from app.messages.sending.models import MessageSend
from app.messages.sending.operations.sends import store_send
from app.messages.sending.recipients import Recipient
from app.team.actors import SYSTEM
from app.team.models import Member, MemberState
from app.workflows.history.words import why
from app.workflows.models import Workflow
from app.workflows.queries.workflows import latest_graph
from app.workflows.simulation.playing import play
from app.workflows.simulation.setups import PlayedSetup
from tests.chat.conftest import the_conversation
from tests.chat.saying import wrote
from tests.factories.team import member
from tests.factories.workflows import active, step
from tests.messages.sending.conftest import Shop, texts
from tests.support.client import CheckingClient
from tests.workflows.conftest import runs, settle

TAGGED = step("attribute", field="company", change="set", value="Tea")


def start(shop: Shop, *steps: object) -> Workflow:
    return active(shop.account, step("message", any=True), *steps, name="Help desk")


def spam(client: CheckingClient, talk: Conversation, is_spam: bool = True) -> None:
    client.post(f"/chat/{talk.id}/spam", data={"spam": "1" if is_spam else "0"})


@pytest.mark.parametrize("on_block", ["end", "freeze"])
def test_runs_end_and_none_starts_until_it_is_taken_back(
    shop: Shop, hana: str, as_carol: CheckingClient, on_block: str
) -> None:
    active(
        shop.account,
        step("message", any=True),
        step("wait_for_event", event="link_clicked", amount=1, unit="days"),
        TAGGED,
        name="Help desk",
        on_block=on_block,
    )
    shop.say(hana, "Hi")
    settle()
    talk = the_conversation()
    spam(as_carol, talk)
    (run,) = runs()
    assert (run.state, run.problem) == ("cancelled", "workflows.spam")
    workflow = db.session.scalars(select(Workflow)).one()
    assert "marked as spam" in str(why(run, is_active=workflow.is_active))
    shop.say(hana, "Still here")
    settle()
    assert len(runs()) == 1 and shop.friend(hana).company is None
    page = as_carol.get(f"/chat/{talk.id}").text
    assert "Carol marked this as spam; automation stops" in page and "none starts until you take the mark back" in page
    spam(as_carol, talk, is_spam=False)
    assert "took back the spam mark" in as_carol.get(f"/chat/{talk.id}").text
    shop.say(hana, "Hello again")
    settle()
    assert [one.state for one in runs()] == ["cancelled", "waiting"]


def test_many_at_once(shop: Shop, hana: str, as_carol: CheckingClient) -> None:
    start(shop, step("delay", amount=1, unit="days"), TAGGED)
    shop.say(hana, "Hi")
    settle()
    talk, quiet = the_conversation(), wrote(shop.account)
    data = {"account": str(shop.account.id), "row": [talk.id, quiet.id], "change": "spam:1"}
    as_carol.post("/chat/bulk", data=data)
    db.session.expire_all()
    assert all(db.session.get_one(Conversation, one.id).is_spam for one in (talk, quiet))
    assert runs()[0].state == "cancelled"


def test_other_friends_go_on(shop: Shop, hana: str, as_carol: CheckingClient) -> None:
    start(shop, TAGGED)
    spam(as_carol, wrote(shop.account))
    shop.say(hana, "Hi")
    settle()
    assert [one.state for one in runs()] == ["succeeded"]


def test_a_failed_run_is_not_tried_again_and_a_test_run_says_why(
    shop: Shop, hana: str, as_alice: CheckingClient, as_carol: CheckingClient
) -> None:
    ann = member(name="Ann", permissions=["chat"])
    workflow = start(shop, step("assign_conversation", to="member", assignees={str(shop.account.id): ann.id}), TAGGED)
    db.session.get_one(Member, ann.id).state = MemberState.SUSPENDED
    db.session.commit()
    shop.say(hana, "Hi")
    settle()
    spam(as_carol, the_conversation())
    answer = as_alice.post(f"/workflows/{workflow.id}/runs/{runs()[0].id}/retry")
    assert runs()[0].state == "failed" and "marked as spam" in answer.text
    setup = PlayedSetup(
        shop.account.id, "n0", at=clock.now().isoformat(), friend_id=shop.friend(hana).id, told={"text": "Hi"}
    )
    assert "marked as spam" in str(play(latest_graph(workflow), workflow.id, setup, []).refusal)
    card = as_alice.get(f"/accounts/{shop.account.id}/friends/{shop.friend(hana).id}/workflows").text
    assert "marked as spam, so no workflow starts" in card


def test_messages_of_hubspot_workflows_stop_too(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient
) -> None:
    spam(as_carol, talk)
    cause = Cause(CauseKind.HUBSPOT, "1")
    made = store_send(shop.account, Recipient.of_friend(shop.friend(hana)), texts("Hi"), cause=cause, actor=SYSTEM)
    db.session.commit()
    deliver_due()
    db.session.expire_all()
    assert db.session.get_one(MessageSend, made.id).reason == "messages.spam"
