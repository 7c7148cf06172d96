"""Actions that send messages. What follows without a wait goes in one call of up to five messages, in order.

Quick replies stand below the last message of all, since LINE shows no others.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.errors import Conflict
from app.core.i18n import Text, _, _l, ngettext
from app.friends.models import Friend
from app.line.models import Account
from app.messages.auto.models import AutoMessage
from app.messages.composer.warnings import warnings_of
from app.messages.content import message_set
from app.messages.content.filling import TooLong
from app.messages.content.media_links import why_unreachable
from app.messages.content.message_set import MOST_MESSAGES, Built, MessageSet, UnreadableSet
from app.messages.content.personal_text import in_short
from app.messages.sending.additions import Additions
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.delivery import deliver_many
from app.messages.sending.frequency import over_cap
from app.messages.sending.models import MessageSend, SendState
from app.messages.sending.operations.sends import store_sends
from app.messages.sending.recipients import PERSON_ANSWERS, Recipient
from app.messages.sending.rendering import ready
from app.messages.sending.reply_tokens import chats_with_token
from app.workflows.definition.decisions import Decision, Do, Effect, Fail, Go
from app.workflows.definition.graph import NEXT, Graph, Node
from app.workflows.definition.kinds import ACTIONS, WITH_ERROR, ActionNodeKind, NodeCategory, NodeProblem, always
from app.workflows.definition.state import Arrival
from app.workflows.definition.structure import following
from app.workflows.engine.performing import Done, Failed, Outcome, Performer, PutOff, Task, performer, workflow_actor
from app.workflows.named import names_of_rows
from app.workflows.texts import own_types, own_types_in, own_values

SEND_MESSAGE, AUTO_MESSAGE = "send_message", "auto_message"
SENDING = frozenset({SEND_MESSAGE, AUTO_MESSAGE})
# A send that LINE cannot take now is tried again by its own row, which tells when it is settled.
SETTLED = "send"
LOOK_AGAIN = timedelta(minutes=30)
# Triggers after which a workflow answers what the friend said or tapped; it leaves that to a person who answers.
TALK = frozenset({"message", "postback"})


@dataclass(frozen=True)
class SendMessages(Effect):
    """Send a message set to the friend, as JSON. `part` tells several sends of one step apart.

    `lenders` are the accounts of the workflow: a file of any of them may be shown. `is_behind_person`: it comes after a
    step that hands the friend over to a person.
    """

    content: str
    auto_message_id: int | None = None
    part: int = 0
    is_capped: bool = True
    lenders: tuple[int, ...] = ()
    is_behind_person: bool = False


def content_effect(arrival: Arrival, content: Mapping[str, Any], **more: Any) -> SendMessages:
    """Return the effect of sending a stored message set."""
    written = json.dumps(content, sort_keys=True, ensure_ascii=False)
    is_behind = _is_behind_person(arrival.graph, arrival.node)
    return SendMessages(written, lenders=arrival.graph.account_ids, is_behind_person=is_behind, **more)


def _is_behind_person(graph: Graph, node: Node) -> bool:
    """Return whether a way to this node goes by a step that hands the friend over to a person."""
    handing = [one.id for one in graph.nodes if (kind := ACTIONS.get(one.kind)) and kind.hands_over]
    return bool(handing) and node.id in following(graph, handing)


def is_automatic_answer(task: Task) -> bool:
    """Return whether the message of a task is left to a person who answers the friend."""
    return task.trigger.get("kind") in TALK or task.effect.is_behind_person


def _load_inline(nodes: Collection[Node], _account_id: int) -> Mapping[str, Any]:
    return {node.id: {"content": node.settings.get("content")} for node in nodes}


def _load_auto(nodes: Collection[Node], account_id: int) -> Mapping[str, Any]:
    ids = {node.id: (node.settings.get("messages") or {}).get(str(account_id)) for node in nodes}
    query = select(AutoMessage.id, AutoMessage.content, AutoMessage.name).where(
        AutoMessage.account_id == account_id, AutoMessage.id.in_([one for one in ids.values() if one])
    )
    found = {row.id: row for row in db.session.execute(query)}
    return {
        node_id: {"content": found[one].content, "id": one, "name": found[one].name}
        for node_id, one in ids.items()
        if one in found
    }


def _decide_send(arrival: Arrival) -> Decision:
    chain = _chain(arrival.graph, arrival.node, arrival.facts.loaded)
    if not chain:
        return Fail("workflows.message_gone")
    loaded = [arrival.facts.loaded[node.id] for node in chain]
    only = loaded[0].get("id") if len(chain) == 1 else None
    effect = content_effect(arrival, _joined([one["content"] for one in loaded]), auto_message_id=only)
    note = {"auto_message": loaded[0]["name"]} if only else {}
    return Do(effect, Go(NEXT, note), covers=tuple(node.id for node in chain[1:]))


def _chain(graph: Graph, node: Node, loaded: Mapping[str, Any]) -> list[Node]:
    """Return this node and those that send right after it, as long as their messages fit into one call."""
    found: list[Node] = []
    messages = 0
    following: Node | None = node
    while following is not None and following.kind in SENDING:
        content = (loaded.get(following.id) or {}).get("content")
        messages += len((content or {}).get("messages", ()))
        if not content or messages > MOST_MESSAGES:
            break
        found.append(following)
        following = graph.after(following)
    return found


def _joined(contents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return one set of several; the last quick replies of all stand below its last message."""
    quick_replies = [one["quick_replies"] for one in contents if one.get("quick_replies")]
    return {
        **contents[-1],
        "messages": [message for one in contents for message in one.get("messages", ())],
        "quick_replies": quick_replies[-1] if quick_replies else [],
    }


def _store(tasks: Sequence[Task]) -> Mapping[str, Outcome]:
    """Store the sends with their steps; those that are settled already, or skipped, are over."""
    outcomes: dict[str, Outcome] = {}
    known = _sends(tasks)
    new = [task for task in tasks if _reference(task) not in known]
    over = _over_cap(new)
    capped = {task.key for task in new if task.effect.is_capped and task.friend_id in over}
    outcomes.update({key: Done({"capped": True}, result="skipped") for key in capped})
    groups: defaultdict[tuple[int, int, str, tuple[int, ...]], list[Task]] = defaultdict(list)
    for task in new:
        if task.key not in capped:
            groups[task.account_id, task.workflow_id, task.effect.content, task.effect.lenders].append(task)
    for (account_id, workflow_id, content, _lenders), some in sorted(groups.items()):
        outcomes.update(_store_alike(account_id, workflow_id, some[0].workflow_name, content, some))
    return {**outcomes, **_outcomes([task for task in tasks if _reference(task) in known], is_new=False)}


def _store_alike(
    account_id: int, workflow_id: int, name: str, content: str, tasks: Sequence[Task]
) -> dict[str, Outcome]:
    account = db.session.get_one(Account, account_id)
    friends = db.session.scalars(select(Friend).where(Friend.id.in_([task.friend_id for task in tasks])))
    recipients = {friend.id: Recipient.of_friend(friend) for friend in friends}
    people = [(recipients[task.friend_id], _cause(task)) for task in tasks if task.friend_id in recipients]
    try:
        read = message_set.read(json.loads(content))
        actor = workflow_actor(workflow_id, account_id, name)
        store_sends(account, people, read, additions=_additions(content, tasks), actor=actor)
    except (Conflict, UnreadableSet) as error:
        return {task.key: Failed("workflows.bad_message", {"why": str(error)}) for task in tasks}
    return {}


def _additions(content: str, tasks: Sequence[Task]) -> Additions:
    """Return what the runs know where the messages name it, and the accounts whose files they may show."""
    types = own_types_in(content)
    values = {_reference(task): own_values(task.trigger, task.answers) for task in tasks} if types else {}
    return Additions(types, values, tasks[0].effect.lenders)


def _cause(task: Task) -> Cause:
    part_of = f"{task.workflow_id}:{task.node_id}"
    return Cause(CauseKind.WORKFLOW, _reference(task), task.effect.auto_message_id, part_of, is_automatic_answer(task))


def _reference(task: Task) -> str:
    return f"{task.key}:{task.effect.part}" if task.effect.part else task.key


def _over_cap(tasks: Sequence[Task]) -> set[int]:
    """Return the friends who have been reached as often as their account's rule allows, and would get a push."""
    found: set[int] = set()
    by_account: defaultdict[int, set[int]] = defaultdict(set)
    for task in tasks:
        if task.effect.is_capped:
            by_account[task.account_id].add(task.friend_id)
    for account_id, friend_ids in by_account.items():
        over = over_cap(account_id, friend_ids)
        found |= over - _who_get_replies(account_id, over)
    return found


def _who_get_replies(account_id: int, friend_ids: Collection[int]) -> set[int]:
    """Return those of whom a reply token is left: what answers them is a reply, and no rule counts it."""
    query = select(Friend.id, Friend.line_user_id).where(Friend.id.in_(friend_ids))
    people = {row.line_user_id: row.id for row in db.session.execute(query)} if friend_ids else {}
    return {people[chat_id] for chat_id in chats_with_token(account_id, people)}


def _sends(tasks: Sequence[Task]) -> dict[str, MessageSend]:
    references = [_reference(task) for task in tasks]
    query = select(MessageSend).where(
        MessageSend.account_id.in_({task.account_id for task in tasks}),
        MessageSend.cause_kind == CauseKind.WORKFLOW,
        MessageSend.cause_id.in_(references),
    )
    return {send.cause_id: send for send in db.session.scalars(query.execution_options(populate_existing=True))}


def _deliver(tasks: Sequence[Task]) -> Mapping[str, Outcome]:
    """Bring the stored sends to LINE; those that it cannot take now are looked at again when they are settled."""
    ids = [send.id for send in _sends(tasks).values() if send.state == SendState.WAITING]
    db.session.rollback()
    deliver_many(ids)
    outcomes = _outcomes(tasks, is_new=True)
    db.session.rollback()
    return outcomes


def _outcomes(tasks: Sequence[Task], *, is_new: bool) -> dict[str, Outcome]:
    sends = _sends(tasks)
    found: dict[str, Outcome] = {}
    for task in tasks:
        send = sends.get(_reference(task))
        if send is None:
            found[task.key] = Failed("workflows.message_gone")
        elif send.state == SendState.WAITING:
            if is_new:
                found[task.key] = PutOff(LOOK_AGAIN, send.reason or "workflows.unfinished", (SETTLED,))
        elif send.reason == PERSON_ANSWERS:
            found[task.key] = Done({"person_answers": True}, result="skipped")
        elif send.state == SendState.REFUSED:
            found[task.key] = Failed(send.reason or "workflows.unexpected", send.reason_values, {"send": send.id})
        else:
            note = {"send": send.id, "via": send.via, "state": send.state}
            found[task.key] = Done(note)
    return found


def _check_inline(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    if not (node.settings.get("content") or {}).get("messages"):
        yield NodeProblem(_l("Add a message."), "content")


def _check_messages(graph: Graph, node: Node) -> Iterable[NodeProblem]:
    content = node.settings.get("content") or {}
    return check_content(graph, content) if content.get("messages") else ()


def check_content(graph: Graph, content: Mapping[str, Any]) -> Iterable[NodeProblem]:
    """Tell what keeps a message set of the workflow from being sent by one of its accounts."""
    try:
        read: MessageSet = message_set.read(content)
    except UnreadableSet as error:
        yield NodeProblem(_l("The message cannot be read: %(path)s", path=error.path), "content")
        return
    additions = Additions(own_types(graph), file_accounts=graph.account_ids)
    told = [str(why)] if message_set.files_of(read) and (why := why_unreachable()) else []
    warned: list[Text] = []
    for account_id in graph.account_ids:
        try:
            warned += _warnings(ready(account_id, read, is_for_group=False, additions=additions), read)
        except Conflict as error:
            told.append(str(error))
    yield from (NodeProblem(one, "content") for one in dict.fromkeys(told))
    yield from (NodeProblem(one, "content", is_warning=True) for one in dict.fromkeys(warned))


def _warnings(built: Built, read: MessageSet) -> list[Text]:
    """Return what LINE may refuse; what every set with quick replies is told stands beside the messages only."""
    try:
        return warnings_of(replace(read, quick_replies=()), built.ready.messages({}))
    except TooLong:
        return []


def _check_auto(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    for account_id in account_ids:
        loaded = _load_auto([node], account_id)
        if not (node.settings.get("messages") or {}).get(str(account_id)):
            yield NodeProblem(_l("Choose the Auto Send Message."), "messages")
        elif node.id not in loaded:
            yield NodeProblem(_l("The Auto Send Message of this step was deleted. Choose another one."), "messages")


def _summary(node: Node) -> Text:
    messages = (node.settings.get("content") or {}).get("messages", ())
    texts = [str(one["text"]) for one in messages if one.get("kind") == "text" and isinstance(one.get("text"), str)]
    if not messages:
        return _("No message yet")
    return in_short(texts[0])[:60] if texts else ngettext("%(num)s message", "%(num)s messages", len(messages))


performer(SendMessages, Performer(inside=_store, outside=_deliver))
for _kind in (
    ActionNodeKind(
        name=SEND_MESSAGE,
        label=_l("Send message"),
        about=_l("Sends texts, pictures, videos and other messages"),
        also=_l("text coupon picture video reply"),
        rank=1,
        category=NodeCategory.BASIC,
        icon="send",
        decide=_decide_send,
        decides_alike=always,
        load=_load_inline,
        check=_check_inline,
        check_within=_check_messages,
        summary=_summary,
        exits=lambda _node: WITH_ERROR,
        sends=True,
    ),
    ActionNodeKind(
        name=AUTO_MESSAGE,
        label=_l("Auto Send Messages"),
        about=_l("Sends an Auto Send Message that you have already made"),
        also=_l("template prepared"),
        rank=2,
        category=NodeCategory.BASIC,
        icon="message-bolt",
        decide=_decide_send,
        decides_alike=always,
        load=_load_auto,
        check=_check_auto,
        names=names_of_rows("messages", AutoMessage),
        exits=lambda _node: WITH_ERROR,
        sends=True,
    ),
):
    ACTIONS.add(_kind.name, _kind)
