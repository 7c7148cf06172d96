"""Runs from the event to LINE: each step once, in order, whatever happens to the worker."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.clock import now
from app.core.db import db
from app.core.events import announce
from app.friends.models import FriendTag
from app.team.actors import SYSTEM
from app.workflows.engine import advancing
from app.workflows.history.words import why
from app.workflows.models import OnBlock, ReEntry, WorkflowDay, WorkflowRun
from app.workflows.operations.life import pause, start
from app.workflows.qr_codes.events import QrCodeScanned
from app.workflows.qr_codes.models import QrCode
from tests.factories import friends as factory
from tests.factories.workflows import active, says, step
from tests.workflows.conftest import Shop, history, let_pass, runs, said, settle


def tagged(shop: Shop, *names: str, change: str = "add") -> Any:
    tags = [factory.tag(shop.account, name).id for name in names]
    return step("tag", tags={str(shop.account.id): tags}, change=change)


def test_a_new_friend_is_tagged_and_greeted_with_the_free_reply(shop: Shop) -> None:
    active(shop.account, step("friend_add"), tagged(shop, "New"), step("send_message", content=says("Welcome")))
    shop.person()
    settle()
    (run,) = runs()
    assert (run.state, run.steps, run.problem) == ("succeeded", 2, None)
    assert history(run) == [("tag", "done", "next"), ("send_message", "done", "next")]
    assert [(entry["endpoint"], entry["messages"][0]["text"]) for entry in shop.log()] == [("reply", "Welcome")]
    assert db.session.scalar(select(db.func.count()).select_from(FriendTag)) == 1
    (day,) = db.session.scalars(select(WorkflowDay))
    assert (day.started, day.succeeded, day.failed) == (1, 1, 0)


def test_messages_that_follow_each_other_go_in_one_call_with_the_last_quick_replies(shop: Shop) -> None:
    active(
        shop.account,
        step("friend_add"),
        step("send_message", content=says("One", "Two", replies=("Yes",))),
        step("send_message", content=says("Three")),
        step("send_message", content=says("Four", "Five", "Six")),
    )
    shop.person()
    settle()
    assert said(shop) == [["One", "Two", "Three"], ["Four", "Five", "Six"]]
    assert "quickReply" in shop.log()[0]["messages"][-1] and "quickReply" not in shop.log()[1]["messages"][-1]
    assert [result for _kind, result, _exit in history(runs()[0])] == ["done"] * 3


def test_an_event_that_is_told_again_starts_nothing(shop: Shop, hana: str) -> None:
    active(shop.account, step("message", any=True), step("send_message", content=says("Hello")))
    shop.say(hana, "Hi")
    settle()
    db.session.execute(db.text("UPDATE webhook_events SET state = 'pending', due_at = now()"))
    db.session.commit()
    settle()
    assert len(runs()) == 1 and said(shop) == [["Hello"]]


def test_a_delay_waits_for_its_time(shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch) -> None:
    active(
        shop.account,
        step("message", any=True),
        step("delay", amount=3, unit="days"),
        step("send_message", content=says("Your coupon")),
    )
    shop.say(hana, "Hi")
    settle()
    (run,) = runs()
    assert (
        run.state == "waiting" and run.due_at is not None and 2.9 < (run.due_at - now()).total_seconds() / 86400 < 3.1
    )
    assert said(shop) == []
    let_pass(monkeypatch, days=3, minutes=1)
    settle()
    assert said(shop) == [["Your coupon"]] and runs()[0].state == "succeeded"


def test_a_branch_is_decided_on_the_data_of_its_time(shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = factory.tag(shop.account, "Buyer")
    definition = {
        "version": 1,
        "groups": [{"conditions": [{"property": "tag", "operator": "contains_any", "values": [tag.id]}]}],
    }
    branch = {"name": "buyer", "label": "Buyer", "conditions": {str(shop.account.id): definition}}
    active(
        shop.account,
        step("message", any=True),
        step("delay", amount=1, unit="days"),
        step("branch", {"buyer": "3", "else": "4", "-": "x"}, branches=[branch]),
        step("send_message", {"-": "x"}, content=says("Thank you")),
        step("send_message", content=says("Come by")),
    )
    shop.say(hana, "Hi")
    settle()
    db.session.add(FriendTag(tag_id=tag.id, friend_id=shop.friend(hana).id))
    db.session.commit()
    let_pass(monkeypatch, days=1, minutes=1)
    settle()
    assert said(shop) == [["Thank you"]]
    assert history(runs()[0])[1] == ("branch", "done", "buyer")


def test_a_question_keeps_its_answer_and_takes_it_from_the_keywords(shop: Shop, hana: str) -> None:
    question = step(
        "question",
        content=says("How many people?"),
        kind="number",
        name="people",
        tries=2,
        repeat="A number, please",
        amount=1,
        unit="days",
    )
    thanks = step("send_message", content=says("See you"))
    active(shop.account, step("message", keywords=[{"text": "book", "match": "equals"}]), question, thanks)
    active(shop.account, step("message", any=True), step("send_message", content=says("Any")), name="Others")
    shop.say(hana, "ＢＯＯＫ ")
    settle()
    assert ["How many people?"] in said(shop) and ["Any"] in said(shop)
    shop.say(hana, "many")
    settle()
    assert said(shop)[-1] == ["A number, please"]
    shop.say(hana, "4")
    settle()
    assert said(shop)[-1] == ["See you"]
    assert said(shop).count(["Any"]) == 1
    assert runs()[0].answers == {"people": 4} and runs()[0].state == "succeeded"


def test_a_date_is_asked_for_with_the_calendar_of_the_chat(shop: Shop, hana: str) -> None:
    question = step("question", content=says("When?"), kind="date", name="day", amount=1, unit="days")
    active(shop.account, step("message", any=True), question, step("stop"))
    shop.say(hana, "Hi")
    settle()
    (button,) = shop.log()[-1]["messages"][-1]["quickReply"]["items"]
    assert (button["action"]["type"], button["action"]["mode"]) == ("datetimepicker", "date")
    shop.act(hana, "postback", data=button["action"]["data"], params={"date": "2026-12-24"})
    settle()
    assert runs()[0].answers == {"day": "2026-12-24"}


def test_a_question_without_an_answer_goes_on_with_the_default(
    shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"content": says("Size?"), "kind": "text", "name": "size", "amount": 2, "unit": "hours", "default": "M"}
    active(
        shop.account,
        step("message", any=True),
        step("question", {"timeout": "2", "-": "x"}, **settings),
        step("send_message", content=says("Too late")),
    )
    shop.say(hana, "Hi")
    settle()
    let_pass(monkeypatch, hours=2, minutes=1)
    settle()
    assert said(shop)[-1] == ["Too late"] and runs()[0].answers == {"size": "M"}


@pytest.mark.parametrize(
    ("rule", "days", "started"),
    [
        (ReEntry.EVERY, None, 2),
        (ReEntry.ONCE, None, 1),
        (ReEntry.NOT_WHILE_RUNNING, None, 1),
        (ReEntry.AFTER_DAYS, 3, 1),
    ],
)
def test_how_often_a_friend_may_enter(shop: Shop, hana: str, rule: str, days: int | None, started: int) -> None:
    wait = step("delay", amount=1, unit="days")
    active(shop.account, step("message", any=True), wait, step("stop"), re_entry=rule, days=days)
    for text in ("one", "two"):
        shop.say(hana, text)
        settle()
    assert len(runs()) == started


def test_a_paused_workflow_stands_still_and_goes_on(shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch) -> None:
    workflow = active(
        shop.account,
        step("message", any=True),
        step("delay", amount=1, unit="hours"),
        step("send_message", content=says("An hour later")),
    )
    shop.say(hana, "Hi")
    settle()
    pause(workflow.id, actor=SYSTEM)
    db.session.commit()
    let_pass(monkeypatch, hours=1, minutes=1)
    shop.say(hana, "Hi again")
    settle()
    assert [run.state for run in runs()] == ["held"] and said(shop) == []
    start(workflow.id, held="go_on", actor=SYSTEM)
    db.session.commit()
    settle()
    assert said(shop) == [["An hour later"]] and len(runs()) == 1


def test_a_blocked_friend_ends_what_waits(shop: Shop, hana: str) -> None:
    active(shop.account, step("message", any=True), step("delay", amount=1, unit="days"), step("stop"))
    shop.say(hana, "Hi")
    settle()
    shop.act(hana, "block")
    settle()
    (run,) = runs()
    assert (run.state, run.problem) == ("cancelled", "workflows.blocked")


def test_what_a_block_has_frozen_goes_on_with_the_friend_and_not_with_the_workflow(shop: Shop, hana: str) -> None:
    wait = step("delay", amount=1, unit="days")
    workflow = active(shop.account, step("message", any=True), wait, step("stop"), on_block=OnBlock.FREEZE)
    shop.say(hana, "Hi")
    settle()
    shop.act(hana, "block")
    settle()
    assert (runs()[0].state, runs()[0].problem) == ("held", "workflows.blocked")
    pause(workflow.id, actor=SYSTEM)
    start(workflow.id, held="go_on", actor=SYSTEM)
    db.session.commit()
    assert runs()[0].state == "held"
    shop.act(hana, "unblock")
    settle()
    (run,) = runs()
    assert (run.state, run.problem) == ("waiting", None) and run.due_at is not None


def test_a_refused_send_takes_the_error_exit(shop: Shop, hana: str) -> None:
    active(
        shop.account,
        step("message", any=True),
        step("send_message", {"error": "2", "-": "x"}, content=says("Hello")),
        tagged(shop, "Unreachable"),
    )
    shop.say(hana, "Hi")
    shop.act(hana, "block")
    settle()
    (run,) = runs()
    assert history(run) == [("send_message", "failed", "error"), ("tag", "done", "next")]


def test_workflows_that_start_each_other_in_a_circle_are_stopped_by_name(shop: Shop, hana: str) -> None:
    first, second = factory.tag(shop.account, "First"), factory.tag(shop.account, "Second")
    place = str(shop.account.id)
    for name, trigger, tag in (("A", first, second), ("B", second, first)):
        remove = step("tag", tags={place: [trigger.id]}, change="remove")
        active(
            shop.account,
            step("tag_added", tags={place: [trigger.id]}),
            remove,
            step("tag", tags={place: [tag.id]}),
            name=name,
        )
    active(shop.account, step("message", any=True), step("tag", tags={place: [first.id]}), name="Start")
    shop.say(hana, "Hi")
    settle()
    ended = [run for run in runs() if run.state == "failed"]
    assert len(ended) == 1 and ended[0].problem == "workflows.circle"
    assert "A → B → A" in why(ended[0], is_active=True)


def test_workflows_that_one_message_starts_together_are_no_circle(shop: Shop, hana: str) -> None:
    first, second = factory.tag(shop.account, "First"), factory.tag(shop.account, "Second")
    place = str(shop.account.id)
    message = step("message", {"next": "2"}, keywords=[{"text": "circ", "match": "equals"}])
    on_tag = step("tag_added", tags={place: [second.id]})
    one = active(shop.account, message, on_tag, step("tag", tags={place: [first.id]}), name="A")
    other = active(shop.account, message, step("stop"), step("tag", tags={place: [second.id]}), name="B")
    active(shop.account, step("tag_added", tags={place: [first.id]}), step("stop"), name="C")
    shop.say(hana, "circ")
    settle()
    assert {run.state for run in runs()} == {"succeeded"}
    chains = [(run.trigger["kind"], run.trigger.get("tag_id"), run.chain) for run in runs()]
    assert sorted(chains, key=str) == [
        ("message", None, []),
        ("message", None, []),
        ("tag_added", first.id, [one.id]),
        ("tag_added", second.id, [other.id]),
    ]


def test_a_worker_that_dies_while_line_is_called_sends_nothing_twice(
    shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    active(
        shop.account, step("message", any=True), step("send_message", content=says("Hello")), tagged(shop, "Greeted")
    )
    shop.say(hana, "Hi")

    def die(*_args: Any) -> None:
        real(*_args)
        raise KeyboardInterrupt

    real = advancing.perform_outside
    with monkeypatch.context() as patched:
        patched.setattr(advancing, "perform_outside", die)
        with pytest.raises(KeyboardInterrupt):
            settle()
    db.session.rollback()
    db.session.execute(update(WorkflowRun).values(leased_until=None))
    db.session.commit()
    settle()
    assert said(shop) == [["Hello"]]
    assert history(runs()[0]) == [("send_message", "done", "next"), ("tag", "done", "next")]


def test_an_answer_that_comes_before_the_worker_knows_that_it_asked_is_kept(
    shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = step("question", content=says("Name?"), kind="text", name="name", amount=1, unit="days")
    active(shop.account, step("message", any=True), question, step("stop"))
    shop.say(hana, "Hi")
    real = advancing.perform_outside

    def answered_at_once(tasks: Any) -> Any:
        outcomes = real(tasks)
        shop.say(hana, "Hanako")
        return outcomes

    monkeypatch.setattr(advancing, "perform_outside", answered_at_once)
    settle()
    (run,) = runs()
    assert (run.state, run.answers) == ("succeeded", {"name": "Hanako"})


def test_a_scan_starts_the_workflow_of_its_code_once(shop: Shop, hana: str) -> None:
    code = QrCode(account_id=shop.account.id, name="Entrance", code="entrance-code-for-tests")
    db.session.add(code)
    db.session.commit()
    scan = step("qr_code", codes={str(shop.account.id): [code.id]})
    active(shop.account, scan, step("send_message", content=says("Welcome to the shop")))
    told = {"account_id": shop.account.id, "friend_id": shop.friend(hana).id, "occurred_at": now()}
    for event_key, qr_code_id in (("e1", code.id), ("e1", code.id), ("e2", code.id + 1)):
        announce(QrCodeScanned(qr_code_id=qr_code_id, event_key=event_key, **told))
    db.session.commit()
    settle()
    assert said(shop) == [["Welcome to the shop"]] and len(runs()) == 1


def test_a_code_that_names_a_workflow_starts_it_and_no_other(shop: Shop, hana: str) -> None:
    named = active(shop.account, step("qr_code"), step("send_message", content=says("Named")), name="Named")
    active(shop.account, step("qr_code"), step("send_message", content=says("Other")), name="Other")
    told = {"account_id": shop.account.id, "friend_id": shop.friend(hana).id, "occurred_at": now()}
    announce(QrCodeScanned(qr_code_id=1, event_key="e1", workflow_id=named.id, **told))
    announce(QrCodeScanned(qr_code_id=1, event_key="e2", **told))
    db.session.commit()
    settle()
    assert said(shop) == [["Named"]]
