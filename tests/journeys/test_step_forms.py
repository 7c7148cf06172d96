"""The form of each kind of step on a phone: axe-core finds nothing, targets are large, the content policy is kept."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Page

from app.workflows.definition.kinds import TRIGGERS
from app.workflows.forms.registry import FORMS
from tests.journeys.conftest import Installation
from tests.journeys.hubspot import connect_hubspot
from tests.journeys.test_accessibility import COFFEE_SHOP
from tests.journeys.test_first_day import sign_in
from tests.journeys.test_targets import SMALL
from tests.journeys.workflow_pages import add, draft
from tests.support.axe import faults

pytestmark = pytest.mark.journey


@pytest.fixture(params=[("phone", "ja")], ids="-".join)
def reader(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param  # type: ignore[no-any-return]


def test_each_form_is_sound(page: Page, demo: Installation) -> None:
    sign_in(page, demo)
    connect_hubspot(page, demo, COFFEE_SHOP)
    workflow = draft(page, demo.url, "Forms")
    page.goto(workflow)
    trigger = (page.locator(".workflow-card.is-trigger").first.get_attribute("id") or "").removeprefix("node-")
    steps = {kind: add(page, workflow, kind, "" if kind in TRIGGERS else trigger) for kind in FORMS}
    forms = {kind: f"{workflow}/steps/{node_id}" for kind, node_id in steps.items()}
    pages = [workflow, f"{workflow}/steps/start", f"{workflow}/start", *forms.values(), f"{forms['send_webhook']}/test"]
    found = {address: look_at(page, address, "dark" if at % 2 else "light") for at, address in enumerate(pages)}
    assert len(forms) > 20 and not any(found.values()), {address: said for address, said in found.items() if said}


def look_at(page: Page, address: str, theme: Literal["dark", "light"]) -> list[str]:
    """Return what is wrong with a page in this theme."""
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    answer = page.goto(address)
    assert answer and answer.ok, address
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true })")
    return [*faults(page), *page.evaluate(SMALL, True)]
