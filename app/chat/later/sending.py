"""Send planned answers when their time has come: once, in the name of the member who planned them."""

from __future__ import annotations

from app.chat.later.models import PlannedAnswer, PlannedState
from app.chat.operations.answering import answer
from app.chat.queries.drafts import AnswerDraft
from app.chat.wishes import wishes_of
from app.core import queue
from app.core.db import db
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import Text, _l, sentences
from app.core.queue import Queue
from app.media.operations.references import set_references
from app.messages.content import message_set
from app.messages.conversations import owning
from app.messages.conversations.models import Conversation
from app.team.actors import Actor
from app.team.models import Member
from app.team.permissions import Permission

# What a planned answer is called among owners of files.
OWNER = "planned_answer"
NOT_ALLOWED = _l("The member who planned it may not answer here any more.")
PLANNED = register(
    DueKind(
        "chat.planned_answers",
        PlannedAnswer,
        wake=lambda: queue.wake("chat.later.send_planned", queue=Queue.SENDING),
        columns=(PlannedAnswer.conversation_id,),
        # Each is a transaction of its own, and one that cannot be sent holds up no other.
        batch=1,
    )
)


def send_due() -> int:
    """Send the answers that are due; returns how many were looked at."""
    return process(PLANNED, _send, again=PLANNED.wake)


def _send(claim: Claim) -> None:
    """Store the send in the transaction that ends the plan, so that whatever is killed, it is sent once."""
    if not claim.held():
        return
    planned = db.session.get_one(PlannedAnswer, claim.ids()[0], populate_existing=True)
    if planned.state != PlannedState.PLANNED:
        claim.done()
        return
    actor = _author(planned)
    try:
        if actor is None:
            raise Conflict(NOT_ALLOWED)
        store_planned(planned, actor)
    except (InvalidInput, Conflict) as refusal:
        db.session.rollback()
        claim.done(state=PlannedState.FAILED, problem=str(_why(refusal)))
        owning.touch(owning.hold(planned.conversation_id))
    db.session.commit()


def store_planned(planned: PlannedAnswer, actor: Actor) -> None:
    """Make it a send; the row is held."""
    conversation = db.session.get_one(Conversation, planned.conversation_id)
    content = message_set.read(planned.content)
    draft = AnswerDraft.of(planned.content, planned.own)
    send = answer(conversation, content, wishes=wishes_of(draft, content, f"planned-{planned.id}"), actor=actor)
    end_planned(planned, PlannedState.SENT)
    planned.send_id = send.id


def end_planned(planned: PlannedAnswer, state: PlannedState) -> None:
    """Note how it ended; its files are no longer used by it."""
    planned.state, planned.due_at, planned.leased_until = state, None, None
    set_references(planned.account_id, OWNER, planned.id, [])
    db.session.flush()


def _author(planned: PlannedAnswer) -> Actor | None:
    """Return the member in whose name it goes out; None for one who may not answer any more."""
    member = db.session.get(Member, planned.member_id) if planned.member_id else None
    actor = Actor.of_member(member) if member is not None and member.is_active else None
    is_allowed = actor is not None and actor.may(Permission.CHAT) and actor.may_see_account(planned.account_id)
    return actor if is_allowed else None


def _why(refusal: InvalidInput | Conflict) -> Text:
    return refusal.message if isinstance(refusal, Conflict) else sentences(refusal.fields.values())
