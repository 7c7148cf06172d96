"""How often an Auto Send Message was sent: what LINE took of it, whatever the cause, without tests."""

from __future__ import annotations

import re

from app.core.db import db
from app.messages.sending.causes import Cause, CauseKind
from tests.factories.auto_messages import auto_message
from tests.messages.sending.conftest import Shop
from tests.support.client import CheckingClient


def counts(html: str) -> list[tuple[str, str]]:
    return re.findall(r'id="name-auto-messages-\d+"[^>]*><bdi>(\w+)<.*?data-label="Sent">(\d+)<', html, re.DOTALL)


def test_only_what_line_took_is_counted(shop: Shop, as_alice: CheckingClient) -> None:
    hana = shop.person()
    greeting, thanks, unsent = (auto_message(shop.account, name) for name in ("Greeting", "Thanks", "Unsent"))
    for kind, reference, one in (
        (CauseKind.WORKFLOW, "3", greeting),
        (CauseKind.CHAT, "3", greeting),
        (CauseKind.TEST, "3", greeting),
        (CauseKind.WORKFLOW, "4", thanks),
    ):
        shop.send(hana, "Hello", cause=Cause(kind, reference, auto_message_id=one.id))
    shop.send(hana, "Hello")
    shop.fault("status", "push", status=400)
    shop.send(hana, "Hello", cause=Cause(CauseKind.WORKFLOW, "5", auto_message_id=unsent.id))
    db.session.commit()
    url = f"/accounts/{shop.account.id}/auto-messages"
    assert counts(as_alice.get(f"{url}?sort=sent").text) == [("Greeting", "2"), ("Thanks", "1"), ("Unsent", "0")]
    least = as_alice.get(f"{url}?sort=sent_least&size=25").text
    assert [name for name, _sent in counts(least)] == ["Unsent", "Thanks", "Greeting"]
