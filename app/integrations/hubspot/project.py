"""Files of a project of HubSpot's developer platform that registers our app, with this installation's addresses."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from app.integrations.hubspot.credentials import settings
from app.integrations.hubspot.executions.definition import described
from app.integrations.hubspot.gateway import scopes
from app.integrations.hubspot.webhooks import wanted as webhooks

PLATFORM = "2026.03"
NAME = "LINE for HubSpot"


def files() -> Mapping[str, str]:
    """Return the text of each file by its path in the project."""
    documents = {
        "hsproject.json": {"name": "tomoru", "srcDir": "src", "platformVersion": PLATFORM},
        "src/app/app-hsmeta.json": _app(),
        "src/app/webhooks/webhooks-hsmeta.json": _component("tomoru_webhooks", "webhooks", webhooks.component()),
        "src/app/workflow-actions/send-line-hsmeta.json": _send_action(),
    }
    return {path: json.dumps(document, indent=2, ensure_ascii=False) + "\n" for path, document in documents.items()}


def zipped() -> bytes:
    """Return all files as one archive."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files().items():
            archive.writestr(path, text)
    return memory.getvalue()


def _component(uid: str, kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    return {"uid": uid, "type": kind, "config": dict(config)}


def _app() -> dict[str, Any]:
    auth = {
        "type": "oauth",
        "redirectUrls": [settings.redirect_uri],
        "requiredScopes": list(scopes.REQUIRED),
        "optionalScopes": list(scopes.OPTIONAL),
        "conditionallyRequiredScopes": [],
    }
    return _component(
        "tomoru_app",
        "app",
        {
            "name": NAME,
            "description": "Keeps contacts, companies and lists in step with LINE friends.",
            "distribution": "marketplace",
            "auth": auth,
            "permittedUrls": {"fetch": [settings.public_url], "iframe": [], "img": []},
        },
    )


def _send_action() -> dict[str, Any]:
    config = {**described(), "isPublished": True, "supportedClients": [{"client": "WORKFLOWS"}]}
    return _component("tomoru_send_line", "workflow-action", config)
