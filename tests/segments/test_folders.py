"""Folders of segments: made, renamed, deleted, looked into, and segments moved between them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core.db import db
from app.line.models import Account
from app.segments.models import Folder, Segment
from app.team.models import AuditEntry
from tests.factories.line import account
from tests.factories.segments import folder, segment
from tests.segments.posted import posted
from tests.segments.test_list_pages import names, url
from tests.support.client import CheckingClient


def folders() -> list[str]:
    return list(db.session.scalars(select(Folder.name).order_by(Folder.id)))


def audited_actions() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_creating(place: Account, as_alice: CheckingClient) -> None:
    page = as_alice.get(url(place)).text
    assert 'id="folder-dialog"' in page and 'id="folder-form"' in page

    answer = as_alice.fragment(url(place, "/folders"), method="POST", data={"name": " Campaigns "})
    made = db.session.scalars(select(Folder)).one()
    assert answer.headers["HX-Redirect"] == url(place, f"?folder={made.id}")
    assert as_alice.post(url(place, "/folders"), data={"name": "Shops"}).status_code == 303
    assert folders() == ["Campaigns", "Shops"] and audited_actions() == ["segment_folder.created"] * 2
    assert "This folder is empty" in as_alice.get(url(place, f"?folder={made.id}")).text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Enter a name."),
        ("x" * 61, "At most 60 characters."),
        ("CAMPAIGNS", "There is a folder of this name already, or one that looks the same."),
    ],
)
def test_names_that_cannot_be(place: Account, as_alice: CheckingClient, name: str, words: str) -> None:
    folder(place, "Campaigns")
    other = folder(place, "Other")
    for path, root in (("/folders", "folder-form"), (f"/folders/{other.id}", "folder-edit-form")):
        refused = as_alice.fragment(url(place, path), method="POST", data={"name": name})
        assert refused.status_code == 422 and words in refused.text
        assert refused.text.strip().startswith(f'<form id="{root}"') and f'value="{name}"' in refused.text
        assert as_alice.post(url(place, path), data={"name": name}).status_code == 422
    assert folders() == ["Campaigns", "Other"]


def test_the_same_name_in_another_account(place: Account, as_alice: CheckingClient) -> None:
    folder(account(), "Campaigns")
    assert as_alice.post(url(place, "/folders"), data={"name": "Campaigns"}).status_code == 303


def test_renaming(place: Account, as_alice: CheckingClient) -> None:
    shelf = folder(place, "Campaigns")
    assert 'value="Campaigns"' in as_alice.get(url(place, f"/folders/{shelf.id}/edit")).text
    assert 'value="Campaigns"' in as_alice.get(url(place, f"?folder={shelf.id}")).text
    answer = as_alice.post(url(place, f"/folders/{shelf.id}"), data={"name": "Spring"})
    assert answer.location == url(place, f"?folder={shelf.id}")
    assert folders() == ["Spring"] and audited_actions() == ["segment_folder.renamed"]


def test_segments_of_a_deleted_folder_return_to_the_list(place: Account, as_alice: CheckingClient) -> None:
    shelf = folder(place, "Campaigns")
    one = segment(place, "VIP", folder_id=shelf.id)
    page = as_alice.get(url(place, f"?folder={shelf.id}")).text
    assert "Delete the folder “Campaigns”?" in page and "Its segments are not deleted" in page

    assert as_alice.post(url(place, f"/folders/{shelf.id}/removal")).location == url(place)
    assert folders() == [] and db.session.get_one(Segment, one.id).folder_id is None
    assert names(as_alice.get(url(place)).text) == ["VIP"]


def test_looking_into_folders(place: Account, as_alice: CheckingClient) -> None:
    first, second = folder(place, "Campaigns"), folder(place, "Shops")
    segment(place, "a", folder_id=first.id), segment(place, "b", folder_id=first.id)
    assert "Every segment is in a folder" in as_alice.get(url(place, "?folder=0")).text
    segment(place, "c")

    assert names(as_alice.get(url(place, "?sort=name")).text) == ["a", "b", "c"]
    assert names(as_alice.get(url(place, f"?folder={first.id}&sort=name")).text) == ["a", "b"]
    assert names(as_alice.get(url(place, f"?folder={first.id}&search=b")).text) == ["b"]
    assert names(as_alice.get(url(place, "?folder=0")).text) == ["c"]
    page = as_alice.get(url(place, f"?folder={second.id}")).text
    assert "This folder is empty" in page and names(page) == []
    assert f"folder={second.id}" in page.partition("Create Segment")[0].rpartition("<a")[2]


def test_moving_many_into_a_folder_and_out_of_it(place: Account, as_alice: CheckingClient) -> None:
    shelf = folder(place, "Campaigns")
    chosen = [segment(place, name) for name in "ab"]
    theirs = segment(account(), "theirs")
    data = {"chosen": [*(one.id for one in chosen), theirs.id], "into": shelf.id}

    answer = as_alice.fragment(url(place, "/moves"), method="POST", data=data)
    assert (
        "segments-changed" in answer.headers["HX-Trigger"] and "2 segments were moved." in answer.headers["HX-Trigger"]
    )
    assert [one.folder_id for one in chosen] == [shelf.id, shelf.id] and theirs.folder_id is None
    assert audited_actions() == ["segment.moved"] * 2

    assert as_alice.post(url(place, "/moves"), data={"chosen": chosen[0].id, "into": 0}).location == url(place)
    assert [one.folder_id for one in chosen] == [None, shelf.id]
    assert audited_actions()[-1] == "segment.moved_out"


def test_moves_that_cannot_be(place: Account, as_alice: CheckingClient) -> None:
    one, elsewhere = segment(place), folder(account())
    for data, status in (
        ({"into": 0}, 422),
        ({"chosen": "x", "into": 0}, 422),
        ({"chosen": one.id, "into": "x"}, 422),
        ({"chosen": one.id, "into": elsewhere.id}, 404),
    ):
        assert as_alice.fragment(url(place, "/moves"), method="POST", data=data).status_code == status
    assert one.folder_id is None and audited_actions() == []


def test_the_editor_moves_a_segment(place: Account, as_alice: CheckingClient) -> None:
    shops, other = folder(place, "Shops"), folder(place, "Other")
    mine = segment(place, "Mine", folder_id=shops.id)
    page = as_alice.get(url(place, f"/{mine.id}/edit")).text
    assert f'selected value="{shops.id}"' in page and f'name="filed" value="{shops.id}"' in page
    save = posted([("company", "known", [])], name="Mine", version=1, folder=other.id, filed=shops.id)
    assert as_alice.post(url(place, f"/{mine.id}"), data=save).status_code == 303
    assert (mine.folder_id, mine.version) == (other.id, 2)
    assert audited_actions() == ["segment.changed", "segment.moved"]


def test_saving_conditions_leaves_a_segment_where_another_member_has_put_it(
    place: Account, as_alice: CheckingClient
) -> None:
    shops, other = folder(place, "Shops"), folder(place, "Other")
    mine = segment(place, "Mine", folder_id=other.id)
    save = posted([("company", "known", [])], name="Mine", version=1, folder=shops.id, filed=shops.id)
    as_alice.post(url(place, f"/{mine.id}"), data=save)
    assert (mine.folder_id, mine.version) == (other.id, 2)


def test_a_folder_that_is_gone_is_refused_in_the_editor(place: Account, as_alice: CheckingClient) -> None:
    mine = segment(place, "Mine")
    save = posted([("company", "known", [])], name="Mine", version=1, folder=9_999, filed=0)
    refused = as_alice.fragment(url(place, f"/{mine.id}"), method="POST", data=save)
    assert refused.status_code == 422 and "Choose one from the list." in refused.text and mine.version == 1


def test_the_menu_of_a_row_moves_its_segment(place: Account, as_alice: CheckingClient) -> None:
    shops = folder(place, "Shops")
    mine = segment(place, "Mine")
    path = url(place, f"/{mine.id}/folder")
    assert path in as_alice.get(url(place)).text
    asked = as_alice.fragment(path).text
    assert asked.strip().startswith('<form id="segment-filing"') and "Folder of" in asked
    assert "<h1" in as_alice.get(path).text
    moved = as_alice.fragment(path, method="POST", data={"folder": shops.id})
    assert "segments-changed" in moved.headers["HX-Trigger"] and 'id="segment-filing"' in moved.text
    assert mine.folder_id == shops.id
    assert as_alice.post(path, data={"folder": 0}).location == url(place)
    assert mine.folder_id is None
    assert as_alice.fragment(path, method="POST", data={"folder": 9_999}).status_code == 404


def test_who_moves_a_segment_that_is_deleted_by_now_is_told_who_did_it(
    place: Account, as_alice: CheckingClient
) -> None:
    path = url(place, f"/{segment(place, 'Mine').id}")
    as_alice.post(f"{path}/removal")
    for method in ("GET", "POST"):
        gone = as_alice.fragment(f"{path}/folder", method=method)
        assert 'id="segment-filing"' in gone.text and "Alice has deleted this segment." in gone.text
