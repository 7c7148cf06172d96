"""The two official accounts of the demo, and its HubSpot portal with an app; every run shows the same values."""

from __future__ import annotations

from sandbox.hubspot.branches import is_one_of
from sandbox.hubspot.lists import ACTIVE, STATIC
from sandbox.hubspot.population import FIRST_ID
from sandbox.hubspot.state import CONTACTS, HubSpotApp, Portal
from sandbox.line.channels import Channel, Quota, new_channel
from sandbox.world import World

COFFEE_ID = "2000000001"
COFFEE_SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
COFFEE_TOKEN = "sandbox-coffee-long-lived-token"
BAKERY_ID = "2000000002"
BAKERY_SECRET = "00112233445566778899aabbccddeeff"
BAKERY_TOKEN = "sandbox-bakery-long-lived-token"

PORTAL_ID = "243000001"
HUBSPOT_APP_ID = "4100001"
HUBSPOT_CLIENT_ID = "7c1d2a3e-1111-4a2b-9c3d-000000000001"
HUBSPOT_CLIENT_SECRET = "7c1d2a3e-2222-4a2b-9c3d-000000000002"
HUBSPOT_DEVELOPER_KEY = "sandbox-hubspot-developer-key"
HUBSPOT_REDIRECT = "http://127.0.0.1:8000/integrations/hubspot/callback"
REQUIRED_SCOPES = ["oauth", "crm.objects.contacts.read", "crm.objects.contacts.write"]
OPTIONAL_SCOPES = [
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
    "crm.schemas.companies.read",
    "crm.schemas.companies.write",
    "crm.lists.read",
    "crm.lists.write",
    "automation",
    "conversations.custom_channels.read",
    "conversations.custom_channels.write",
    "conversations.read",
    "files",
]


def seed_hubspot(world: World) -> None:
    """Open a portal with 400 contacts of 40 companies, and register the app that connects to it."""
    domain = "tomoru-coffee.example"
    portal = Portal(PORTAL_ID, "灯珈琲 Tomoru Coffee", domain, user_email="marketing@tomoru-coffee.example")
    portal.population.contacts, portal.population.companies = 400, 40
    world.hubspot.add_portal(portal)
    customers = is_one_of("lifecyclestage", ["customer"])
    world.hubspot.lists.make(portal, "お客様 (Customers)", CONTACTS, ACTIVE, customers)
    tasting = world.hubspot.lists.make(portal, "試飲会 (Tasting event)", CONTACTS, STATIC)
    world.hubspot.lists.join(portal, tasting, [str(FIRST_ID + place) for place in range(12)])
    app = HubSpotApp(
        HUBSPOT_APP_ID, "LINE for HubSpot", HUBSPOT_CLIENT_ID, HUBSPOT_CLIENT_SECRET, HUBSPOT_DEVELOPER_KEY
    )
    app.redirect_urls, app.required_scopes, app.optional_scopes = [HUBSPOT_REDIRECT], REQUIRED_SCOPES, OPTIONAL_SCOPES
    world.hubspot.apps[app.app_id] = app
    world.hubspot.touch()


def seed_demo(world: World) -> None:
    """Open a verified coffee shop with 3,000 friends and an unverified bakery with 120."""
    coffee = new_channel(COFFEE_ID, "灯珈琲 Tomoru Coffee", world.seed, secret=COFFEE_SECRET, basic_id="@tomoru-coffee")
    coffee.population.followers = 3000
    # The import of those who are not known yet takes about a minute, so that a cancel can be tried.
    coffee.latency.profiles_per_second = 50
    coffee.quota = Quota(type="limited", value=30_000)
    bakery = new_channel(BAKERY_ID, "Kumo Bakery", world.seed, secret=BAKERY_SECRET, basic_id="@402kumob")
    bakery.kind = "unverified"
    bakery.population.followers = 120
    bakery.quota = Quota(type="limited", value=200)
    _open(world, coffee, COFFEE_TOKEN)
    _open(world, bakery, BAKERY_TOKEN)


def _open(world: World, channel: Channel, token: str) -> None:
    world.add_channel(channel)
    world.tokens.set_long_lived(channel, world.clock.now(), token)
