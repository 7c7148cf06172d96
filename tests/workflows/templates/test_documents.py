"""Workflows as documents: names in place of rows, nothing secret, and faults of files with their places."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app.core.db import db
from app.friends.models import AttributeDefinition, Tag
from app.line.models import Account
from app.segments.conditions.definition import parse_definition
from app.segments.conditions.properties import catalogue
from app.team.actors import SYSTEM, Actor
from app.workflows.definition.graph import Graph, Node
from app.workflows.models import Workflow
from app.workflows.operations.life import create_workflow
from app.workflows.queries.workflows import latest_graph
from app.workflows.templates.document import Document
from app.workflows.templates.models import WorkflowTemplate
from app.workflows.templates.names import Reference
from app.workflows.templates.operations import export_workflow, import_file, use_template
from app.workflows.templates.reading import UnreadableFile, read_file
from app.workflows.templates.resolving import CREATE, questions
from tests.factories import friends as factory
from tests.factories import line, media, segments
from tests.factories.auto_messages import auto_message
from tests.factories.team import member
from tests.factories.workflows import chain, draft, says, step
from tests.workflows.qr_codes.conftest import code

MESSAGES = "nodes[1].settings.content.messages"


@pytest.fixture
def place(app: Flask) -> Account:
    return line.account(name="Shop")


def attribute(account: Account, key: str = "birthday", kind: str = "date") -> None:
    db.session.add(AttributeDefinition(account_id=account.id, key=key, label=key.title(), kind=kind))
    db.session.commit()


def document_of(graph: Graph, name: str = "Welcome") -> Document:
    return export_workflow(draft(name, graph).id, actor=SYSTEM)


def taken(document: Document) -> WorkflowTemplate:
    """Import a document as the file that it is exported as."""
    return import_file(json.dumps(document.as_json()).encode(), actor=SYSTEM)


def used(document: Document, account: Account, answers: dict[tuple[Reference, int], str] | None = None) -> Graph:
    made = use_template(taken(document).id, "Mine", "", [account.id], answers or {}, actor=SYSTEM)
    db.session.commit()
    return latest_graph(made)


def fits_tag(tag: Tag) -> dict[str, Any]:
    return segments.definition([segments.condition("tag", "contains_any", tag.id)])


def many_rows(account: Account) -> Graph:
    """A graph that names a row of each kind."""
    place, tag = str(account.id), factory.tag(account, "VIP")
    other = draft("Other")
    attribute(account)
    db.session.commit()
    fits = {place: fits_tag(tag)}
    return chain(
        account,
        step("qr_code", codes={place: [code(account, "Flyer").id]}, conditions=fits),
        step("tag", tags={place: [tag.id]}, change="add"),
        step("auto_message", messages={place: auto_message(account, "Hello", "Hi").id}),
        step("branch", {"b1": "4"}, branches=[{"name": "b1", "label": "A", "conditions": fits}]),
        step("delay", mode="date", field="attributes.birthday", days=0, time="10:00"),
        step("start_workflow", workflow=other.id),
        step("send_message", content=says("Hello {{attributes.birthday|you}}")),
    )


def test_a_document_names_things_instead_of_their_ids(place: Account) -> None:
    found = document_of(many_rows(place)).as_json()
    settings = [one["settings"] for one in found["nodes"]]
    assert settings[0]["codes"] == ["Flyer"] and settings[1]["tags"] == ["VIP"] and settings[2]["messages"] == "Hello"
    condition = settings[0]["conditions"]["groups"][0]["conditions"][0]
    assert condition == {"property": "tag", "operator": "contains_any", "values": ["VIP"]}
    assert settings[3]["branches"][0]["conditions"] == settings[0]["conditions"]
    assert settings[5]["workflow"] == "Other"
    assert found["attributes"] == {"birthday": {"label": "Birthday", "kind": "date"}}
    assert "accounts" not in found and "Shop" not in json.dumps(found)


def test_exported_and_imported_into_the_same_account_it_is_the_same(place: Account) -> None:
    graph = many_rows(place)
    made = used(document_of(graph), place)
    assert made.account_ids == graph.account_ids and made.entry == graph.entry
    assert [one.as_json() for one in made.nodes] == [one.as_json() for one in graph.nodes]


def test_in_another_account_names_are_found_made_or_left_to_be_filled_in(place: Account) -> None:
    document, other = document_of(many_rows(place)), line.account(name="Branch")
    flyer = code(other, "ＦＬＹＥＲ")
    asked = {(one.reference.kind, one.shown): one for one in questions(document, [other], {}, SYSTEM)}
    assert asked["codes", "Flyer"].value == str(flyer.id), "names that look the same are the same"
    assert asked["tags", "VIP"].value == "" and asked["tags", "VIP"].may_create
    assert asked["messages", "Hello"].value == "" and not asked["messages", "Hello"].may_create
    assert asked["attribute", "Birthday"].may_create
    answers = {(Reference("tags", "VIP"), other.id): CREATE, (Reference("attribute", "birthday"), 0): CREATE}
    nodes = used(document, other, answers).nodes
    tag = db.session.scalars(db.select(Tag).where(Tag.account_id == other.id)).one()
    assert tag.name == "VIP" and nodes[1].settings["tags"] == {str(other.id): [tag.id]}
    assert nodes[0].settings["codes"] == {str(other.id): [flyer.id]} and nodes[2].settings["messages"] == {}
    stored = nodes[0].settings["conditions"][str(other.id)]
    assert parse_definition(stored, catalogue(other.id)).complaints == ()
    key = db.session.scalars(db.select(AttributeDefinition).where(AttributeDefinition.account_id == other.id)).one().key
    assert nodes[4].settings["field"] == f"attributes.{key}"


def test_an_attribute_may_have_another_key_here(place: Account) -> None:
    document, other = document_of(many_rows(place)), line.account()
    db.session.add(AttributeDefinition(account_id=other.id, key="born", label="Day of birth", kind="date"))
    db.session.commit()
    nodes = used(document, other, {(Reference("attribute", "birthday"), 0): "born"}).nodes
    assert nodes[4].settings["field"] == "attributes.born"
    assert nodes[6].settings["content"]["messages"][0]["text"] == "Hello {{attributes.born|you}}"


def test_all_friends_stay_all_friends(place: Account) -> None:
    schedule = step("schedule", segments={str(place.id): "all"}, every="day", time="09:00")
    document = document_of(chain(place, schedule, step("stop")))
    assert document.graph.nodes[0].settings["segments"] == {"all": True}
    other = line.account()
    assert used(document, other).nodes[0].settings["segments"] == {str(other.id): "all"}


def test_nothing_secret_is_in_a_document(place: Account) -> None:
    fields = [{"name": "token", "value": "s3cret"}, {"name": "who", "value": "{{display_name|}}"}]
    hook = step("send_webhook", url="https://hooks.example.com/t0ken", secret=7, fields=fields, results=[], status="")
    notice = step("notify_member", to="chosen", members=[3], subject="Hi", text="There")
    picture = media.media_file(place.id)
    content = {"version": 1, "messages": [{"kind": "image", "file_id": picture.id}]}
    graph = chain(place, step("friend_add"), hook, notice, step("send_message", content=content))
    unknown = replace(graph, nodes=(*graph.nodes, Node("x", "from_the_future", {"key": "s3cret"}, {"next": "gone"})))
    document = document_of(unknown)
    written = json.dumps(document.as_json())
    assert "s3cret" not in written and "t0ken" not in written and "gone" not in written
    assert document.graph.nodes[1].settings["fields"][1]["value"] == "{{display_name|}}"
    assert "secret" not in document.graph.nodes[1].settings and "members" not in document.graph.nodes[2].settings
    assert document.graph.nodes[3].settings["content"]["messages"][0]["file_id"] is None
    assert [(one.node, one.what, one.name) for one in document.left_out] == [
        ("n1", "webhook", ""),
        ("n2", "members", ""),
        ("n3", "file", picture.name),
        ("x", "unknown", ""),
    ]


def test_unknown_kinds_of_a_file_are_kept_inert_and_ids_of_files_are_not_taken_over(place: Account) -> None:
    raw = document_of(chain(place, step("friend_add"), step("send_message", content=says("Hi")))).as_json()
    raw["nodes"][1]["settings"] |= {
        "secret": 1,
        "content": {"version": 1, "messages": [{"kind": "image", "file_id": 1}]},
    }
    raw["nodes"].append({"id": "x", "kind": "from_the_future", "settings": {"tags": {"a": 1}}, "exits": {}})
    nodes = used(read_file(json.dumps(raw).encode()), place).nodes
    assert nodes[1].settings == {"content": {"version": 1, "messages": [{"kind": "image", "file_id": None}]}}
    assert nodes[2] == Node("x", "from_the_future", {"tags": {"a": 1}}, {})


def faults(change: Any, account: Account) -> dict[str, str]:
    raw = document_of(chain(account, step("friend_add"), step("tag", change="add"))).as_json()
    change(raw)
    with pytest.raises(UnreadableFile) as caught:
        read_file(json.dumps(raw).encode())
    return {one.place: str(one.message) for one in caught.value.faults}


@pytest.mark.parametrize(
    ("change", "places"),
    [
        (lambda raw: raw.update(format="other"), {"format"}),
        (lambda raw: raw.update(version=99), {"version"}),
        (lambda raw: raw.update(name="  "), {"name"}),
        (lambda raw: raw.update(name=3, description=[]), {"name", "description"}),
        (lambda raw: raw.update(nodes={}), {"nodes"}),
        (lambda raw: raw["nodes"][1].update(id="<b>"), {"nodes[0].exits.next", "nodes[1].id"}),
        (lambda raw: raw["nodes"][1].update(id="n0"), {"nodes[1].id"}),
        (lambda raw: raw["nodes"][1].update(exits={"next": "n1"}), {"nodes"}),
        (lambda raw: raw["nodes"][1].update(exits={"next": "n0"}), {"nodes", "nodes[1].exits.next"}),
        (lambda raw: raw["nodes"][1]["settings"].update(tags={"1": [2]}), {"nodes[1].settings.tags"}),
        (lambda raw: raw["nodes"][1]["settings"].update(workflow=7), {"nodes[1].settings.workflow"}),
        (
            lambda raw: raw["nodes"][1]["settings"].update(content={"messages": 1}),
            {"nodes[1].settings.content.messages"},
        ),
        (lambda raw: raw["nodes"][1]["settings"].update(branches="no"), {"nodes[1].settings.branches"}),
        (
            lambda raw: raw["nodes"][1]["settings"].update(keywords=[{"text": 5}]),
            {"nodes[1].settings.keywords[0].text"},
        ),
        (lambda raw: raw["nodes"][1].update(id="start"), {"nodes[0].exits.next", "nodes[1].id"}),
        (lambda raw: raw["nodes"].append({"id": "new", "kind": "stop"}), {"nodes[2].id"}),
        (lambda raw: raw.update(entry={"re_entry": "never"}), {"entry.re_entry"}),
        (lambda raw: raw.update(attributes={"a": {"label": "A", "kind": "colour"}}), {"attributes.a"}),
        (lambda raw: raw.update(left_out=[1]), {"left_out"}),
    ],
)
def test_faults_of_a_file_have_places(place: Account, change: Any, places: set[str]) -> None:
    assert set(faults(change, place)) == places


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe\xff", "no text in UTF-8"),
        (b'{"format": ', "Line 1, column"),
        (b"[" * 100_000, "nested"),
        (b'{"format": "\\u0000"}', "cannot be stored"),
        (b'{"a": NaN}', "Line 1"),
        (b"[]", "JSON object"),
        (b" " * (1024 * 1024 + 1), "at most 1 MB"),
    ],
)
def test_what_is_no_document_says_why(app: Flask, content: bytes, words: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_file(content)
    assert words in str(caught.value.faults[0].message)


def test_a_workflow_that_the_member_does_not_know_is_not_named(place: Account, app: Flask) -> None:
    hidden = create_workflow("Hidden", graph=chain(line.account(), step("friend_add")), actor=SYSTEM)
    mine = draft("Mine", chain(place, step("friend_add"), step("start_workflow", workflow=hidden.id)))
    actor = Actor.of_member(member(permissions=["workflows"], account_ids=[place.id]))
    document = export_workflow(mine.id, actor=actor)
    assert document.graph.nodes[1].settings["workflow"] is None and "Hidden" not in json.dumps(document.as_json())
    assert [one.what for one in document.left_out] == ["workflow"]
    assert db.session.get(Workflow, hidden.id) is not None
