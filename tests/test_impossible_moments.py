"""A webhook event with a timestamp in the year 9999: everything goes on, and every page opens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

from app.core.clock import now
from app.core.db import db
from app.friends.models import Friend
from app.line.models import WebhookEvent
from app.line.operations import processing
from app.line.views.webhooks import desk
from tests.factories import line as factory
from tests.support.client import CheckingClient

LAST = 253402300799999
PERSON = "Uff65fa8922532f9df0907b56ea97e7ec"


def test_every_page_opens_and_the_export_is_whole(browser: CheckingClient, as_alice: CheckingClient) -> None:
    account = factory.account()
    source = {"type": "user", "userId": PERSON}
    common = {"mode": "active", "timestamp": LAST, "source": source, "deliveryContext": {"isRedelivery": False}}
    message = {"type": "text", "id": "689997574114095450", "quoteToken": "q", "text": "hello"}
    events = [
        {**common, "type": "follow", "webhookEventId": "01A", "follow": {"isUnblocked": False}},
        {**common, "type": "message", "webhookEventId": "01B", "message": message},
    ]
    body = json.dumps({"destination": account.bot_user_id, "events": events}).encode()
    digest = hmac.new(account.channel_secret.encode(), body, hashlib.sha256).digest()
    headers = {"x-line-signature": base64.b64encode(digest).decode()}
    path = f"/webhooks/line/{account.webhook_key}"
    answer = browser.post(path, data=body, headers=headers, content_type="application/json", csrf=False)
    assert answer.status_code == 200
    desk().post_response.settle()
    processing.process_due()

    row = db.session.query(Friend).one()
    moments = (row.followed_at, row.last_message_at, row.last_activity_at, row.status_changed_at)
    assert all(moment and moment <= now() for moment in moments)
    event = db.session.query(WebhookEvent).first()
    assert event
    base = f"/accounts/{account.id}"
    for path in ("/", f"{base}/friends", f"{base}/friends/{row.id}", f"{base}/webhook-events/{event.id}"):
        assert as_alice.get(path).status_code == 200, path
    assert PERSON in as_alice.get(f"{base}/friends.csv").text
