"""Properties, lists, workflow actions and webhooks: what is set up, and that doing it again changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.errors import PermanentFailure, RetryLater
from app.core.outgoing.exchange import Answer
from app.integrations.hubspot.gateway import actions, lists, properties, webhooks
from app.integrations.hubspot.gateway.client import HubSpotClient
from app.integrations.hubspot.gateway.developer import DeveloperClient
from app.integrations.hubspot.gateway.errors import PerhapsDone
from app.integrations.hubspot.gateway.objects import CONTACTS
from app.integrations.hubspot.gateway.properties import HubSpotProperty, PropertyOption
from app.integrations.hubspot.gateway.urls import urls
from app.integrations.hubspot.gateway.webhooks import WebhookSubscription
from tests.integrations.hubspot.gateway.conftest import Grantee
from tests.sandbox.hubspot.portals import Portal, V

LINE_ID = HubSpotProperty("line_user_id", "LINE User ID", "string", "text", "line_messaging", is_unique=True)
STATUS = HubSpotProperty(
    "line_follow_status",
    "LINE follow status",
    "enumeration",
    "select",
    "line_messaging",
    (PropertyOption("following", "Following"), PropertyOption("blocked", "Blocked")),
)


@pytest.fixture
def grouped(client: HubSpotClient) -> HubSpotClient:
    """A client of a portal that has our group."""
    properties.ensure_group(client, CONTACTS, "line_messaging", "LINE")
    return client


@pytest.fixture
def developer(portal: Portal) -> DeveloperClient:
    """A client of the app's developer."""
    return DeveloperClient(portal.app.developer_key)


def test_properties_are_listed_with_what_they_hold(client: HubSpotClient) -> None:
    found = {one.name: one for one in client.call(properties.list_all(CONTACTS))}
    stage = found["lifecyclestage"]
    assert (stage.label, stage.type, stage.field_type) == ("Lifecycle Stage", "enumeration", "radio")
    assert ("customer", "Customer", False) in stage.options
    assert found["lastmodifieddate"].is_read_only and not found["email"].is_read_only
    assert found["email"].is_hubspots and not found["email"].is_calculated


def test_setting_up_twice_makes_each_property_once(grouped: HubSpotClient) -> None:
    first = properties.ensure(grouped, CONTACTS, [LINE_ID, STATUS])
    assert first["line_user_id"].is_unique
    assert [option.value for option in first["line_follow_status"].options] == ["following", "blocked"]
    properties.ensure_group(grouped, CONTACTS, "line_messaging", "LINE")
    assert properties.ensure(grouped, CONTACTS, [LINE_ID, STATUS]) == first
    assert grouped.call(properties.list_groups(CONTACTS))["line_messaging"] == "LINE"


def test_a_property_that_another_process_makes_is_taken(grouped: HubSpotClient) -> None:
    grouped.call(properties.create(CONTACTS, LINE_ID))
    assert properties._made(grouped, CONTACTS, LINE_ID).name == "line_user_id"
    with pytest.raises(PermanentFailure) as failure:
        grouped.call(properties.create(CONTACTS, LINE_ID))
    assert failure.value.code == "hubspot.conflict"


def test_a_customers_property_of_another_type_does_not_fit(grouped: HubSpotClient) -> None:
    grouped.call(properties.create(CONTACTS, replace(LINE_ID, type="number", field_type="number", is_unique=False)))
    found = properties.ensure(grouped, CONTACTS, [LINE_ID])["line_user_id"]
    assert not found.fits(LINE_ID)
    assert STATUS.fits(STATUS)


def test_without_a_unique_property_left_one_is_made_that_is_not(grouped: HubSpotClient) -> None:
    unique = sum(one.is_unique for one in grouped.call(properties.list_all(CONTACTS)))
    taken = [replace(LINE_ID, name=f"taken_{n}") for n in range(properties.MOST_UNIQUE - unique)]
    assert all(one.is_unique for one in properties.ensure(grouped, CONTACTS, taken).values())
    found = properties.ensure(grouped, CONTACTS, [LINE_ID])["line_user_id"]
    assert found.fits(LINE_ID) and not found.is_unique


def test_choices_are_replaced_as_a_whole(grouped: HubSpotClient) -> None:
    properties.ensure(grouped, CONTACTS, [STATUS])
    options = [*STATUS.options, PropertyOption("not_friend", "Not a friend", is_hidden=True)]
    assert list(grouped.call(properties.set_options(CONTACTS, STATUS.name, options)).options) == options


def test_without_the_scope_no_property_is_made(client: HubSpotClient, access: Grantee) -> None:
    scopes = ["oauth", "crm.objects.contacts.read"]
    access.portal.control("PATCH", f"/installs/{access.portal.app.app_id}", {"scopes": scopes})
    with pytest.raises(PermanentFailure) as failure:
        properties.ensure_group(client, CONTACTS, "line_messaging", "LINE")
    assert failure.value.code == "hubspot.missing_scope"
    assert failure.value.params == {"scopes": "crm.schemas.contacts.write"}


def make_list(portal: Portal, name: str, kind: str = "MANUAL") -> str:
    """Make a list through the API; its id."""
    body = {"name": name, "objectTypeId": "0-1", "processingType": kind}
    made = portal.post(f"/crm/lists/{V}", body)
    assert made.status_code == 200, made.text
    return str(made.json()["list"]["listId"])


def test_lists_and_their_members(client: HubSpotClient, portal: Portal) -> None:
    tasting, other = make_list(portal, "Tasting"), make_list(portal, "Other")
    a, b = portal.contact(email="a@example.com"), portal.contact(email="b@example.com")
    change = client.call(lists.add(tasting, [b, "999"]))
    assert (change.added, change.missing) == ([b], ["999"])
    client.call(lists.add(tasting, [a]))
    assert client.call(lists.add(tasting, [a])).added == []
    page = client.call(lists.search())
    assert {one.id: (one.name, one.size) for one in page.lists} == {tasting: ("Tasting", 2), other: ("Other", 0)}
    assert (page.offset, page.total) == (None, 2)
    assert all(one.is_complete and not one.is_active for one in page.lists)
    assert [one.id for one in client.call(lists.search("tast")).lists] == [tasting]
    assert [one.id for one in client.call(lists.search(ids=[other])).lists] == [other]
    assert [one.record_id for one in client.call(lists.members(tasting)).members] == sorted([a, b], key=int)
    joined = client.call(lists.joined(tasting)).members
    assert [one.record_id for one in joined] == [b, a] and joined[0].joined_at is not None
    assert client.call(lists.remove(tasting, [b])).removed == [b]
    assert client.call(lists.read(tasting)).size == 1


def test_members_come_in_pages(client: HubSpotClient, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_MEMBERS", 2)
    tasting = make_list(portal, "Tasting")
    ids = [portal.contact(email=f"{n}@example.com") for n in range(3)]
    client.call(lists.add(tasting, ids))
    first = client.call(lists.members(tasting))
    assert (len(first.members), first.total) == (2, 3) and first.after
    assert [one.record_id for one in client.call(lists.members(tasting, first.after)).members] == [ids[2]]


def test_a_list_that_is_gone(client: HubSpotClient) -> None:
    with pytest.raises(PermanentFailure) as failure:
        client.call(lists.members("999"))
    assert failure.value.code == "hubspot.not_found"


def definition(url: str) -> dict[str, object]:
    field = {
        "typeDefinition": {"name": "message", "type": "string", "fieldType": "textarea"},
        "supportedValueTypes": ["STATIC_VALUE"],
        "isRequired": True,
    }
    return {
        "actionUrl": url,
        "published": True,
        "objectTypes": ["CONTACT"],
        "inputFields": [field],
        "functions": [],
        "labels": {"en": {"actionName": "Send LINE message"}},
    }


def test_an_action_is_registered_found_and_changed(developer: DeveloperClient, portal: Portal) -> None:
    app_id = portal.app.app_id
    made = developer.call(actions.create_definition(app_id, definition("https://a.example.com/")))
    found = developer.call(actions.list_definitions(app_id))
    assert [(one.id, one.action_url, one.is_published) for one in found.definitions] == [
        (made.id, "https://a.example.com/", True)
    ]
    assert found.after is None
    changed = developer.call(actions.update_definition(app_id, made.id, {"actionUrl": "https://b.example.com/"}))
    assert (changed.id, changed.action_url) == (made.id, "https://b.example.com/")
    developer.call(actions.archive_definition(app_id, made.id))
    assert developer.call(actions.list_definitions(app_id)).definitions == []


def test_a_wrong_developer_key(portal: Portal) -> None:
    with pytest.raises(PermanentFailure) as failure:
        DeveloperClient("wrong").call(actions.list_definitions(portal.app.app_id))
    assert failure.value.code == "hubspot.developer_key_refused"


def test_a_registration_whose_answer_is_lost_is_perhaps_done(developer: DeveloperClient, portal: Portal) -> None:
    wish = actions.create_definition(portal.app.app_id, definition("https://a.example.com/"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urls, "api", "http://127.0.0.1:1")
        with pytest.raises(RetryLater) as failure:
            developer.call(wish)
    assert not isinstance(failure.value, PerhapsDone)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.integrations.hubspot.gateway.developer.send", _lost)
        with pytest.raises(PerhapsDone):
            developer.call(wish)


def _lost(*args: object, **options: object) -> Answer:
    raise RetryLater("hubspot.timeout")


def test_a_callback_of_a_run_that_does_not_wait(client: HubSpotClient) -> None:
    with pytest.raises(PermanentFailure) as failure:
        client.call(actions.complete("ap-1-2-3-0", "SUCCESS", {"line_result": "sent"}))
    assert failure.value.code == "hubspot.not_found"


def test_webhooks_are_set_up(developer: DeveloperClient, portal: Portal) -> None:
    app_id = portal.app.app_id
    assert webhooks.target_url(developer, app_id) is None
    developer.call(webhooks.set_target_url(app_id, "https://a.example.com/hook"))
    assert webhooks.target_url(developer, app_id) == "https://a.example.com/hook"
    wish = WebhookSubscription("contact.propertyChange", "email", is_active=False)
    made = developer.call(webhooks.subscribe(app_id, wish))
    assert made.key == wish.key and made.id and not made.is_active
    developer.call(webhooks.activate(app_id, made.id))
    assert [(one.key, one.is_active) for one in developer.call(webhooks.list_subscriptions(app_id))] == [
        (wish.key, True)
    ]
    with pytest.raises(PermanentFailure) as failure:
        developer.call(webhooks.subscribe(app_id, wish))
    assert failure.value.code == "hubspot.conflict"
    developer.call(webhooks.unsubscribe(app_id, made.id))
    assert developer.call(webhooks.list_subscriptions(app_id)) == []
