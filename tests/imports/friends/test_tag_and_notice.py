"""What was chosen at the start and what is told at the end: a tag for new friends, an e-mail, a line on Home."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from app.core.clock import now
from app.core.db import db
from app.core.errors import NotAllowed
from app.core.mail.models import OutgoingMail
from app.core.runs.models import Run, RunState
from app.friends.models import Friend, FriendTag, Tag
from app.friends.operations.tags import delete_tag
from app.imports.friends.operations import cancel_friend_import, start_friend_import
from app.team.actors import SYSTEM, Actor
from app.team.models import Member
from app.team.permissions import Permission
from tests.factories import friends as factory
from tests.imports.conftest import PROFILE, Connected, work
from tests.support.client import CheckingClient


def begin(here: Connected, member: Member, tag: str = "", is_weekly: bool = False) -> Run:
    run, _ = start_friend_import(here.account, actor=Actor.of_member(member), tag=tag, is_weekly=is_weekly)
    db.session.commit()
    return run


def tagged(here: Connected) -> dict[str, set[str]]:
    """LINE user IDs by the name of their tag."""
    query = select(Tag.name, Friend.line_user_id).join(FriendTag, FriendTag.tag_id == Tag.id).join(Friend)
    found: dict[str, set[str]] = {}
    for row in db.session.execute(query.where(Tag.account_id == here.account.id)):
        found.setdefault(row.name, set()).add(row.line_user_id)
    return found


def mails() -> list[OutgoingMail]:
    db.session.rollback()
    return list(db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


def test_only_new_friends_get_the_tag(connected: Callable[..., Connected], people: SimpleNamespace) -> None:
    here = connected(followers=12)
    ids = here.follower_ids()
    factory.friend(here.account, line_user_id=ids[0])
    run = work(begin(here, people.alice, " From  2026 "), sittings=9)
    assert run.state == RunState.COMPLETED
    assert tagged(here) == {"From 2026": set(ids[1:])}
    again = work(begin(here, people.alice, "From 2026"), sittings=9)
    assert (again.state, again.counts["known"]) == (RunState.COMPLETED, 12)
    assert tagged(here) == {"From 2026": set(ids[1:])}


def test_a_tag_for_an_import_that_joins_a_running_one_is_not_made(
    connected: Callable[..., Connected], people: SimpleNamespace
) -> None:
    here = connected(followers=2)
    first = begin(here, people.alice, "First")
    assert begin(here, people.alice, "Second").id == first.id
    assert db.session.scalars(select(Tag.name)).all() == ["First"]


def test_the_end_leads_to_the_friends_with_the_tag_and_another_try_keeps_it(
    connected: Callable[..., Connected], people: SimpleNamespace, as_alice: CheckingClient
) -> None:
    here = connected(followers=2)
    run = work(begin(here, people.alice, "Spring"), sittings=9)
    tag_id, url = db.session.scalars(select(Tag.id)).one(), f"/accounts/{here.account.id}/friend-import"
    page = as_alice.get(url).text
    assert f"/friends?tag={tag_id}" in page and "See the friends with the tag" in page
    db.session.execute(update(Run).where(Run.id == run.id).values(state=RunState.FAILED))
    db.session.commit()
    assert '<input type="hidden" name="tag" value="Spring">' in as_alice.get(url).text


def test_a_tag_that_is_deleted_on_the_way_stops_nothing(
    connected: Callable[..., Connected], people: SimpleNamespace
) -> None:
    here = connected(followers=5)
    run = begin(here, people.alice, "Gone soon")
    delete_tag(here.account.id, run.input["tag_id"], actor=SYSTEM)
    db.session.commit()
    assert work(run, sittings=9).counts["new"] == 5
    assert tagged(here) == {}


def test_a_tag_needs_the_permission_for_tags(connected: Callable[..., Connected], people: SimpleNamespace) -> None:
    here = connected()
    people.bob.permissions = [Permission.IMPORTS.value]
    with pytest.raises(NotAllowed):
        begin(here, people.bob, "Mine")
    assert begin(here, people.bob).state == RunState.QUEUED


def test_the_start_dialog_offers_tags_to_who_may_use_them(
    connected: Callable[..., Connected], as_bob: CheckingClient, people: SimpleNamespace
) -> None:
    here, url = connected(), "/accounts/{}/friend-import"
    factory.tag(here.account, "VIP")
    people.bob.permissions = [Permission.IMPORTS.value]
    db.session.commit()
    assert "Tag for new friends" not in as_bob.fragment(url.format(here.account.id)).text
    people.bob.permissions = [Permission.IMPORTS.value, Permission.TAGS.value]
    db.session.commit()
    html = as_bob.fragment(url.format(here.account.id)).text
    assert "Tag for new friends" in html and '<option value="VIP">' in html
    as_bob.fragment(url.format(here.account.id), "POST", data={"tag": "VIP"})
    assert db.session.scalars(select(Run.input)).one()["tag_id"]


def test_who_began_it_is_told_the_end_in_their_language(
    connected: Callable[..., Connected], people: SimpleNamespace
) -> None:
    here = connected(followers=3, account={"name": "Kissa Hoshi"})
    people.bob.language, people.bob.permissions = "ja", [Permission.IMPORTS.value]
    work(begin(here, people.bob), sittings=9)
    (mail,) = mails()
    assert (mail.recipient, mail.subject) == (people.bob.email, "Kissa Hoshiの友だちインポートが完了しました")
    assert mail.body and f"/accounts/{here.account.id}/settings#friend-import" in mail.body


def test_a_failure_is_told_with_its_reason_and_a_cancel_is_not(
    connected: Callable[..., Connected], people: SimpleNamespace
) -> None:
    here = connected(followers=3)
    begin(here, people.alice)
    cancel_friend_import(here.account, actor=Actor.of_member(people.alice))
    db.session.commit()
    assert mails() == []
    here.fault("status", status=403, path=PROFILE, message="Not available")
    run = work(begin(here, people.alice), sittings=9)
    assert run.state == RunState.FAILED
    (mail,) = mails()
    assert "did not finish" in mail.subject


@pytest.mark.parametrize(("followers", "told"), [(0, 0), (3, 1)])
def test_a_weekly_import_tells_only_of_new_friends(
    connected: Callable[..., Connected], people: SimpleNamespace, followers: int, told: int
) -> None:
    work(begin(connected(followers=followers), people.alice, is_weekly=True), sittings=9)
    assert len(mails()) == told


def test_who_may_no_longer_import_is_told_nothing(connected: Callable[..., Connected], people: SimpleNamespace) -> None:
    people.bob.permissions = [Permission.IMPORTS.value]
    run = begin(connected(followers=3), people.bob)
    people.bob.permissions = []
    db.session.commit()
    work(run, sittings=9)
    assert mails() == []


def test_home_says_for_a_day_what_an_import_came_to(
    connected: Callable[..., Connected], as_alice: CheckingClient, people: SimpleNamespace
) -> None:
    run = work(begin(connected(followers=3), people.alice), sittings=9)
    assert "3 friends are new." in as_alice.fragment("/home/now").text
    db.session.execute(update(Run).where(Run.id == run.id).values(finished_at=now() - timedelta(hours=25)))
    db.session.commit()
    assert "Imports that ended" not in as_alice.fragment("/home/now").text
