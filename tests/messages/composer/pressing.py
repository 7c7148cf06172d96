"""Press the composer's buttons and read what it says."""

from __future__ import annotations

import re
from typing import Any

from app.core.db import db
from app.messages.composer.models import MessageDraft
from tests.support.client import CheckingClient


def press(browser: CheckingClient, draft: MessageDraft, command: str, **fields: str) -> Any:
    db.session.refresh(draft)
    data = {"draft_version": str(draft.version), "do": command, **fields}
    return browser.post(f"/accounts/{draft.account_id}/composer/{draft.id}", data=data, headers={"HX-Request": "true"})


def check(browser: CheckingClient, draft: MessageDraft, version: int | None = None, **fields: str) -> Any:
    db.session.refresh(draft)
    data = {"draft_version": str(version or draft.version), **fields}
    url = f"/accounts/{draft.account_id}/composer/{draft.id}/check"
    return browser.post(url, data=data, headers={"HX-Request": "true"})


def plain(html: str) -> str:
    return re.sub("<[^>]+>", "", html)


def said(html: str) -> dict[str, str]:
    return dict(re.findall(r'<li data-path="([^"]+)">([^<]*)</li>', html))


def draft_content(draft: MessageDraft) -> dict[str, Any]:
    db.session.refresh(draft)
    return draft.content
