"""One conversation, and how many a member has not read."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import BigInteger, and_, bindparam, func, select

from app.chat.models import OWNER, ChatMember, ConversationMark
from app.chat.notes.queries import is_mentioned as has_mention
from app.chat.queries.composer_state import COMPOSER_STATE, ComposerState
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import _
from app.friends.models import FollowStatus, Friend
from app.line.models import Account, Group
from app.messages.composer.models import MessageDraft
from app.messages.composer.queries import is_draft_of
from app.messages.conversations.models import Conversation, ConversationMessage
from app.team.actors import Actor
from app.team.models import Member


class OpenedConversation(NamedTuple):
    """A conversation as a member opens it; whether a note mentions them that they have not seen; and their draft."""

    conversation: Conversation
    is_mentioned: bool
    draft: MessageDraft | None
    state: ComposerState


# Put together once, since every opened conversation asks.
_MEMBER = bindparam("member_id", type_=BigInteger)
_MARK = and_(ConversationMark.conversation_id == Conversation.id, ConversationMark.member_id == _MEMBER)
_DRAFT = is_draft_of(Conversation.account_id, OWNER, Conversation.id, _MEMBER)
_BESIDE = Friend, Group, Account, ConversationMark, ChatMember
_OPENED = (
    select(Conversation, has_mention(_MEMBER), MessageDraft, *COMPOSER_STATE, *_BESIDE)
    .join(Account, Account.id == Conversation.account_id)
    .outerjoin(Friend, Friend.id == Conversation.friend_id)
    .outerjoin(Group, Group.id == Conversation.group_id)
    .outerjoin(ConversationMark, _MARK)
    .outerjoin(ChatMember, ChatMember.member_id == _MEMBER)
    .outerjoin(MessageDraft, _DRAFT)
    .where(Conversation.id == bindparam("id"))
)


def open_conversation(conversation_id: int, actor: Actor) -> OpenedConversation:
    """Return the conversation, if the actor may see its account; raises NotFound.

    What stands beside it comes with it: what asks for that later in the request finds it in the database's session.
    """
    row = db.session.execute(_OPENED, {"id": conversation_id, "member_id": actor.member_id}).one_or_none()
    if row is None or not actor.may_see_account(row[0].account_id):
        raise NotFound
    conversation, is_mentioned, draft = row[:3]
    return OpenedConversation(conversation, is_mentioned, draft, ComposerState(*row[3:6]))


def get_conversation(conversation_id: int, actor: Actor) -> Conversation:
    """Return the conversation, if the actor may see its account; raises NotFound."""
    found = db.session.get(Conversation, conversation_id)
    if found is None or not actor.may_see_account(found.account_id):
        raise NotFound
    return found


def conversation_of(account_id: int, chat_id: str) -> Conversation | None:
    """Return the account's conversation with a friend, group or room, by LINE's id."""
    mine = (Conversation.account_id == account_id, Conversation.chat_id == chat_id)
    return db.session.scalars(select(Conversation).where(*mine)).one_or_none()


def name_of(conversation: Conversation) -> str:
    """Return what the friend or group is called, also where that is not known."""
    return called(friend_of(conversation), group_of(conversation)) or _("Name not known")


def friend_of(conversation: Conversation) -> Friend | None:
    """Return the friend with whom the conversation is; None for a group, and for a friend who is not known any more."""
    return db.session.get(Friend, conversation.friend_id) if conversation.friend_id else None


def group_of(conversation: Conversation) -> Group | None:
    """Return the group or room in which the conversation is; None for a friend."""
    return db.session.get(Group, conversation.group_id) if conversation.group_id else None


def is_reachable(conversation: Conversation) -> bool:
    """Return whether messages come and go: not with a friend who blocked the account, nor in a group that it left."""
    friend, group = friend_of(conversation), group_of(conversation)
    if group is not None:
        return group.is_joined
    return friend is not None and friend.follow_status != FollowStatus.BLOCKED


def called(friend: Friend | None, group: Group | None) -> str | None:
    """Return the name that the team gave, else LINE's; None where there is none."""
    if friend is not None:
        return friend.full_name or friend.display_name
    return group.name if group is not None else None


def mark_of(conversation_id: int, member_id: int) -> ConversationMark:
    """Return what the member keeps of the conversation; an empty mark that is not stored where there is none."""
    found = db.session.get(ConversationMark, (conversation_id, member_id))
    return found or ConversationMark(
        conversation_id=conversation_id,
        member_id=member_id,
        read_up_to_id=None,
        is_behind=False,
        is_pinned=False,
        is_followed=False,
        is_muted=False,
    )


def settings_of(member_id: int) -> ChatMember:
    """Return how the member uses the chat. What came before the member did counts as read."""
    found = db.session.get(ChatMember, member_id)
    return found or ChatMember(member_id=member_id, read_up_to_id=newest_before(member_id), enter_sends=False)


def newest_before(member_id: int) -> int:
    """Return the id of the newest message that came before the member joined; 0 where there is none."""
    joined = select(Member.created_at).where(Member.id == member_id).scalar_subquery()
    mine = select(func.max(ConversationMessage.id)).where(ConversationMessage.occurred_at < joined)
    return db.session.scalar(mine) or 0
