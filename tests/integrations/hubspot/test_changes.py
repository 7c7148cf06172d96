"""What events of HubSpot say has changed, and by whom."""

from __future__ import annotations

from typing import Any

import pytest

from app.integrations.hubspot.webhooks.changes import changed_records, is_own


@pytest.mark.parametrize(
    ("told_of", "wanted"),
    [
        ({"subscriptionType": "contact.creation", "objectId": 1}, {("contact", "1")}),
        ({"eventType": "company.propertyChange", "objectId": 2}, {("company", "2")}),
        ({"subscriptionType": "object.deletion", "objectTypeId": "0-2", "objectId": 2}, {("company", "2")}),
        (
            {"subscriptionType": "contact.merge", "objectId": 1, "newObjectId": 3, "mergedObjectIds": [4, "5"]},
            {("contact", "1"), ("contact", "3"), ("contact", "4"), ("contact", "5")},
        ),
        (
            {
                "subscriptionType": "company.associationChange",
                "associationType": "COMPANY_TO_CONTACT",
                "fromObjectId": 2,
                "toObjectId": 1,
            },
            {("contact", "1")},
        ),
        ({"subscriptionType": "conversation.creation", "objectId": 1}, set()),
        ({}, set()),
    ],
)
def test_what_an_event_says_has_changed(told_of: dict[str, Any], wanted: set[tuple[str, str]]) -> None:
    assert changed_records(told_of) == wanted


def test_whose_change_it_is() -> None:
    assert is_own({"changeSource": "INTEGRATION", "sourceId": "41"}, "41")
    assert is_own({"changeSource": "INTEGRATION", "sourceId": 41}, "41")
    assert not is_own({"changeSource": "INTEGRATION", "sourceId": "42"}, "41")
    assert not is_own({"changeSource": "CRM_UI", "sourceId": "41"}, "41")
    assert not is_own({"changeSource": "INTEGRATION", "sourceId": ""}, "")
