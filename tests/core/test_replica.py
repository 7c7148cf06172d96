"""Exports and lists from a real streaming replica; from the primary while it is away, behind, or after a change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.exc import InternalError, ProgrammingError

from app.core import heartbeats
from app.core.config import Config
from app.core.db import db
from app.core.db import replica as replicas
from app.factory import create_app
from app.line.models import Account
from tests.conftest import signed_in
from tests.factories import friends as factory
from tests.factories import line, team
from tests.support.breakable import own_installation
from tests.support.client import CheckingClient
from tests.support.replica import RunningReplica, replica_of


@pytest.fixture(scope="module")
def pair(
    migrated_app: Flask, config: Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, RunningReplica]]:
    """An application of its own with a primary and a replica."""
    directory = tmp_path_factory.mktemp("pair") / "data"
    with (
        own_installation(migrated_app, config, directory) as installation,
        replica_of(directory) as replica,
    ):
        settings = replace(Config.from_env(installation.env), database_replica_url=replica.url)
        app = create_app(settings)
        app.testing = True
        app.test_client_class = CheckingClient
        with app.app_context():
            yield app, replica
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()


@pytest.fixture
def replica(pair: tuple[Flask, RunningReplica]) -> Iterator[RunningReplica]:
    """The replica, as no process has looked at it yet; afterwards it goes on."""
    app, running = pair
    app.extensions.pop("replica", None)
    heartbeats.beat_once("here:1:scheduler", "scheduler", db.engine)
    running.catch_up()
    yield running
    db.session.rollback()
    running.resume()


@pytest.fixture
def place(pair: tuple[Flask, RunningReplica]) -> Account:
    account = line.account()
    db.session.commit()
    return account


@pytest.fixture
def as_alice(pair: tuple[Flask, RunningReplica]) -> CheckingClient:
    browser = signed_in(pair[0], team.administrator())
    db.session.commit()
    return browser


def come_in(place: Account, name: str) -> None:
    factory.friend(place, display_name=name)
    db.session.commit()


def exported(browser: CheckingClient, place: Account) -> str:
    return browser.get(f"/accounts/{place.id}/friends.csv").text


def listed(browser: CheckingClient, place: Account) -> str:
    return browser.get(f"/accounts/{place.id}/friends").text


Look = Callable[[CheckingClient, Account], str]
in_every_way = pytest.mark.parametrize("look", [exported, listed])


@in_every_way
def test_reads_come_from_the_replica(
    replica: RunningReplica, place: Account, as_alice: CheckingClient, look: Look
) -> None:
    come_in(place, "Hanako")
    replica.catch_up()
    replica.pause()
    come_in(place, "Ken")
    # Only the replica does not know Ken yet.
    assert "Hanako" in (found := look(as_alice, place))
    assert "Ken" not in found
    replica.resume()
    replica.catch_up()
    assert "Ken" in look(as_alice, place)


@in_every_way
def test_a_replica_that_is_too_far_behind_is_not_read(
    pair: tuple[Flask, RunningReplica],
    replica: RunningReplica,
    place: Account,
    as_alice: CheckingClient,
    look: Look,
) -> None:
    db.session.execute(text("UPDATE heartbeats SET beat_at = beat_at - interval '31 seconds'"))
    db.session.commit()
    replica.catch_up()
    replica.pause()
    heartbeats.beat_once("here:1:scheduler", "scheduler", db.engine)
    come_in(place, "Ken")
    assert "Ken" in look(as_alice, place)
    assert figures(pair[0])["tomoru_replica_used"] == 0
    assert figures(pair[0])["tomoru_replica_behind_seconds"] > 30


@in_every_way
def test_a_member_reads_their_own_changes(
    replica: RunningReplica, place: Account, as_alice: CheckingClient, look: Look
) -> None:
    replica.catch_up()
    replica.pause()
    as_alice.get(f"/accounts/{place.id}/friends")
    answer = as_alice.post(f"/accounts/{place.id}/tags", data={"name": "VIP"})
    assert answer.status_code < 400
    come_in(place, "Ken")
    assert "Ken" in look(as_alice, place)


@in_every_way
def test_a_replica_that_fails_is_replaced_by_the_primary(
    pair: tuple[Flask, RunningReplica],
    replica: RunningReplica,
    place: Account,
    as_alice: CheckingClient,
    look: Look,
) -> None:
    come_in(place, "Ken")
    replica.catch_up()
    assert "Ken" in look(as_alice, place)
    # It was usable a moment ago, and now every query on it fails.
    known = pair[0].extensions["replica"]
    assert known.is_good
    working, known.engine = known.engine, create_engine(f"{replica.url}9", connect_args={"connect_timeout": 2})
    known._look_at = 0.0 if look is exported else known._look_at
    assert "Ken" in look(as_alice, place)
    assert not known.is_good
    assert "tomoru_replica_behind_seconds" not in figures(pair[0])
    known.engine = working


def test_without_a_replica_everything_is_as_before(app: Flask) -> None:
    assert replicas.replica() is None
    assert replicas.reading_engine() is db.engine
    assert "tomoru_replica_used" not in figures(app)


def test_a_mistake_in_a_query_is_not_hidden(replica: RunningReplica) -> None:
    with pytest.raises(ProgrammingError):
        replicas.read(lambda: db.session.execute(text("SELECT no_such_column")))
    db.session.rollback()
    with pytest.raises(InternalError, match="read-only"):
        replicas.read(lambda: db.session.execute(text("DELETE FROM tags")))


def figures(app: Flask) -> dict[str, float]:
    """The figures of /metrics about the replica."""
    lines = app.test_client().get("/metrics").text.splitlines()
    return {name: float(value) for name, _, value in (one.partition(" ") for one in lines) if "_replica_" in name}
