"""A second LINE account: fields that it lacks stand still there alone, and what would be made is said before."""

from __future__ import annotations

import pytest

from app.core.db import db
from app.friends.models import AttributeDefinition
from app.friends.operations.definitions import create_definition
from app.integrations.hubspot.gateway.scopes import OPTIONAL, REQUIRED
from app.integrations.hubspot.writing.portal import read_portal
from app.integrations.shared.models import FieldMapping, Integration, RemoteLink
from app.integrations.shared.queries import accounts_of
from app.line.models import Account
from app.team.actors import SYSTEM
from tests.factories import integrations
from tests.factories.friends import friend
from tests.factories.line import account
from tests.support.client import CheckingClient


@pytest.fixture
def cafe() -> Account:
    return account()


@pytest.fixture
def connection(cafe: Account, people: object) -> Integration:
    return integrations.integration(cafe, scopes=[*REQUIRED, *OPTIONAL])


@pytest.fixture
def bakery() -> Account:
    return account()


@pytest.fixture
def points(connection: Integration, cafe: Account) -> FieldMapping:
    """A mapped attribute of the first account."""
    create_definition(cafe.id, "Loyalty points", "number", key="points", actor=SYSTEM)
    return integrations.mapping(connection, "points", "attributes.points", remote_type="number")


def plain(page: str) -> str:
    return page.replace("\u2068", "").replace("\u2069", "")


def test_a_field_that_the_new_account_lacks_goes_on_in_the_other(
    as_alice: CheckingClient, connection: Integration, cafe: Account, bakery: Account, points: FieldMapping
) -> None:
    here = f"/integrations/hubspot/{connection.id}"
    asked = as_alice.post(f"{here}/accounts", data={"account": bakery.id})
    assert asked.headers["Location"].endswith(f"/accounts/{bakery.id}/question")
    assert len(accounts_of(connection.id)) == 1
    page = as_alice.get(f"{here}/accounts/{bakery.id}/question").text
    assert "Loyalty points" in page and "Create the attributes and add" in page

    as_alice.post(f"{here}/accounts", data={"account": bakery.id, "is_sure": "1"})
    db.session.refresh(points)
    assert points.problem is None
    mapped = {one: [field.field for field in names.mapped] for one, names in _accounts(connection).items()}
    assert mapped == {cafe.id: ["attributes.points"], bakery.id: []}
    page = plain(as_alice.get(f"{here}/data").text)
    assert f"Not synced in {bakery.name}: the attribute is missing there, or of another kind." in page
    assert "Loyalty points" in page and "Stopped" not in page
    assert "1 field is not synced, or not in every LINE account." in as_alice.get(here).text

    as_alice.post(f"{here}/accounts/{bakery.id}/removal", data={})
    assert "Not synced in" not in as_alice.get(f"{here}/data").text


def test_the_attribute_is_created_with_one_press(
    as_alice: CheckingClient, connection: Integration, bakery: Account, points: FieldMapping
) -> None:
    here = f"/integrations/hubspot/{connection.id}"
    as_alice.post(f"{here}/accounts", data={"account": bakery.id, "is_sure": "1", "make": "1"})
    made = db.session.query(AttributeDefinition).filter_by(account_id=bakery.id).one()
    assert (made.key, made.label, made.kind) == ("points", "Loyalty points", "number")
    assert [field.field for field in _accounts(connection)[bakery.id].mapped] == ["attributes.points"]
    assert "Not synced in" not in as_alice.get(f"{here}/data").text


def test_an_attribute_of_another_kind_is_not_synced(
    as_alice: CheckingClient, connection: Integration, bakery: Account, points: FieldMapping
) -> None:
    create_definition(bakery.id, "Loyalty points", "text", key="points", actor=SYSTEM)
    db.session.commit()
    here = f"/integrations/hubspot/{connection.id}"
    page = as_alice.get(f"{here}/accounts/{bakery.id}/question").text
    assert "it cannot be created" in page and "Create the attributes and add" not in page
    as_alice.post(f"{here}/accounts", data={"account": bakery.id, "is_sure": "1"})
    assert _accounts(connection)[bakery.id].mapped == ()


def test_an_account_that_lacks_nothing_is_added_at_once(
    as_alice: CheckingClient, connection: Integration, bakery: Account
) -> None:
    as_alice.post(f"/integrations/hubspot/{connection.id}/accounts", data={"account": bakery.id})
    assert len(accounts_of(connection.id)) == 2


def test_how_many_contacts_would_be_made_is_said_before(
    as_alice: CheckingClient, connection: Integration, cafe: Account, bakery: Account
) -> None:
    people = [friend(cafe) for _number in range(3)]
    integrations.link(connection, people[0], "7")
    friend(bakery)
    here = f"/integrations/hubspot/{connection.id}"
    wish = {"sync_minutes": "5", "creates_records": "y"}
    asked = as_alice.post(f"{here}/settings", data=wish)
    assert asked.status_code == 422 and "About 2 contacts will be created in HubSpot" in asked.text
    assert not _fresh(connection).creates_records

    as_alice.post(f"{here}/settings", data=wish | {"is_sure": "1"})
    assert _fresh(connection).creates_records
    assert as_alice.post(f"{here}/settings", data=wish | {"sync_minutes": "10"}).status_code == 303

    as_alice.post(f"{here}/accounts", data={"account": bakery.id})
    page = as_alice.get(f"{here}/accounts/{bakery.id}/question").text
    assert "About 1 contact will be created in HubSpot" in page
    assert len(accounts_of(connection.id)) == 1 and db.session.query(RemoteLink).count() == 1


def _accounts(connection: Integration) -> dict[int, object]:
    db.session.expire_all()
    return dict(read_portal(connection, "").accounts)


def _fresh(connection: Integration) -> Integration:
    db.session.expire_all()
    return connection
