"""A keyword that starts another active workflow of the same account is a warning at its trigger."""

from __future__ import annotations

import pytest

from app.core.db import db
from app.team.actors import SYSTEM
from app.workflows.definition.graph import Node
from app.workflows.models import Workflow
from app.workflows.operations.life import pause
from app.workflows.queries.workflows import latest_graph
from app.workflows.triggers.keywords import shared_keywords
from tests.factories import line
from tests.factories.workflows import active, chain, draft, says, step
from tests.workflows.conftest import Shop

HELLO = step("send_message", content=says("Hello"))


def on(text: str, match: str = "equals") -> Node:
    return step("message", any=False, keywords=[{"match": match, "text": text}])


def warned(workflow: Workflow) -> list[str]:
    found = list(shared_keywords(workflow.id, latest_graph(workflow)))
    assert all(one.is_warning and one.problem.field == "keywords" for one in found)
    return [str(one.problem.message) for one in found]


@pytest.mark.parametrize(
    ("theirs", "mine", "is_shared"),
    [
        (on("アンケート"), on("ｱﾝｹｰﾄ "), True),
        (on("coupon", "contains"), on("summer coupon"), True),
        (on("summer coupon"), on("coupon", "ends_with"), True),
        (on("coupon", "starts_with"), on("COUPON", "contains"), True),
        (on("coupon"), on("menu"), False),
        (on("coupon", "contains"), on("coup", "contains"), False),
        (step("message", any=True), on("coupon"), False),
        (on("coupon"), on(""), False),
    ],
)
def test_keywords_meet_as_messages_are_compared(shop: Shop, theirs: Node, mine: Node, is_shared: bool) -> None:
    active(shop.account, theirs, HELLO, name="Survey")
    found = warned(draft("Other", chain(shop.account, mine, HELLO)))
    assert bool(found) == is_shared
    if is_shared:
        assert "Another active workflow starts by" in found[0] and "Survey" in found[0]


def test_only_active_workflows_of_the_same_account_count_and_not_the_workflow_itself(shop: Shop) -> None:
    other = active(shop.account, on("coupon"), HELLO, name="Survey")
    assert warned(other) == []
    assert warned(draft("Elsewhere", chain(line.account(), on("coupon"), HELLO))) == []
    mine = draft("Mine", chain(shop.account, on("coupon"), HELLO))
    assert len(warned(mine)) == 1
    pause(other.id, actor=SYSTEM)
    db.session.commit()
    assert warned(mine) == []
