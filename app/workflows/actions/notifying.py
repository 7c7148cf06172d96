"""The action that tells members of the team by e-mail, with a link to the friend."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.core.db import db
from app.core.i18n import Text, _, _l, in_language, ngettext, today
from app.core.mail import smtp
from app.core.mail.operations import send_mail
from app.core.names import one_line
from app.line.gateway.urls import urls
from app.line.models import Account
from app.messages.content.filling import Values
from app.team.actors import Actor
from app.team.emails import language_for
from app.team.models import Member
from app.team.permissions import Permission
from app.team.queries import people
from app.workflows.definition.decisions import Decision, Do, Effect
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import ACTIONS, WITH_ERROR, ActionNodeKind, NodeCategory, NodeProblem, always
from app.workflows.definition.state import Arrival
from app.workflows.engine.performing import Done, Failed, Outcome, Performer, Task, performer
from app.workflows.models import WorkflowNodeDay
from app.workflows.texts import builders, filled, names_in, problems_in, values_of

NOTIFY = "notify_member"
ALL, CHOSEN = "all", "chosen"
LONGEST_SUBJECT, LONGEST_TEXT, MOST_MEMBERS = 200, 5_000, 20
# Times that one step notifies on one day; what is beyond is skipped, so that a busy day floods no mailbox.
MOST_A_DAY = 200


@dataclass(frozen=True)
class NotifyMembers(Effect):
    """Write to these members; None is all who may see the account's friends."""

    member_ids: tuple[int, ...] | None
    subject: str
    text: str


def _decide(arrival: Arrival) -> Decision:
    chosen = tuple(arrival.setting("members") or ()) if arrival.setting("to") == CHOSEN else None
    subject, text = str(arrival.setting("subject") or ""), str(arrival.setting("text") or "")
    return Do(NotifyMembers(chosen, subject, text))


def readers_of(account_id: int) -> list[Member]:
    """Return the active members who may see the friends of the account, by name."""
    return [one for one in people() if one.is_active and Actor.of_member(one).may(Permission.FRIENDS, account_id)]


def chosen_among(readers: Sequence[Member], effect: NotifyMembers) -> list[Member]:
    """Return those of an account's readers whom a step tells."""
    return [one for one in readers if effect.member_ids is None or one.id in effect.member_ids]


def _notify(tasks: Sequence[Task]) -> Mapping[str, Outcome]:
    """Write the e-mails in the transaction of the steps, so that each is written once."""
    wanted = set[str]().union(*(names_in(task.effect.subject) | names_in(task.effect.text) for task in tasks))
    values = values_of(tasks, {*wanted, "display_name"})
    readers = {account_id: readers_of(account_id) for account_id in {task.account_id for task in tasks}}
    rooms = _rooms(tasks)
    outcomes: dict[str, Outcome] = {}
    for task in tasks:
        members = chosen_among(readers[task.account_id], task.effect)
        place = task.workflow_id, task.node_id
        if not members:
            outcomes[task.key] = Failed("workflows.no_recipient")
        elif rooms[place] < 1:
            outcomes[task.key] = Done({"most_a_day": MOST_A_DAY}, result="skipped")
        else:
            rooms[place] -= 1
            _write(task, members, values[task.key], task.workflow_name)
            outcomes[task.key] = Done({"members": [one.label for one in members]})
    return outcomes


def _rooms(tasks: Sequence[Task]) -> defaultdict[tuple[int, str], int]:
    """Return how often each of these steps may still notify today."""
    rooms: defaultdict[tuple[int, str], int] = defaultdict(lambda: MOST_A_DAY)
    day = WorkflowNodeDay
    query = (
        select(day.workflow_id, day.node_id, func.sum(day.number).label("times"))
        .where(day.workflow_id.in_({task.workflow_id for task in tasks}), day.day == today(), day.result == "done")
        .where(day.node_id.in_({task.node_id for task in tasks}))
        .group_by(day.workflow_id, day.node_id)
    )
    for row in db.session.execute(query):
        rooms[row.workflow_id, row.node_id] = MOST_A_DAY - int(row.times)
    return rooms


def _write(task: Task, members: Sequence[Member], values: Values, workflow: str) -> None:
    subject = one_line(filled(task.effect.subject, values, LONGEST_SUBJECT))
    text = filled(task.effect.text, values, LONGEST_TEXT)
    account = db.session.get_one(Account, task.account_id)
    address = f"{urls.ours}/accounts/{task.account_id}/friends/{task.friend_id}"
    for member in members:
        with in_language(language_for(member)):
            friend = values.get("display_name") or _("A friend without a name")
            named = {"friend": friend, "account": account.name, "workflow": workflow}
            end = _("%(friend)s, a friend of %(account)s. Sent by the workflow “%(workflow)s”.", **named)
            send_mail(member.email, subject, "\n\n".join([text.strip(), end, address]) + "\n")


def _check(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    chosen = node.settings.get("members") or ()
    if node.settings.get("to") == CHOSEN:
        yield from _check_members(chosen, account_ids)
    if not str(node.settings.get("subject") or "").strip():
        yield NodeProblem(_l("Enter the subject of the e-mail."), "subject")
    if not str(node.settings.get("text") or "").strip():
        yield NodeProblem(_l("Enter the text of the e-mail."), "text")
    if not smtp.server.url:
        yield NodeProblem(_l("No mail server is set, so the e-mails stay in the outbox."), is_warning=True)


def _check_members(chosen: Sequence[int], account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    if not chosen:
        yield NodeProblem(_l("Choose who gets the e-mail."), "members")
    if len(chosen) > MOST_MEMBERS:
        yield NodeProblem(_l("Choose at most %(most)s members.", most=MOST_MEMBERS), "members")
    for account_id in account_ids:
        known = {one.id for one in readers_of(account_id)}
        if chosen and not known & set(chosen):
            yield NodeProblem(_l("There is an account whose friends none of these members may see."), "members")
            return


def _check_texts(graph: Graph, node: Node) -> Iterable[NodeProblem]:
    found = list(builders(graph))
    for builder in found:
        for field, limit in (("subject", LONGEST_SUBJECT), ("text", LONGEST_TEXT)):
            builder.text(field, str(node.settings.get(field) or ""), limit, len, is_required=False)
    yield from problems_in(found)


def _summary(node: Node) -> Text:
    if node.settings.get("to") != CHOSEN:
        return _l("E-mail to all members who may see the friends")
    number = len(node.settings.get("members") or ())
    return ngettext("E-mail to %(num)s member", "E-mail to %(num)s members", number) if number else ""


performer(NotifyMembers, Performer(inside=_notify))
ACTIONS.add(
    NOTIFY,
    ActionNodeKind(
        name=NOTIFY,
        label=_l("Notify a member"),
        about=_l("Writes an e-mail to members of your team"),
        also=_l("mail alert staff"),
        rank=1,
        category=NodeCategory.AUTOMATION,
        icon="mail",
        decide=_decide,
        decides_alike=always,
        check=_check,
        check_within=_check_texts,
        summary=_summary,
        exits=lambda _node: WITH_ERROR,
    ),
)
