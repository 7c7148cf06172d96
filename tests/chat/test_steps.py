"""Steps of workflows that change the conversation with the friend: in earnest, before the start, and pretended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.mail.models import OutgoingMail
from app.friends.operations.tagging import add_tags_many
from app.friends.sources import Source
from app.line.models import Account
from app.messages.conversations.models import ChatSettings, Conversation, ConversationMessage
from app.team.actors import SYSTEM, Actor
from app.team.models import Member, MemberState
from app.workflows.definition.checks import findings
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.summaries import summaries_of
from app.workflows.history.steps import sentences_of
from app.workflows.models import WorkflowStep
from app.workflows.queries.workflows import latest_graph
from app.workflows.simulation.playing import GO, PlayedPress, PlayedTest, play
from app.workflows.simulation.setups import PlayedSetup
from app.workflows.templates.document import Document
from app.workflows.templates.operations import export_workflow
from app.workflows.templates.resolving import questions
from tests.chat.conftest import answer, the_conversation
from tests.chat.desk import choose, pass_time
from tests.conftest import signed_in
from tests.factories import friends as factory
from tests.factories import line as line_factory
from tests.factories.team import member
from tests.factories.workflows import active, chain, draft, says, step
from tests.messages.sending.conftest import Shop
from tests.support.client import CheckingClient
from tests.workflows.conftest import history, runs, said, settle
from tests.workflows.simulation.test_replays import replay, says_so, sends

WRITES = step("message", any=True)
TO_DO = step("conversation_status", conversation_status="to_do")
NOTE = step("conversation_note", text="Asked by {{display_name|a friend}}")


def lines(kind: str) -> list[dict[str, Any]]:
    query = select(ConversationMessage).where(ConversationMessage.type == kind).order_by(ConversationMessage.id)
    return [dict(one.content) for one in db.session.scalars(query)]


def notes_of_steps() -> list[str]:
    """What the history says of each step, in order."""
    db.session.rollback()
    query = select(WorkflowStep.note).order_by(WorkflowStep.run_id, WorkflowStep.number)
    return ["; ".join(map(str, sentences_of(dict(note), shows_friend=True))) for note in db.session.scalars(query)]


def assigns(account: Account, who: Member, kind: str = "assign_conversation", **more: Any) -> Node:
    return step(kind, to="member", assignees={str(account.id): who.id}, **more)


def put_on(shop: Shop, friend_id: int, tag_id: int) -> None:
    add_tags_many(shop.account.id, [(friend_id, tag_id)], source=Source("test", "1", "Test"), actor=SYSTEM)
    db.session.commit()
    settle()


def go(shop: Shop, hana: str, *steps: Node, words: str = "Hi") -> None:
    """Let a friend write, and a workflow with these steps answer."""
    active(shop.account, WRITES, *steps, name="Help desk")
    shop.say(hana, words)
    settle()


def test_status_assignee_and_note_are_set_and_told(shop: Shop, hana: str, as_carol: CheckingClient) -> None:
    ann = member(name="Ann", permissions=["chat"])
    go(shop, hana, TO_DO, assigns(shop.account, ann), NOTE)
    talk = the_conversation()
    assert (talk.status, talk.assignee_id) == ("to_do", ann.id)
    page = as_carol.get(f"/chat/{talk.id}").text
    for words in ("Workflow “Help desk” set To Do", "Workflow “Help desk” assigned Ann", "Workflow “Help desk”</bdi>"):
        assert words in page
    name = shop.friend(hana).display_name or "a friend"
    assert f"Asked by {name}" in page
    assert notes_of_steps() == ["Status of the conversation: To Do", "Assigned to Ann", f"Note: Asked by {name}"]
    # Neither moves the conversation up in the list, nor counts as an answer.
    assert talk.unanswered_since is not None and talk.last_message_id == talk.last_incoming_id


def test_what_is_so_already_is_not_told_again(shop: Shop, hana: str) -> None:
    go(shop, hana, TO_DO)
    shop.say(hana, "Again")
    settle()
    assert len(runs()) == 2 and len(lines("status_set")) == 1


def test_a_conversation_begins_where_there_is_none(shop: Shop) -> None:
    quiet = factory.friend(shop.account)
    tag = factory.tag(shop.account)
    active(shop.account, step("tag_added", tags={str(shop.account.id): [tag.id]}), TO_DO, NOTE)
    put_on(shop, quiet.id, tag.id)
    talk = the_conversation()
    assert (talk.friend_id, talk.kind, talk.status) == (quiet.id, "friend", "to_do")
    assert talk.unanswered_since is None and len(lines("note")) == 1


def test_assignment_is_taken_off_or_left_to_the_first_who_answers(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient
) -> None:
    ann = member(name="Ann", permissions=["chat"])
    db.session.add(ChatSettings(account_id=shop.account.id, assigns_first_answer=True))
    db.session.commit()
    go(shop, hana, assigns(shop.account, ann), step("assign_conversation", to="first"))
    assert [one["to"] for one in lines("assigned")] == ["member", "first"]
    assert the_conversation().assignee_id is None
    answer(as_carol, talk, "Carol here")
    carol = db.session.scalars(select(Member.id).where(Member.name == "Carol")).one()
    assert the_conversation().assignee_id == carol


def test_a_member_who_may_not_answer_any_more_fails_the_step(shop: Shop, hana: str) -> None:
    ann = member(name="Ann", permissions=["chat"])
    active(shop.account, WRITES, assigns(shop.account, ann), name="Help desk")
    db.session.get_one(Member, ann.id).state = MemberState.SUSPENDED
    db.session.commit()
    shop.say(hana, "Hi")
    settle()
    assert history(runs()[0]) == [("assign_conversation", "failed", None)]
    assert "may not use the chat" in notes_of_steps()[0]


def test_handing_over_stops_automatic_answers_until_it_is_given_back(
    shop: Shop, hana: str, as_carol: CheckingClient
) -> None:
    ann = member(name="Ann", permissions=["chat"])
    go(
        shop,
        hana,
        step("send_message", content=says("A moment please.")),
        assigns(shop.account, ann, "hand_over", note="Wants a person."),
        step("send_message", content=says("By itself")),
        TO_DO,
        words="Human!",
    )
    talk = the_conversation()
    assert (talk.owner, talk.owner_id, talk.assignee_id, talk.status) == ("person", None, ann.id, "to_do")
    assert said(shop) == [["A moment please."]]
    kinds = [(kind, result) for kind, result, _exit in history(runs()[0])]
    assert kinds == [
        ("send_message", "done"),
        ("hand_over", "done"),
        ("send_message", "skipped"),
        ("conversation_status", "done"),
    ]
    page = as_carol.get(f"/chat/{talk.id}").text
    assert "handed over to a person" in page and "It waits for a person." in page and "Wants a person." in page
    assert "Not sent: a person answers this conversation." in notes_of_steps()[2]
    as_carol.post(f"/chat/{talk.id}/owner", data={"owner": "automation"})
    shop.say(hana, "Thanks")
    settle()
    assert said(shop)[-1] == ["A moment please."] and the_conversation().owner == "person"


def test_the_message_behind_it_is_left_out_whatever_started_the_run(shop: Shop, hana: str) -> None:
    tag = factory.tag(shop.account)
    tagged = step("tag_added", tags={str(shop.account.id): [tag.id]})
    send = step("send_message", content=says("By itself"))
    active(shop.account, tagged, step("hand_over", to="keep"), send, name="Hands over")
    active(shop.account, tagged, step("delay", amount=1, unit="minutes"), send, name="Goes on")
    put_on(shop, shop.friend(hana).id, tag.id)
    assert said(shop) == []
    assert the_conversation().unanswered_since is not None


def mails() -> list[str]:
    """To whom e-mails are written."""
    return list(db.session.scalars(select(OutgoingMail.recipient)))


def test_a_conversation_that_waits_for_a_person_goes_back_after_idle_hours(shop: Shop, hana: str) -> None:
    choose(shop.account.id, release_after=2)
    go(shop, hana, step("hand_over", to="keep"))
    pass_time(the_conversation(), timedelta(hours=1))
    assert the_conversation().owner == "person"
    pass_time(the_conversation(), timedelta(hours=2))
    assert the_conversation().owner == "automation"


def test_members_are_told_of_who_waits_since_the_hand_over(shop: Shop) -> None:
    quiet, tag = factory.friend(shop.account), factory.tag(shop.account)
    member(name="Ann", email="ann@example.com", permissions=["chat"])
    choose(shop.account.id, answer_within=30, alerts="all")
    tagged = step("tag_added", tags={str(shop.account.id): [tag.id]})
    active(shop.account, tagged, step("hand_over", to="keep"), name="Help desk")
    put_on(shop, quiet.id, tag.id)
    pass_time(the_conversation(), timedelta(minutes=29))
    assert "ann@example.com" not in mails()
    pass_time(the_conversation(), timedelta(minutes=2))
    assert "ann@example.com" in mails()


def problems(account: Account, *steps: Node) -> list[str]:
    return [str(one.problem.message) for one in findings(chain(account, step("friend_add"), *steps))]


def test_what_is_wrong_is_said_before_the_start(app: Flask) -> None:
    shop, other = line_factory.account(name="Shop"), line_factory.account(name="Other")
    elsewhere = member(name="Eve", permissions=["chat"], account_ids=[other.id])
    gone = member(name="Gone", permissions=["chat"])
    gone.state = MemberState.SUSPENDED
    db.session.commit()
    assert problems(shop, step("conversation_status", conversation_status="done")) == []
    assert problems(shop, step("conversation_status", conversation_status="odd")) == ["Choose the status."]
    assert problems(shop, step("assign_conversation", to="member")) == ["Choose the member."]
    assert problems(shop, assigns(shop, elsewhere)) == ["Eve may not use the chat of Shop. Choose another member."]
    assert problems(shop, assigns(shop, gone, "hand_over")) == [
        "The member of this step is no longer in the team. Choose another one."
    ]
    assert "does not assign the member who answers first" in problems(shop, step("assign_conversation", to="first"))[0]
    assert problems(shop, step("conversation_note", text=" ")) == ["Enter the text of the note."]
    assert problems(shop, step("conversation_note", text="{{attributes.none|}}")) != []
    assert problems(shop, step("hand_over", to="keep", note="{{attributes.none|}}")) != []


def test_the_lines_of_steps(app: Flask) -> None:
    account, ann = line_factory.account(), member(name="Ann", permissions=["chat"])
    graph = chain(
        account,
        WRITES,
        TO_DO,
        assigns(account, ann),
        step("assign_conversation", to="none"),
        NOTE,
        assigns(account, ann, "hand_over"),
        step("hand_over", to="keep"),
    )
    assert [str(one) for one in list(summaries_of(graph).values())[1:]] == [
        "Set the status to “To Do”",
        "Assign to: Ann",
        "Take the assignee off",
        "Asked by a friend",
        "Hand over, and assign to: Ann",
        "Automatic messages stop until a member gives the conversation back",
    ]


def test_only_members_with_the_chat_set_them_up(app: Flask) -> None:
    account = line_factory.account()
    workflow = draft(graph=chain(account, WRITES, TO_DO))
    without = signed_in(app, member(permissions=["workflows"]))
    page = without.get(f"/workflows/{workflow.id}/steps/n1").text
    assert "Only members with the permission “Chat” can set up this step." in page


def tried(account: Account, graph: Graph, **more: Any) -> PlayedTest:
    workflow = draft(graph=graph)
    setup = PlayedSetup(
        account.id, "n0", **{"name": "Aoi", "told": {"text": "Hi"}, "at": clock.now().isoformat(), **more}
    )
    return play(latest_graph(workflow), workflow.id, setup, [PlayedPress(one.id, GO) for one in graph.nodes[1:]])


def test_a_test_run_shows_what_would_happen_and_keeps_nothing(shop: Shop, hana: str, talk: Conversation) -> None:
    ann = member(name="Ann", permissions=["chat"])
    fits = {
        "version": 1,
        "groups": [
            {
                "conditions": [
                    {"property": "conversation.status", "operator": "any_of", "values": ["to_do"]},
                    {"property": "conversation.assignee", "operator": "any_of", "values": [str(ann.id)]},
                ]
            }
        ],
    }
    branch = step(
        "branch", {"b1": "5"}, branches=[{"name": "b1", "label": "Ours", "conditions": {str(shop.account.id): fits}}]
    )
    steps = (WRITES, TO_DO, assigns(shop.account, ann), NOTE, branch, step("hand_over", to="keep"))
    graph = chain(shop.account, *steps, step("send_message", content=says("By itself")))
    for who in ({"friend_id": shop.friend(hana).id}, {}):
        found = tried(shop.account, graph, **who)
        told = [" ".join(map(str, line.sentences)) for line in found.lines]
        assert found.end == "Succeeded" and found.lines[3].exit == "Ours"
        assert told[:2] == ["Status of the conversation: To Do", "Assigned to Ann"]
        assert told[4:] == [
            "Handed over to a person. Automatic messages stop.",
            "Not sent: a person answers this conversation.",
        ]
    db.session.rollback()
    kept = the_conversation()
    assert (kept.status, kept.assignee_id, kept.owner, lines("note")) == ("none", None, "automation", [])


def test_a_replay_leaves_out_what_comes_behind_a_person(shop: Shop) -> None:
    friend = factory.friend(shop.account)
    says_so(shop, friend, "go", 1)
    hello, more = step("send_message", content=says("Hello")), step("send_message", content=says("More"))
    made = replay(draft(graph=chain(shop.account, WRITES, hello, step("hand_over", to="keep"), more, TO_DO)))
    assert [node for node, _via, _at in sends(made)] == ["n1"]
    nodes = made.drafted["nodes"]
    assert (nodes["n2|next|done"], nodes["n3|next|skipped"], nodes["n4|next|done"]) == (1, 1, 1)


def test_members_go_by_their_names_in_files(app: Flask) -> None:
    account, ann = line_factory.account(), member(name="Ann", permissions=["chat"])
    workflow = draft(graph=chain(account, WRITES, assigns(account, ann)))
    document: Document = export_workflow(workflow.id, actor=SYSTEM)
    assert document.graph.nodes[1].settings["assignees"] == "Ann"
    actor = Actor.of_member(member(permissions=["workflows", "chat"]))
    (question,) = questions(document, [account], {}, actor)
    assert (str(question.label), question.value, question.is_found) == ("Member", str(ann.id), True)
    other = line_factory.account()
    db.session.get_one(Member, ann.id).account_ids = [account.id]
    db.session.commit()
    (question,) = questions(document, [other], {}, actor)
    assert (question.value, question.is_found) == ("", False)


def test_a_note_of_a_workflow_is_deleted_by_any_member_and_changed_by_none(
    shop: Shop, hana: str, as_carol: CheckingClient
) -> None:
    go(shop, hana, step("conversation_note", text="Mistaken"))
    talk = the_conversation()
    note = db.session.scalars(select(ConversationMessage).where(ConversationMessage.type == "note")).one()
    # The number of the workflow says nothing about a member with the same number.
    carol = db.session.scalars(select(Member.id).where(Member.name == "Carol")).one()
    note.author_id = carol
    db.session.commit()
    assert as_carol.post(f"/chat/{talk.id}/notes/{note.id}", data={"note": "Other"}).status_code == 403
    as_carol.post(f"/chat/{talk.id}/notes/{note.id}/removal")
    assert lines("note") == [{}]
