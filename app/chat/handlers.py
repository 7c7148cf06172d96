"""What the chat has to know of what happens elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import JSONB

from app.chat.models import OWNER
from app.chat.queries.drafts import GONE, QUOTE
from app.core.db import db
from app.core.events import listen
from app.line.events import MessageUnsent
from app.messages.composer.models import MessageDraft
from app.messages.conversations.models import ConversationMessage
from app.messages.conversations.outgoing import touch_outgoing
from app.messages.sending.causes import CauseKind
from app.messages.sending.models import MessageSend
from app.messages.tracking.events import FetchesCounted
from app.messages.tracking.models import TrackedSend


@listen(MessageUnsent)
def on_unsend(batch: Sequence[MessageUnsent]) -> None:
    """Let drafts that quote what was taken back lose their quote."""
    for said in batch:
        mine = ConversationMessage.account_id == said.account_id, ConversationMessage.line_message_id == said.message_id
        quoted = db.session.scalar(select(ConversationMessage.id).where(*mine))
        if quoted is not None:
            _lose_quote(said.account_id, quoted)


@listen(FetchesCounted)
def on_fetches(batch: Sequence[FetchesCounted]) -> None:
    """Draw answers again whose links were opened."""
    ids = {one for said in batch for one in said.send_ids}
    tracked = select(TrackedSend.account_id, TrackedSend.cause_id).where(
        TrackedSend.id.in_(ids), TrackedSend.cause_kind == CauseKind.CHAT
    )
    for account_id, cause_id in db.session.execute(tracked.distinct()).all():
        mine = MessageSend.account_id == account_id, MessageSend.cause_kind == CauseKind.CHAT
        sends = select(MessageSend.id).where(*mine, MessageSend.cause_id == cause_id)
        touch_outgoing(db.session.scalars(sends.where(MessageSend.tracked_send_id.in_(ids))).all())


def _lose_quote(account_id: int, message_id: int) -> None:
    mine = MessageDraft.account_id == account_id, MessageDraft.owner_kind == OWNER
    quoting = MessageDraft.own[QUOTE].astext == str(message_id)
    lost = (
        update(MessageDraft)
        .where(*mine, quoting)
        .values(own=MessageDraft.own.op("||", return_type=JSONB)({QUOTE: GONE}))
    )
    db.session.execute(lost.execution_options(synchronize_session=False))
