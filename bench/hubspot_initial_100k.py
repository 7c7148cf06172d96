"""The first sync of 100,000 contacts with five properties and companies at 50 ms a call, against a bare loop.

The loop asks for the same pages, associations and companies over aiohttp, one call after the other, and stores
nothing. HubSpot's limits are off. Memory is compared with that of a tenth of the contacts.
"""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Any

import aiohttp

from bench._hubspot import SHARE, FixedAccess, apart, open_portal, sync_all
from bench.harness import Result, alternate, installation, peak_rss_mb
from tests.support.sandbox import SandboxServer

CONTACTS, FEW = 100_000, 10_000
ROUNDS = 2
VERSION = "2026-03"
NAMES = "firstname,lastname,email,phone,line_user_id,mobilephone,hs_merged_object_ids,hs_calculated_merged_vids"


def run() -> list[Result]:
    """Measure the rate against the bare loop, and memory as the number of contacts grows."""
    with SandboxServer() as server, installation("hubspot_initial_100k") as place:

        def synced(contacts: int) -> tuple[float, float]:
            access = open_portal(server, contacts, limited=False)
            figures: tuple[float, float] = apart(sync_all, place.env, server.url, access, contacts)
            return figures

        small_mb, large_mb = synced(FEW)[1], list[float]()

        def ours() -> float:
            seconds, peak = synced(CONTACTS)
            large_mb.append(peak)
            return CONTACTS / seconds

        def bare() -> float:
            access = open_portal(server, CONTACTS, limited=False)
            seconds: float = apart(ask_only, server.url, access)[0]
            return CONTACTS / seconds

        value, reference = alternate(ours, bare, rounds=ROUNDS)
    peak = max(large_mb)
    return [
        Result("hubspot_initial_100k", value, "contacts/s", reference, "higher", CONTACTS, peak),
        Result("hubspot_initial_100k.memory", peak, "MB", small_mb, "lower", CONTACTS, peak),
    ]


def ask_only(address: str, access: FixedAccess) -> tuple[float, float]:
    """Run the reference: the same requests, decoded and forgotten."""
    begin = perf_counter()
    asyncio.run(_ask_for_all(f"{address}/hubspot", access.access_token))
    return perf_counter() - begin, peak_rss_mb()


async def _ask_for_all(address: str, token: str) -> None:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}, trust_env=False) as session:
        linked: list[str] = []
        query: dict[str, Any] = {"limit": 100, "properties": NAMES}
        while query:
            async with session.get(f"{address}/crm/objects/{VERSION}/contacts", params=query) as answer:
                page = await answer.json()
            linked += [one["id"] for one in page["results"]][SHARE - 1 :: SHARE]
            query = {**query, "after": page["paging"]["next"]["after"]} if "paging" in page else {}
        companies = await _companies_of(session, address, linked)
        for at in range(0, len(companies), 100):
            wish = {"inputs": [{"id": one} for one in companies[at : at + 100]], "properties": ["name"]}
            async with session.post(f"{address}/crm/objects/{VERSION}/companies/batch/read", json=wish) as answer:
                await answer.json()


async def _companies_of(session: aiohttp.ClientSession, address: str, contacts: list[str]) -> list[str]:
    found: dict[str, None] = {}
    for at in range(0, len(contacts), 1000):
        wish = {"inputs": [{"id": one} for one in contacts[at : at + 1000]]}
        path = f"{address}/crm/associations/{VERSION}/contacts/companies/batch/read"
        async with session.post(path, json=wish) as answer:
            for row in (await answer.json())["results"]:
                found |= {str(one["toObjectId"]): None for one in row["to"]}
    return list(found)
