"""Synchronous calls for one account: bot info, webhook settings, quota, profiles, groups, received files."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from app.core import lenient_json
from app.core.clock import now
from app.core.errors import PermanentFailure, RetryLater
from app.core.names import name_from_outside
from app.core.outgoing.exchange import Answer
from app.line.gateway import tokens
from app.line.gateway.errors import refusal
from app.line.gateway.rate_limit import wait_once
from app.line.gateway.transport import CONNECT_SECONDS, READ_SECONDS, ask, bot_api, messaging_client, sdk
from app.line.gateway.types import BotInfo, GroupSummary, Profile, Quota, WebhookEndpoint, WebhookTest
from app.line.gateway.urls import urls

CHUNK = 64 * 1024


class LineClient:
    """Client for one account. Every call raises RetryLater or PermanentFailure and waits 20 s at most.

    With `account_id` the stored token is used and renewed; `token` tries one that is not stored yet.
    Commit or roll back before a call: no transaction may be open during a request.
    """

    def __init__(self, account_id: int | None = None, *, token: str | None = None) -> None:
        self.account_id = account_id
        self._token = token
        # LINE's clock minus ours, measured at the last answer.
        self.clock_drift: timedelta | None = None

    def info(self) -> BotInfo:
        """Return the account's bot info; also the cheapest proof that its token works."""
        info = BotInfo.read(self._ask(bot_api().get_bot_info_with_http_info).body)
        if not info.user_id:
            raise RetryLater("line.unreadable", after=5)
        return info

    def webhook(self) -> WebhookEndpoint:
        """Return where LINE sends events; an endpoint of None means that none is set."""
        try:
            body = self._ask(bot_api().get_webhook_endpoint_with_http_info).body
        except PermanentFailure as error:
            if error.code != "line.no_webhook":
                raise
            return WebhookEndpoint(None, active=False)
        return WebhookEndpoint(lenient_json.text(body, "endpoint"), lenient_json.flag(body, "active"))

    def set_webhook(self, url: str) -> None:
        """Tell LINE where to send events; raises PermanentFailure `line.bad_webhook_url` unless it is https."""
        request = sdk().messaging.SetWebhookEndpointRequest(endpoint=url)
        self._ask(bot_api().set_webhook_endpoint_with_http_info, request)

    def test_webhook(self) -> WebhookTest:
        """Make LINE call our webhook now and return the result; allowed 60 times an hour.

        Raises PermanentFailure `line.webhook_unusable` also for a domain name that LINE cannot find.
        """
        request = sdk().messaging.TestWebhookEndpointRequest()
        try:
            return WebhookTest.read(self._ask(bot_api().test_webhook_endpoint_with_http_info, request).body)
        except PermanentFailure as error:
            if error.code == "line.bad_webhook_url":
                raise PermanentFailure("line.webhook_unusable") from error
            raise
        except RetryLater as error:
            if error.code == "line.rate_limited":
                raise RetryLater("line.test_limit", after=error.after) from error
            raise

    def has_followers_api(self) -> bool:
        """Return whether LINE gives the list of followers, as for verified and premium accounts only."""
        try:
            self._ask(bot_api().get_followers_with_http_info, limit=1)
        except PermanentFailure as error:
            if error.code in ("line.not_available", "line.forbidden"):
                return False
            raise
        return True

    def quota(self) -> Quota:
        """Return the limit of this month's messages and about how many were sent."""
        limit = self._ask(bot_api().get_message_quota_with_http_info).body
        used = self._ask(bot_api().get_message_quota_consumption_with_http_info).body
        is_limited = lenient_json.text(limit, "type") != "none"
        return Quota(
            lenient_json.number(limit, "value") if is_limited else None, lenient_json.number(used, "totalUsage") or 0
        )

    def profile(self, user_id: str) -> Profile | None:
        """Return a user's profile; None when LINE does not give it (blocked, no consent, gone)."""
        if self.account_id is not None:
            wait_once(self.account_id, "profile")
        body = self._unless_unknown(bot_api().get_profile_with_http_info, user_id)
        return Profile.read(user_id, body) if isinstance(body, dict) else None

    def group_summary(self, group_id: str) -> GroupSummary | None:
        """Return a group's name and picture; None when the account is not in it. Rooms have neither."""
        body = self._unless_unknown(bot_api().get_group_summary_with_http_info, group_id)
        if not isinstance(body, dict):
            return None
        name = name_from_outside(lenient_json.text(body, "groupName"))
        return GroupSummary(name, lenient_json.text(body, "pictureUrl"))

    def mark_read(self, token: str) -> None:
        """Show the other side that the message with this token, and those before it, were read."""
        request = sdk().messaging.MarkMessagesAsReadByTokenRequest(mark_as_read_token=token)
        self._ask(bot_api().mark_messages_as_read_by_token_with_http_info, request)

    def show_loading(self, user_id: str, seconds: int) -> None:
        """Show the friend, who has the chat open, that something is being written; 5 to 60 seconds in fives."""
        request = sdk().messaging.ShowLoadingAnimationRequest(chat_id=user_id, loading_seconds=seconds)
        self._ask(bot_api().show_loading_animation_with_http_info, request)

    def people_in(self, group_id: str) -> int | None:
        """Return how many people a group or room has, without the account; None when the account is not in it."""
        is_room, api = group_id.startswith("R"), bot_api()
        call = api.get_room_member_count_with_http_info if is_room else api.get_group_member_count_with_http_info
        return lenient_json.number(self._unless_unknown(call, group_id), "count")

    def content(self, message_id: str) -> tuple[str, Iterator[bytes]]:
        """Read a file that a friend sent: its type and its bytes in pieces, so that a long video needs no memory.

        Raises RetryLater while LINE still prepares it, PermanentFailure `line.gone` when it was unsent.
        """
        return self._download(f"/v2/bot/message/{message_id}/content")

    def content_preview(self, message_id: str) -> tuple[str, Iterator[bytes]]:
        """Read LINE's small picture of an image or video that a friend sent."""
        return self._download(f"/v2/bot/message/{message_id}/content/preview")

    def group_member(self, group_id: str, user_id: str) -> Profile | None:
        """Return the profile of a member of a group or room, friend or not; None when they are not in it."""
        is_room = group_id.startswith("R")
        api = bot_api()
        call = api.get_room_member_profile_with_http_info if is_room else api.get_group_member_profile_with_http_info
        body = self._unless_unknown(call, group_id, user_id)
        return Profile.read(user_id, body) if isinstance(body, dict) else None

    def _download(self, path: str) -> tuple[str, Generator[bytes]]:
        """Download with the stored token; one that LINE refuses is replaced, and the request repeated once."""
        token = self._current_token()
        try:
            return self._begin_download(path, token)
        except PermanentFailure as error:
            if error.code != "line.token_refused" or self.account_id is None:
                raise
        token = tokens.renew(self.account_id, refused=token).value
        try:
            return self._begin_download(path, token)
        except PermanentFailure as error:
            if error.code == "line.token_refused":
                tokens.mark_broken(self.account_id, error.code)
            raise

    def _begin_download(self, path: str, token: str) -> tuple[str, Generator[bytes]]:
        """Return type and bytes, in pieces, of a file at the host for large bodies."""
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{urls.data}{path}"
        pool = messaging_client(urls.data).rest_client.pool_manager
        timeout = Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        try:
            response = pool.request("GET", url, headers=headers, timeout=timeout, preload_content=False)
        except HTTPError as error:
            raise RetryLater("line.unreachable", after=5) from error
        if response.status == 202:
            response.drain_conn()
            raise RetryLater("line.preparing", after=5)
        if response.status != 200:
            raise refusal(response.status, lenient_json.loads_or_none(response.data))
        return response.headers.get("Content-Type", "application/octet-stream"), _pieces(response)

    def _unless_unknown(self, call: Callable[..., Any], *names: str) -> Any:
        try:
            return self._ask(call, *names).body
        except PermanentFailure as error:
            if error.code in ("line.not_found", "line.bad_recipient"):
                return None
            raise

    def _ask(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Answer:
        """Make the call with the stored token; one that LINE refuses is replaced, and the call repeated once."""
        token = self._current_token()
        try:
            return self._note_clock(ask(call, *args, token=token, **kwargs))
        except PermanentFailure as error:
            if error.code != "line.token_refused" or self.account_id is None:
                raise
        token = tokens.renew(self.account_id, refused=token).value
        try:
            return self._note_clock(ask(call, *args, token=token, **kwargs))
        except PermanentFailure as error:
            if error.code == "line.token_refused":
                tokens.mark_broken(self.account_id, error.code)
            raise

    def _current_token(self) -> str:
        if self.account_id is None:
            return self._token or ""
        return tokens.current(self.account_id).value

    def _note_clock(self, answer: Answer) -> Answer:
        try:
            said = parsedate_to_datetime(answer.headers.get("date", ""))
        except ValueError:
            return answer
        self.clock_drift = said.astimezone(UTC) - now().replace(microsecond=0)
        return answer


def _pieces(response: Any) -> Generator[bytes]:
    try:
        yield from response.stream(CHUNK)
    except HTTPError as error:
        raise RetryLater("line.unreachable", after=5) from error
    finally:
        response.release_conn()
