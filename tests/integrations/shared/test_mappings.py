"""Which properties are kept equal to which fields: added, removed, and those that cannot be."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.core import error_messages
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotFound
from app.friends.operations.definitions import create_definition, delete_definition
from app.friends.queries.attributes import attribute_definitions
from app.integrations.hubspot.defaults import DEFAULTS, add_default_mappings
from app.integrations.shared import mappings
from app.integrations.shared.fields import accounts_without, common_fields, make_everywhere, synced_fields
from app.integrations.shared.mappings import RemoteField
from app.integrations.shared.models import FieldMapping, Integration
from app.line.models import Account
from app.team.actors import Actor
from app.team.models import AuditEntry
from tests.factories import integrations
from tests.factories.friends import friend
from tests.factories.line import account

CITY = RemoteField("city", "City", "string", "text")


@pytest.fixture
def alice(people: SimpleNamespace) -> Actor:
    return Actor.of_member(people.alice)


@pytest.fixture
def places() -> list[Account]:
    return [account(name="Shop"), account(name="Bakery")]


@pytest.fixture
def portal(app: object, places: list[Account]) -> Integration:
    return integrations.integration(*places)


def test_first_and_last_name_are_there_from_the_beginning_and_once(portal: Integration) -> None:
    add_default_mappings(portal)
    add_default_mappings(portal)

    found = mappings.mappings_of(portal.id)
    assert [(one.remote_name, one.field, one.is_default) for one in found] == [
        ("firstname", "first_name", True),
        ("lastname", "last_name", True),
    ]


def test_add_and_remove_a_field(portal: Integration, alice: Actor, places: list[Account]) -> None:
    hana = friend(places[0])
    name = make_everywhere([one.id for one in places], "都市", "text", actor=alice)
    made = mappings.add_mapping(portal, CITY, name, actor=alice)
    assert portal.next_sync_at is not None
    tie = integrations.link(portal, hana, "7", synced={"city": ["Tokyo", "2026-04-01T00:00:00Z"], "zip": ["1", ""]})

    mappings.remove_mapping(portal, made.id, is_sure=False, actor=alice)
    db.session.commit()

    db.session.refresh(tie)
    assert mappings.mappings_of(portal.id) == [] and list(tie.synced) == ["zip"]
    said = db.session.query(AuditEntry.action, AuditEntry.details).order_by(AuditEntry.id.desc()).limit(2).all()
    assert [row.action for row in said] == ["mapping.removed", "mapping.added"]
    assert said[0].details["field"] == "都市"


def test_a_field_and_a_property_are_mapped_once(portal: Integration, alice: Actor) -> None:
    mappings.add_mapping(portal, CITY, "company", actor=alice)

    with pytest.raises(Conflict, match="“City” is synced already"):
        mappings.add_mapping(portal, CITY, "email", actor=alice)
    with pytest.raises(InvalidInput, match="synced with “City” already"):
        mappings.add_mapping(portal, RemoteField("zip", "Zip", "string"), "company", actor=alice)


def test_a_field_must_be_in_all_accounts(portal: Integration, alice: Actor, places: list[Account]) -> None:
    here = create_definition(places[0].id, "Points", "number", actor=alice)

    assert "attributes.points" not in common_fields(portal.id)
    with pytest.raises(InvalidInput, match="all connected accounts"):
        mappings.add_mapping(portal, CITY, f"attributes.{here.key}", actor=alice)

    create_definition(places[1].id, "Points", "text", actor=alice)
    assert "attributes.points" not in common_fields(portal.id)
    assert [one.name for one in accounts_without(portal.id, "attributes.points")] == ["Bakery"]


def test_a_new_attribute_gets_one_key_in_all_accounts(portal: Integration, alice: Actor, places: list[Account]) -> None:
    create_definition(places[1].id, "Rank", "text", actor=alice)

    with pytest.raises(InvalidInput):
        make_everywhere([one.id for one in places], "Rank", "text", actor=alice)
    db.session.rollback()
    name = make_everywhere([one.id for one in places], "Rank 1", "text", actor=alice)

    assert name == "attributes.rank_1" and common_fields(portal.id)[name].kind == "text"


def test_a_default_is_removed_only_by_someone_who_is_sure(portal: Integration, alice: Actor) -> None:
    add_default_mappings(portal)
    first = mappings.mappings_of(portal.id)[0]

    with pytest.raises(Conflict, match="basic field"):
        mappings.remove_mapping(portal, first.id, is_sure=False, actor=alice)
    mappings.remove_mapping(portal, first.id, is_sure=True, actor=alice)

    assert [one.remote_name for one in mappings.mappings_of(portal.id)] == ["lastname"]


def test_a_mapping_of_another_portal_is_not_found(portal: Integration, alice: Actor) -> None:
    other = integrations.integration(remote_id="9")
    theirs = integrations.mapping(other, "city", "company")

    with pytest.raises(NotFound):
        mappings.remove_mapping(portal, theirs.id, is_sure=True, actor=alice)


def test_a_deleted_attribute_and_a_deleted_property_stand_still(
    portal: Integration, alice: Actor, places: list[Account]
) -> None:
    name = make_everywhere([one.id for one in places], "City", "text", actor=alice)
    made = mappings.add_mapping(portal, CITY, name, actor=alice)
    for place, still_works in ((places[1], [made]), (places[0], [])):
        definition = next(one for one in attribute_definitions(place.id) if one.label == "City")
        delete_definition(place.id, definition.id, actor=alice)
        mappings.look_at_fields(portal.id)
        assert mappings.working_mappings(portal.id) == still_works
        assert name not in synced_fields(portal.id)[place.id]
    assert _problem(made) == "The attribute “city” is no longer there in any LINE account. Remove this field."

    mappings.refresh(portal, {}, {})
    assert _problem(made) == "The property is no longer there. Restore it, or remove this field."


def test_what_the_service_says_of_a_property_is_taken_over(portal: Integration) -> None:
    add_default_mappings(portal)
    described = {("contact", remote.name): remote for remote, _field in DEFAULTS}
    named = RemoteField("firstname", "名", "enumeration", "radio", (("a", "A"),), is_read_only=True)

    mappings.refresh(portal, described | {("contact", "firstname"): named}, {})

    first = mappings.mappings_of(portal.id)[0]
    assert (first.remote_label, first.remote_type, first.options, first.is_read_only) == (
        "名",
        "enumeration",
        [["a", "A"]],
        True,
    )


def _problem(mapping: FieldMapping) -> str:
    return error_messages.sentence(mapping.problem, mapping.problem_values)
