"""The friends of a result as CSV."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from app.core.db import db
from app.friends.filters import FriendFilter
from app.friends.models import FollowStatus, IdLink
from app.friends.operations.definitions import create_definition
from app.friends.queries import export
from app.friends.queries.filter_sql import filtering
from app.friends.queries.orders import ORDERS
from app.line.models import Account
from app.team.actors import Actor
from app.team.models import AuditEntry
from tests.factories.friends import friend, tag
from tests.factories.line import account
from tests.support.client import CheckingClient

START = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)


def table(client: CheckingClient, place: Account, query: str = "", **headers: str) -> list[dict[str, str]]:
    answer = client.get(f"/accounts/{place.id}/friends.csv{query}", headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def test_every_column(place: Account, people: SimpleNamespace, as_alice: CheckingClient) -> None:
    create_definition(place.id, "ポイント", "number", actor=Actor.of_member(people.alice))
    create_definition(place.id, "Member", "yes_no", actor=Actor.of_member(people.alice))
    gone = tag(place, "Gone")
    gone.deleted_at = START
    friend(
        place,
        (tag(place, "VIP"), tag(place, "Osaka, Umeda"), gone),
        line_user_id="U" + "a" * 32,
        display_name="花子🌸",
        first_name="花子",
        last_name='田中 "T"',
        email="h@example.jp",
        phone="+81 90",
        company="=cmd()",
        followed_at=START,
        attributes={"attribute": 1200, "member": True},
    )

    db.session.add(IdLink(account_id=place.id, line_user_id="U" + "a" * 32, user_id="=crm-1"))
    assert table(as_alice, place) == [
        {
            "LINE user ID": "U" + "a" * 32,
            "External user ID": "'=crm-1",
            "Display name": "花子🌸",
            "Full name": '田中 "T" 花子',
            "Last name": '田中 "T"',
            "First name": "花子",
            "E-mail": "h@example.jp",
            "Phone": "'+81 90",
            "Company": "'=cmd()",
            "Follow status": "Following",
            "Friend added (Asia/Tokyo)": "2026-03-02 07:30:00",
            "Last activity (Asia/Tokyo)": "",
            "Tags": '"Osaka, Umeda", VIP',
            "Linked services": "",
            "Last broadcast": "",
            "Last broadcast date (Asia/Tokyo)": "",
            "Came by QR Code": "",
            "ポイント": "1200",
            "Member": "Yes",
        }
    ]


def test_only_what_the_list_shows_in_its_order(place: Account, as_alice: CheckingClient) -> None:
    for name, status in (("b", "following"), ("c", "blocked"), ("a", "following")):
        friend(place, display_name=name, follow_status=status)
    friend(account(), display_name="elsewhere")

    rows = table(as_alice, place, "?status=following&sort=name")
    assert [row["Display name"] for row in rows] == ["a", "b"]
    assert [row["Display name"] for row in table(as_alice, place, "?search=c")] == ["c"]


def test_an_empty_result_is_a_header(place: Account, as_alice: CheckingClient) -> None:
    assert table(as_alice, place) == []


def test_the_export_is_written_down(place: Account, people: SimpleNamespace, as_alice: CheckingClient) -> None:
    table(as_alice, place, f"?status={FollowStatus.BLOCKED}")

    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.member_id, entry.account_id) == ("friend.exported", people.alice.id, place.id)
    assert entry.details["filter"]["statuses"] == ["blocked"]


def test_rows_come_from_a_cursor_in_pieces(
    place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "ROWS_AT_ONCE", 2)
    statements: list[str] = []

    def note(
        connection: object, cursor: object, statement: str, parameters: object, context: object, executemany: bool
    ) -> None:
        statements.append(type(cursor).__name__)

    for number in range(5):
        friend(place, display_name=f"Friend {number}")
    event.listen(Engine, "after_cursor_execute", note)
    try:
        assert len(table(as_alice, place)) == 5
    finally:
        event.remove(Engine, "after_cursor_execute", note)
    assert "ServerCursor" in statements


def test_a_reader_who_goes_away_gives_the_connection_back(place: Account) -> None:
    for _ in range(3):
        friend(place)
    rows = export.friends_for_export(place.id, filtering(place.id, FriendFilter()), ORDERS["name"])
    before = db.engine.pool.checkedout()  # type: ignore[attr-defined]
    next(rows)
    assert db.engine.pool.checkedout() == before + 1  # type: ignore[attr-defined]
    rows.close()  # type: ignore[attr-defined]
    assert db.engine.pool.checkedout() == before  # type: ignore[attr-defined]
