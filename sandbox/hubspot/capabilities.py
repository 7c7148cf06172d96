"""What a custom channel may say of itself."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot.errors import HubSpotError, missing_field

IDENTIFIERS = ("CHANNEL_SPECIFIC_OPAQUE_ID", "HS_EMAIL_ADDRESS", "HS_PHONE_NUMBER", "HS_SHORT_CODE")
THREADING = ("DELIVERY_IDENTIFIER", "INTEGRATION_THREAD_ID")
RICH_TEXT = ("HYPERLINK", "TEXT_ALIGNMENT", "BLOCKQUOTE", "BOLD", "ITALIC", "LISTS")
ATTACHMENTS = ("FILE", "LOCATION", "CONTACT", "QUICK_REPLIES")
FLAGS = ("allowInlineImages", "allowOutgoingMessages", "allowConversationStart", "allowMultipleRecipients")
NUMBERS = ("maxFileAttachmentCount", "maxFileAttachmentSizeBytes", "maxTotalFileAttachmentSizeBytes")
LISTS = {"deliveryIdentifierTypes": IDENTIFIERS, "richText": RICH_TEXT, "outgoingAttachmentTypes": ATTACHMENTS}


def check(given: Any) -> dict[str, Any]:
    """Return the capabilities; raises for what no channel can have."""
    if not isinstance(given, dict):
        raise missing_field("capabilities")
    for name in ("deliveryIdentifierTypes", "threadingModel"):
        if name not in given:
            raise missing_field(f"capabilities.{name}")
    for name, value in given.items():
        if not _fits(name, value):
            raise _bad(name, value)
    return given


def _fits(name: str, value: Any) -> bool:
    if name in LISTS:
        return (
            isinstance(value, list)
            and all(one in LISTS[name] for one in value if isinstance(one, str))
            and all(isinstance(one, str) for one in value)
        )
    if name == "threadingModel":
        return value in THREADING
    if name in FLAGS:
        return isinstance(value, bool)
    if name in NUMBERS:
        return isinstance(value, int) and value >= 0
    return name == "allowedFileAttachmentMimeTypes" and isinstance(value, list)


def _bad(name: str, value: Any) -> HubSpotError:
    words = f"Invalid value for channel capability {name}: {value}"
    return HubSpotError(
        400, words, "VALIDATION_ERROR", subCategory="CustomChannelsError.INVALID_CHANNEL_CAPABILITY_VALUES"
    )
