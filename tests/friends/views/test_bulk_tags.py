"""Bulk changes of tags, as members start, watch and cancel them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.db import db
from app.core.runs.models import Run, RunState
from app.core.runs.operations import advance
from app.friends.list_models import KeptChange
from app.friends.models import FriendTag, Tag
from app.friends.operations import bulk
from app.line.models import Account
from app.team.models import AuditEntry
from app.team.permissions import Permission
from tests.factories.friends import friend, tag
from tests.factories.line import account
from tests.support.client import CheckingClient


def url(place: Account, path: str = "") -> str:
    return f"/accounts/{place.id}/bulk-tags{path}"


def tagged(vip: Tag) -> int:
    return db.session.scalar(select(func.count()).where(FriendTag.tag_id == vip.id)) or 0


def test_a_few_friends_are_tagged_at_once(place: Account, as_alice: CheckingClient) -> None:
    vip = tag(place, "VIP")
    had, new, _left = friend(place, (vip,)), friend(place), friend(place)
    data = {"action": "add", "chosen": [vip.id], "friend": [had.id, new.id], "whole": ""}

    answer = as_alice.fragment(url(place), method="POST", data=data)

    assert answer.text.strip().startswith('<div id="bulk-runs"')
    assert "1 of 2 friends changed" in answer.headers["HX-Trigger"]
    assert "friends-changed" in answer.headers["HX-Trigger"]
    assert tagged(vip) == 2
    again = as_alice.fragment(url(place), method="POST", data=data)
    assert "Nothing to change" in again.headers["HX-Trigger"]
    removal = as_alice.fragment(url(place), method="POST", data={**data, "action": "remove"})
    assert "2 friends changed." in removal.headers["HX-Trigger"]


def test_the_whole_result_is_what_the_filter_lets_through(place: Account, as_alice: CheckingClient) -> None:
    vip = tag(place, "VIP")
    for name in ("Ana", "Anabel", "Ben"):
        friend(place, display_name=name)
    one = friend(place, display_name="Zoe")

    data = {"action": "add", "chosen": [vip.id], "friend": [one.id], "whole": "1", "search": "ana"}
    answer = as_alice.fragment(url(place), method="POST", data=data)

    assert "2 friends changed." in answer.headers["HX-Trigger"]
    assert tagged(vip) == 2


@pytest.fixture
def run(place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run for five friends, one of whom has the tag, in batches of two."""
    monkeypatch.setattr(bulk, "AT_ONCE", 3)
    monkeypatch.setattr(bulk, "BATCH", 2)
    vip = tag(place, "VIP")
    for number in range(5):
        friend(place, (vip,) if number == 0 else ())
    answer = as_alice.fragment(url(place), method="POST", data={"action": "add", "chosen": [vip.id], "whole": "1"})
    assert "in the background" in answer.headers["HX-Trigger"]
    return db.session.scalars(select(Run)).one()


def test_a_large_change_tells_how_far_it_is_until_it_is_over(
    place: Account, as_alice: CheckingClient, run: Run
) -> None:
    waiting = as_alice.fragment(url(place))
    assert "Adding VIP" in waiting.text and 'hx-trigger="every 1s"' in waiting.text and "<progress" in waiting.text
    assert "friends-changed" not in waiting.headers.get("HX-Trigger", "")

    run.state, run.total, run.done = RunState.RUNNING, 5, 2
    db.session.commit()
    assert "2 of 5 friends" in as_alice.fragment(url(place)).text
    run.state, run.total, run.done = RunState.QUEUED, None, 0
    db.session.commit()
    advance(run.id)

    over = as_alice.fragment(url(place))
    assert "4 of 5 friends changed; the others were so already." in over.text
    assert "hx-trigger" not in over.text
    assert "friends-changed" in over.headers["HX-Trigger"]


def test_a_large_change_can_be_cancelled(place: Account, as_alice: CheckingClient, run: Run) -> None:
    answer = as_alice.fragment(url(place, f"/{run.id}/cancellation"), method="POST")

    assert "Cancelled." in answer.text
    db.session.refresh(run)
    assert run.state == RunState.CANCELLED
    late = as_alice.fragment(url(place, f"/{run.id}/cancellation"), method="POST")
    assert "finished already" in late.headers["HX-Trigger"]
    assert as_alice.post(url(account(), f"/{run.id}/cancellation")).status_code == 404
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "tag.bulk_cancelled")).one()
    assert (entry.target_name, entry.actor_name) == ("VIP", "Alice")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"action": "add", "friend": "1"}, "Choose at least one tag."),
        ({"action": "add", "chosen": "VIP"}, "Choose at least one friend."),
        ({"action": "add", "chosen": "VIP", "friend": "999999"}, "Choose at least one friend."),
    ],
)
def test_what_is_missing_is_said_in_the_dialog(
    place: Account, as_alice: CheckingClient, data: dict[str, Any], words: str
) -> None:
    vip = tag(place, "VIP")
    data = {name: str(vip.id) if value == "VIP" else value for name, value in data.items()}

    answer = as_alice.fragment(url(place), method="POST", data=data)

    assert answer.status_code == 422
    assert words in answer.text and answer.text.strip().startswith('<form id="bulk-form"')
    if "chosen" in data:
        assert "checked" in answer.text


@pytest.mark.parametrize("data", [{"action": "burn", "chosen": "1"}, {"action": "add", "chosen": "x"}, {}])
def test_what_no_form_of_ours_sends_is_refused(place: Account, as_alice: CheckingClient, data: Any) -> None:
    assert as_alice.fragment(url(place), method="POST", data=data).status_code == 422


def test_the_dialog_offers_the_accounts_tags(place: Account, as_alice: CheckingClient) -> None:
    tag(place, "VIP"), tag(account(), "Elsewhere")

    adding = as_alice.fragment(url(place, "/new?action=add")).text
    assert "VIP" in adding and "Elsewhere" not in adding and "put on" in adding
    assert "taken off" in as_alice.fragment(url(place, "/new?action=remove")).text


def test_without_script_the_browser_is_sent_back_to_the_list(place: Account, as_alice: CheckingClient) -> None:
    vip, row = tag(place), friend(place, display_name="Ana")
    data = {"action": "add", "chosen": [vip.id], "friend": [row.id], "search": "ana"}
    answer = as_alice.post(url(place), data=data)

    assert (answer.status_code, answer.location) == (303, f"/accounts/{place.id}/friends?search=ana")


def test_bulk_changes_are_for_those_who_may_tag(
    place: Account, people: SimpleNamespace, as_bob: CheckingClient, as_charlie: CheckingClient
) -> None:
    people.bob.permissions = [Permission.FRIENDS]
    db.session.commit()
    for path, method in (("", "GET"), ("/new", "GET"), ("", "POST"), ("/1/cancellation", "POST")):
        assert as_bob.open(url(place, path), method=method).status_code == 403
        assert as_charlie.open(url(place, path), method=method).status_code == 404
    people.bob.permissions = [Permission.TAGS]
    db.session.commit()
    assert as_bob.get(url(place)).status_code == 200


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("action=add&friend=1&friend=2&whole=", "These tags are put on 2 friends:"),
        ("action=remove&friend=1", "These tags are taken off 1 friend:"),
        ("action=add&whole=1&whole=&search=ana&friend=1", "These tags are put on 2 friends:"),
        ("action=add&friend=x", "These tags are put on the chosen friends:"),
    ],
)
def test_the_dialog_says_how_many_friends_are_chosen(
    place: Account, as_alice: CheckingClient, asked: str, said: str
) -> None:
    for name in ("Ana", "Anabel", "Ben"):
        friend(place, display_name=name)
    shown = as_alice.get(url(place, f"/new?{asked}"), headers={"HX-Request": "true", "Accept-Language": "en"}).text
    assert said in shown


def test_dialog_and_button_say_how_many_and_a_new_tag_is_made_on_the_way(
    place: Account, as_alice: CheckingClient
) -> None:
    ids = [friend(place).id for _ in range(2)]
    dialog = as_alice.fragment(url(place, f"/new?action=add&friend={ids[0]}&friend={ids[1]}")).text
    assert "Put on 2 friends" in dialog and 'name="new_tag"' in dialog
    whole = as_alice.fragment(url(place, "/new?action=remove&whole=1")).text
    assert "Take off 2 friends" in whole and 'name="new_tag"' not in whole
    data = {"action": "add", "friend": ids, "new_tag": " Spring  sale "}
    assert as_alice.fragment(url(place), method="POST", data=data).status_code == 200
    made = db.session.scalars(select(Tag)).one()
    assert (made.name, tagged(made)) == ("Spring sale", 2)
    again = as_alice.fragment(url(place), method="POST", data={**data, "new_tag": "spring sale"})
    assert "Nothing to change" in again.headers["HX-Trigger"]
    assert as_alice.fragment(url(place), method="POST", data={**data, "new_tag": "x" * 300}).status_code == 422


def test_a_change_that_is_over_can_be_closed_and_undone_where_it_is_listed(
    place: Account, as_alice: CheckingClient
) -> None:
    vip, one = tag(place, "VIP"), friend(place)
    as_alice.fragment(url(place), method="POST", data={"action": "add", "chosen": [vip.id], "friend": [one.id]})
    change = db.session.scalars(select(KeptChange)).one()
    friends = f"/accounts/{place.id}/friends"
    assert "Undo on 1 friend" in as_alice.get(friends).text
    closed = as_alice.fragment(url(place, f"/{change.id}/close"), method="POST")
    assert "Undo on" not in closed.text and "Undo on" not in as_alice.get(friends).text

    listed = as_alice.get(url(place, "/history")).text
    assert "Added: VIP" in listed and "can be undone until" in listed and "every 1s" not in listed
    undone = as_alice.fragment(url(place, f"/{change.id}/undo"), method="POST", data={"page": "history"})
    assert undone.headers["HX-Redirect"] == url(place, "/history")
    assert "every 1s" in as_alice.get(url(place, "/history")).text
    advance(db.session.scalars(select(Run.id)).one())
    assert tagged(vip) == 0
    assert "Undone: the one change." in as_alice.get(friends).text
    assert "undone by" in as_alice.get(url(place, "/history")).text
    again = as_alice.fragment(url(place, f"/{change.id}/undo"), method="POST")
    assert "undone already" in again.headers["HX-Trigger"]


def test_a_change_whose_tags_are_all_deleted_says_so_instead_of_offering_undo(
    place: Account, as_alice: CheckingClient
) -> None:
    gone, kept, one = tag(place, "Gone"), tag(place, "Kept"), friend(place)
    data = {"action": "add", "chosen": [gone.id, kept.id], "friend": [one.id], "whole": ""}
    as_alice.fragment(url(place), method="POST", data=data)
    change = db.session.scalars(select(KeptChange)).one()
    as_alice.post(f"/accounts/{place.id}/tags/{gone.id}/removal")
    assert url(place, f"/{change.id}/undo") in as_alice.get(url(place, "/history")).text
    as_alice.post(f"/accounts/{place.id}/tags/{kept.id}/removal")
    for page in ("", "/history"):
        said = as_alice.get(url(place, page)).text
        assert "nothing left to undo" in said and url(place, f"/{change.id}/undo") not in said
    refused = as_alice.fragment(url(place, f"/{change.id}/undo"), method="POST")
    assert "nothing left to undo" in refused.headers["HX-Trigger"]
    db.session.refresh(change)
    assert change.undo_run_id is None
