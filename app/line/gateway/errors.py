"""Errors of LINE in two kinds: try later, or never until a member changes something; a sentence for each.

A sentence says what happened and never that it is tried again, which only the page of something that waits can know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core import error_messages, lenient_json
from app.core.errors import PermanentFailure, RetryLater
from app.core.i18n import _l

error_messages.register(
    {
        "line.rate_limited": _l("LINE asked us to slow down."),
        "line.monthly_limit": _l(
            "The message quota of this month is used up. Raise the plan or the limit in LINE Official Account Manager."
        ),
        "line.person_flooded": _l("LINE takes no more messages for this person right now."),
        "line.unavailable": _l("LINE has trouble on its side."),
        "line.timeout": _l("LINE did not answer in time."),
        "line.unreachable": _l("LINE cannot be reached from this server. Check its internet connection."),
        "line.unreadable": _l("LINE's answer could not be read."),
        "line.limiter_away": _l("Redis, which keeps the pace of requests to LINE, does not answer. Start it again."),
        "line.token_busy": _l("Another process is renewing the access token. Try again in a moment."),
        "line.token_refused": _l(
            "LINE refuses the access token. Reconnect the account in its settings with new credentials."
        ),
        "line.credentials_refused": _l(
            "LINE refuses the channel ID or the channel secret. Copy both again from the LINE Developers Console"
            " and reconnect the account in its settings."
        ),
        "line.credentials_lost": _l(
            "The stored credentials of the account cannot be read any more, because the key that encrypted them is"
            " missing from ENCRYPTION_KEYS. Reconnect the account in its settings, or put that key back."
        ),
        "line.bad_channel_id": _l(
            "LINE does not know this channel ID. Copy it again from “Basic settings” in the LINE Developers Console."
        ),
        "line.bad_channel_secret": _l(
            "The channel secret does not belong to this channel ID. Copy it again from “Basic settings” in the"
            " LINE Developers Console."
        ),
        "line.id_token_refused": _l("LINE did not issue this ID token to the account's LINE Login channel."),
        "line.not_available": _l(
            "LINE offers this to verified and premium accounts only. Apply for verification in"
            " LINE Official Account Manager."
        ),
        "line.forbidden": _l("LINE does not allow this for the account's plan: %(message)s"),
        "line.start_expired": _l("LINE forgot where the list of friends was. It is read again from the start."),
        "line.bad_webhook_url": _l(
            "LINE accepts only a public address that starts with https:// as the webhook URL. Set PUBLIC_URL to one."
        ),
        "line.webhook_unusable": _l(
            "LINE cannot use the webhook URL: it must be a public https address whose domain name can be found."
        ),
        "line.test_limit": _l("LINE tests a webhook 60 times an hour at most. Test it again later."),
        "line.no_webhook": _l("No webhook URL is set at LINE. Press “Set webhook URL”."),
        "line.reply_token": _l("This reply came too late: LINE allows one reply, within a minute of the message."),
        "line.bad_recipient": _l("LINE does not know this recipient on this account."),
        "line.not_found": _l("LINE does not know it, or no longer."),
        "line.preparing": _l("LINE is still preparing this file."),
        "line.gone": _l("The sender took this message back, or LINE no longer keeps it."),
        "line.menu_elsewhere": _l(
            "Another channel of the same LINE Official Account set the default rich menu. LINE lets only that"
            " channel see or change it."
        ),
        "line.menu_gone": _l("LINE has no rich menu with this ID any more, or it has no image yet."),
        "line.menu_has_image": _l("LINE keeps the first image of a rich menu. Another one needs a new menu."),
        "line.alias_taken": _l("LINE has an alias of this name already."),
        "line.too_large": _l("This is too large for LINE."),
        "line.refused": _l("LINE refused the request: %(message)s"),
        "line.key_expired": _l(
            "A try of over a day ago may have reached LINE, which forgets after 24 hours. Tomoru does not send it"
            " again by itself, because the person might get it twice."
        ),
        "line.disconnected": _l("This LINE Official Account is disconnected. Connect it again in its settings."),
    }
)

RATE_LIMIT = "The API rate limit has been exceeded"
# Part of LINE's message (in lower case) by status, and our code; the first that fits wins.
REFUSALS: tuple[tuple[int, str, str], ...] = (
    (400, "invalid start param", "line.start_expired"),
    (400, "invalid webhook endpoint url", "line.bad_webhook_url"),
    (400, "invalid reply token", "line.reply_token"),
    (400, "failed to send messages", "line.bad_recipient"),
    (400, "'userid' parameter is invalid", "line.bad_recipient"),
    (400, "invalid client_id", "line.bad_channel_id"),
    (400, "invalid client_secret", "line.bad_channel_secret"),
    (400, "client_credentials", "line.credentials_refused"),
    (400, "invalid_client", "line.credentials_refused"),
    (400, "already been uploaded to the richmenu", "line.menu_has_image"),
    (400, "conflict richmenu alias id", "line.alias_taken"),
    (400, "richmenu not found", "line.menu_gone"),
    (401, "", "line.token_refused"),
    (403, "owned by another channel", "line.menu_elsewhere"),
    (403, "not available for your account", "line.not_available"),
    (403, "", "line.forbidden"),
    (404, "richmenu not found", "line.menu_gone"),
    (404, "webhook endpoint not found", "line.no_webhook"),
    (404, "", "line.not_found"),
    (410, "", "line.gone"),
    (413, "", "line.too_large"),
    (429, "monthly limit", "line.monthly_limit"),
)


def read_message(body: Any) -> str:
    """Return LINE's message for an error, with the first detail; the OAuth endpoints name their fields differently."""
    words = lenient_json.text(body, "message")
    if words is None:
        parts = lenient_json.text(body, "error"), lenient_json.text(body, "error_description")
        return " / ".join(part for part in parts if part)
    for detail in lenient_json.items(body, "details")[:1]:
        where, what = lenient_json.text(detail, "property"), lenient_json.text(detail, "message")
        words += f" ({where}: {what})"
    return words


def refusal(status: int, body: Any, headers: Mapping[str, str] | None = None) -> RetryLater | PermanentFailure:
    """Return the error for an answer that is not a success."""
    message = read_message(body)
    for known, part, code in REFUSALS:
        if status == known and part in message.lower():
            return PermanentFailure(code, message=message)
    if status == 429:
        code = "line.rate_limited" if message.startswith(RATE_LIMIT) or not message else "line.person_flooded"
        return RetryLater(code, after=_asked_wait(headers))
    if status >= 500 or status in (408, 425):
        return RetryLater("line.unavailable", after=5)
    return PermanentFailure("line.refused", message=message or f"HTTP {status}")


def _asked_wait(headers: Mapping[str, str] | None) -> float:
    """Return the wait in seconds: Retry-After, which LINE does not document, up to five minutes, else 2."""
    asked = (headers or {}).get("retry-after", "")
    return min(float(asked), 300.0) if asked.isascii() and asked.isdecimal() else 2.0
