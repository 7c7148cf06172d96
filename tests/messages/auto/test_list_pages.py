"""The list of Auto Send Messages: rows, search, order, folders, archive, and what is done from there."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.core import usage
from app.core.db import db
from app.core.registry import Registry
from app.line.models import Account
from app.messages.auto.models import AutoMessage, AutoMessageFolder
from app.team.models import AuditEntry
from tests.factories.auto_messages import auto_message, folder
from tests.factories.line import account
from tests.support.client import CheckingClient


def url(place: Account, path: str = "") -> str:
    return f"/accounts/{place.id}/auto-messages{path}"


def names(html: str) -> list[str]:
    return re.findall(r'id="name-auto-messages-\d+"[^>]*><bdi>([^<]*)<', html)


def audited() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[usage.Usage]:
    """What uses every Auto Send Message, filled by the test."""
    found: list[usage.Usage] = []
    finders: Registry[usage.Finder] = Registry("usage")
    finders.add("auto_message/workflows", lambda _id: found)
    monkeypatch.setattr(usage, "FINDERS", finders)
    return found


def test_it_says_what_they_are_when_there_is_none(place: Account, as_alice: CheckingClient) -> None:
    page = as_alice.get(url(place)).text
    assert "No Auto Send Messages yet" in page and page.count("Create Auto Send Message") == 2


def test_a_row_says_its_kinds_and_who_changed_it(
    place: Account, people: SimpleNamespace, as_alice: CheckingClient, used: list[usage.Usage]
) -> None:
    one = auto_message(place, "Welcome", "Hello", "Bye", updated_by=people.alice.id)
    auto_message(account(), "Elsewhere")
    used.append(usage.Usage("Workflow", "First steps", "home.show"))
    page = as_alice.get(url(place)).text
    assert names(page) == ["Welcome"]
    assert "Text · Text" in page and "Alice" in page and "1 place" in page
    assert url(place, f"/{one.id}/edit") in page and url(place, "/new") in page


def test_searching_sorting_and_pages(place: Account, as_alice: CheckingClient) -> None:
    for name in ("beta", "Alpha", "Gamma"):
        auto_message(place, name)
    assert names(as_alice.get(url(place)).text) == ["Gamma", "Alpha", "beta"]
    assert names(as_alice.get(url(place, "?sort=name")).text) == ["Alpha", "beta", "Gamma"]
    assert names(as_alice.fragment(url(place, "?search=ＡＬ")).text) == ["Alpha"]
    assert "No Auto Send Message of this name" in as_alice.get(url(place, "?search=nothing")).text


def test_moving_into_a_folder_and_deleting_the_folder(place: Account, as_alice: CheckingClient) -> None:
    one, other, box = auto_message(place, "One"), auto_message(place, "Other"), folder(place, "Shop")
    moved = as_alice.fragment(url(place, "/moves"), method="POST", data={"chosen": one.id, "into": box.id})
    assert moved.headers["HX-Trigger"] == "auto-messages-changed" or "auto-messages-changed" in str(moved.headers)
    assert names(as_alice.get(url(place, f"?folder={box.id}")).text) == ["One"]
    assert names(as_alice.get(url(place, "?folder=0")).text) == ["Other"]
    as_alice.post(url(place, f"/folders/{box.id}/removal"))
    assert names(as_alice.get(url(place)).text) == ["Other", "One"]
    assert db.session.scalars(select(AutoMessageFolder)).all() == [] and other.folder_id is None
    assert audited() == ["auto_message.moved", "auto_message_folder.deleted"]


def test_the_archive_keeps_them_out_of_the_list(place: Account, as_alice: CheckingClient) -> None:
    one = auto_message(place, "Old")
    as_alice.fragment(url(place, f"/{one.id}/archival"), method="POST")
    as_alice.fragment(url(place, f"/{one.id}/archival"), method="POST")
    assert names(as_alice.get(url(place)).text) == []
    assert names(as_alice.get(url(place, "?archived=1")).text) == ["Old"]
    as_alice.fragment(url(place, f"/{one.id}/restoration"), method="POST")
    assert names(as_alice.get(url(place)).text) == ["Old"]
    assert audited() == ["auto_message.archived", "auto_message.restored"]


def test_copies_get_names_of_their_own(place: Account, as_alice: CheckingClient) -> None:
    one = auto_message(place, "x" * 60)
    for _time in range(2):
        as_alice.fragment(url(place, f"/{one.id}/copy"), method="POST")
    copies = db.session.scalars(select(AutoMessage).where(AutoMessage.id != one.id).order_by(AutoMessage.id)).all()
    assert [copy.name[-9:] for copy in copies] == ["xx (copy)", " (copy 2)"]
    assert {str(copy.content) for copy in copies} == {str(one.content)}


def test_what_an_active_workflow_sends_is_not_deleted(
    place: Account, as_alice: CheckingClient, used: list[usage.Usage]
) -> None:
    one = auto_message(place, "Welcome")
    used.append(usage.Usage("Workflow", "First steps", "home.show", holds=True))
    question = as_alice.fragment(url(place, f"/{one.id}/removal")).text
    assert "cannot be deleted now" in question and "First steps" in question and "btn-danger" not in question
    refused = as_alice.post(url(place, f"/{one.id}/removal"))
    assert refused.status_code == 409 and "First steps" in refused.text
    used.clear()
    as_alice.fragment(url(place, f"/{one.id}/removal"), method="POST")
    assert db.session.scalars(select(AutoMessage)).all() == [] and audited() == ["auto_message.deleted"]


def test_of_another_account_nothing_is_found(place: Account, as_alice: CheckingClient) -> None:
    other = auto_message(account(), "Theirs")
    for path in (f"/{other.id}/removal", f"/{other.id}/edit"):
        assert as_alice.get(url(place, path)).status_code == 404
    for path in (f"/{other.id}/copy", f"/{other.id}/archival", f"/{other.id}/removal", f"/{other.id}"):
        assert as_alice.post(url(place, path)).status_code == 404
