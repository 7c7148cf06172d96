"""LINE's statistics of a name: taken within its limits, fetched while they may change, and kept as LINE told them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import insert, update
from werkzeug.wrappers import Request, Response

from app.core.clock import database_now, now
from app.core.db import db
from app.line.gateway.urls import urls
from app.line.models import Account
from app.messages.tracking.models import UnitStatistics
from app.messages.tracking.operations import units
from app.messages.tracking.operations.units import fetch_units, figures_of, use_unit
from tests.support.served import served

TOLD = {
    "overview": {"uniqueImpression": 40, "uniqueClick": None},
    "messages": [{"seq": 1, "impression": 42}],
    "clicks": [],
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, str]]]:
    """What LINE's endpoint was asked; it answers as documented, and the name "gone" with an error."""
    questions: list[dict[str, str]] = []

    @Request.application
    def answer(request: Request) -> Response:
        asked = dict(parse_qsl(request.query_string.decode()))
        questions.append({"path": request.path, **asked})
        is_bad = asked["customAggregationUnit"] == "gone"
        return Response(json.dumps({"message": "no"} if is_bad else TOLD), 400 if is_bad else 200, mimetype="text/json")

    with served(answer) as url:
        monkeypatch.setattr(urls, "api", url)
        yield questions


@pytest.fixture
def look(account: Account) -> Callable[..., UnitStatistics]:
    """Let a unit be due, fetch, and return it."""

    def fetch(**values: Any) -> UnitStatistics:
        db.session.execute(update(UnitStatistics).values(due_at=database_now(), **values))
        db.session.commit()
        fetch_units(account.id)
        db.session.expire_all()
        return db.session.query(UnitStatistics).one()

    return fetch


def test_figures_are_kept_as_line_tells_them_and_looked_at_again(
    account: Account, asked: list[dict[str, str]], look: Callable[..., UnitStatistics]
) -> None:
    assert use_unit(account.id, "spring_1")
    unit = look()
    assert figures_of(account.id, unit.month, "spring_1") == TOLD
    today = f"{now().astimezone(units.JAPAN):%Y%m%d}"
    path = "/v2/bot/insight/message/event/aggregation"
    assert asked == [{"path": path, "customAggregationUnit": "spring_1", "from": today, "to": today}]
    assert unit.due_at and timedelta(hours=2) < unit.due_at - now() < timedelta(hours=4)


@pytest.mark.parametrize(("days", "is_final"), [(2, False), (14, False), (16, True)])
def test_figures_are_final_after_fourteen_days(
    account: Account, asked: list[dict[str, str]], look: Callable[..., UnitStatistics], days: int, is_final: bool
) -> None:
    use_unit(account.id, "spring")
    unit = look(last_sent_at=now() - timedelta(days=days), first_sent_at=now() - timedelta(days=days + 20))
    assert (unit.due_at is None) == is_final
    assert unit.figures == TOLD


def test_what_line_refuses_is_given_up_with_its_reason(
    account: Account, asked: list[dict[str, str]], look: Callable[..., UnitStatistics]
) -> None:
    use_unit(account.id, "gone")
    unit = look()
    assert (unit.due_at, unit.figures, unit.reason) == (None, None, "line.refused")


def test_line_is_asked_sixty_times_an_hour_at_most(account: Account, asked: list[dict[str, str]]) -> None:
    _store(account, 59, asked_at=now() - timedelta(minutes=50), due_at=None)
    _store(account, 2, "late")
    fetch_units(account.id)
    fetch_units(account.id)
    assert len(asked) == 1
    (waiting,) = db.session.query(UnitStatistics).filter_by(asked_at=None)
    assert waiting.due_at and timedelta(minutes=5) < waiting.due_at - now() < timedelta(minutes=11)


def test_the_thousand_and_first_name_of_a_month_is_not_taken(account: Account) -> None:
    _store(account, units.MOST_NAMES)
    assert not use_unit(account.id, "one_more")
    assert use_unit(account.id, "unit_7")
    with pytest.raises(ValueError, match="no name"):
        use_unit(account.id, "with-hyphen")


def _store(account: Account, number: int, name: str = "unit", **values: Any) -> None:
    moment = now()
    about = {"account_id": account.id, "month": units._month(moment), "due_at": moment - timedelta(seconds=1), **values}
    rows = [{**about, "name": f"{name}_{at}", "first_sent_at": moment, "last_sent_at": moment} for at in range(number)]
    db.session.execute(insert(UnitStatistics), rows)
    db.session.commit()
