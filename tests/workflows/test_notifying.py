"""A step that tells members by e-mail: who gets it, what it says, and how much of it is enough."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.mail import smtp
from app.core.mail.models import OutgoingMail
from app.team.models import Member, MemberState
from app.workflows.actions import notifying
from app.workflows.definition.checks import findings
from tests.factories import team
from tests.factories.workflows import active, chain, step
from tests.workflows.conftest import Shop, history, runs, settle


def notifies(*members: Member, text: str = "Please call.", subject: str = "A question", **settings: Any) -> Any:
    chosen = {"to": "chosen", "members": [one.id for one in members]} if members else {"to": "all"}
    return step("notify_member", subject=subject, text=text, **{**chosen, **settings})


def mails() -> list[OutgoingMail]:
    return list(db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


def test_a_chosen_member_is_told_with_values_and_a_link(shop: Shop, hana: str) -> None:
    member, _other = team.member(permissions=["friends"]), team.member(permissions=["friends"])
    node = notifies(member, subject="{{display_name|A friend}} wrote", text="They wrote: {{trigger.text|nothing}}")
    shop.friend(hana).display_name = "Hana"
    active(shop.account, step("message", any=True), node, name="Help")
    shop.say(hana, "Help\nme")
    settle()
    (run,), (mail,) = runs(), mails()
    assert history(run) == [("notify_member", "done", "next")]
    assert (mail.recipient, mail.subject) == (member.email, "Hana wrote")
    assert mail.body is not None and mail.body.startswith("They wrote: Help\nme\n\n")
    assert "Sent by the workflow “Help”." in mail.body
    assert f"/accounts/{shop.account.id}/friends/{run.friend_id}\n" in mail.body


def test_all_who_may_see_the_friends_are_told(shop: Shop, hana: str) -> None:
    told = [
        team.administrator(),
        team.member(permissions=["friends"], account_ids=[shop.account.id]),
    ]
    team.member(permissions=["broadcasts"])
    team.member(permissions=["friends"], account_ids=[])
    team.member(permissions=["friends"], state=MemberState.SUSPENDED)
    active(shop.account, step("message", any=True), notifies())
    shop.say(hana, "Hi")
    settle()
    assert {mail.recipient for mail in mails()} == {one.email for one in told}


def test_members_who_lost_the_account_fail_the_step(shop: Shop, hana: str) -> None:
    member = team.member(permissions=["friends"])
    active(shop.account, step("message", any=True), notifies(member))
    member.account_ids = []
    db.session.commit()
    shop.say(hana, "Hi")
    settle()
    assert (runs()[0].problem, mails()) == ("workflows.no_recipient", [])


def test_a_busy_day_floods_no_mailbox(shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifying, "MOST_A_DAY", 2)
    active(shop.account, step("message", any=True), notifies(team.member(permissions=["friends"])))
    for number in range(3):
        shop.say(hana, str(number))
        settle()
    assert len(mails()) == 2
    assert [history(run)[0][1] for run in runs()] == ["done", "done", "skipped"]
    assert {run.state for run in runs()} == {"succeeded"}


def test_what_is_wrong_with_a_step(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp.server, "url", "smtp://mail.example")
    stranger = team.member(permissions=["friends"], account_ids=[])
    wrong = notifies(stranger, subject=" ", text="{{answer.size|}} {{nothing}}")
    found = findings(chain(shop.account, step("friend_add"), wrong))
    said = {(one.problem.field, str(one.problem.message)) for one in found}
    assert said == {
        ("members", "There is an account whose friends none of these members may see."),
        ("subject", "Enter the subject of the e-mail."),
        ("text", "“{{answer.size}}” is not known. Choose a value from the list."),
        ("text", "“{{nothing}}” is not known. Choose a value from the list."),
    }
    unchosen = step("notify_member", to="chosen", subject="Hi", text="Hi")
    (only,) = findings(chain(shop.account, step("friend_add"), unchosen))
    assert only.problem.field == "members"
    monkeypatch.setattr(smtp.server, "url", "")
    graph = chain(shop.account, step("friend_add"), notifies(team.member(permissions=["friends"])))
    assert [one.is_warning for one in findings(graph)] == [True]
