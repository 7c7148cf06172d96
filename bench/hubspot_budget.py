"""A sync under HubSpot's limit of 110 calls in ten seconds, against the 70 % of it that a sync may take.

The rate is that at which contacts are read, page by page. `whole` counts all calls over the whole sync, in whose other
phases only the database works. HubSpot's stand-in counts whether the limit was ever exceeded.
"""

from __future__ import annotations

from typing import Any

from bench._hubspot import FixedAccess, apart, open_portal, sync_all
from bench.harness import Result, installation
from tests.support.sandbox import SandboxServer

CONTACTS = 40_000
SHARE = 0.7
PER_SECOND = 110 / 10 * SHARE


def run() -> list[Result]:
    """Measure calls a second while contacts are read, and over the whole sync."""
    with SandboxServer() as server, installation("hubspot_budget") as place:
        access = open_portal(server, CONTACTS, limited=True)
        seconds, peak = apart(sync_all, place.env, server.url, access, CONTACTS)
        calls = _calls(server, access)
    pages = [one["at"] for one in calls if one["method"] == "GET" and "/objects/" in one["path"]]
    reading = (len(pages) - 1) / (max(pages) - min(pages))
    return [
        Result("hubspot_budget", reading, "calls/s", PER_SECOND, "higher", CONTACTS, peak),
        Result("hubspot_budget.whole", len(calls) / seconds, "calls/s", PER_SECOND, "higher", CONTACTS, peak),
    ]


def _calls(server: SandboxServer, access: FixedAccess) -> list[dict[str, Any]]:
    """Return the calls that count against the limit; it is an error if one was refused."""
    asked = server.api("GET", f"/hubspot/requests?portal_id={access.portal_id}")["requests"]
    if any(one["status"] == 429 for one in asked):
        raise RuntimeError("HubSpot's limit was exceeded.")
    return [one for one in asked if not one["path"].endswith("/search") and "/associations/" not in one["path"]]
