"""Workers killed at random points, Redis emptied, the database restarted: every friend once, and no one changed."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.core.clock import now
from app.core.config import Config
from app.core.db import db
from app.core.events import announce
from app.core.runs.models import Run, RunState
from app.friends.models import Friend, FriendTag
from app.imports.friends.operations import start_friend_import
from app.line.events import UserFollowed, UserUnfollowed
from app.line.gateway.urls import urls
from app.line.models import Account, TokenKind
from app.team.actors import SYSTEM
from tests.factories import friends as friends_factory
from tests.factories import line as line_factory
from tests.imports.conftest import Connected
from tests.support.breakable import Installation, Nursery, own_installation, real_worker, sweeping
from tests.support.sandbox import SandboxServer
from tests.support.waiting import PATIENCE, wait_until

pytestmark = [pytest.mark.kill, pytest.mark.timeout(240)]
FOLLOWERS = 1_500
KILLS = 10


@pytest.fixture
def place(migrated_app: Flask, config: Config, line: SandboxServer, tmp_path: Path) -> Iterator[Installation]:
    to_line = {"LINE_API_URL": line.url, "LINE_DATA_URL": line.url}
    with own_installation(migrated_app, config, tmp_path / "data", **to_line) as installed:
        urls.use(line.url, line.url, urls.ours)
        yield installed


@pytest.fixture
def here(place: Installation, line: SandboxServer) -> Connected:
    """An account with people who must not change, at a LINE that pages oddly and answers slowly."""
    channel = line.create_channel(
        kind="verified",
        population={"followers": FOLLOWERS, "gone": 0.01},
        paging={"short": 0.3, "empty": 0.2, "repeat": 0.5},
        latency={"fixed_ms": 400},
    )
    account = line_factory.account(
        bot_user_id=channel["bot_user_id"],
        channel_id=channel["channel_id"],
        channel_secret=channel["secret"],
        token_kind=TokenKind.ISSUED,
        access_token=None,
    )
    return Connected(line, channel, account)


def stored(run: Run) -> Run:
    """The row now; the connection may have been cut under us."""
    db.session.rollback()
    db.session.refresh(run)
    return run


def begin(account: Account) -> Run:
    run, _ = start_friend_import(account, actor=SYSTEM)
    db.session.commit()
    return run


def edited_friends(here: Connected, ids: list[str]) -> dict[int, dict[str, Any]]:
    """People that the team has worked on, as they must still be at the end."""
    tag = friends_factory.tag(here.account, "VIP")
    rows = [
        friends_factory.friend(
            here.account,
            (tag,),
            line_user_id=user_id,
            display_name=f"Ours {number}",
            first_name="Hanako",
            email=f"{number}@example.com",
            attributes={"size": "M"},
            follow_status="blocked" if number % 2 else "following",
        )
        for number, user_id in enumerate(ids)
    ]
    return {row.id: columns(row.id) for row in rows}


def columns(friend_id: int) -> dict[str, Any]:
    row = db.session.get_one(Friend, friend_id, populate_existing=True)
    return {column.name: getattr(row, column.name) for column in Friend.__table__.columns}


def people_act(here: Connected, ids: list[str]) -> SimpleNamespace:
    """While nothing is sure, one person adds the account and another one blocks it."""
    account_id, moment = here.account.id, now()
    announce(UserFollowed(account_id, moment, 1, ids[0], is_unblocked=False))
    announce(UserUnfollowed(account_id, moment, 2, ids[1]))
    db.session.commit()
    return SimpleNamespace(followed=ids[0], followed_at=moment, blocked=ids[1])


def is_right_at_the_end(
    here: Connected, run: Run, listed: list[str], before: dict[int, dict[str, Any]], acts: list[Any]
) -> None:
    assert (run.state, run.reason) == (RunState.COMPLETED, None)
    people = {friend.line_user_id: friend for friend in db.session.query(Friend).populate_existing()}
    assert db.session.query(Friend).count() == len(people)
    gone = set(listed) - set(people)
    assert set(people) <= set(listed)
    imported = sum(friend.origin == "import" for friend in people.values())
    assert run.counts == {
        "listed": FOLLOWERS,
        "known": len(people) - imported,
        "new": imported,
        "unavailable": len(gone),
        "failed": 0,
    }
    assert (run.done, run.total) == (FOLLOWERS, FOLLOWERS)
    assert {friend_id: columns(friend_id) for friend_id in before} == before
    assert db.session.query(FriendTag).count() == len(before)
    assert people[acts.followed].followed_at == acts.followed_at
    assert people[acts.blocked].follow_status == "blocked"
    strangers = [friend for friend in people.values() if friend.origin == "import"]
    assert all(friend.display_name and friend.followed_at is None for friend in strangers)
    assert db.session.scalar(text("SELECT count(*) FROM import_candidates")) == 0
    assert here.is_pace_clean()


def test_an_import_survives_whatever_is_killed(
    place: Installation, here: Connected, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    seed = random.randrange(10_000)
    record_property("seed", seed)
    dice = random.Random(seed)
    listed = here.follower_ids()
    before = edited_friends(here, listed[:6])
    disasters = {
        2: place.empty_redis,
        4: place.restart_database,
        6: place.restart_redis,
        8: place.cut_connections,
    }
    nursery, acts = Nursery(place.env, tmp_path / "workers.log"), None
    run = begin(here.account)
    with sweeping(place.app):
        try:
            for kill in range(KILLS):
                held_by = stored(run).lease
                worker = nursery.worker()
                wait_until(lambda old=held_by: stored(run).lease not in {None, old}, "a worker takes the run")
                # The test's own connection goes back to the pool, which notices when it is cut.
                db.session.rollback()
                time.sleep(dice.uniform(0, 0.9))
                disasters.get(kill, lambda: None)()
                os.kill(worker, signal.SIGKILL)
                assert stored(run).is_active, f"It was over before kill {kill}."
                if kill == 5:
                    acts = people_act(here, [user_id for user_id in listed if not is_friend(user_id)][-2:])
            here.line.api("PATCH", here.path, {"latency": {"fixed_ms": 5}})
            nursery.worker()
            wait_until(lambda: not stored(run).is_active, "the import ends")
        finally:
            nursery.close()
    is_right_at_the_end(here, stored(run), listed, before, acts)


def is_friend(user_id: str) -> bool:
    return db.session.query(Friend).filter_by(line_user_id=user_id).count() > 0


def test_the_worker_as_it_is_run_may_be_killed_or_stopped(place: Installation, here: Connected, tmp_path: Path) -> None:
    here.line.api("PATCH", here.path, {"latency": {"fixed_ms": 200}})
    listed = here.follower_ids()
    before = edited_friends(here, listed[:4])
    acts = people_act(here, listed[-2:])
    log = tmp_path / "worker.log"
    run = begin(here.account)
    with real_worker(place.env, log) as killed:
        wait_until(lambda: stored(run).counts.get("new"), "the import gets going")
        os.killpg(killed.pid, signal.SIGKILL)
    came = stored(run).done
    assert run.lease
    with sweeping(place.app):
        with real_worker(place.env, log) as stopped:
            wait_until(lambda: stored(run).done > came, "the import goes on")
            stopped.send_signal(signal.SIGTERM)
            assert stopped.wait(PATIENCE) == 0
        assert stored(run).is_active
        assert run.lease is None, "A worker that is stopped hands its run on."
        here.line.api("PATCH", here.path, {"latency": {"fixed_ms": 5}})
        with real_worker(place.env, log):
            wait_until(lambda: not stored(run).is_active, "the import ends")
    is_right_at_the_end(here, stored(run), listed, before, acts)
