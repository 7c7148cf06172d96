"""Files of a project of HubSpot's developer platform that registers our app, with this installation's addresses."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from app.integrations.hubspot.credentials import settings
from app.integrations.hubspot.gateway import scopes

PLATFORM = "2026.03"
NAME = "LINE for HubSpot"
# Changes of contacts and companies that HubSpot tells us of at once.
WATCHED = ("object.creation", "object.deletion", "object.merge", "object.restore")
WATCHED_PROPERTIES = {
    "contact": ("firstname", "lastname", "email", "phone", "mobilephone", "associatedcompanyid"),
    "company": ("name",),
}


def files() -> Mapping[str, str]:
    """Return the text of each file by its path in the project."""
    documents = {
        "hsproject.json": {"name": "tomoru", "srcDir": "src", "platformVersion": PLATFORM},
        "src/app/app-hsmeta.json": _app(),
        "src/app/webhooks/webhooks-hsmeta.json": _webhooks(),
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


def _address(path: str) -> str:
    return f"{settings.public_url}/integrations/hubspot/{path}"


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


def _webhooks() -> dict[str, Any]:
    whole = [
        {"subscriptionType": kind, "objectType": record, "active": True}
        for record in WATCHED_PROPERTIES
        for kind in WATCHED
    ]
    changes = [
        {"subscriptionType": "object.propertyChange", "objectType": record, "propertyName": name, "active": True}
        for record, names in WATCHED_PROPERTIES.items()
        for name in names
    ]
    return _component(
        "tomoru_webhooks",
        "webhooks",
        {
            "settings": {"targetUrl": _address("webhooks"), "maxConcurrentRequests": 10},
            "subscriptions": {"crmObjects": [*whole, *changes]},
        },
    )


def _send_action() -> dict[str, Any]:
    return _component(
        "tomoru_send_line",
        "workflow-action",
        {
            "actionUrl": _address("actions/send"),
            "isPublished": True,
            "supportedClients": [{"client": "WORKFLOWS"}],
            "objectTypes": ["CONTACT"],
            "objectRequestOptions": {"properties": ["line_user_id"]},
            "inputFields": [
                _choice_field("line_account", is_required=True),
                _choice_field("auto_message", is_required=False),
                {
                    "typeDefinition": {"name": "message", "type": "string", "fieldType": "textarea"},
                    "supportedValueTypes": ["STATIC_VALUE", "OBJECT_PROPERTY"],
                    "isRequired": False,
                },
            ],
            "outputFields": [{"typeDefinition": {"name": "line_result", "type": "string", "fieldType": "text"}}],
            "labels": {"en": _labels_en(), "ja": _labels_ja()},
        },
    )


def _choice_field(name: str, *, is_required: bool) -> dict[str, Any]:
    """Describe a field whose choices HubSpot asks us for."""
    return {
        "typeDefinition": {
            "name": name,
            "type": "enumeration",
            "fieldType": "select",
            "optionsUrl": _address("actions/options"),
        },
        "supportedValueTypes": ["STATIC_VALUE"],
        "isRequired": is_required,
    }


def _labels_en() -> dict[str, Any]:
    return {
        "actionName": "Send LINE message",
        "actionDescription": "Sends a text or an Auto Send Message to the contact on LINE.",
        "actionCardContent": "Send a LINE message",
        "inputFieldLabels": {"line_account": "LINE account", "auto_message": "Auto Send Message", "message": "Text"},
        "outputFieldLabels": {"line_result": "Result"},
    }


def _labels_ja() -> dict[str, Any]:
    return {
        "actionName": "LINEメッセージを送信",
        "actionDescription": "コンタクトのLINEに、テキストまたは自動送信メッセージを送信します。",
        "actionCardContent": "LINEメッセージを送信",
        "inputFieldLabels": {
            "line_account": "LINEアカウント",
            "auto_message": "自動送信メッセージ",
            "message": "テキスト",
        },
        "outputFieldLabels": {"line_result": "結果"},
    }
