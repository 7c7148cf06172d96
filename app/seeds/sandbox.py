"""Client of the demo for its sandbox: read its users, and let them do what friends do."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

TIMEOUT = 10.0


class SandboxAway(Exception):
    """The sandbox does not answer; the message says where it was looked for."""


@dataclass(frozen=True)
class Person:
    """A LINE user as the sandbox made them up."""

    user_id: str
    name: str
    picture_url: str | None
    status_message: str | None
    language: str | None


class Sandbox:
    """The control API of the sandbox at this address."""

    def __init__(self, url: str) -> None:
        self.url = url

    def wait(self, seconds: float) -> None:
        """Wait until it answers; raises SandboxAway when it does not in this time."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.call("GET", "/status")
            except OSError as error:
                if time.monotonic() > deadline:
                    raise SandboxAway(f"The sandbox does not answer at {self.url}.") from error
                time.sleep(0.25)
            else:
                return

    def people(self, channel_id: str, count: int) -> list[Person]:
        """Return the first friends of a channel that have a profile."""
        found = self.call("GET", f"/channels/{channel_id}/friends?limit={min(2 * count, 500)}&state=friend")["friends"]
        return [
            Person(one["user_id"], one["display_name"], one["picture_url"], one["status_message"], one["language"])
            for one in found
            if one["consent"] and not one["gone"]
        ][:count]

    def block(self, channel_id: str, user_id: str) -> None:
        """Make this user block the channel, without a webhook."""
        self.call("PATCH", f"/channels/{channel_id}/friends/{user_id}", {"state": "blocked"})

    def newcomer(self, channel_id: str, name: str) -> str:
        """Make a person who adds the channel as a friend; returns their user id."""
        user_id = str(self.call("POST", f"/channels/{channel_id}/friends", {"display_name": name})["user_id"])
        self.act(channel_id, user_id, {"act": "add"})
        return user_id

    def act(self, channel_id: str, user_id: str, wish: dict[str, Any]) -> bool:
        """Let a person do something and wait for the webhook; returns whether it was taken."""
        outcome = self.call("POST", f"/channels/{channel_id}/friends/{user_id}/acts", {"wait": 5, **wish})
        return bool(outcome["webhooks"]) and all(one["succeeded"] for one in outcome["webhooks"])

    @contextmanager
    def refusing_once(self, channel_id: str, path: str) -> Iterator[None]:
        """Let LINE refuse the next request of the channel on this path, if it comes before the end of the block."""
        fault = {
            "kind": "status",
            "status": 400,
            "message": "Failed to send messages",
            "channel_id": channel_id,
            "path": path,
            "times": 1,
        }
        fault_id = self.call("POST", "/faults", fault)["id"]
        try:
            yield
        finally:
            self.call("DELETE", f"/faults/{fault_id}")

    def look(self, channel_id: str, user_id: str) -> None:
        """Let a person look at the chat, so that their phone fetches its images."""
        self.call("POST", f"/channels/{channel_id}/friends/{user_id}/looks", {})

    def visit(self, channel_id: str, user_id: str, address: str) -> None:
        """Let a person open a link."""
        self.call("POST", f"/channels/{channel_id}/friends/{user_id}/visits", {"address": address})

    def film(self, name: str) -> bytes:
        """Return a short film."""
        with urllib.request.urlopen(f"{self.url}/_sandbox/films/{name}.mp4", timeout=TIMEOUT) as answer:  # noqa: S310
            return bytes(answer.read())

    def open_liff(self, channel_id: str, liff_id: str, endpoint: str) -> None:
        """Give the channel a LINE Login channel beside it, with this LIFF app; one that is there gets the endpoint."""
        settings = {"login_channel_id": liff_id.partition("-")[0], "liff_apps": {liff_id: endpoint}}
        self.call("PATCH", f"/channels/{channel_id}", settings)

    def open_hubspot(self, app_id: str, redirect_uri: str) -> None:
        """Let the app at HubSpot send people back to this address."""
        self.call("PATCH", f"/hubspot/apps/{app_id}", {"redirect_urls": [redirect_uri]})

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the control API; raises HTTPError for a refusal."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/_sandbox/api{path}", data, headers, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - the scheme was checked at start.
            return json.load(answer)


# Records that are made get higher numbers at the sandbox than those that it computes.
FIRST_MADE = 500_000_001


class HubSpotPortal:
    """An account at the sandbox's HubSpot, and what its user does there."""

    def __init__(self, sandbox: Sandbox, portal_id: str) -> None:
        self._sandbox, self._path = sandbox, f"/hubspot/portals/{portal_id}"

    def has_made_contacts(self) -> bool:
        """Return whether there are contacts beside those that the sandbox computes."""
        return bool(self._call("GET", f"/contacts?after={FIRST_MADE - 1}&limit=1")["records"])

    def contact(self, **properties: str | None) -> str:
        """Make a contact; returns its id."""
        return str(self._call("POST", "/contacts", {"properties": properties})["id"])

    def change(self, contact: str, **properties: str) -> None:
        """Change a contact."""
        self._call("PATCH", f"/contacts/{contact}", {"properties": properties})

    def companies(self, number: int) -> list[str]:
        """Return ids of the first companies."""
        return [str(one["id"]) for one in self._call("GET", f"/companies?limit={number}")["records"]]

    def employ(self, contact: str, company: str) -> None:
        """Make the company the primary one of the contact."""
        self._call("PUT", f"/contacts/{contact}/company", {"company": company, "primary": True})

    def join(self, name: str, contacts: list[str]) -> None:
        """Put contacts on the static list of this name."""
        list_id = next(one["id"] for one in self._call("GET", "/lists")["lists"] if one["name"] == name)
        self._call("POST", f"/lists/{list_id}/members", {"add": contacts})

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._sandbox.call(method, f"{self._path}{path}", body)
