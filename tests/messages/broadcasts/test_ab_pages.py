"""An A/B test in the form of a broadcast, on its review and in its results, and what its files hear of it."""

from __future__ import annotations

import re

import pytest

from app.core.db import db
from app.core.errors import Conflict
from app.line.models import Account
from app.media.operations.files import delete_file
from app.messages.broadcasts.models import Broadcast, TrackingKind, Variant
from app.messages.broadcasts.operations import control, drafts
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.composer.models import MessageDraft
from app.messages.content import message_set
from app.messages.sending.frequency import change_cap
from app.team.actors import SYSTEM
from tests.factories.media import media_file
from tests.line.conftest import Connect
from tests.messages.broadcasts.conftest import LINKED, Stage, opened, staged, stored, texts, work
from tests.messages.broadcasts.test_ab import click, later
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer

IN_PART = {"HX-Request": "true", "Accept-Language": "en"}
USUAL = {
    "name": "Spring",
    "audience": "all",
    "tracking": "person",
    "starts": "now",
    "late_policy": "ask",
    "late_hours": "3",
    "spread_minutes": "0",
}
TEST = {"test_share": 30, "winner_after_hours": 4}


@pytest.fixture
def stage(line: SandboxServer, connect: Connect) -> Stage:
    """A channel with ten friends."""
    return staged(line, connect, 10)


class Form:
    """Alice's browser at the form of a broadcast: what is drawn is what it posts next."""

    def __init__(self, browser: CheckingClient, account: Account, path: str = "new") -> None:
        self.browser, self.account, self.url = browser, account, f"/accounts/{account.id}/broadcasts"
        self.address, self.drawn = opened(browser, f"{self.url}/{path}")
        found = re.search(r'<form id="broadcast-form"[^>]*action="([^"]+)"', self.drawn)
        assert found
        self.action, self.version = found[1], self.number("version")

    def again(self) -> Form:
        """Open the same window again."""
        return Form(self.browser, self.account, self.address.rpartition("/")[2])

    def number(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([0-9]+)"', self.drawn)
        return found[1] if found else ""

    def post(self, url: str, status: int, **typed: str) -> str:
        """Post what the page holds, with what is typed; returns the answer, or where it leads."""
        hidden = {name: self.number(name) for name in ("draft", "draft_version", "other")}
        data = {**USUAL, **{name: value for name, value in hidden.items() if value}, "version": self.version, **typed}
        answer = self.browser.post(url, data=data, headers=IN_PART)
        assert answer.status_code == status
        return answer.headers.get("HX-Redirect") or answer.text

    def press(self, wish: str, **typed: str) -> str:
        url = f"{self.url}/sets" if self.action.endswith("broadcasts") else f"{self.action}/sets"
        self.drawn = self.post(url, 200, set=wish, **typed)
        return self.drawn

    def save(self, **typed: str) -> Broadcast:
        leads = self.post(self.action, 204, **typed)
        found = re.search(r"/broadcasts/([0-9]+)/", leads)
        assert found
        return stored(int(found[1]))


def unsaved_drafts() -> int:
    db.session.rollback()
    return sum(draft.is_changed for draft in db.session.query(MessageDraft))


def test_both_sets_are_composed_and_saved_together(as_alice: CheckingClient, place: Account) -> None:
    form = Form(as_alice, place)
    assert "data-guard-changed" not in form.drawn
    assert "<textarea" in form.post(f"{form.url[:-11]}/composer/{form.number('draft')}", 200, do="add:messages:text")
    form = form.again()
    drawn = form.press("copy", **{"messages.0.text": "Tea is here"})
    assert "Tea is here" in drawn
    assert 'value="b" aria-pressed="true"' in drawn
    assert "data-guard-changed" in drawn
    assert "Tea is here" in form.press("a", **{"messages.0.text": "Coffee is here"})
    assert "Coffee is here" in form.press("b")
    made = form.save(test_share="25", winner_after_hours="6")
    assert (made.test_share, made.winner_after_hours) == (25, 6)
    said = [made.contents[variant]["messages"][0]["text"] for variant in sorted(made.contents)]
    assert said == ["Tea is here", "Coffee is here"]
    assert unsaved_drafts() == 0


def test_a_saved_test_is_opened_without_changes_and_removed(as_alice: CheckingClient, place: Account) -> None:
    plan = drafts.BroadcastPlan("Spring", AudienceChoice(), texts("A"), content_b=texts("B"), **TEST)
    made = drafts.create_draft(place.id, plan, actor=SYSTEM)
    db.session.commit()
    form = Form(as_alice, place, f"{made.id}/edit?set=b")
    assert ">\nB</textarea>" in form.drawn
    assert 'name="test_share" type="number" value="30"' in form.drawn or 'value="30"' in form.drawn
    numbers = {name: str(value) for name, value in TEST.items()}
    assert "data-guard-changed" not in form.press("a", **numbers)
    assert "data-guard-changed" in form.press("b", **numbers | {"test_share": "31"})
    assert "data-guard-changed" in form.press("remove")
    assert ">\nA</textarea>" in form.drawn
    assert "Add an empty set B" in form.drawn
    saved = form.save()
    assert (saved.content_b, saved.test_share, saved.winner_after_hours) == (None, None, None)


def test_a_begun_test_is_kept_as_a_draft_until_it_is_saved(as_alice: CheckingClient, place: Account) -> None:
    form = Form(as_alice, place)
    form.press("empty")
    assert "Start from a copy of set A" in form.drawn
    form.post(f"{form.url[:-11]}/composer/{form.number('draft')}", 200, do="add:messages:text")
    again = form.again()
    assert 'id="set-b"' in again.drawn
    assert "data-guard-changed" in again.drawn


def test_what_is_typed_into_the_form_is_kept_with_either_set(as_alice: CheckingClient, place: Account) -> None:
    form = Form(as_alice, place)
    path = f"{form.url[:-11]}/composer"
    later = {"starts": "later", "scheduled_at": "2999-01-05T10:30", "time_zone": "Asia/Seoul", "spread_minutes": "x"}
    form.post(f"{path}/{form.number('draft')}/check", 200, name="Plums", **later)
    again = form.again()
    shown = ('value="Plums"', 'value="2999-01-05T10:30"', 'value="Asia/Seoul"', 'value="x"')
    assert [words for words in shown if words not in again.drawn] == []
    assert "data-guard-changed" in again.drawn
    again.press("empty", name="Pears", **later)
    again.post(f"{path}/{again.number('draft')}/check", 200, name="Quinces", **later)
    assert 'value="Quinces"' in form.again().drawn
    again.press("a", name="Figs", **later)
    again.post(f"{path}/{again.number('draft')}/check", 200, name="Dates", **later)
    last = form.again()
    assert 'value="Dates"' in last.drawn and 'id="starts-later" value="later" checked' in last.drawn
    last.post(f"{form.url}/sets", 204, do="discard")
    fresh = form.again().drawn
    assert 'value="Dates"' not in fresh and 'id="starts-now" value="now" checked' in fresh


def test_all_changes_of_both_sets_are_discarded_together(as_alice: CheckingClient, place: Account) -> None:
    form = Form(as_alice, place)
    form.press("empty")
    form.post(f"{form.url[:-11]}/composer/{form.number('draft')}", 200, do="add:messages:text")
    form.drawn = as_alice.get(form.address, headers={"Accept-Language": "en"}).text
    assert form.post(f"{form.url}/sets", 204, do="discard").endswith(form.address)
    again = form.again()
    assert "data-guard-changed" not in again.drawn
    assert "Add an empty set B" in again.drawn


def test_the_numbers_of_a_test_are_refused_at_their_fields(as_alice: CheckingClient, place: Account) -> None:
    form = Form(as_alice, place)
    form.press("empty")
    for typed in (
        {"test_share": "0"},
        {"test_share": "x"},
        {"test_share": "1_0"},
        {"test_share": "20", "winner_after_hours": "169"},
    ):
        refused = form.post(form.action, 422, **typed)
        assert f'id="{list(typed)[-1]}-error"' in refused
    whole = form.save(test_share="100")
    assert (whole.test_share, whole.winner_after_hours) == (100, None)


def test_without_a_rest_no_hours_are_asked_for(as_alice: CheckingClient, place: Account) -> None:
    url = f"/accounts/{place.id}/broadcasts/test-end"
    part = as_alice.get(f"{url}?test_share=15&winner_after_hours=2", headers=IN_PART).text
    assert "7.5% get set A and 7.5% set B" in part
    assert "winner_after_hours" in part
    assert "winner_after_hours" not in as_alice.get(f"{url}?test_share=100", headers=IN_PART).text
    far = as_alice.get(f"{url}?test_share=15&winner_after_hours={'9' * 30}", headers=IN_PART)
    assert far.status_code == 200 and "wait so many hours" in far.text


def test_the_review_looks_at_both_sets(as_alice: CheckingClient, stage: Stage) -> None:
    broadcast = stage.draft(LINKED, content_b=texts("", "No link"), **TEST)
    url = f"/accounts/{stage.account.id}/broadcasts/{broadcast.id}"
    page = lambda path: as_alice.get(f"{url}/{path}", headers={"Accept-Language": "en"}).text  # noqa: E731
    shown = page("review")
    assert "2 get set A, 1 set B." in shown or "2 get set A, 2 set B." in shown
    assert "The other 6 people get the winner after 4 hours." in shown
    assert "shop.example.com/tea" in page("preview")
    assert "No link" in page("preview?set=b")
    checks = page("checks")
    assert checks.index("LINE takes the messages") < checks.index("Set B") < checks.index("so it cannot win")
    assert f"{url}/edit?check=1&amp;set=b" in checks
    refused = as_alice.post(f"{url}/confirmation", data={"seen": str(broadcast.version)})
    assert refused.headers["Location"] == f"{url}/edit?check=1"
    assert 'value="b" aria-pressed="true"' in page("edit?check=1")


def test_whom_the_cap_leaves_out_is_counted_on_the_review(as_alice: CheckingClient, stage: Stage) -> None:
    stage.sent("First")
    broadcast = stage.draft("Second")
    url = f"/accounts/{stage.account.id}/broadcasts/{broadcast.id}/review"
    assert "left out by the frequency cap" not in as_alice.get(url, headers={"Accept-Language": "en"}).text
    change_cap(stage.account.id, 1, 7, actor=SYSTEM)
    db.session.commit()
    shown = as_alice.get(url, headers={"Accept-Language": "en"}).text
    assert ">10</a>" in shown.partition("<dt>left out by the frequency cap</dt>")[2].partition("</dd>")[0]
    assert "The frequency cap leaves no one to send to" in shown
    assert stage.sent("Second").reason == "broadcasts.all_capped"


def test_the_results_say_who_leads_and_who_has_won(as_alice: CheckingClient, stage: Stage) -> None:
    broadcast = stage.sent(LINKED, content_b=texts(LINKED), **TEST)
    url = f"/accounts/{stage.account.id}/broadcasts/{broadcast.id}"
    standing = lambda: as_alice.get(f"{url}/results", headers=IN_PART).text  # noqa: E731
    assert "Both sets are level so far" in standing()
    click(broadcast.id, Variant.B, 1)
    assert "Set B leads so far. Of their half, 0.0% have clicked on set A and 50.0% on set B." in standing()
    later(broadcast.id, 4)
    assert re.search("Set B won at .*Of their half, 0.0% had clicked on set A and 50.0% on set B", standing())
    chosen = stage.sent(LINKED, content_b=texts(LINKED), **TEST)
    control.choose_winner(stage.account.id, chosen.id, Variant.A, actor=SYSTEM)
    db.session.commit()
    said = as_alice.get(f"{url.rpartition('/')[0]}/{chosen.id}/results", headers=IN_PART).text
    assert "A member chose set A at" in said and "Counts for the winner" not in said


def test_the_table_shows_the_figure_that_decides(as_alice: CheckingClient, stage: Stage) -> None:
    """Taps of shared links come from browsers: three taps of A in two browsers beat five of B in one."""
    broadcast = stage.sent(LINKED, content_b=texts(LINKED), **TEST | {"test_share": 60})
    click(broadcast.id, Variant.A, 2)
    click(broadcast.id, Variant.A, 1)
    for _ in range(5):
        click(broadcast.id, Variant.B, 1)
    url = f"/accounts/{stage.account.id}/broadcasts/{broadcast.id}/results"
    rows = lambda: table(as_alice.get(url, headers=IN_PART).text)  # noqa: E731
    assert rows() == {
        "Test: set A": ["3", "clicks only", "–", "3", "2 66.7%"],
        "Test: set B": ["3", "clicks only", "–", "5", "1 33.3%"],
    }
    later(broadcast.id, 4)
    for _ in range(2):
        click(broadcast.id, Variant.B, 3)
    found = rows()
    assert [row[4] for row in found.values()] == ["2 66.7%", "1 33.3%", ""]
    assert list(found) == ["Test: set A", "Test: set B", "Rest: set A"]


def table(page: str) -> dict[str, list[str]]:
    """Return the cells of the table of a test's sets by their first."""
    body = page.partition('id="broadcast-variants"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    rows = [
        [" ".join(re.sub("<[^>]+>", " ", cell).split()) for cell in row.split("</td>")] for row in body.split("<tr>")
    ]
    return {row[0]: row[1:-1] for row in rows if len(row) > 1}


def test_the_details_say_what_came_of_a_test(as_alice: CheckingClient, stage: Stage) -> None:
    broadcast_id = stage.confirmed(LINKED, content_b=texts(LINKED), **TEST)
    url = f"/accounts/{stage.account.id}/broadcasts/{broadcast_id}"
    details = lambda: as_alice.get(url, headers={"Accept-Language": "en"}).text.partition("broadcast-details")[2]  # noqa: E731
    assert "30% of the people take part." in details()
    assert "The other 70% get the winner after 4 hours." in details()
    work()
    assert "In the test: 2 with set A, 2 with set B." in details()
    assert "The other 6 people get the winner 4 hours after the last message of the test." in details()
    assert as_alice.post(f"{url}/winner", data={"variant": "b"}, headers=IN_PART).status_code == 200
    assert re.search("Alice.* chose set B for the other 6 people at", details()) and "4 hours" not in details()
    other = stage.sent(LINKED, content_b=texts(LINKED), **TEST)
    later(other.id, 4)
    url = f"/accounts/{stage.account.id}/broadcasts/{other.id}"
    assert "By its clicks, set A was chosen for the other 6 people at" in details()


def test_the_review_says_when_browsers_are_counted(as_alice: CheckingClient, stage: Stage) -> None:
    words = "The winner of the test is found by browsers"

    def checks(*said: str, **values: object) -> str:
        draft = stage.draft(*said, **{"content_b": texts(LINKED), **TEST, **values})
        return as_alice.get(f"/accounts/{stage.account.id}/broadcasts/{draft.id}/checks", headers=IN_PART).text

    assert words in checks(LINKED)
    assert words not in checks(LINKED, tracking=TrackingKind.PERSON)
    assert words not in checks(LINKED, test_share=100, winner_after_hours=None)
    assert words not in checks("A", content_b=texts("B"))
    stage.account.liff_id = "2000000101-abcdefgh"
    db.session.commit()
    assert words not in checks(LINKED)


def test_files_of_the_second_set_are_used(place: Account) -> None:
    file = media_file(place.id)
    both = message_set.read({"messages": [{"kind": "image", "file_id": file.id}]})
    plan = drafts.BroadcastPlan("Spring", AudienceChoice(), texts("A"), content_b=both, **TEST)
    made = drafts.create_draft(place.id, plan, actor=SYSTEM)
    with pytest.raises(Conflict):
        delete_file(file, actor=SYSTEM)
    copy = drafts.duplicate(place.id, made.id, actor=SYSTEM)
    drafts.delete_draft(place.id, made.id, actor=SYSTEM)
    with pytest.raises(Conflict):
        delete_file(file, actor=SYSTEM)
    drafts.delete_draft(place.id, copy.id, actor=SYSTEM)
    delete_file(file, actor=SYSTEM)
