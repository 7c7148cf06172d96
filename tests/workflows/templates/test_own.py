"""Each template of ours: created, filled in by a member, started and fired, it does what its name says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core.clock import now
from app.core.db import db
from app.core.events import announce
from app.core.i18n import in_language, today
from app.friends.models import AttributeDefinition, FriendTag, Tag
from app.team.actors import SYSTEM
from app.workflows.definition.checks import findings
from app.workflows.definition.graph import Graph, Node
from app.workflows.engine.clocks import follow_clocks
from app.workflows.models import Workflow
from app.workflows.operations.drafts import change_settings
from app.workflows.operations.life import start
from app.workflows.qr_codes.events import QrCodeScanned
from app.workflows.queries.drafts import digest_of
from app.workflows.templates.own import OWN_TEMPLATES
from tests.factories import friends as factory
from tests.factories import segments
from tests.support.client import CheckingClient
from tests.workflows.conftest import Shop, let_pass, runs, said, settle
from tests.workflows.qr_codes.conftest import code
from tests.workflows.test_editor_pages import choose_accounts, fill, graph_of, stamp, url

OFFER = "https://shop.example.com/offer"
Patch = pytest.MonkeyPatch


@dataclass
class Made:
    """A workflow that a member makes from a template."""

    client: CheckingClient
    shop: Shop
    workflow: Workflow

    def node(self, kind: str, at: int = 0) -> Node:
        return [one for one in graph_of(self.workflow).nodes if one.kind == kind][at]

    def fill(self, kind: str, at: int = 0, **fields: Any) -> None:
        answer = fill(self.client, self.workflow, self.node(kind, at).id, **fields)
        assert answer.status_code == 303, answer.text

    def tag(self, name: str, at: int, change: str = "add") -> int:
        tag: int = factory.tag(self.shop.account, name).id
        self.fill("tag", at, **{"change": change, f"tags-{self.shop.account.id}": [tag]})
        return tag

    def write(self, at: int = 0, words: str = "") -> None:
        """Enter what is left empty in a message: the address of its button, or its text."""
        node = self.node("send_message", at)
        settings = deepcopy(dict(node.settings))
        (message,) = settings["content"]["messages"]
        if message["kind"] == "buttons":
            message["actions"][0]["url"] = OFFER
        else:
            message["text"] = words
        change_settings(self.workflow.id, node.id, settings, seen=digest_of(node), actor=SYSTEM)
        db.session.commit()

    def start(self) -> None:
        if stamp(self.workflow).startswith("saved") is False:
            self.client.post(url(self.workflow, "/save"), data={"stamp": stamp(self.workflow)})
        assert [one.problem.message for one in findings(graph_of(self.workflow))] == []
        start(self.workflow.id, actor=SYSTEM)
        db.session.commit()


@pytest.fixture
def make(shop: Shop, as_alice: CheckingClient) -> Callable[[str], Made]:
    """Create a workflow from a template and choose its account."""

    def made(key: str) -> Made:
        answer = as_alice.post("/workflows", data={"name": "Mine", "template": key})
        workflow = db.session.scalars(select(Workflow)).one()
        assert answer.headers["Location"] == f"/workflows/{workflow.id}"
        rules = graph_of(workflow).entry
        choose_accounts(as_alice, workflow, shop.account, re_entry=rules.re_entry, days=rules.days or "")
        assert graph_of(workflow).entry == rules
        assert unfinished(graph_of(workflow)) == blanks(key)
        return Made(as_alice, shop, workflow)

    return made


def blanks(key: str) -> set[str]:
    return {one.node_id for one in OWN_TEMPLATES[key].blanks if one.node_id}


def unfinished(graph: Graph) -> set[str]:
    return {one.node.id for one in findings(graph) if one.node}


def attribute(shop: Shop, key: str) -> None:
    row = AttributeDefinition(account_id=shop.account.id, key=key, label=key.title(), kind="date")
    db.session.add(row)
    db.session.commit()


def holds(shop: Shop, user_id: str, key: str, value: str) -> None:
    shop.friend(user_id).attributes = {key: value}
    db.session.commit()


def tags() -> list[str]:
    db.session.rollback()
    return sorted(db.session.scalars(select(Tag.name).join(FriendTag, FriendTag.tag_id == Tag.id)))


def strike() -> None:
    """Let the trigger that follows the clock fire now."""
    db.session.execute(text("UPDATE workflow_triggers SET due_at = now(), occurrence = now()"))
    db.session.commit()
    follow_clocks()
    settle()


def addresses(shop: Shop) -> list[str]:
    """Return where the buttons of sent messages lead, as far as they have a label."""
    found = []
    for entry in shop.log():
        for message in entry["messages"]:
            found += [one["label"] for one in message.get("template", {}).get("actions", ())]
    return found


def test_a_flow_after_friend_add(make: Callable[[str], Made], shop: Shop, monkeypatch: Patch) -> None:
    made = make("friend-add")
    made.write(1)
    made.start()
    person = shop.person()
    settle()
    assert said(shop)[0][0].startswith("Thank you for adding us!")
    let_pass(monkeypatch, days=3)
    settle()
    assert addresses(shop) == ["Take a look"]
    let_pass(monkeypatch, days=8)
    settle()
    assert len(shop.log()) == 3 and said(shop)[2][0].startswith("Do you have a question?")
    shop.act(person, "block")
    shop.act(person, "unblock")
    settle()
    assert [run.state for run in runs()] == ["succeeded"]


def test_a_coupon_three_days_after_friend_add(make: Callable[[str], Made], shop: Shop, monkeypatch: Patch) -> None:
    made = make("coupon")
    made.write()
    made.start()
    shop.person()
    settle()
    assert (runs()[0].due_at - now()).days >= 2 and shop.log() == []  # type: ignore[operator]
    let_pass(monkeypatch, days=4)
    settle()
    assert addresses(shop) == ["Use the coupon"]


def test_a_keyword_auto_reply(make: Callable[[str], Made], shop: Shop, hana: str) -> None:
    made = make("keyword")
    keyword = {"which": "keywords", "keywords-row": "0", "keywords-0-match": "contains", "keywords-0-text": "hours"}
    made.fill("message", **keyword)
    made.write(words="We open at ten.")
    made.start()
    shop.say(hana, "What are your HOURS?")
    shop.say(hana, "Thanks")
    settle()
    assert said(shop) == [["We open at ten."]]


@pytest.mark.parametrize(("answer", "tagged"), [("From social media", ["Social"]), ("From a friend", ["Friends"])])
def test_a_survey_with_tags_by_answer(
    make: Callable[[str], Made], shop: Shop, hana: str, answer: str, tagged: list[str]
) -> None:
    made = make("survey")
    for at, name in enumerate(("Search", "Social", "Friends")):
        made.tag(name, at)
    made.start()
    shop.say(hana, "survey")
    settle()
    (question,) = shop.log()[0]["messages"]
    replies = [one["action"]["label"] for one in question["quickReply"]["items"]]
    assert replies == ["From a search", "From social media", "From a friend"]
    shop.say(hana, answer)
    settle()
    assert tags() == tagged and said(shop)[-1] == ["Thank you for your answer!"]


def test_a_qr_campaign(make: Callable[[str], Made], shop: Shop, hana: str) -> None:
    made, flyer = make("qr-campaign"), code(shop.account)
    made.fill("qr_code", **{f"codes-{shop.account.id}": [flyer.id]})
    made.tag("Flyer", 0)
    made.write()
    made.start()
    told = {"account_id": shop.account.id, "friend_id": shop.friend(hana).id, "occurred_at": now()}
    announce(QrCodeScanned(qr_code_id=flyer.id, event_key="e1", **told))
    db.session.commit()
    settle()
    assert tags() == ["Flyer"] and addresses(shop) == ["Open"]


def test_a_video_follow_up(make: Callable[[str], Made], shop: Shop, hana: str) -> None:
    made = make("video")
    made.fill("video_watched", tracking_id="tour")
    made.tag("Watched", 0)
    made.write()
    made.start()
    shop.act(hana, "video-complete", trackingId="tour")
    settle()
    assert tags() == ["Watched"] and addresses(shop) == ["See more"]


def test_a_birthday(make: Callable[[str], Made], shop: Shop, hana: str) -> None:
    attribute(shop, "birthday")
    holds(shop, hana, "birthday", today().replace(year=1992).isoformat())
    made = make("birthday")
    made.fill("date_reached", field="attributes.birthday", around="on", yearly="yes", time="10:00", late="send")
    made.start()
    strike()
    assert said(shop)[0][0].startswith("Happy birthday to you,")


def test_a_win_back_after_silence(make: Callable[[str], Made], shop: Shop, hana: str) -> None:
    silent = segments.segment(shop.account, "Silent")
    db.session.commit()
    made = make("win-back")
    segment = {f"segments-{shop.account.id}": str(silent.id)}
    made.fill("schedule", every="day", time="11:00", late="send", **segment)
    made.write()
    made.start()
    strike()
    assert addresses(shop) == ["Take a look"]
    strike()
    assert len(shop.log()) == 1, "the same friend only after 90 days"


def test_a_reminder_before_a_date(make: Callable[[str], Made], shop: Shop, hana: str) -> None:
    attribute(shop, "visit")
    holds(shop, hana, "visit", (today() + timedelta(days=1)).isoformat())
    made = make("reminder")
    made.fill("date_reached", field="attributes.visit", around="before", days="1", time="18:00", late="send")
    made.start()
    strike()
    assert said(shop)[0][0].endswith("your appointment is tomorrow. See you then!")


def test_a_block_clean_up(make: Callable[[str], Made], shop: Shop, hana: str) -> None:
    made = make("clean-up")
    regular = made.tag("Regular", 0, "remove")
    made.tag("Gone", 1)
    db.session.add(FriendTag(friend_id=shop.friend(hana).id, tag_id=regular))
    db.session.commit()
    made.start()
    shop.act(hana, "block")
    settle()
    assert tags() == ["Gone"]


@pytest.fixture(params=["en", "ja"])
def language(app: Flask, request: pytest.FixtureRequest) -> Iterator[str]:
    with in_language(request.param):
        yield request.param


def test_templates_speak_the_language_of_the_member(language: str) -> None:
    words = {"en": "Thank you", "ja": "ありがとうございます"}[language]
    graphs = [one.graph for one in OWN_TEMPLATES.values()]
    texts = [message["text"] for graph in graphs for message in messages(graph)]
    assert any(words in one for one in texts)
    assert all(message["text"] or graph is graphs[2] for graph in graphs for message in messages(graph))


def messages(graph: Graph) -> list[dict[str, Any]]:
    contents = [one.settings["content"] for one in graph.nodes if "content" in one.settings]
    return [message for content in contents for message in content["messages"]]


def test_a_template_that_is_not_there_is_refused(as_alice: CheckingClient) -> None:
    answer = as_alice.post("/workflows", data={"name": "Mine", "template": "nothing"})
    assert answer.status_code == 422 and "This template is not there any more." in answer.text
    assert db.session.scalars(select(Workflow)).all() == []


def test_the_dialog_names_what_is_to_be_filled_in(as_alice: CheckingClient) -> None:
    page = as_alice.get("/workflows/new").text
    for one in OWN_TEMPLATES.values():
        assert str(one.name) in page and all(str(blank.words) in page for blank in one.blanks)
    assert page.count('class="template-picture"') == len(OWN_TEMPLATES)
