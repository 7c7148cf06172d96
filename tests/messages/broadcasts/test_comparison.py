"""Broadcasts side by side, in the list and as files."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace

import pytest
from sqlalchemy import event, text

from app.core.db import db
from app.messages.broadcasts.comparison import compared
from app.messages.broadcasts.list_rows import lines_of
from app.messages.broadcasts.models import Broadcast, BroadcastState, KeptFigures, TrackingKind, Variant
from app.messages.broadcasts.operations.counting import count_due
from app.messages.broadcasts.views.charts import LEAST_HOURS, hours_chart
from app.team.models import AuditEntry
from app.team.permissions import Permission
from tests.factories import line as line_factory
from tests.line.conftest import Connect
from tests.messages.broadcasts.conftest import LINKED, Stage, staged
from tests.messages.broadcasts.test_ab import click
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def stage(line: SandboxServer, connect: Connect) -> Stage:
    """A few friends."""
    return staged(line, connect, 4)


def began(account_id: int, name: str = "Begun", **figures: int | list[list[int]] | None) -> int:
    """Store a broadcast that was sent, with figures as they were counted."""
    values = {"account_id": account_id, "name": name, "state": BroadcastState.SENT, "counts": {"sent": 100}}
    made = Broadcast(**values, audience={"kind": "all"}, content={"messages": []}, frozen={"reachable": 100})
    db.session.add(made)
    db.session.flush()
    moment = text("UPDATE broadcasts SET started_at = now(), finished_at = now() WHERE id = :id")
    db.session.execute(moment, {"id": made.id})
    counted = KeptFigures(broadcast_id=made.id, sent=100, **figures)
    db.session.add(counted)
    db.session.flush()
    db.session.execute(text("UPDATE broadcast_figures SET counted_at = now()"))
    db.session.commit()
    return made.id


def url_of(account_id: int, *ids: int, file: str = "") -> str:
    chosen = "&".join(f"id={one}" for one in ids)
    return f"/accounts/{account_id}/broadcasts/comparison{file}?{chosen}"


def table_of(answer: object) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))  # type: ignore[attr-defined]


def test_the_list_shows_what_came_of_broadcasts(stage: Stage, as_alice: CheckingClient) -> None:
    sent = stage.sent(LINKED, tracking=TrackingKind.PERSON, name="With links")
    click(sent.id, Variant.A, 1)
    stage.sent("Only words", name="Without")
    db.session.execute(text("UPDATE broadcast_figures SET due_at = now()"))
    db.session.commit()
    count_due()
    base = f"/accounts/{stage.account.id}/broadcasts"
    page = as_alice.get(f"{base}?sort=clicked", headers=ENGLISH).text
    assert page.index("With links") < page.index("Without") and "25.0%" in page
    assert as_alice.get(f"{base}?sort=opened_least").text.index("Without") > 0
    least = as_alice.get(f"{base}?sort=clicked_least").text
    assert least.index("Without</bdi>") < least.index("With links</bdi>")


def test_the_list_asks_as_often_for_many_as_for_one(as_alice: CheckingClient) -> None:
    account = line_factory.account()

    def asked() -> int:
        seen: list[str] = []
        note = lambda _conn, _cursor, statement, *_rest: seen.append(statement)  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", note)
        assert as_alice.get(f"/accounts/{account.id}/broadcasts").status_code == 200
        event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    began(account.id, delivered=90, opened=9, clicked=3)
    as_alice.get(f"/accounts/{account.id}/broadcasts")
    alone = asked()
    for number in range(30):
        began(account.id, f"No. {number}", delivered=90, opened=9, clicked=3)
    assert asked() == alone


def test_the_best_rates_are_marked(app: object) -> None:
    account = line_factory.account()
    first = began(account.id, delivered=100, opened=10, clicked=None, blocked=4)
    second = began(account.id, delivered=50, opened=8, clicked=None, blocked=1)
    nothing = began(account.id, delivered=0, opened=0, clicked=None)
    by_id = {one.id: one for one in db.session.query(Broadcast)}
    table = compared(lines_of(account.id, [by_id[one] for one in (first, second, nothing)]))
    rows = {row.measure.name: row.cells for row in table}
    assert [cell.rate for cell in rows["opened"]] == [0.1, 0.16, None]
    assert [cell.is_best for cell in rows["opened"]] == [False, True, False]
    assert [cell.is_best for cell in rows["blocked"]] == [False, True, False]
    assert [cell.is_best for cell in rows["delivered"]] == [True, False, False]
    assert not any(cell.is_best for name in ("clicked", "replied", "sent", "clicks") for cell in rows[name])


def test_broadcasts_stand_side_by_side(as_alice: CheckingClient) -> None:
    account = line_factory.account()
    first = began(account.id, "Tea", delivered=100, opened=10, clicked=2, hours=[[10, 2]])
    second = began(account.id, "Coffee", delivered=50, opened=8, clicked=1, hours=[[5, 0], [0, 0], [0, 1]])
    page = as_alice.get(url_of(account.id, first, second), headers=ENGLISH).text
    assert page.index("Tea") < page.index("Coffee") and page.count("Best") == 2
    assert f'href="/accounts/{account.id}/broadcasts/{first}/people/opened">10</a>' in page
    assert page.count("<canvas") == 2 and '"most": 10' in page
    assert '<th scope="row">0–1</th>' in page and '<th scope="row">2–3</th>' in page
    alone = as_alice.get(url_of(account.id, first), headers=ENGLISH).text
    assert "Add another broadcast" in alone and "Coffee (" in alone
    assert "Nothing is chosen yet" in as_alice.get(url_of(account.id), headers=ENGLISH).text


def test_units_and_cost_are_of_the_moment_of_the_other_figures(as_alice: CheckingClient) -> None:
    account = line_factory.account()
    moving = began(account.id, delivered=40)
    db.session.execute(text("UPDATE broadcast_figures SET sent = 40"))
    db.session.execute(text("UPDATE broadcasts SET price_yen = 3"))
    db.session.commit()
    page = as_alice.get(url_of(account.id, moving), headers=ENGLISH).text
    assert '<span class="comparison-number">40</span> <span class="broadcast-rate">120 yen' in page
    listed = table_of(as_alice.get(f"/accounts/{account.id}/broadcasts/list.csv", headers=ENGLISH))
    row = dict(zip(listed[0], listed[1], strict=False))
    assert (row["Sent"], row["Message units"], row["Cost (yen)"]) == ("40", "40", "120") and row["Counted (Asia/Tokyo)"]


def test_at_most_ten_are_compared(as_alice: CheckingClient) -> None:
    account = line_factory.account()
    ids = [began(account.id, f"No. {number}", delivered=1) for number in range(11)]
    assert as_alice.get(url_of(account.id, *ids[:10])).status_code == 200
    refused = as_alice.get(url_of(account.id, *ids), headers=ENGLISH)
    assert (refused.status_code, "At most 10 broadcasts" in refused.text) == (422, True)


def test_strangers_and_other_accounts_are_not_found(as_alice: CheckingClient, as_bob: CheckingClient) -> None:
    account, other = line_factory.account(), line_factory.account()
    mine, theirs = began(account.id), began(other.id)
    for address in (url_of(account.id, mine, theirs), url_of(account.id, mine, 10**30), url_of(account.id, theirs)):
        assert as_alice.get(address).status_code == 404
    assert as_alice.get(f"/accounts/{account.id}/broadcasts/comparison?id=x").status_code == 404
    assert as_alice.get(f"/accounts/{account.id}/broadcasts/{theirs}/results.csv").status_code == 404
    assert as_bob.get(url_of(account.id, mine)).status_code in (403, 404)


def test_files_hold_what_the_pages_show(stage: Stage, as_alice: CheckingClient) -> None:
    sent = stage.sent(LINKED, tracking=TrackingKind.PERSON, name="=cmd()")
    click(sent.id, Variant.A, 2)
    db.session.execute(text("UPDATE broadcast_figures SET due_at = now()"))
    db.session.commit()
    count_due()
    base = f"/accounts/{stage.account.id}/broadcasts"
    stage.draft(name="Draft")
    listed = table_of(as_alice.get(f"{base}/list.csv?sort=name", headers=ENGLISH))
    rows = [dict(zip(listed[0], row, strict=False)) for row in listed[1:]]
    assert [row["Name"] for row in rows] == ["'=cmd()", "Draft"]
    assert (rows[0]["Sent"], rows[0]["Clicked"], rows[0]["Clicked (rate)"]) == ("4", "2", "0.5")
    assert (rows[0]["Opened"], rows[0]["Opened (rate)"], rows[0]["Cost (yen)"]) == ("", "", "")
    assert (rows[1]["State"], rows[1]["Sent"], rows[1]["Opened"]) == ("Draft", "", "")
    beside = table_of(as_alice.get(url_of(stage.account.id, sent.id, file=".csv"), headers=ENGLISH))
    assert beside[0] == ["", "'=cmd()"] and ["Clicked (rate)", "0.5"] in beside
    results = table_of(as_alice.get(f"{base}/{sent.id}/results.csv", headers=ENGLISH))
    assert ["Results", "Opened", "", "", "", ""] in results
    assert ["Links", "https://shop.example.com/tea", "2", "", "", "2"] in results
    assert ["Hour by hour from the start", "1", "", "", "0", "2"] in results
    assert len(table_of(as_alice.get(f"{base}/list.csv?state=draft"))) == 2
    noted = [one.action for one in db.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert [one for one in noted if ".exported" in one][:3] == [
        "broadcast.exported_list",
        "broadcast.exported_comparison",
        "broadcast.exported",
    ]


def test_files_are_for_members_who_may_export_and_see_broadcasts(
    people: SimpleNamespace, as_charlie: CheckingClient
) -> None:
    account = line_factory.account()
    sent = began(account.id)
    base = f"/accounts/{account.id}/broadcasts"
    addresses = [f"{base}/list.csv", f"{base}/{sent}/results.csv", url_of(account.id, sent, file=".csv")]
    for granted, status in (([Permission.BROADCASTS], 403), ([Permission.EXPORT], 403)):
        people.charlie.permissions, people.charlie.account_ids = [one.value for one in granted], None
        db.session.commit()
        assert [as_charlie.get(address).status_code for address in addresses] == [status] * 3
    people.charlie.permissions = [Permission.EXPORT.value, Permission.BROADCASTS.value]
    db.session.commit()
    assert [as_charlie.get(address).status_code for address in addresses] == [200] * 3


def test_a_broadcast_without_opens_and_clicks_says_so_beside_the_charts(as_alice: CheckingClient) -> None:
    account = line_factory.account()
    ids = began(account.id, "Tea", delivered=100, hours=[[10, 2]]), began(account.id, "Coffee", delivered=50)
    page = as_alice.get(url_of(account.id, *ids), headers=ENGLISH).text
    assert page.count("<canvas") == 1 and page.count("No picture was loaded and no link was tapped.") == 1
    assert '<h3 class="h4"><bdi>Coffee</bdi></h3>' in page


def test_the_chart_names_hours_by_their_beginning_and_end(app: object) -> None:
    chart = hours_chart([[0, 3]], [1])
    assert (chart["at"][:2], len(chart["at"])) == (["0–1", "1–2"], LEAST_HOURS)
    assert chart["series"][0]["values"] == [3] + [0] * (LEAST_HOURS - 1)
    assert len(hours_chart([[0, 3]], [1], 20)["at"]) == 20


def test_rates_in_files_have_four_places(as_alice: CheckingClient) -> None:
    account = line_factory.account()
    one = began(account.id, "Tea", delivered=87, clicked=54)
    beside = table_of(as_alice.get(url_of(account.id, one, file=".csv"), headers=ENGLISH))
    assert ["Clicked (rate)", "0.6207"] in beside
    listed = table_of(as_alice.get(f"/accounts/{account.id}/broadcasts/list.csv", headers=ENGLISH))
    assert dict(zip(listed[0], listed[1], strict=False))["Clicked (rate)"] == "0.6207"


def test_clicks_whose_opens_cannot_be_known_are_said_to_be_all(as_alice: CheckingClient) -> None:
    account = line_factory.account()
    one, other = began(account.id, "Tea", delivered=8, clicked=4), began(account.id, "Coffee", delivered=8, opened=2)
    base = f"/accounts/{account.id}/broadcasts"
    for address in (base, url_of(account.id, one, other)):
        assert as_alice.get(address, headers=ENGLISH).text.count("clicks only") == 1
    assert "clicks only" not in as_alice.get(url_of(account.id, other), headers=ENGLISH).text
