"""An audience frozen in the caller's transaction: everyone once, with what chose them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, Text, func, insert, literal, select

from app.core.db import db
from app.core.i18n import today
from app.friends.queries.filter_sql import FRIENDS
from app.line.models import Account
from app.segments.conditions.definition import parse_definition
from app.segments.conditions.properties import catalogue
from app.segments.operations.segments import change_segment, create_segment
from app.segments.queries.audience import Audience, audience_of, audience_of_conditions
from app.team.actors import SYSTEM
from tests.factories.friends import friend, tag
from tests.factories.line import account

RECIPIENTS = Table(
    "recipients", MetaData(), Column("run_id", Integer), Column("friend_id", Integer), Column("line_user_id", Text)
)


def freeze(audience: Audience, run_id: int) -> int:
    wanted = audience.members(literal(run_id).label("run_id"), FRIENDS.c.id, FRIENDS.c.line_user_id)
    names = ["run_id", "friend_id", "line_user_id"]
    db.session.execute(insert(RECIPIENTS).from_select(names, wanted))
    return db.session.scalars(select(func.count()).select_from(RECIPIENTS)).one()


def definition(*groups: list[tuple[str, str, list[Any]]]) -> dict[str, Any]:
    parts = ("property", "operator", "values")
    return {"version": 1, "groups": [{"conditions": [dict(zip(parts, one, strict=True)) for one in g]} for g in groups]}


def test_everyone_once_in_the_callers_transaction(place: Account) -> None:
    vip = tag(place)
    both, tagged = friend(place, (vip,), company="Café"), friend(place, (vip,))
    friend(place)
    friend(account(), company="Café")
    raw = definition([("tag", "contains_any", [vip.id])], [("company", "equals", ["café"])])
    segment = create_segment(place.id, "Regulars", raw, actor=SYSTEM)
    db.session.commit()
    RECIPIENTS.create(db.session.connection())

    assert freeze(audience_of(segment), 7) == 2

    rows = db.session.execute(select(RECIPIENTS).order_by(RECIPIENTS.c.friend_id)).all()
    assert rows == [(7, both.id, both.line_user_id), (7, tagged.id, tagged.line_user_id)]
    db.session.rollback()
    assert not db.session.connection().dialect.has_table(db.session.connection(), "recipients")


def test_what_chose_them_is_kept(place: Account) -> None:
    raw = definition([("line.followed_at", "last_days", [7])])
    segment = create_segment(place.id, "New", raw, actor=SYSTEM)
    change_segment(place.id, segment.id, "Newest", raw, seen=1, actor=SYSTEM)
    frozen = audience_of(segment).frozen

    change_segment(
        place.id, segment.id, "Newest", definition([("line.followed_at", "last_days", [1])]), seen=2, actor=SYSTEM
    )

    assert (frozen.segment_id, frozen.version, frozen.definition, frozen.day) == (segment.id, 2, raw, today())
    assert frozen.as_json()["definition"] == raw


def test_conditions_without_a_segment(place: Account) -> None:
    friend(place, company="Bar")
    RECIPIENTS.create(db.session.connection())
    raw = definition([("company", "equals", ["bar"])])
    audience = audience_of_conditions(parse_definition(raw, catalogue(place.id)).definition)
    assert freeze(audience, 1) == 1
    assert (audience.frozen.segment_id, audience.frozen.version, audience.frozen.definition) == (None, None, raw)
    db.session.rollback()
