"""A sync under HubSpot's limit of 110 calls in ten seconds, against the 70 % of it that a sync may take.

HubSpot's stand-in counts whether the limit was ever exceeded.
"""

from __future__ import annotations

from bench._hubspot import FixedAccess, apart, open_portal, sync_all
from bench.harness import Result, installation
from tests.support.sandbox import SandboxServer

CONTACTS = 40_000
SHARE = 0.7
PER_SECOND = 110 / 10 * SHARE


def run() -> list[Result]:
    """Measure calls a second over the whole sync."""
    with SandboxServer() as server, installation("hubspot_budget") as place:
        access = open_portal(server, CONTACTS, limited=True, latency_ms=5.0)
        seconds, peak = apart(sync_all, place.env, server.url, access, CONTACTS)
        calls = _calls(server, access)
    return [Result("hubspot_budget", calls / seconds, "calls/s", PER_SECOND, "higher", CONTACTS, peak)]


def _calls(server: SandboxServer, access: FixedAccess) -> int:
    """Return the calls that count against the limit; it is an error if one was refused."""
    asked = server.api("GET", f"/hubspot/requests?portal_id={access.portal_id}")["requests"]
    if any(one["status"] == 429 for one in asked):
        raise RuntimeError("HubSpot's limit was exceeded.")
    return sum(not one["path"].endswith("/search") and "/associations/" not in one["path"] for one in asked)
