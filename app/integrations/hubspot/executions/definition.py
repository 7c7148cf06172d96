"""What HubSpot is told of the action, by its API or in a project's files.

https://developers.hubspot.com/docs/api-reference/automation-actions-v4/guide
"""

from __future__ import annotations

from typing import Any

from app.integrations.hubspot.credentials import settings

ACCOUNT, MESSAGE, AUTO_MESSAGE = "line_account", "line_message", "line_auto_message"
RESULT, REASON = "line_result", "line_reason"
SENT, NO_FRIEND, BLOCKED, REFUSED, UNKNOWN = "sent", "no_friend", "blocked", "refused", "unknown"
RESULTS = {
    SENT: "Sent",
    NO_FRIEND: "Not a friend of the account",
    BLOCKED: "The friend has blocked the account",
    REFUSED: "Not sent",
    UNKNOWN: "LINE did not say whether it was sent",
}
LINE_USER_ID = "line_user_id"


def definition() -> dict[str, Any]:
    """Return the definition as the API takes it."""
    return {**described(), "published": True, "functions": [], "executionRules": []}


def described() -> dict[str, Any]:
    """Return what the API and the files of a project say alike, with the addresses that HubSpot calls."""
    options_url = _address("options")
    return {
        "actionUrl": _address("send"),
        "objectTypes": ["CONTACT"],
        "objectRequestOptions": {"properties": [LINE_USER_ID]},
        "inputFields": [
            _choice(ACCOUNT, options_url, is_required=True),
            {
                "typeDefinition": {"name": MESSAGE, "type": "string", "fieldType": "textarea"},
                "supportedValueTypes": ["STATIC_VALUE", "OBJECT_PROPERTY"],
                "isRequired": False,
            },
            _choice(AUTO_MESSAGE, options_url, is_required=False),
        ],
        "inputFieldDependencies": [
            {
                "dependencyType": "SINGLE_FIELD",
                "controllingFieldName": ACCOUNT,
                "dependentFieldNames": [AUTO_MESSAGE],
            }
        ],
        "outputFields": [
            {
                "typeDefinition": {
                    "name": RESULT,
                    "type": "enumeration",
                    "fieldType": "select",
                    "options": [
                        {"value": value, "label": label, "displayOrder": order}
                        for order, (value, label) in enumerate(RESULTS.items())
                    ],
                }
            },
            {"typeDefinition": {"name": REASON, "type": "string", "fieldType": "text"}},
        ],
        "labels": {"en": _ENGLISH, "ja": _JAPANESE},
    }


def _address(path: str) -> str:
    return f"{settings.public_url}/integrations/hubspot/actions/{path}"


def _choice(name: str, options_url: str, *, is_required: bool) -> dict[str, Any]:
    return {
        "typeDefinition": {
            "name": name,
            "type": "enumeration",
            "fieldType": "select",
            "optionsUrl": options_url,
        },
        "supportedValueTypes": ["STATIC_VALUE"],
        "isRequired": is_required,
    }


_ENGLISH = {
    "actionName": "Send LINE message",
    "actionDescription": "Send a text or an Auto Send Message to the contact on LINE.",
    "actionCardContent": "Send a LINE message: {{line_message}}",
    "inputFieldLabels": {
        ACCOUNT: "LINE Official Account",
        MESSAGE: "Text",
        AUTO_MESSAGE: "Auto Send Message",
    },
    "inputFieldDescriptions": {
        ACCOUNT: "The account that sends. Only friends of this account get the message.",
        MESSAGE: "At most 5,000 characters. Contact tokens are filled in by HubSpot.",
        AUTO_MESSAGE: "A message prepared in Tomoru. It follows the text, if there is one.",
    },
    "outputFieldLabels": {RESULT: "Result of the LINE message", REASON: "Why it was not sent"},
}
_JAPANESE = {
    "actionName": "LINEメッセージを送信",
    "actionDescription": "コンタクトにLINEでテキストまたは自動送信メッセージを送信します。",
    "actionCardContent": "LINEメッセージを送信：{{line_message}}",
    "inputFieldLabels": {
        ACCOUNT: "LINE公式アカウント",
        MESSAGE: "テキスト",
        AUTO_MESSAGE: "自動送信メッセージ",
    },
    "inputFieldDescriptions": {
        ACCOUNT: "送信元のアカウントです。このアカウントの友だちにだけ届きます。",
        MESSAGE: "5,000文字まで。コンタクトのトークンはHubSpotが置き換えます。",
        AUTO_MESSAGE: "Tomoruで用意したメッセージです。テキストがあるときはその後に続きます。",
    },
    "outputFieldLabels": {RESULT: "LINEメッセージの結果", REASON: "送信されなかった理由"},
}
