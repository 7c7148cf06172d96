"""`flask seed demo`: sets the scene once, and says what is missing when it cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from app.core.clock import now
from app.core.db import db
from app.friends.models import Activity, FollowStatus, Friend, FriendTag, Tag
from app.line.gateway.urls import urls
from app.line.models import Account
from app.messages.auto.models import AutoMessage
from app.messages.rich_menus.models import RichMenu
from app.messages.sending.models import MessageSend
from app.seeds import broadcasts, demo, known, workflow_cases, workflows
from app.segments.conditions.compiler import compile_definition
from app.segments.models import Folder, Segment
from app.segments.queries.counting import count_members
from app.segments.queries.segments import reading_of
from app.team.models import Member, Workspace
from app.team.passwords import matches
from tests.cli.conftest import Flasks
from tests.support.sandbox import SandboxServer


@pytest.fixture
def sandbox(app: Flask, line: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxServer]:
    """The sandbox with the demo's two channels, and settings that point at it; a short story tells as much."""
    config = app.config["TOMORU"]
    app.config["TOMORU"] = replace(config, sandbox_url=line.url, line_api_url=line.url)
    # No worker is here for which it could wait.
    for module in (broadcasts, demo, workflow_cases, workflows):
        monkeypatch.setattr(module, "PATIENCE_SECONDS", 0)
    for shop, kind in ((known.COFFEE, "verified"), (known.BAKERY, "unverified")):
        line.create_channel(
            name=f"Shop {shop.channel_id}",
            channel_id=shop.channel_id,
            secret=shop.secret,
            long_lived_token=shop.token,
            kind=kind,
            population={"followers": shop.friends + 20},
        )
    yield line
    app.config["TOMORU"] = config


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_it_sets_the_scene_once(flask: Flasks, sandbox: SandboxServer) -> None:
    """One telling for all looks at it, since each takes seconds."""
    sandbox.api("PATCH", f"/channels/{known.COFFEE.channel_id}", {"rich_menu_seconds": 0})
    result = flask("seed", "demo")
    assert result.exit_code == 0
    _look_at_members_and_accounts()
    _look_at_friends()
    _look_at_one_who_left(sandbox)
    assert ": 8." in result.stdout
    _look_at_segments()
    _look_at_rich_menus(sandbox)
    _look_at_messages(sandbox)
    before = [count(model) for model in (Member, Account, Friend, Tag, Activity, Segment)]
    db.session.get_one(Workspace, 1).name = "My own name"
    again = flask("seed", "demo")
    assert again.exit_code == 0
    assert "·" not in again.stdout
    assert [count(model) for model in (Member, Account, Friend, Tag, Activity, Segment)] == before
    assert db.session.get_one(Workspace, 1).name == "My own name"
    _pictures_follow_the_sandbox_to_another_port(flask, sandbox)
    _segments_that_are_there_are_left_alone(flask)
    _a_segment_on_a_tag_that_is_gone_is_not_made_again(flask)


def _look_at_members_and_accounts() -> None:
    workspace = db.session.get_one(Workspace, 1)
    assert (workspace.name, workspace.time_zone) == ("Tomoru Demo", "Asia/Tokyo")
    people = {member.email: member for member in db.session.scalars(select(Member))}
    assert set(people) == {"admin@demo.tomoru.example", "staff@demo.tomoru.example"}
    assert people["admin@demo.tomoru.example"].is_administrator
    assert all(matches(member.password_hash, "tomoru-demo") for member in people.values())
    bakery = db.session.scalars(select(Account).where(Account.channel_id == known.BAKERY.channel_id)).one()
    assert people["staff@demo.tomoru.example"].account_ids == [bakery.id]
    assert bakery.has_followers_api is False
    assert count(Friend) == known.COFFEE.friends + known.BAKERY.friends


def _look_at_friends() -> None:
    friends = db.session.scalars(select(Friend)).all()
    assert all(friend.display_name and friend.profile_due_at is None for friend in friends)
    assert {friend.follow_status for friend in friends} == {FollowStatus.FOLLOWING, FollowStatus.BLOCKED}
    assert count(Tag) == len(known.COFFEE.tags) + len(known.BAKERY.tags)
    assert count(FriendTag) > 100
    assert count(Activity) > 400
    assert db.session.scalar(select(func.max(Activity.occurred_at))) <= now()
    kinds = set(db.session.scalars(select(Activity.kind).distinct()))
    assert {"followed", "blocked", "message", "postback", "tag_added", "attributes_changed"} <= kinds


def _look_at_one_who_left(sandbox: SandboxServer) -> None:
    """Who has left has blocked the shop in the sandbox, too."""
    gone = db.session.scalars(select(Friend).where(Friend.follow_status == FollowStatus.BLOCKED)).first()
    assert gone is not None
    account = db.session.get_one(Account, gone.account_id)
    told = sandbox.api("GET", f"/channels/{account.channel_id}/friends/{gone.line_user_id}")
    assert told["state"] == "blocked"
    coffee = db.session.scalars(select(Account).where(Account.channel_id == known.COFFEE.channel_id)).one()
    channel = sandbox.api("GET", f"/channels/{coffee.channel_id}")
    assert channel["liff_apps"] == {coffee.liff_id: urls.liff_endpoint()}
    assert channel["login_channel_id"] == coffee.login_channel_id


def _look_at_segments() -> None:
    assert (count(Segment), count(Folder)) == (10, 2)
    assert db.session.scalar(select(func.count()).where(Segment.folder_id.is_not(None))) == 4
    for segment in db.session.scalars(select(Segment)):
        reading = reading_of(segment)
        assert reading.is_sound and count_members(compile_definition(reading.definition)).friends > 0, segment.name


def _look_at_rich_menus(sandbox: SandboxServer) -> None:
    made = {menu.name: menu for menu in db.session.scalars(select(RichMenu))}
    at_line = sandbox.api("GET", f"/channels/{known.COFFEE.channel_id}/rich-menus")
    assert {one["richMenuId"] for one in at_line["menus"]} == {menu.line_menu_id for menu in made.values()}
    assert at_line["default"] == made["いつものメニュー"].line_menu_id
    assert set(at_line["aliases"]) == {menu.alias for menu in made.values()}


def _look_at_messages(sandbox: SandboxServer) -> None:
    kinds = {kind for auto in db.session.scalars(select(AutoMessage)) for kind in _kinds(auto)}
    assert {"text", "rich", "cards", "image", "location", "confirm", "video", "sticker", "flex", "audio"} <= kinds
    sends = db.session.scalars(select(MessageSend)).all()
    # No worker is there that could read the code of the member's own LINE.
    assert Counter(one.cause_kind for one in sends) == {"test": 1, "demo": 12}
    assert {one.state for one in sends} == {"sent"}
    log = sandbox.api("GET", f"/channels/{known.COFFEE.channel_id}/messages?limit=100")["messages"]
    assert sum(len(entry["message_ids"]) for entry in log) == 2 + 2 * 12


def _kinds(auto: AutoMessage) -> list[str]:
    return [message["kind"] for message in auto.content["messages"]]


def _pictures_follow_the_sandbox_to_another_port(flask: Flasks, sandbox: SandboxServer) -> None:
    db.session.execute(update(Friend).values(picture_url=func.replace(Friend.picture_url, sandbox.url, "http://old:1")))
    result = flask("seed", "demo")
    assert "follow the sandbox to its new address" in result.stdout
    pictures = db.session.scalars(select(Friend.picture_url).where(Friend.picture_url.is_not(None))).all()
    assert pictures and all(picture.startswith(f"{sandbox.url}/_sandbox/") for picture in pictures)
    assert "follow" not in flask("seed", "demo").stdout


def _segments_that_are_there_are_left_alone(flask: Flasks) -> None:
    kept = db.session.scalars(select(Segment.id).order_by(Segment.id)).first()
    db.session.execute(delete(Segment).where(Segment.id != kept))
    flask("seed", "demo")
    bakery = db.session.scalars(select(Account).where(Account.channel_id == known.BAKERY.channel_id)).one()
    made = set(db.session.scalars(select(Segment.account_id).where(Segment.id != kept)))
    assert made == {bakery.id}


def _a_segment_on_a_tag_that_is_gone_is_not_made_again(flask: Flasks) -> None:
    db.session.execute(delete(Segment))
    db.session.execute(delete(Tag).where(Tag.name == "Regular"))
    assert ": 1." in flask("seed", "demo").stdout


def test_it_goes_on_where_it_was_stopped(
    flask: Flasks, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # They take seconds, and come after the place at which it stops.
    monkeypatch.setattr(demo, "make_rich_menus", lambda *_: 0)
    monkeypatch.setattr(demo, "make_messages", lambda *_: ())
    with monkeypatch.context() as trouble:
        trouble.setattr(demo, "tell", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            flask("seed", "demo")
    assert (count(Account), count(Friend)) == (1, 0)
    assert flask("seed", "demo").exit_code == 0
    assert (count(Account), count(Friend)) == (2, known.COFFEE.friends + known.BAKERY.friends)


def test_without_a_sandbox_it_says_which_settings_to_make(flask: Flasks) -> None:
    result = flask("seed", "demo")
    assert result.exit_code == 1
    assert "set SANDBOX_URL, LINE_API_URL and LINE_DATA_URL" in result.output


def test_a_sandbox_that_does_not_answer_is_named(flask: Flasks, app: Flask, sandbox: SandboxServer) -> None:
    nowhere = "http://127.0.0.1:9"
    app.config["TOMORU"] = replace(app.config["TOMORU"], sandbox_url=nowhere, line_api_url=nowhere)
    result = flask("seed", "demo")
    assert result.exit_code == 1
    assert f"The sandbox does not answer at {nowhere}. Start it: python -m sandbox --demo --port 9" in result.output
