"""A portal under test with an app that is installed in it, and short ways to call HubSpot and the control API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.support.contract import check_request, check_response, has_specs
from tests.support.sandbox import SandboxServer

V = "2026-03"
REDIRECT = "http://127.0.0.1:9/integrations/hubspot/callback"
REQUIRED = ["oauth", "crm.objects.contacts.read", "crm.objects.contacts.write"]
OPTIONAL = [
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.schemas.contacts.write",
    "crm.schemas.companies.write",
    "crm.lists.read",
    "crm.lists.write",
    "crm.export",
    "automation",
    "conversations.custom_channels.read",
    "conversations.custom_channels.write",
    "conversations.read",
    "files",
]
# Which description covers a path, by its start.
SPECS = (
    ("/oauth/", "oauth"),
    ("/account-info/", "account-info"),
    ("/appinstalls/", "app-uninstalls"),
    ("/crm/limits/", "limits"),
    ("/crm/properties/", "properties"),
    ("/crm/lists/", "lists"),
    ("/crm/associations/", "associations"),
    ("/crm/exports/", "exports"),
    ("/webhooks-journal/", "webhooks-journal"),
    ("/webhooks/", "webhooks"),
    ("/automation/", "automation-actions"),
    ("/conversations/custom-channels/", "custom-channels"),
    ("/files/", "files"),
    (f"/crm/objects/{V}/contacts", "contacts"),
    (f"/crm/objects/{V}/companies", "companies"),
)


@dataclass
class App:
    """An app of a developer."""

    server: SandboxServer
    app_id: str
    client_id: str
    client_secret: str
    developer_key: str

    @classmethod
    def open(cls, server: SandboxServer, **settings: Any) -> App:
        made = server.api("POST", "/hubspot/apps", APP_SETTINGS | settings)
        return cls(server, made["app_id"], made["client_id"], made["client_secret"], made["developer_key"])

    def query(self, **fields: Any) -> dict[str, Any]:
        """The query of an authorize link with all scopes."""
        base = {"client_id": self.client_id, "redirect_uri": REDIRECT}
        return base | {"scope": " ".join(REQUIRED), "optional_scope": " ".join(OPTIONAL), "state": "s"} | fields

    def token(self, **fields: Any) -> requests.Response:
        """Call the token endpoint with a form."""
        form = {"client_id": self.client_id, "client_secret": self.client_secret} | fields
        return requests.post(f"{self.server.url}/hubspot/oauth/{V}/token", data=form, timeout=20)

    def call(self, method: str, path: str, json: Any = None, **query: Any) -> requests.Response:
        """Call as the developer, with the key."""
        params = {"hapikey": self.developer_key} | query
        return requests.request(method, f"{self.server.url}/hubspot{path}", json=json, params=params, timeout=20)


APP_SETTINGS = {
    "name": "LINE for HubSpot",
    "redirect_urls": [REDIRECT],
    "required_scopes": REQUIRED,
    "optional_scopes": OPTIONAL,
}


@dataclass
class Portal:
    """A portal, the app installed in it, and its tokens."""

    server: SandboxServer
    portal_id: str
    app: App
    token: str = ""
    refresh_token: str = ""

    @classmethod
    def open(cls, server: SandboxServer, app: App | None = None, **settings: Any) -> Portal:
        """Open a portal and install the app in it; the index learns at once unless told otherwise."""
        settings["switches"] = {"index_seconds": 0.0, "enforce_limits": False} | settings.get("switches", {})
        made = server.api("POST", "/hubspot/portals", settings)
        portal = cls(server, made["portal_id"], app or App.open(server))
        portal.connect()
        return portal

    def authorize(self, **fields: Any) -> dict[str, list[str]]:
        """Say yes to an authorize link; the query that the browser brings back."""
        location = self.control("POST", "/authorize", self.app.query(**fields))["location"]
        return parse_qs(urlsplit(location).query)

    def connect(self, **fields: Any) -> None:
        code = self.authorize(**fields)["code"][0]
        body = self.app.token(grant_type="authorization_code", code=code, redirect_uri=REDIRECT).json()
        self.token, self.refresh_token = body["access_token"], body["refresh_token"]

    def call(self, method: str, path: str, json: Any = None, **options: Any) -> requests.Response:
        """Call HubSpot's API with the access token."""
        headers = {"Authorization": f"Bearer {self.token}"} | options.pop("headers", {})
        address = f"{self.server.url}/hubspot{path}"
        return requests.request(method, address, json=json, headers=headers, timeout=20, **options)

    def checked(self, method: str, path: str, json: Any = None) -> requests.Response:
        """Call, and hold request and answer against the published description where it is at hand."""
        response = self.call(method, path, json)
        spec = (
            "associations"
            if "/associations/" in path
            else next((name for start, name in SPECS if path.startswith(start)), None)
        )
        if has_specs() and spec and response.status_code not in (207, *range(400, 600)):
            check_request(f"hubspot/{spec}.json", method, path, json)
            body = _without_nulls(response.json()) if response.content else None
            check_response(f"hubspot/{spec}.json", method, path, response.status_code, body)
        return response

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.call("GET", path, **options)

    def post(self, path: str, json: Any = None) -> requests.Response:
        return self.call("POST", path, json)

    def wait(self) -> None:
        """Wait until no webhook is on the way."""
        assert self.server.api("POST", f"/hubspot/apps/{self.app.app_id}/webhooks/wait")["idle"]

    def contact(self, **properties: str) -> str:
        """Make a contact through the API; its id."""
        response = self.post(f"/crm/objects/{V}/contacts", {"properties": properties, "associations": []})
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    def read(self, contact: str, *properties: str, **query: Any) -> dict[str, Any]:
        """The properties of a contact as the API tells them."""
        query["properties"] = ",".join(properties)
        response = self.get(f"/crm/objects/{V}/contacts/{contact}", params=query)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def control(self, method: str, path: str = "", json: dict[str, Any] | None = None) -> Any:
        return self.server.api(method, f"/hubspot/portals/{self.portal_id}{path}", json)

    def switch(self, **switches: Any) -> None:
        self.control("PATCH", "", {"switches": switches})

    def requests(self) -> list[dict[str, Any]]:
        """Every call that came in for this portal."""
        return list(self.server.api("GET", f"/hubspot/requests?portal_id={self.portal_id}")["requests"])


def _without_nulls(body: Any) -> Any:
    """The body without empty properties: HubSpot answers null, the description knows only texts."""
    if isinstance(body, dict):
        return {
            name: {key: text for key, text in value.items() if text is not None}
            if name == "properties"
            else _without_nulls(value)
            for name, value in body.items()
        }
    return [_without_nulls(entry) for entry in body] if isinstance(body, list) else body
