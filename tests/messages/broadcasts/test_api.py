"""Programs create drafts, have them sent, and read what became of them; what they repeat happens once."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.core.clock import now
from app.core.db import db
from app.messages.broadcasts.models import Broadcast, BroadcastRules, BroadcastState
from app.messages.broadcasts.operations.confirming import confirm
from app.team.actors import Actor
from app.team.models import AuditEntry
from app.team.operations.api_keys import create_api_key
from tests.factories import line as line_factory
from tests.line.conftest import Connect
from tests.messages.broadcasts.conftest import LINKED, Stage, staged, work
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer

Ask = Callable[..., TestResponse]
NOW = {"scheduled_at": "now", "version": 1}


@pytest.fixture
def stage(line: SandboxServer, connect: Connect) -> Stage:
    """A few friends."""
    return staged(line, connect, 4)


@pytest.fixture
def ask(stage: Stage, people: SimpleNamespace, browser: CheckingClient) -> Ask:
    """Ask as a program does: by a key for one account, below the account's broadcasts or at an address of an answer."""
    maker, tokens = Actor.of_member(people.alice), dict[str, str]()
    for one in ("broadcasts", "imports"):
        _key, tokens[one] = create_api_key(name="CRM", scopes=[one], account_ids=[stage.account.id], actor=maker)
    db.session.commit()

    def ask(path: str = "", body: object = None, *, scope: str = "broadcasts", account_id: int = 0) -> TestResponse:
        below = f"/api/v1/accounts/{account_id or stage.account.id}/broadcasts"
        place = path if path.startswith("/api/") else below + path
        headers = {"Authorization": f"Bearer {tokens[scope]}"}
        if body is None:
            return browser.get(place, headers=headers)
        sent: dict[str, Any] = {"data": body} if isinstance(body, str) else {"json": body}
        return browser.post(place, headers=headers, csrf=False, **sent)

    return ask


def draft(*words: str, **values: Any) -> dict[str, Any]:
    messages = [{"kind": "text", "text": one} for one in words or ("Hello",)]
    return {"name": "Spring", "content": {"messages": messages}, "tracking": "link", **values}


def problem(answer: TestResponse) -> tuple[int, list[str]]:
    """Return the status and the places that a refusal names."""
    assert answer.mimetype == "application/problem+json", answer.text
    return answer.status_code, [one["place"] for one in answer.get_json().get("errors", [])]


def test_a_program_creates_schedules_and_reads_results(stage: Stage, ask: Ask) -> None:
    created = ask("", draft(LINKED))
    made = created.get_json()
    assert (created.status_code, created.headers["Location"], made["state"]) == (201, made["url"], "draft")
    assert made["content"]["messages"][0]["text"] == LINKED
    early = ask(f"/{made['id']}/results")
    assert (problem(early)[0], early.get_json()["title"]) == (409, "Nothing was changed")
    scheduled = ask(f"{made['url']}/schedule", {"scheduled_at": "now", "version": made["version"]})
    found = scheduled.get_json()
    assert (scheduled.status_code, found["state"], found["reserved_units"]) == (200, "scheduled", 4)
    assert found["reviewed"] == {"friends": 4, "reachable": 4, "blocked": 0}
    work()
    sent = ask(made["url"]).get_json()
    assert (sent["state"], sent["people"]["sent"], sent["reason"]) == ("sent", 4, None)
    assert stage.reached() == stage.people
    results = ask(sent["results_url"]).get_json()
    assert (results["sent"], results["delivered"], results["delivery_rate"]) == (4, 4, 1.0)
    assert [one["target"] for one in results["links"]] == ["https://shop.example.com/tea"]
    assert (results["opened"], results["open_rate"], results["line"]) == (None, None, None)
    actions = [(one.action, one.actor_name) for one in db.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions[-2:] == [("broadcast.created", "API: CRM"), ("broadcast.confirmed", "API: CRM")]


def test_a_repeated_request_creates_one_draft(stage: Stage, ask: Ask) -> None:
    first = ask("", draft("Hello", reference="crm-1"))
    again = ask("", draft("Hello", reference="crm-1"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json()["id"] == again.get_json()["id"]
    assert problem(ask("", draft("Good bye", reference="crm-1")))[0] == 409
    assert ask("", draft("Hello", reference="crm-2")).status_code == 201
    assert db.session.query(Broadcast).count() == 2
    named = ask("?reference=crm-1").get_json()["broadcasts"]
    assert [one["id"] for one in named] == [first.get_json()["id"]]


def test_a_refused_request_does_not_use_up_its_reference(stage: Stage, ask: Ask) -> None:
    assert ask("", draft("", reference="crm-1")).status_code == 422
    assert ask("", draft("Hello", reference="crm-1")).status_code == 201


def test_a_repeated_schedule_sends_once(stage: Stage, ask: Ask) -> None:
    url = ask("", draft()).get_json()["url"]
    wish = {"scheduled_at": "now", "version": 1}
    assert ask(f"{url}/schedule", wish).get_json()["state"] == "scheduled"
    assert ask(f"{url}/schedule", wish).status_code == 200
    work()
    assert ask(f"{url}/schedule", wish).get_json()["state"] == "sent"
    work()
    assert stage.reached() == stage.people
    other = {"scheduled_at": "2030-01-01T00:00:00Z", "version": 1}
    assert problem(ask(f"{url}/schedule", other))[0] == 409


def test_a_time_is_scheduled_in_its_zone_and_cancelled(stage: Stage, ask: Ask) -> None:
    url = ask("", draft()).get_json()["url"]
    found = ask(
        f"{url}/schedule", {"scheduled_at": "2030-01-01T09:30", "time_zone": "Asia/Tokyo", "version": 1}
    ).get_json()
    assert (found["scheduled_at"], found["time_zone"]) == ("2030-01-01T00:30:00+00:00", "Asia/Tokyo")
    same = ask(f"{url}/schedule", {"scheduled_at": "2029-12-31T19:30:00-05:00", "version": 2})
    assert (same.status_code, same.get_json()["time_zone"]) == (200, "Asia/Tokyo")
    cancelled = ask(f"{url}/cancel", {})
    assert (cancelled.get_json()["state"], cancelled.get_json()["reserved_units"]) == ("draft", 0)
    assert ask(f"{url}/cancel", {}).status_code == 200
    stale = ask(f"{url}/schedule", {"scheduled_at": "2030-01-01T09:30", "time_zone": "Asia/Tokyo", "version": 1})
    assert problem(stale)[0] == 409


@pytest.mark.parametrize("at", ["now", "2030-01-01T09:30:00+09:00"])
def test_a_repetition_after_a_cancel_undoes_nothing(stage: Stage, ask: Ask, at: str) -> None:
    url = ask("", draft()).get_json()["url"]
    wish = {"scheduled_at": at, "version": 1}
    assert ask(f"{url}/schedule", wish).get_json()["state"] == "scheduled"
    assert ask(f"{url}/schedule", wish).status_code == 200
    now_is = ask(f"{url}/cancel", {}).get_json()
    assert problem(ask(f"{url}/schedule", wish))[0] == 409
    assert ask(url).get_json()["state"] == "draft"
    assert ask(f"{url}/schedule", {**wish, "version": now_is["version"]}).get_json()["state"] == "scheduled"


def test_a_broadcast_that_has_begun_cannot_be_cancelled(stage: Stage, ask: Ask) -> None:
    url = ask("", draft()).get_json()["url"]
    ask(f"{url}/schedule", NOW)
    work()
    assert problem(ask(f"{url}/cancel", {}))[0] == 409


@pytest.mark.parametrize(
    ("wish", "place"),
    [
        ({"scheduled_at": "2020-01-01T00:00:00Z"}, "scheduled_at"),
        ({"scheduled_at": "9999-12-31T23:59:59-14:00"}, "scheduled_at"),
        ({"scheduled_at": "9999-12-31T23:59", "time_zone": "America/New_York"}, "scheduled_at"),
        ({"scheduled_at": "tomorrow"}, "scheduled_at"),
        ({"scheduled_at": "2030-01-01T09:30"}, "scheduled_at"),
        ({"scheduled_at": "2030-03-10T02:30", "time_zone": "America/New_York"}, "scheduled_at"),
        ({"scheduled_at": "2030-11-03T01:30", "time_zone": "America/New_York"}, "scheduled_at"),
        ({"scheduled_at": "2030-01-01T09:30", "time_zone": "Mars/Dune"}, "time_zone"),
        ({"scheduled_at": "now", "time_zone": "Mars/Dune"}, "time_zone"),
        ({"scheduled_at": "now", "time_zone": ""}, "time_zone"),
        ({"scheduled_at": "now", "version": "1"}, "version"),
        ({"scheduled_at": "now", "version": None}, "version"),
        ({"scheduled_at": "now", "version": 10**20}, "version"),
        ({"scheduled_at": None}, "scheduled_at"),
        ({"scheduled_at": "now\0"}, "scheduled_at"),
        ({"scheduled_at": "now", "when": 1}, "when"),
    ],
)
def test_a_time_that_is_none_is_refused(stage: Stage, ask: Ask, wish: dict[str, Any], place: str) -> None:
    url = ask("", draft()).get_json()["url"]
    assert problem(ask(f"{url}/schedule", {"version": 1, **wish})) == (422, [place])
    assert ask(url).get_json()["state"] == "draft"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (draft(name=""), "name"),
        (draft(name=5), "name"),
        ({"name": "Spring"}, "content"),
        (draft(nonsense=1), "nonsense"),
        (draft(tracking="both"), "tracking"),
        (draft(late_hours=0), "late_hours"),
        (draft(audience={"kind": "segment"}), "audience"),
        (draft(audience={"kind": "segment", "segment_id": 999}), "audience"),
        (draft(audience={"kind": "all", "segment_id": 1}), "audience.segment_id"),
        (draft(audience={"kind": "segment", "segment_id": 1, "without_id": 2}), "audience.without_id"),
        (draft(audience={"kind": "everyone"}), "audience.kind"),
        (draft(audience={"kind": "segment", "segment_id": 10**20}), "audience.segment_id"),
        (draft(time_zone="Mars/Dune"), "time_zone"),
        (draft(time_zone=""), "time_zone"),
        (draft(name="Spring\0"), "name"),
        (draft(reference="crm\0"), "reference"),
        (draft(late_hours=10**20), "late_hours"),
        (draft("Hello\0"), "content.messages.0.text"),
        (draft(content={"messages": [{"kind": "image", "file_id": 10**20}]}), "content.messages.0.file_id"),
        (
            draft(content={"messages": [{"kind": "json", "message": {"type": "text", "te\0xt": "A"}}]}),
            "content.messages.0.message.te\ufffdxt",
        ),
        (
            draft(content={"messages": [{"kind": "json", "message": {"type": "text", "text": 10**20}}]}),
            "content.messages.0.message.text",
        ),
        (draft("Hello", ""), "content.messages.1.text"),
        (draft(content={"messages": [{"kind": "text", "text": 5}]}), "content.messages.0.text"),
        (draft(content={"messages": [{"kind": "text", "txt": "Hello"}]}), "content.messages.0.txt"),
        (draft(content={"messages": [{"kind": "song"}]}), "content.messages.0"),
        (draft(content={"messages": []}), "content.messages"),
        (draft("{{nothing|x}}"), "content.messages.0.text"),
        (draft(content_b={"messages": []}, test_share=100), "content_b.messages"),
        (draft(content_b={"messages": [{"kind": "text", "text": "B"}]}, test_share=101), "test_share"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(stage: Stage, ask: Ask, body: dict[str, Any], place: str) -> None:
    status, places = problem(ask("", body))
    assert (status, places[0]) == (422, place)
    assert db.session.query(Broadcast).count() == 0


def test_what_line_refuses_is_told_with_its_place(stage: Stage, ask: Ask) -> None:
    sticker = {"kind": "json", "message": {"type": "sticker", "packageId": "1", "stickerId": "1"}}
    body = draft(content={"messages": [{"kind": "text", "text": "Hello"}, sticker]})
    url = ask("", body).get_json()["url"]
    status, places = problem(ask(f"{url}/schedule", NOW))
    assert (status, places) == (422, ["content.messages.1.message.stickerId"])


def test_a_line_that_does_not_answer_is_no_fault_of_the_program(stage: Stage, ask: Ask) -> None:
    url = ask("", draft()).get_json()["url"]
    stage.fault("status", "validate/push", times=None, status=500)
    assert problem(ask(f"{url}/schedule", NOW))[0] == 503
    assert ask(url).get_json()["state"] == "draft"


def test_the_body_has_to_be_json(stage: Stage, ask: Ask) -> None:
    refused = ask("", "name=Spring")
    assert problem(refused)[0] == 415 and "application/json" in refused.get_json()["detail"]
    assert problem(ask("", ["no object"])) == (422, [""])


def test_units_that_are_missing_refuse_the_schedule(stage: Stage, ask: Ask) -> None:
    stage.account.quota_limit, stage.account.quota_used, stage.account.quota_checked_at = 1000, 998, now()
    db.session.commit()
    url = ask("", draft()).get_json()["url"]
    refused = ask(f"{url}/schedule", NOW)
    assert problem(refused)[0] == 409 and "Needed: 4. Left: 2." in refused.get_json()["detail"]
    assert ask(url).get_json()["state"] == "draft"


def test_a_key_is_no_second_person(stage: Stage, ask: Ask, people: SimpleNamespace) -> None:
    db.session.add(BroadcastRules(account_id=stage.account.id, needs_second=True))
    db.session.commit()
    made = ask("", draft()).get_json()
    assert problem(ask(f"{made['url']}/schedule", NOW))[0] == 403
    confirm(stage.account.id, made["id"], seen=1, actor=Actor.of_member(people.alice))
    db.session.commit()
    assert problem(ask(f"{made['url']}/schedule", NOW))[0] == 403
    assert db.session.get_one(Broadcast, made["id"], populate_existing=True).state == BroadcastState.DRAFT


def test_only_a_key_for_broadcasts_of_the_account_gets_in(stage: Stage, ask: Ask, as_alice: CheckingClient) -> None:
    other = line_factory.account()
    made = ask("", draft()).get_json()
    wishes = [("", draft()), ("", None), (f"/{made['id']}", None), (f"/{made['id']}/results", None)]
    for path, body in [*wishes, (f"/{made['id']}/schedule", NOW), (f"/{made['id']}/cancel", {})]:
        assert problem(ask(path, body, scope="imports"))[0] == 403
        assert problem(ask(path, body, account_id=other.id))[0] == 404
    assert problem(ask("/999"))[0] == 404
    assert problem(as_alice.post(f"/api/v1/accounts/{stage.account.id}/broadcasts", json=draft()))[0] == 401


def test_the_list_is_read_page_by_page(stage: Stage, ask: Ask) -> None:
    for number in range(26):
        stage.draft(name=f"No. {number}")
    first = ask("?size=25").get_json()
    assert [one["name"] for one in first["broadcasts"]][:2] == ["No. 25", "No. 24"]
    rest = ask(first["next"]).get_json()
    assert ([one["name"] for one in rest["broadcasts"]], rest["next"]) == (["No. 0"], None)
    assert ask("?state=sent").get_json()["broadcasts"] == []
    assert problem(ask("?state=gone")) == (422, ["state"])
    assert "content" not in first["broadcasts"][0]


def test_numbers_of_a_test_without_its_second_set_are_refused(ask: Ask) -> None:
    assert problem(ask("", draft(test_share=50))) == (422, ["test_share"])
    assert problem(ask("", draft(test_share=0, winner_after_hours=4))) == (422, ["test_share", "winner_after_hours"])
