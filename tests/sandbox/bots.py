"""A bot under test: one channel of its own, its token, and short ways to call LINE and the control API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from tests.support.contract import check_request, check_response, has_specs
from tests.support.sandbox import SandboxServer

SPEC = "line/messaging-api.yml"


@dataclass
class Bot:
    """One channel of the sandbox and the bot behind it."""

    server: SandboxServer
    channel_id: str
    secret: str
    token: str

    @classmethod
    def open(cls, server: SandboxServer, **settings: Any) -> Bot:
        """Open a channel with a long-lived token."""
        channel = server.create_channel(**settings)
        channel_id = channel["channel_id"]
        token = server.api("POST", f"/channels/{channel_id}/tokens", {"kind": "long-lived"})["value"]
        return cls(server, channel_id, channel["secret"], token)

    def call(self, method: str, path: str, json: Any = None, **options: Any) -> requests.Response:
        """Call LINE with the channel's token; `headers` are added."""
        headers = {"Authorization": f"Bearer {self.token}"} | options.pop("headers", {})
        return requests.request(method, self.server.url + path, json=json, headers=headers, timeout=20, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.call("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> requests.Response:
        return self.call("POST", path, json, **options)

    def checked(self, method: str, path: str, json: Any = None, **headers: str) -> requests.Response:
        """Call LINE and hold request and answer against the published description where it is at hand."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.call(method, path, json, headers=named)
        if has_specs():
            check_request(SPEC, method, path, json, headers=named)
            check_response(SPEC, method, path, response.status_code, response.json() if response.content else None)
        return response

    def server_request(self, method: str, path: str, headers: dict[str, str]) -> requests.Response:
        """Call LINE with exactly these headers."""
        return requests.request(method, self.server.url + path, headers=headers, timeout=20)

    def push(self, to: str, *messages: dict[str, Any], **headers: str) -> requests.Response:
        """Push messages, by default a short text."""
        body = {"to": to, "messages": list(messages) or [text("hello")]}
        return self.post("/v2/bot/message/push", body, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def control(self, method: str, path: str = "", json: dict[str, Any] | None = None) -> Any:
        """Call the control API below this channel."""
        return self.server.api(method, f"/channels/{self.channel_id}{path}", json)

    def change(self, **settings: Any) -> Any:
        return self.control("PATCH", "", settings)

    def friend(self, state: str = "friend", **fields: Any) -> str:
        """A person made by hand, without any webhook; their user id."""
        made = self.control("POST", "/friends", {"display_name": "花子", "state": state} | fields)
        return str(made["user_id"])

    def act(self, user_id: str, act: str, **fields: Any) -> Any:
        return self.server.act(self.channel_id, user_id, act, **fields)

    def mail_for(self, chat: str) -> list[dict[str, Any]]:
        """What LINE accepted for one chat."""
        entries: list[dict[str, Any]] = self.control("GET", f"/messages?user={chat}")["messages"]
        return entries

    def counters(self) -> dict[str, dict[str, Any]]:
        """The counters by endpoint, such as `GET /v2/bot/info`."""
        entries = self.server.api("GET", f"/counters?channel_id={self.channel_id}")["counters"]
        return {f"{entry['method']} {entry['path']}": entry for entry in entries}

    def user_ids(self, limit: int = 1000, start: str | None = None) -> tuple[list[str], str | None]:
        """One page of followers."""
        path = f"/v2/bot/followers/ids?limit={limit}" + (f"&start={start}" if start else "")
        body = self.get(path).json()
        return body["userIds"], body.get("next")

    def all_user_ids(self, limit: int = 1000) -> list[str]:
        """Every follower, page by page."""
        ids, following = self.user_ids(limit)
        while following:
            page, following = self.user_ids(limit, following)
            ids += page
        return ids


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}
