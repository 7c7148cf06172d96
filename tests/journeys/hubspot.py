"""HubSpot connected to the demo, for journeys about other things."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Page

from app.cli.local import HUBSPOT_APP
from tests.journeys.conftest import Installation
from tests.journeys.workflow_pages import post

PORTAL = "/hubspot/portals/243000001"


def approve_hubspot(page: Page, demo: Installation) -> str:
    """Install the app from HubSpot's side; returns the path of the page on which that is confirmed, or has been."""
    app = f"/hubspot/apps/{HUBSPOT_APP['HUBSPOT_APP_ID']}/install"
    page.goto(demo.sandbox("POST", app, {"portal_id": "243000001"})["location"])
    return urlsplit(page.url).path


def connect_hubspot(page: Page, demo: Installation, account_id: int) -> None:
    """Connect the demo's portal with an account, unless it is connected already."""
    if demo.sandbox("GET", PORTAL)["installs"]:
        return
    approval = approve_hubspot(page, demo)
    page.goto(demo.url)
    if approval.endswith("/confirmation"):
        post(page, f"{demo.url}{approval}", accounts=str(account_id))
