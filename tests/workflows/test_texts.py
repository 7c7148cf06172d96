"""Messages of workflows: answers and what the trigger told in their texts, and pictures that several accounts send."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import db
from app.line.models import Account
from app.media.models import MediaReference
from app.team.actors import SYSTEM
from app.workflows.actions.sending import check_content
from app.workflows.definition.checks import findings
from app.workflows.definition.graph import Graph, Node
from app.workflows.operations.life import create_workflow, start
from app.workflows.texts import own_types, own_values
from tests.factories import media
from tests.factories.workflows import active, chain, says, step
from tests.line.conftest import Connect
from tests.support.client import CheckingClient
from tests.workflows.conftest import Shop, history, runs, said, settle

ASKS = step("question", content=says("How many?"), kind="number", name="人数", amount=1, unit="days")


def test_a_message_names_answers_and_what_the_trigger_told(shop: Shop, hana: str) -> None:
    text = "{{answer.人数|some}} people, {{trigger.text|nothing}}, {{answer.later|not yet}}"
    later = step("wait_for_event", event="answer", name="later", amount=1, unit="days")
    active(shop.account, step("message", any=True), ASKS, step("send_message", content=says(text)), later)
    shop.say(hana, "Table, please")
    settle()
    shop.say(hana, "1200")
    settle()
    assert said(shop)[-1] == ["1,200 people, Table, please, not yet"]


def test_two_runs_of_a_friend_at_once_have_their_own_answers(shop: Shop, hana: str) -> None:
    text = "You wrote {{trigger.text|nothing}}: https://shop.example/{{trigger.text|x}}"
    active(shop.account, step("message", any=True), step("send_message", content=says(text)))
    for words in ("first", "second"):
        shop.say(hana, words)
    settle()
    sent = [one[0].partition(":")[0] for one in said(shop)]
    assert sorted(sent) == ["You wrote first", "You wrote second"]
    targets = db.session.scalars(db.text("SELECT target FROM tracked_links ORDER BY target")).all()
    assert targets == ["https://shop.example/first", "https://shop.example/second"]


def test_names_that_are_not_known_are_found(shop: Shop) -> None:
    wrong = says("{{answer.size|}} {{trigger.data|}} {{answer.人数}}")
    graph = chain(shop.account, step("message", any=True), ASKS, step("send_message", content=wrong))
    assert [str(one.problem.message) for one in findings(graph)] == [
        "Message 1, “Text”: “{{answer.size}}” is not known. Choose a value from the list."
    ]
    for name, sentence in (("trigger.data|", "is not known"), ("answer.人数", "is not known of everyone")):
        (found,) = check_content(graph, says("{{" + name + "}}"))
        assert sentence in str(found.message)
    assert list(check_content(graph, says("{{answer.人数|0}} {{trigger.text|}}"))) == []


def test_what_is_said_to_a_wrong_answer_is_checked_as_well(shop: Shop) -> None:
    asks = step("question", **{**ASKS.settings, "repeat": "{{answer.size|}}"})
    (found,) = findings(chain(shop.account, step("friend_add"), asks))
    assert found.problem.field == "repeat" and "is not known" in str(found.problem.message)


def test_what_texts_may_name_and_how_it_is_written(shop: Shop) -> None:
    graph = chain(shop.account, step("message", any=True), step("postback", match="equals", value="a"), ASKS)
    assert list(own_types(graph)) == ["answer.人数", "trigger.text", "trigger.data"]
    answers = {"n": 1200.5, "yes": True, "day": "2026-04-01", "text": "a", "gone": None}
    assert own_values({"text": "Hi", "params": {"date": "x"}}, answers) == {
        "answer.n": "1,200.5",
        "answer.yes": "Yes",
        "answer.day": "Apr 1, 2026",
        "answer.text": "a",
        "trigger.text": "Hi",
        "trigger.params": '{"date": "x"}',
    }
    assert own_values({}, answers, is_spelled=False)["answer.day"] == "2026-04-01"


@pytest.fixture
def other(shop: Shop, connect: Connect, public: str) -> Shop:
    """A second channel, whose account the same workflows answer for."""
    channel = shop.line.create_channel(name="Second shop", population={"followers": 3})
    account = connect(channel, name="Second shop")
    webhook = {"endpoint": f"{public}/webhooks/line/{account.webhook_key}"}
    shop.line.api("PATCH", f"/channels/{channel['channel_id']}", {"webhook": webhook})
    return Shop(shop.line, channel["channel_id"], account)


def greets_with(picture: Any, *accounts: Account) -> Graph:
    content = {"version": 1, "messages": [{"kind": "image", "file_id": picture.id}]}
    nodes = (
        Node("n0", "friend_add", {}, {"next": "n1"}),
        Node("n1", "send_message", {"content": content}),
    )
    return Graph(tuple(one.id for one in accounts), nodes)


def test_a_picture_of_one_account_is_sent_by_all_of_the_workflow(shop: Shop, other: Shop) -> None:
    picture = media.media_file(shop.account.id, media.picture())
    workflow = create_workflow("Both", graph=greets_with(picture, shop.account, other.account), actor=SYSTEM)
    start(workflow.id, actor=SYSTEM)
    db.session.commit()
    shop.person()
    other.person()
    settle()
    assert [run.state for run in runs()] == ["succeeded"] * 2
    (one,), (another,) = shop.log(), other.log()
    assert one["messages"][0]["originalContentUrl"] == another["messages"][0]["originalContentUrl"]
    uses = select(MediaReference.owner_id).where(MediaReference.owner_kind == "message_send")
    assert len(db.session.scalars(uses).all()) == 2


def test_a_picture_of_an_account_that_is_none_of_the_workflow_is_not_sent(shop: Shop, other: Shop) -> None:
    picture = media.media_file(shop.account.id, media.picture())
    found = findings(greets_with(picture, other.account))
    assert [str(one.problem.message) for one in found] == ["This file is not there any more. Choose another one."]


def test_a_used_up_quota_ends_the_run_with_a_sentence_and_replies_go_on(shop: Shop, hana: str) -> None:
    shop.line.api("PATCH", f"/channels/{shop.id}", {"quota": {"type": "limited", "value": 0}})
    active(shop.account, step("message", any=True), step("send_message", content=says("Hello")))
    shop.say(hana, "Hi")
    db.session.execute(db.text("DELETE FROM reply_tokens"))
    db.session.commit()
    settle()
    shop.say(hana, "Hi again")
    settle()
    first, second = runs()
    assert (first.state, first.problem) == ("failed", "line.monthly_limit") and second.state == "succeeded"
    assert said(shop) == [["Hello"]] and history(first) == [("send_message", "failed", None)]


def test_messages_are_composed_with_the_account_of_their_files(
    shop: Shop, other: Shop, as_alice: CheckingClient
) -> None:
    picture = media.media_file(other.account.id, media.picture())
    graph = greets_with(picture, shop.account, other.account)
    workflow = create_workflow("Both", graph=graph, actor=SYSTEM)
    db.session.commit()
    page = as_alice.get(f"/workflows/{workflow.id}/steps/n1").text
    assert f"/accounts/{other.account.id}/" in page and "This file is not there any more." not in page
    assert f"with {other.account.name}." in page
