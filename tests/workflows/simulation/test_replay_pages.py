"""Pages of replays: days are chosen, progress is shown, then totals and who would have got what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from app.core.clock import now
from app.core.db import db
from app.core.i18n import today
from app.core.runs.models import Run, RunState
from app.core.runs.operations import advance, prune
from app.core.runs.queries import latest_run
from app.friends.models import Friend
from app.team.actors import SYSTEM
from app.team.models import AuditEntry
from app.team.permissions import Permission
from app.workflows.models import Workflow
from app.workflows.operations.life import delete_workflow, pause
from app.workflows.simulation import pruning
from app.workflows.simulation.models import WorkflowReplay, WorkflowReplayFriend, WorkflowReplaySend
from app.workflows.simulation.operations.replays import MOST_KEPT, begin_replay
from app.workflows.simulation.replaying.run import REPLAY
from tests.conftest import signed_in
from tests.factories import friends as factory
from tests.factories import line
from tests.factories.team import member
from tests.factories.workflows import active, chain, draft, says, step
from tests.support.client import CheckingClient
from tests.workflows.conftest import Shop
from tests.workflows.simulation.test_replays import replay, says_so


@pytest.fixture
def hanako(shop: Shop) -> Friend:
    return factory.friend(shop.account, display_name="Hanako")


@pytest.fixture
def workflow(shop: Shop) -> Workflow:
    return active(shop.account, step("message", any=True), step("send_message", content=says("Hello")))


def of_days(first: int, last: int) -> dict[str, str]:
    return {
        "first": (today() - timedelta(days=first)).isoformat(),
        "last": (today() - timedelta(days=last)).isoformat(),
    }


def address(made: WorkflowReplay) -> str:
    return f"/workflows/{made.workflow_id}/replays/{made.id}"


def test_days_are_chosen_and_the_result_is_shown(
    shop: Shop, workflow: Workflow, hanako: Friend, as_alice: CheckingClient
) -> None:
    says_so(shop, hanako, "Hi", 30)
    url = f"/workflows/{workflow.id}/replays"
    assert url in as_alice.get(f"/workflows/{workflow.id}").text
    assert "Start the replay" in as_alice.get(url).text
    answer = as_alice.post(url, data=of_days(7, 0))
    (made,) = db.session.scalars(db.select(WorkflowReplay))
    assert answer.headers["Location"] == address(made)
    waiting = as_alice.get(address(made)).text
    assert "Looking for the friends" in waiting and 'hx-trigger="every 1s"' in waiting and "Cancel" in waiting
    run = latest_run(REPLAY, made.id)
    assert run is not None
    advance(run.id)
    page = as_alice.get(address(made)).text
    assert page.count("1 · Send message") == 2
    assert "every 1s" not in page and "Hanako" in page and "As a reply, which is free" in page
    assert "As many: 1." in page and page.count('data-label="Active version">1<') == 6
    assert as_alice.fragment(address(made)).text.strip().startswith('<div id="replay"')
    assert "Alice" in as_alice.get(url).text
    entry = db.session.scalars(db.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert entry.action == "workflow.replayed"


@pytest.mark.parametrize(("first", "last"), [(0, 3), (40, 0), (-1, -2), (0, -1)])
def test_odd_days_are_refused(workflow: Workflow, as_alice: CheckingClient, first: int, last: int) -> None:
    answer = as_alice.post(f"/workflows/{workflow.id}/replays", data=of_days(first, last))
    assert answer.status_code == 422 and "none of which lies ahead" in answer.text


@pytest.mark.parametrize("typed", [{}, {"first": "yesterday", "last": ""}])
def test_what_is_no_day_is_refused_and_kept(
    workflow: Workflow, as_alice: CheckingClient, typed: dict[str, str]
) -> None:
    assert as_alice.post(f"/workflows/{workflow.id}/replays", data=typed).status_code == 422


def test_a_workflow_without_account_is_not_replayed(as_alice: CheckingClient) -> None:
    made = draft()
    answer = as_alice.post(f"/workflows/{made.id}/replays", data=of_days(7, 0))
    assert answer.status_code == 422 and "Choose an account at the Start node first." in answer.text


def test_messages_are_searched_ordered_and_paged(
    shop: Shop, workflow: Workflow, hanako: Friend, as_alice: CheckingClient
) -> None:
    ken = factory.friend(shop.account, display_name="Ken")
    for number in range(26):
        says_so(shop, ken, "Hi", 1 + number)
    says_so(shop, hanako, "Hi", 50)
    made = replay(workflow)
    first = as_alice.get(address(made)).text
    assert first.count("Ken") == 24 and "Hanako" in first and "after=" in first
    assert "Hanako" not in as_alice.get(f"{address(made)}?sort=oldest").text
    found = as_alice.get(f"{address(made)}?search=hanako").text
    assert "Hanako" in found and "Ken" not in found
    assert "No message found" in as_alice.get(f"{address(made)}?search=zzz").text
    assert as_alice.get(f"{address(made)}?after=odd").status_code == 422


def test_nothing_sent_is_said(shop: Shop, workflow: Workflow, as_alice: CheckingClient) -> None:
    assert "would not have sent anything" in as_alice.get(address(replay(workflow))).text


def test_triggers_that_are_not_replayed_are_named(shop: Shop, as_alice: CheckingClient) -> None:
    made = draft(graph=chain(shop.account, step("webhook_received"), step("stop")))
    assert "Incoming webhook" in as_alice.get(f"/workflows/{made.id}/replays").text


def test_triggers_that_hear_of_the_workflow_alone_are_named(shop: Shop, as_alice: CheckingClient) -> None:
    made = draft(graph=chain(shop.account, step("message", {"next": "2"}), step("question_answered"), step("stop")))
    page = as_alice.get(f"/workflows/{made.id}/replays").text
    assert "what the workflow itself does" in page and "Question answered" in page and "start nothing" not in page


@pytest.mark.parametrize(("kind", "is_said"), [("tag_added", True), ("friend_add", False)])
def test_whose_changes_count_is_said_where_it_matters(
    shop: Shop, as_alice: CheckingClient, kind: str, is_said: bool
) -> None:
    made = draft(graph=chain(shop.account, step(kind), step("stop")))
    page = as_alice.get(f"/workflows/{made.id}/replays").text
    assert ("What other workflows have changed is left out." in page) is is_said


def test_a_replay_is_cancelled(shop: Shop, workflow: Workflow, as_alice: CheckingClient) -> None:
    made = begin_replay(workflow.id, now() - timedelta(days=2), now(), actor=SYSTEM)
    db.session.commit()
    as_alice.post(f"{address(made)}/cancellation")
    assert latest_run(REPLAY, made.id).state == RunState.CANCELLED  # type: ignore[union-attr]
    assert "The replay was cancelled." in as_alice.get(address(made)).text
    assert "Cancelled" in as_alice.get(f"/workflows/{workflow.id}/replays").text


def test_who_may_see_it(app: Flask, shop: Shop, workflow: Workflow, hanako: Friend, as_alice: CheckingClient) -> None:
    says_so(shop, hanako, "Hi", 30)
    made = replay(workflow)
    url, other = address(made), draft("Other")
    bob = signed_in(app, member("Bob", permissions=(Permission.WORKFLOWS,), account_ids=[shop.account.id]))
    page = bob.get(url).text
    assert "Hanako" not in page and "As a reply" in page and "Hanako" not in bob.get(f"{url}?search=hanako").text
    cleo = signed_in(app, member("Cleo", permissions=(Permission.FRIENDS,)))
    stranger = signed_in(app, member("Dan", permissions=(Permission.WORKFLOWS,), account_ids=[line.account().id]))
    for path in (url, f"/workflows/{workflow.id}/replays"):
        assert cleo.get(path).status_code == 403
        assert stranger.get(path).status_code == 404
        assert cleo.post(path).status_code in (403, 405)
    assert stranger.post(f"/workflows/{workflow.id}/replays", data=of_days(2, 0)).status_code == 404
    assert stranger.post(f"{url}/cancellation").status_code == 404
    assert cleo.post(f"{url}/cancellation").status_code == 403
    assert as_alice.get(f"/workflows/{other.id}/replays/{made.id}").status_code == 404
    assert as_alice.get(f"/workflows/{workflow.id}/replays/999999").status_code == 404


def test_a_replay_with_an_account_of_others_is_hidden(app: Flask, shop: Shop, workflow: Workflow) -> None:
    made = replay(workflow)
    made.account_ids = [*made.account_ids, line.account(name="Other").id]
    db.session.commit()
    bob = signed_in(app, member("Bob", permissions=(Permission.WORKFLOWS,), account_ids=[shop.account.id]))
    assert bob.get(address(made)).status_code == 404
    assert address(made) not in bob.get(f"/workflows/{workflow.id}/replays").text


def test_old_replays_are_forgotten(shop: Shop, workflow: Workflow, hanako: Friend) -> None:
    says_so(shop, hanako, "Hi", 30)
    made = [replay(workflow).id for _number in range(MOST_KEPT + 1)]
    assert list(db.session.scalars(db.select(WorkflowReplay.id).order_by(WorkflowReplay.id))) == made[1:]
    db.session.execute(db.update(WorkflowReplay).values(created_at=now() - timedelta(days=31)))
    db.session.commit()
    pruning.prune()
    assert stored_of_replays() == [0, 0]


def test_a_workflow_takes_its_replays_along(shop: Shop, workflow: Workflow, hanako: Friend) -> None:
    says_so(shop, hanako, "Hi", 30)
    replay(workflow)
    assert min(stored_of_replays()) > 0
    pause(workflow.id, actor=SYSTEM)
    delete_workflow(workflow.id, actor=SYSTEM)
    db.session.commit()
    assert stored_of_replays() == [0, 0]


def stored_of_replays() -> list[int]:
    tables = WorkflowReplaySend, WorkflowReplayFriend
    return [db.session.scalars(db.select(db.func.count()).select_from(one)).one() for one in tables]


def test_a_replay_goes_with_its_run(workflow: Workflow) -> None:
    made = replay(workflow).id
    db.session.execute(db.update(Run).values(finished_at=now() - timedelta(days=5)))
    db.session.commit()
    prune(4)
    assert db.session.get(WorkflowReplay, made, populate_existing=True) is None
