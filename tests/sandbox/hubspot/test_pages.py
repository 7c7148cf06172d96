"""HubSpot's screens over HTTP: consent, records, lists, actions, connected apps."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import html5lib
import pytest
import requests

from tests.sandbox.hubspot.portals import OPTIONAL, REDIRECT, App, Portal, V
from tests.sandbox.hubspot.test_actions import definition, developer
from tests.support.receiver import WebhookReceiver
from tests.support.sandbox import SandboxServer


class Browser:
    """Opens screens of one portal, which must be valid HTML, and submits their forms."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.root = f"{portal.server.url}/hubspot"

    def get(self, path: str, status: int = 200, **query: Any) -> str:
        response = requests.get(self.root + path.format(p=self.portal.portal_id), params=query, timeout=20)
        assert response.status_code == status, response.text
        html5lib.HTMLParser(strict=True).parse(response.text)
        return response.text

    def post(self, path: str, **fields: str) -> requests.Response:
        address = self.root + path.format(p=self.portal.portal_id)
        return requests.post(address, data=fields, allow_redirects=False, timeout=20)

    def done(self, path: str, **fields: str) -> str:
        """Submit a form that succeeds; where it leads."""
        response = self.post(path, **fields)
        assert response.status_code == 303, response.text
        return response.headers["Location"]


@pytest.fixture
def browser(portal: Portal) -> Browser:
    return Browser(portal)


def consent(app: App, **fields: Any) -> str:
    return f"/oauth/authorize?{urlencode(app.query(**fields))}"


def test_consent_leads_back_to_the_app(portal: Portal, browser: Browser) -> None:
    page = requests.get(browser.root + consent(portal.app), timeout=20)
    assert "LINE for HubSpot" in page.text and "crm.lists.read" in page.text
    assert f"form-action 'self' http://{urlsplit(REDIRECT).netloc};" in page.headers["Content-Security-Policy"]
    yes = browser.done(consent(portal.app), answer="yes", portal_id=portal.portal_id)
    assert yes.startswith(REDIRECT) and parse_qs(urlsplit(yes).query)["state"] == ["s"]
    no = browser.done(consent(portal.app), answer="no", portal_id=portal.portal_id)
    assert parse_qs(urlsplit(no).query)["error"] == ["access_denied"]
    assert "redirect URL" in browser.get(consent(portal.app, redirect_uri="http://evil.example/"), 400)


def test_optional_scopes_may_be_left_out_and_the_language_keeps_the_question(portal: Portal, browser: Browser) -> None:
    page = browser.get(consent(portal.app))
    assert 'name="grant:crm.lists.read"' in page and "lang=ja" in page
    link = next(part for part in page.split('href="') if "lang=ja" in part).partition('"')[0]
    assert f"client_id={portal.app.client_id}" in link
    kept = {f"grant:{scope}": "1" for scope in OPTIONAL if scope != "crm.lists.read"}
    yes = browser.done(consent(portal.app), answer="yes", portal_id=portal.portal_id, is_choosing="1", **kept)
    code = parse_qs(urlsplit(yes).query)["code"][0]
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    granted = portal.app.token(**fields).json()["scopes"]
    assert "crm.lists.read" not in granted and "crm.objects.contacts.read" in granted


def test_a_tier_that_lacks_a_scope_is_said(portal: Portal, browser: Browser) -> None:
    app = App.open(portal.server, required_scopes=["oauth", "automation"], optional_scopes=[])
    portal.control("PATCH", "", {"tier": "free"})
    link = consent(app, scope="oauth automation", optional_scope="")
    refused = browser.post(link, answer="yes", portal_id=portal.portal_id)
    assert (refused.status_code, "lacks automation" in refused.text) == (409, True)


def test_contacts_are_created_found_and_edited(portal: Portal, browser: Browser) -> None:
    path = browser.done("/contacts/{p}/objects/0-1", lastname="山田", firstname="花子", email="h@b.example")
    contact = path.rpartition("/")[2]
    assert path == f"/hubspot/contacts/{portal.portal_id}/record/0-1/{contact}"
    assert "山田 花子" in browser.get("/contacts/{p}/objects/0-1/views/all/list", q="H@B")
    assert "Nothing was found." in browser.get("/contacts/{p}/objects/0-1", q="no such name")
    one = "/contacts/{p}/record/0-1/" + contact
    fields = {"had:city": "1", "city": "京都", "had:interests": "1", "interests:coffee": "1", "interests:bread": "1"}
    browser.done(one, act="save", **fields)
    record = portal.control("GET", f"/contacts/{contact}")
    assert (record["properties"]["city"], record["properties"]["interests"]) == ("京都", "coffee;bread")
    assert (record["history"]["city"][0]["source"], len(record["history"]["email"])) == ("CRM_UI", 1)
    bad = browser.post(one, act="save", **{"had:birthday": "1", "birthday": "soon"})
    assert bad.status_code == 400 and 'value="soon"' in bad.text and "birthday" in bad.text
    assert "History" in browser.get(one)


def test_a_taken_address_is_said_and_the_form_keeps_its_words(portal: Portal, browser: Browser) -> None:
    portal.contact(email="h@b.example")
    refused = browser.post("/contacts/{p}/objects/0-1", email="h@b.example", firstname="次郎")
    assert refused.status_code == 400
    assert "Contact already exists" in refused.text and 'value="次郎"' in refused.text


def test_records_are_merged_deleted_and_restored(portal: Portal, browser: Browser) -> None:
    a, b = portal.contact(email="a@b.example"), portal.contact(email="b@b.example")
    one = "/contacts/{p}/record/0-1/"
    assert browser.post(one + a, act="merge", other=a).status_code == 400
    browser.done(one + a, act="merge", other=b)
    assert f"record/0-1/{a}" in browser.get(one + b)
    assert browser.post(one + b, act="save").status_code == 409
    browser.done(one + a, act="delete")
    assert portal.get(f"/crm/objects/{V}/contacts/{a}").status_code == 404
    assert "Restore" in browser.get(one + a)
    browser.done(one + a, act="restore")
    assert portal.read(a)["archived"] is False


def test_companies_are_created_and_associated(portal: Portal, browser: Browser) -> None:
    company = browser.done("/contacts/{p}/objects/0-2", name="灯商店").rpartition("/")[2]
    contact = portal.contact(email="a@b.example")
    one = "/contacts/{p}/record/0-1/" + contact
    browser.done(one, act="company", company=company, primary="1")
    assert "灯商店" in browser.get(one)
    assert "a@b.example" in browser.get("/contacts/{p}/record/0-2/" + company)
    browser.done(one, act="no-company", company=company)
    assert "灯商店" not in browser.get(one)
    assert browser.post(one, act="company", company="7").status_code == 400


def test_lists_are_made_and_their_members_changed(portal: Portal, browser: Browser) -> None:
    customer, lead = portal.contact(lifecyclestage="customer"), portal.contact(email="lead@b.example")
    active = browser.done("/contacts/{p}/lists", name="Customers", kind="DYNAMIC", condition="lifecyclestage=customer")
    static = browser.done("/contacts/{p}/lists", name="Event", kind="MANUAL")
    assert browser.post("/contacts/{p}/lists", name="Event", kind="MANUAL").status_code == 400
    assert browser.post("/contacts/{p}/lists", name="x", kind="DYNAMIC").status_code == 400
    assert customer in browser.get(active.removeprefix("/hubspot"))
    assert "Customers" in browser.get("/contacts/{p}/record/0-1/" + customer)
    one = static.removeprefix("/hubspot")
    browser.done(one, act="add", record=lead)
    assert "lead@b.example" in browser.get(one)
    assert browser.post(one, act="add", record="7").status_code == 400
    browser.done(one, act="processing")
    assert "Processing" in browser.get(one)
    browser.done(one, act="remove", record=lead)
    assert "No contact is in this list." in browser.get(one)
    browser.done(one, act="delete")
    browser.get(one, 404)


def test_an_action_is_run_with_choices_of_the_app(portal: Portal, browser: Browser, receiver: WebhookReceiver) -> None:
    receiver.answer = json.dumps({"options": [{"label": "灯珈琲", "value": "7"}]}).encode()
    action = developer(portal.app, "POST", "", definition(receiver.url)).json()["id"]
    contact = portal.contact(firstname="花子")
    one = "/workflows/{p}/actions/" + action
    assert f"/actions/{action}?record={contact}" in browser.get("/contacts/{p}/record/0-1/" + contact)
    assert '<option value="7"' in browser.get(one, record=contact)
    assert "Fill in the fields" in browser.post(one, record=contact, act="run", message="x").text
    receiver.answer = json.dumps({"outputFields": {"hs_execution_state": "SUCCESS", "line_result": "sent"}}).encode()
    browser.done(one, record=contact, act="run", line_account="7", message="Hi {{firstname}}")
    assert receiver.received[-1].json["inputFields"]["message"] == "Hi 花子"
    page = browser.get("/workflows/{p}")
    assert "Success" in page and "line_result: sent" in page


def test_choices_that_cannot_be_fetched_are_said(portal: Portal, browser: Browser) -> None:
    action = developer(portal.app, "POST", "", definition("http://127.0.0.1:9")).json()["id"]
    assert "did not answer with choices" in browser.get("/workflows/{p}/actions/" + action)


def test_an_administrator_takes_scopes_spoils_tokens_and_uninstalls(portal: Portal, browser: Browser) -> None:
    path, app_id = "/settings/{p}", portal.app.app_id
    assert "LINE for HubSpot" in browser.get(path)
    browser.done(path, act="scopes", app_id=app_id, **{"scope:oauth": "1"})
    assert portal.get(f"/crm/objects/{V}/contacts").json()["category"] == "MISSING_SCOPES"
    browser.done(path, act="expire", app_id=app_id)
    assert portal.get(f"/account-info/{V}/details").json()["category"] == "EXPIRED_AUTHENTICATION"
    browser.done(path, act="revoke", app_id=app_id)
    assert "revoked" in browser.get(path)
    browser.done(path, act="uninstall", app_id=app_id)
    location = browser.done(path, act="marketplace", app_id=app_id)
    assert location.startswith(f"{REDIRECT}?code=")


def test_a_lower_tier_takes_its_scopes_away(portal: Portal, browser: Browser) -> None:
    browser.done("/settings/{p}", act="tier", tier="free")
    assert "automation" not in portal.control("GET", f"/installs/{portal.app.app_id}")["scopes"]


def test_limits_are_set(portal: Portal, browser: Browser) -> None:
    fields = {"ten_second_limit": "7", "search_per_second": "2", "index_seconds": "1.5", "access_token_seconds": "60"}
    browser.done("/settings/{p}", act="switches", **fields)
    switches = portal.control("GET")["switches"]
    assert (switches["ten_second_limit"], switches["index_seconds"]) == (7, 1.5)
    assert browser.post("/settings/{p}", act="switches", **(fields | {"index_seconds": "nan"})).status_code == 400
    assert browser.post("/settings/{p}", act="switches", **(fields | {"ten_second_limit": "many"})).status_code == 400


def test_a_day_can_be_limited_and_freed(portal: Portal, browser: Browser) -> None:
    fields = {"ten_second_limit": "7", "search_per_second": "2", "index_seconds": "0", "access_token_seconds": "60"}
    for text, limit in (("5", 5), ("", None)):
        browser.done("/settings/{p}", act="switches", daily_limit=text, **fields)
        assert portal.control("GET")["switches"]["daily_limit"] == limit
    assert browser.post("/settings/{p}", act="switches", daily_limit="few", **fields).status_code == 400


def test_trouble_is_made_and_taken_back(portal: Portal, browser: Browser) -> None:
    browser.done("/settings/{p}", act="trouble", kind="423", times="2")
    assert portal.get(f"/crm/objects/{V}/contacts").status_code == 423
    page = browser.get("/settings/{p}")
    assert "1 / 2" in page
    fault = re.search(r'name="fault" value="(\d+)"', page)
    assert fault is not None
    browser.done("/settings/{p}", act="no-trouble", fault=fault[1])
    assert portal.get(f"/crm/objects/{V}/contacts").status_code == 200
    assert browser.post("/settings/{p}", act="trouble", kind="418", times="2").status_code == 400


def test_portals_are_listed_and_opened(browser: Browser) -> None:
    page = browser.get("")
    assert f"/hubspot/contacts/{browser.portal.portal_id}/objects/0-1" in page
    assert re.fullmatch(r"/hubspot/contacts/\d+/objects/0-1", browser.done("", name="New", tier="free"))


def test_other_sites_press_no_button_and_unknown_places_are_404(browser: Browser) -> None:
    address = f"{browser.root}/settings/{browser.portal.portal_id}"
    foreign = requests.post(address, {"act": "tier"}, headers={"Sec-Fetch-Site": "cross-site"}, timeout=20)
    assert foreign.status_code == 403
    browser.get("/settings/1", 404)
    browser.get("/contacts/{p}/record/0-1/7", 404)
    browser.get("/contacts/{p}/lists/7", 404)
    browser.get("/workflows/{p}/actions/7", 404)


def test_names_are_only_text(portal: Portal, browser: Browser) -> None:
    evil = "<script>alert(1)</script>"
    contact = portal.contact(firstname=evil)
    portal.control("PATCH", "", {"name": evil})
    for path in ("", "/contacts/{p}/objects/0-1", f"/contacts/{{p}}/record/0-1/{contact}"):
        assert "<script>alert" not in browser.get(path)


def test_the_demo_has_a_portal_to_connect() -> None:
    with SandboxServer.start(demo=True) as server:
        (found,) = server.api("GET", "/hubspot/portals")["portals"]
        assert found["records"] == {"contacts": 400, "companies": 40}
        lists = server.api("GET", f"/hubspot/portals/{found['portal_id']}/lists")["lists"]
        assert [bool(entry["members"]) for entry in lists] == [True, True]
