"""The Problems panel and Start: what LINE may refuse in a message, and units of the month that may not be enough."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import clock
from app.core.db import db
from app.core.i18n import today
from app.line.models import Account
from app.messages.broadcasts.quota import month_of
from app.workflows.definition.checks import findings
from app.workflows.models import Workflow, WorkflowNodeDay
from app.workflows.queries.problems import workflow_problems
from app.workflows.queries.quota import quota_doubts
from app.workflows.queries.workflows import latest_graph
from tests.factories.workflows import chain, draft, says, step
from tests.support.client import CheckingClient
from tests.workflows.conftest import Shop

STEPS = step("friend_add"), step("tag"), step("send_message", content=says("Hello")), step("stop")


@pytest.fixture
def workflow(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Workflow:
    """A workflow that sends; the month has another seven days."""
    week_before_end = month_of(clock.now())[1] - timedelta(days=7)
    monkeypatch.setattr(clock, "now", lambda: week_before_end)
    return draft(graph=chain(shop.account, *STEPS))


def units(account: Account, limit: int | None, used: int) -> None:
    account.quota_limit, account.quota_used = limit, used
    db.session.commit()


def sent(workflow: Workflow, number: int, days_ago: int) -> None:
    about = {"workflow_id": workflow.id, "node_id": "n2", "exit": "next", "result": "done", "number": number}
    db.session.add(WorkflowNodeDay(**about, day=today() - timedelta(days=days_ago)))
    db.session.commit()


def doubts(workflow: Workflow) -> list[tuple[str, str]]:
    found = list(quota_doubts(workflow.id, latest_graph(workflow)))
    assert all(one.is_warning for one in found)
    return [(one.node.id if one.node else "", str(one.problem.message)) for one in found]


@pytest.mark.parametrize(("limit", "used", "is_told"), [(None, 500, False), (500, 200, False), (500, 201, True)])
def test_the_present_rate_is_compared_with_what_is_left(
    shop: Shop, workflow: Workflow, limit: int | None, used: int, is_told: bool
) -> None:
    units(shop.account, limit, used)
    sent(workflow, 300, 1)
    sent(workflow, 9_000, 8)
    found = doubts(workflow)
    assert bool(found) == is_told
    if is_told:
        ((node, words),) = found
        assert node == "n2" and "up to 300." in words and "left: 299" in words


def test_units_that_are_used_up_are_told(shop: Shop, workflow: Workflow) -> None:
    units(shop.account, 500, 500)
    assert [(node, "no message units left" in words) for node, words in doubts(workflow)] == [("n2", True)]


def test_a_workflow_that_sends_nothing_is_not_doubted(shop: Shop) -> None:
    units(shop.account, 500, 500)
    assert doubts(draft(graph=chain(shop.account, step("friend_add"), step("stop")))) == []


def test_start_and_the_editor_show_it(shop: Shop, workflow: Workflow, as_alice: CheckingClient) -> None:
    units(shop.account, 500, 500)
    warnings = workflow_problems(workflow, None).warnings
    assert [one.node.id for one in warnings if one.problem.field == "quota" and one.node] == ["n2"]
    assert "no message units left" in as_alice.get(f"/workflows/{workflow.id}/start").text
    assert "no message units left" in as_alice.get(f"/workflows/{workflow.id}").text


def test_what_line_may_refuse_in_a_message_is_a_warning(shop: Shop) -> None:
    content = says("See http://shop.example/", replies=("Yes",))
    found = findings(chain(shop.account, step("friend_add"), step("send_message", content=content)))
    assert [(one.node.id if one.node else "", one.is_warning) for one in found] == [("n1", True)]
    assert "not encrypted" in str(found[0].problem.message)
