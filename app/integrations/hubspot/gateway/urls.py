"""Base addresses of HubSpot, set once by the factory from the settings."""

from __future__ import annotations


class HubSpotUrls:
    """Base addresses without a trailing slash: `api` for programs, `app` for people."""

    def __init__(self) -> None:
        self.api = "https://api.hubapi.com"
        self.app = "https://app.hubspot.com"

    def use(self, api: str, app: str) -> None:
        """Use these hosts from now on."""
        self.api, self.app = api, app

    def contacts(self, portal_id: str) -> str:
        """Return the page of all contacts at HubSpot."""
        return f"{self.app}/contacts/{portal_id}/objects/0-1"

    def contact(self, portal_id: str, contact_id: str) -> str:
        """Return the page of a contact at HubSpot."""
        return f"{self.app}/contacts/{portal_id}/record/0-1/{contact_id}"

    def inbox_settings(self, portal_id: str) -> str:
        """Return the page at HubSpot on which channels are connected to inboxes."""
        return f"{self.app}/live-messages-settings/{portal_id}/inboxes"

    def inbox(self, portal_id: str) -> str:
        """Return HubSpot's inbox."""
        return f"{self.app}/live-messages/{portal_id}/inbox"


urls = HubSpotUrls()
