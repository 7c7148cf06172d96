"""Tell the engine what happens to friends: runs that wait for it go on, and workflows that listen to it start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from app.core.events import listen
from app.core.identifiers import row_number
from app.friends import events as friends
from app.friends.sources import UNDO
from app.messages.sending.causes import CauseKind
from app.messages.sending.events import SendsSettled
from app.messages.tracking.events import LinkClicked
from app.workflows.engine.blocking import friends_are_back, friends_have_blocked
from app.workflows.engine.entering import enter, listening_accounts
from app.workflows.engine.happenings import QR_CODE_SCANNED, Happening, key_of_event
from app.workflows.engine.resuming import ANSWER, awaited_friends, resume, resume_runs
from app.workflows.qr_codes.events import QrCodeScanned
from app.workflows.triggers.friends import (
    ATTRIBUTE_CHANGED,
    BLOCK,
    FRIEND_ADD,
    TAG_ADDED,
    TAG_REMOVED,
    fields_changed,
    tag_changed,
)
from app.workflows.triggers.links import LINK_CLICKED
from app.workflows.triggers.messages import (
    MESSAGE,
    POSTBACK,
    RICH_MENU_SWITCHED,
    VIDEO_WATCHED,
    fold_texts,
    without_emoji,
)
from app.workflows.triggers.origins import origins_of


def tell(happenings: Sequence[Happening]) -> None:
    """Give events first to the runs that wait for them; an answer that belongs to a question starts nothing."""
    if not happenings:
        return
    taken = resume(happenings)
    enter([one for one in happenings if one.key not in taken])


def _of(said: Any, kind: str, word: str | None = None, **data: Any) -> Happening:
    return Happening(
        account_id=said.account_id,
        friend_id=said.friend_id,
        kind=kind,
        key=key_of_event(said.webhook_event_id),
        data={**data, "account_id": said.account_id, "at": said.occurred_at.isoformat()},
        word=word,
        may_send=not said.is_standby,
    )


@listen(SendsSettled)
def on_settled(batch: Sequence[SendsSettled]) -> None:
    """Let runs look again whose message LINE could not take before."""
    causes = [one.cause_id for told in batch for one in told.sends if one.cause_kind == CauseKind.WORKFLOW]
    runs = (row_number(cause_id.partition(":")[0]) for cause_id in causes)
    resume_runs({run_id for run_id in runs if run_id})


@listen(friends.FriendAdded)
def on_added(batch: Sequence[friends.FriendAdded]) -> None:
    friends_are_back({(one.account_id, one.friend_id) for one in batch})
    tell([_of(one, FRIEND_ADD, FRIEND_ADD, is_first=True) for one in batch])


@listen(friends.FriendUnblocked)
def on_unblocked(batch: Sequence[friends.FriendUnblocked]) -> None:
    friends_are_back({(one.account_id, one.friend_id) for one in batch})
    tell([_of(one, FRIEND_ADD, FRIEND_ADD, is_first=False) for one in batch])


@listen(friends.FriendBlocked)
def on_blocked(batch: Sequence[friends.FriendBlocked]) -> None:
    tell([_of(one, BLOCK, BLOCK) for one in batch])
    friends_have_blocked({(one.account_id, one.friend_id) for one in batch})


@listen(friends.FriendMessageReceived)
def on_message(batch: Sequence[friends.FriendMessageReceived]) -> None:
    """Messages in groups start nothing."""
    single = [one for one in batch if one.group_id is None]
    texts = [without_emoji(one.message) if one.message.get("type") == "text" else None for one in single]
    folded = dict(zip((text for text in texts if text), fold_texts(text for text in texts if text), strict=True))
    tell(
        [
            _of(
                one,
                MESSAGE,
                ANSWER,
                text=text,
                folded=None if text is None else folded.get(text, ""),
                type=one.message.get("type"),
                message_id=one.message.get("id"),
            )
            for one, text in zip(single, texts, strict=True)
        ]
    )


@listen(friends.FriendPostbackReceived)
def on_postback(batch: Sequence[friends.FriendPostbackReceived]) -> None:
    single = [one for one in batch if one.group_id is None]
    tell([_of(one, POSTBACK, ANSWER, data=one.data, params=one.params) for one in single])
    switched = [one for one in single if one.params.get("newRichMenuAliasId")]
    tell([_of(one, RICH_MENU_SWITCHED, alias=one.params["newRichMenuAliasId"]) for one in switched])


@listen(friends.FriendVideoWatched)
def on_video(batch: Sequence[friends.FriendVideoWatched]) -> None:
    tell([_of(one, VIDEO_WATCHED, f"{VIDEO_WATCHED}:{one.tracking_id}", tracking_id=one.tracking_id) for one in batch])


@listen(LinkClicked)
def on_link(batch: Sequence[LinkClicked]) -> None:
    tell(
        [
            Happening(
                account_id=one.account_id,
                friend_id=one.friend_id,
                kind=LINK_CLICKED,
                key=f"{LINK_CLICKED}:{one.fetch_id}",
                data={"url": one.url, "account_id": one.account_id, "at": one.occurred_at.isoformat(), **origin},
                word=LINK_CLICKED,
            )
            for one, origin in zip(batch, origins_of(batch), strict=True)
        ]
    )


@listen(QrCodeScanned)
def on_scanned(batch: Sequence[QrCodeScanned]) -> None:
    tell(
        [
            Happening(
                account_id=one.account_id,
                friend_id=one.friend_id,
                kind=QR_CODE_SCANNED,
                key=key_of_event(one.webhook_event_id)
                if one.webhook_event_id
                else f"{QR_CODE_SCANNED}:{one.qr_code_id}:{one.event_key}",
                data={
                    "qr_code_id": one.qr_code_id,
                    "workflow_id": one.workflow_id,
                    "account_id": one.account_id,
                    "at": one.occurred_at.isoformat(),
                },
                word=f"{QR_CODE_SCANNED}:{one.qr_code_id}",
                may_send=not one.is_standby,
            )
            for one in batch
        ]
    )


@listen(friends.TagAdded)
def on_tag_added(batch: Sequence[friends.TagAdded]) -> None:
    _on_tags(batch, TAG_ADDED)


@listen(friends.TagRemoved)
def on_tag_removed(batch: Sequence[friends.TagRemoved]) -> None:
    _on_tags(batch, TAG_REMOVED)


def _on_tags(batch: Sequence[friends.TagAdded | friends.TagRemoved], kind: str) -> None:
    """Tell of the friends that matter only: of many who are tagged at once, few are waited for.

    What is undone was a mistake, and starts nothing.
    """
    batch = [one for one in batch if one.source != UNDO]
    if not batch:
        return
    listening = listening_accounts({one.account_id for one in batch}, kind)
    awaited = awaited_friends({friend_id for one in batch for friend_id in one.friend_ids})
    tell(
        [
            tag_changed(kind, one.tag_id, one.account_id, friend_id, one.source, change)
            for one in batch
            for change in (uuid4(),)
            for friend_id in one.friend_ids
            if one.account_id in listening or friend_id in awaited
        ]
    )


@listen(friends.AttributesChanged)
def on_attributes(batch: Sequence[friends.AttributesChanged]) -> None:
    """Tell where a workflow starts by it."""
    listening = listening_accounts({one.account_id for one in batch}, ATTRIBUTE_CHANGED)
    tell(
        [
            fields_changed(one.names, one.account_id, friend_id, one.source, change)
            for one in batch
            if one.account_id in listening
            for change in (uuid4(),)
            for friend_id in one.friend_ids
        ]
    )
