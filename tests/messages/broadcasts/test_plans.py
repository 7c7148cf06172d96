"""What a draft of a broadcast may say, and what its segment and its files hear of it."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.db import db
from app.core.errors import Conflict, InvalidInput
from app.line.models import Account
from app.messages.broadcasts.models import AudienceKind
from app.messages.broadcasts.operations import confirming, drafts
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.sending.frequency import cap_of, change_cap
from app.segments.operations.segments import delete_segment
from app.team.actors import SYSTEM
from tests.factories import line
from tests.factories.segments import segment
from tests.messages.broadcasts.conftest import Stage, texts
from tests.support.races import refused_after_commit


def test_the_numbers_of_a_test_are_checked_and_go_with_its_second_set(app: object) -> None:
    account = line.account()
    sets = {"audience": AudienceChoice(), "content": texts("A"), "content_b": texts("B")}
    for share, hours, wrong in ((0, 4, "test_share"), (101, 4, "test_share"), (20, None, "winner_after_hours")):
        with pytest.raises(InvalidInput) as refusal:
            plan = drafts.BroadcastPlan("Test", **sets, test_share=share, winner_after_hours=hours)  # type: ignore[arg-type]
            drafts.create_draft(account.id, plan, actor=SYSTEM)
        assert set(refusal.value.fields) == {wrong}
    plan = drafts.BroadcastPlan("Test", **sets, test_share=20, winner_after_hours=4)  # type: ignore[arg-type]
    copy = drafts.duplicate(account.id, drafts.create_draft(account.id, plan, actor=SYSTEM).id, actor=SYSTEM)
    assert (copy.test_share, copy.winner_after_hours) == (20, 4) and copy.content_b is not None
    sets.pop("content_b")
    plain = drafts.BroadcastPlan("Test", **sets, test_share=20, winner_after_hours=4)  # type: ignore[arg-type]
    drafts.change_draft(account.id, copy.id, plain, seen=copy.version, actor=SYSTEM)
    assert (copy.content_b, copy.test_share, copy.winner_after_hours) == (None, None, None)


def test_a_confirmed_broadcast_holds_its_segment_until_it_is_cancelled(stage: Stage) -> None:
    regulars = segment(stage.account)
    choice = AudienceChoice(AudienceKind.SEGMENT, regulars.id)
    broadcast_id = stage.confirmed(name="Spring sale", audience=choice)
    with pytest.raises(Conflict, match="Spring sale"):
        delete_segment(stage.account.id, regulars.id, actor=SYSTEM)
    db.session.rollback()
    confirming.cancel_scheduled(stage.account.id, broadcast_id, actor=SYSTEM)
    delete_segment(stage.account.id, regulars.id, actor=SYSTEM)


def test_a_segment_is_held_while_its_broadcast_is_being_confirmed(app: Flask, stage: Stage) -> None:
    regulars = segment(stage.account)
    draft = stage.draft("Hello", audience=AudienceChoice(AudienceKind.SEGMENT, regulars.id))
    account_id, segment_id = stage.account.id, regulars.id
    confirming.confirm(account_id, draft.id, seen=draft.version, actor=SYSTEM)
    assert refused_after_commit(app, lambda: delete_segment(account_id, segment_id, actor=SYSTEM), Conflict)


def test_a_broadcast_waits_for_its_segment_to_be_deleted(app: Flask, stage: Stage) -> None:
    regulars = segment(stage.account)
    draft = stage.draft("Hello", audience=AudienceChoice(AudienceKind.SEGMENT, regulars.id))
    account_id, draft_id, seen = stage.account.id, draft.id, draft.version
    delete_segment(account_id, regulars.id, actor=SYSTEM)
    assert refused_after_commit(
        app, lambda: confirming.confirm(account_id, draft_id, seen=seen, actor=SYSTEM), Conflict
    )


def test_the_frequency_cap_is_set_and_removed(app: object) -> None:
    account: Account = line.account()
    with pytest.raises(InvalidInput) as refusal:
        change_cap(account.id, 0, None, actor=SYSTEM)
    assert set(refusal.value.fields) == {"most", "days"}
    change_cap(account.id, 3, 7, actor=SYSTEM)
    cap = cap_of(account.id)
    assert cap is not None and (cap.most, cap.days) == (3, 7)
    change_cap(account.id, None, None, actor=SYSTEM)
    assert cap_of(account.id) is None
