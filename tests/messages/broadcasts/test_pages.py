"""Pages of broadcasts: the list, and what its rows say."""

from __future__ import annotations

from app.core.db import db
from app.line.models import Account
from app.messages.broadcasts.operations.drafts import BroadcastPlan, create_draft
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.content.message_set import MessageSet
from app.team.actors import SYSTEM
from tests.support.client import CheckingClient


def draft(account: Account, name: str) -> int:
    made = create_draft(account.id, BroadcastPlan(name, AudienceChoice(), MessageSet()), actor=SYSTEM)
    db.session.commit()
    return made.id


def page(browser: CheckingClient, url: str) -> str:
    return browser.get(url, headers={"Accept-Language": "en"}).get_data(as_text=True)


def test_the_list_is_searched_filtered_and_sorted(as_alice: CheckingClient, place: Account) -> None:
    url = f"/accounts/{place.id}/broadcasts"
    assert "No broadcasts yet" in page(as_alice, url)
    for name in ("Bean", "Amber"):
        draft(place, name)
    by_name = page(as_alice, f"{url}?sort=name")
    assert 0 < by_name.index("<bdi>Amber") < by_name.index("<bdi>Bean")
    for order in ("planned", "planned_up", "sent", "sent_least", "name_down", "earliest"):
        assert "<bdi>Bean" in page(as_alice, f"{url}?sort={order}")
    found = page(as_alice, f"{url}?search=AMB&state=draft")
    assert "<bdi>Amber" in found
    assert "<bdi>Bean" not in found
    assert "No broadcast fits" in page(as_alice, f"{url}?state=sent")
