"""The Import section: who sees it, what it says in each state, and that it tells the truth without a reload."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.runs.models import Run, RunState
from app.line.models import Account, AccountState
from app.team.models import AuditEntry, Member
from app.team.permissions import Permission
from tests.factories import line as factory
from tests.support.client import CheckingClient


@pytest.fixture
def account(app: Flask) -> Account:
    return factory.account(name="Kissa Hoshi")


def path(account: Account, tail: str = "") -> str:
    return f"/accounts/{account.id}/friend-import{tail}"


def grant(member: Member, *permissions: str) -> None:
    member.permissions = [permission.value for permission in permissions]
    db.session.commit()


def store_run(account: Account, state: str, **values: object) -> Run:
    defaults = {"counts": {}, "created_at": datetime(2026, 3, 4, 5, 6, tzinfo=UTC), "finished_at": now()}
    run = Run(kind="friend_import", subject_id=account.id, state=state, **{**defaults, **values})
    db.session.add(run)
    db.session.commit()
    return run


def section(client: CheckingClient, account: Account) -> str:
    return client.fragment(path(account)).get_data(as_text=True)


def runs_of(account: Account) -> Sequence[Run]:
    db.session.rollback()
    return db.session.scalars(select(Run).where(Run.subject_id == account.id).order_by(Run.id)).all()


def audit_actions() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_the_section_has_the_words_of_the_seed(as_alice: CheckingClient, account: Account) -> None:
    html = section(as_alice, account)
    for words in (
        "Import existing LINE friends",
        "Do you want to import LINE friends?",
        "Start Import",
        "Waiting",
        "Last run",
        "Not yet",
    ):
        assert words in html
    assert "friend-import-progress" not in html


def test_without_script_it_is_a_page_that_holds_the_same_section(as_alice: CheckingClient, account: Account) -> None:
    page = as_alice.get(path(account)).get_data(as_text=True)
    assert page.startswith("<!doctype html>")
    assert "Import existing LINE friends" in page
    assert 'id="friend-import"' in page


def test_start_answers_with_the_section_in_progress(
    as_alice: CheckingClient, account: Account, people: SimpleNamespace
) -> None:
    answer = as_alice.fragment(path(account), "POST")
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert html.lstrip().startswith("<section") and "Processing" in html
    assert 'hx-trigger="every 1s"' in html
    assert "Do you want to cancel the import?" in html and "Keep importing" in html
    assert "The import has started" in answer.headers["HX-Trigger"]
    (run,) = runs_of(account)
    assert (run.state, run.member_id) == (RunState.QUEUED, people.alice.id)
    assert audit_actions() == ["friend_import.started"]


def test_start_without_script_leads_back_to_the_page(as_alice: CheckingClient, account: Account) -> None:
    answer = as_alice.post(path(account))
    assert (answer.status_code, answer.headers["Location"]) == (303, path(account))


def test_a_second_start_joins_the_first(as_alice: CheckingClient, account: Account) -> None:
    as_alice.fragment(path(account), "POST")
    again = as_alice.fragment(path(account), "POST")
    assert "running already" in again.headers["HX-Trigger"]
    assert len(runs_of(account)) == 1
    assert audit_actions() == ["friend_import.started"]


def test_cancel_keeps_the_date_and_says_what_comes_next(as_alice: CheckingClient, account: Account) -> None:
    as_alice.fragment(path(account), "POST")
    html = as_alice.fragment(path(account, "/cancel"), "POST").get_data(as_text=True)
    assert "Waiting" in html and "Not yet" not in html
    assert "What was imported stays" in html
    assert audit_actions() == ["friend_import.started", "friend_import.cancelled"]


def test_cancel_while_a_worker_is_at_it_says_so_until_it_is_over(as_alice: CheckingClient, account: Account) -> None:
    run = store_run(
        account, RunState.RUNNING, finished_at=None, lease="0" * 32, leased_until=now() + timedelta(seconds=10)
    )
    html = as_alice.fragment(path(account, "/cancel"), "POST").get_data(as_text=True)
    assert "Processing" in html and "Cancelling…" in html
    assert 'commandfor="friend-import-cancel" command="show-modal"' not in html
    as_alice.fragment(path(account, "/cancel"), "POST")
    assert audit_actions() == ["friend_import.cancelled"]
    db.session.refresh(run)
    assert run.cancel_requested_at


def test_cancel_when_nothing_runs_says_so(as_alice: CheckingClient, account: Account) -> None:
    answer = as_alice.fragment(path(account, "/cancel"), "POST")
    assert answer.status_code == 200
    assert "No import is running" in answer.headers["HX-Trigger"]
    assert audit_actions() == []


def test_progress_tells_the_count_before_it_knows_the_total(as_alice: CheckingClient, account: Account) -> None:
    store_run(account, RunState.RUNNING, finished_at=None, counts={"listed": 12_000})
    answer = as_alice.fragment(path(account, "/progress"))
    html = answer.get_data(as_text=True)
    assert "12,000 found so far" in html
    assert html.lstrip().startswith('<div id="friend-import-progress"')
    assert "HX-Retarget" not in answer.headers


def test_progress_tells_how_far_how_fast_and_how_long(as_alice: CheckingClient, account: Account) -> None:
    store_run(account, RunState.RUNNING, finished_at=None, done=40_000, total=100_000, pace=1_500.4)
    html = as_alice.fragment(path(account, "/progress")).get_data(as_text=True)
    assert "40,000 of 100,000 friends" in html
    assert "1,500 per second" in html
    assert "about 40 seconds left" in html
    assert 'value="40000" max="100000"' in html


def test_progress_tells_why_it_waits(as_alice: CheckingClient, account: Account) -> None:
    since, due_at = datetime(2026, 5, 1, 1, 2, tzinfo=UTC), datetime(2126, 5, 1, 3, 4, tzinfo=UTC)
    trouble = {"reason": "line.unavailable", "troubled_since": since, "due_at": due_at}
    store_run(account, RunState.RUNNING, finished_at=None, total=10, **trouble)
    html = as_alice.fragment(path(account, "/progress")).get_data(as_text=True)
    assert "LINE has trouble on its side." in html
    assert "Waiting since" in html and "Tomoru tries again by itself, next at" in html
    # In the workspace's time zone.
    assert "10:02:00" in html and "12:04:00" in html


def test_progress_tells_that_no_worker_is_busy_with_it(as_alice: CheckingClient, account: Account) -> None:
    run = store_run(account, RunState.RUNNING, finished_at=None, done=4, total=10)
    assert "No worker is busy" not in as_alice.fragment(path(account, "/progress")).get_data(as_text=True)
    run.due_at = now() - timedelta(seconds=30)
    run.heartbeat_at = now() - timedelta(seconds=10)
    db.session.commit()
    assert "No worker is busy" in as_alice.fragment(path(account, "/progress")).get_data(as_text=True)


def test_the_end_replaces_the_whole_section_and_asks_no_more(as_alice: CheckingClient, account: Account) -> None:
    store_run(account, RunState.COMPLETED, counts={"new": 1_234, "known": 5}, done=1_239, total=1_239)
    answer = as_alice.fragment(path(account, "/progress"))
    html = answer.get_data(as_text=True)
    assert answer.headers["HX-Retarget"] == "#friend-import"
    assert html.lstrip().startswith('<section id="friend-import"')
    assert "Completed" in html and "1,234 friends are new." in html
    assert 'hx-trigger="every 1s"' not in html


def test_an_import_begun_elsewhere_appears_without_a_reload(as_alice: CheckingClient, account: Account) -> None:
    assert as_alice.fragment(path(account, "/progress?seen=0")).status_code == 204
    run = store_run(account, RunState.QUEUED, finished_at=None)
    answer = as_alice.fragment(path(account, "/progress?seen=0"))
    assert answer.headers["HX-Retarget"] == "#friend-import"
    assert "Processing" in answer.get_data(as_text=True)
    run.state = RunState.COMPLETED
    db.session.commit()
    assert "Completed" in as_alice.fragment(path(account, "/progress?seen=0")).get_data(as_text=True)
    assert as_alice.fragment(path(account, f"/progress?seen={run.id}")).status_code == 204


def test_the_last_run_is_shown_in_the_workspace_time_zone(as_alice: CheckingClient, account: Account) -> None:
    store_run(account, RunState.COMPLETED)
    html = section(as_alice, account)
    assert 'datetime="2026-03-04T05:06:00+00:00"' in html
    assert "2:06" in html


def test_a_failure_has_a_reason_and_a_way_on(as_alice: CheckingClient, account: Account) -> None:
    store_run(account, RunState.FAILED, reason="line.not_available")
    html = section(as_alice, account)
    assert "Waiting" in html
    assert "verified and premium" in html
    assert "Try again" in html


def test_a_failure_that_can_be_continued_says_so(as_alice: CheckingClient, account: Account) -> None:
    cursor = {"phase": "fetching", "token": None, "token_at": now().isoformat()}
    store_run(account, RunState.FAILED, reason="line.unavailable", cursor=cursor)
    assert "continues where it stopped" in section(as_alice, account)


def test_the_history_counts_and_names_who_started(
    as_alice: CheckingClient, account: Account, people: SimpleNamespace
) -> None:
    store_run(account, RunState.COMPLETED, counts={"new": 7, "known": 3_000, "unavailable": 2, "failed": 1})
    store_run(account, RunState.CANCELLED, member_id=people.alice.id)
    store_run(account, RunState.FAILED, member_id=999_999, reason="line.token_refused")
    html = section(as_alice, account)
    for words in ("Tomoru", "Alice", "a former member", "3,000", "Cancelled", "Failed", "Profile unavailable"):
        assert words in html
    assert "Reconnect the account" in html


def test_a_long_history_has_pages_in_either_order(as_alice: CheckingClient, account: Account) -> None:
    for number in range(1, 28):
        store_run(account, RunState.COMPLETED, counts={"new": 1_000 + number})
    first = as_alice.fragment(path(account, "/history")).text
    assert ("1–25 of 27" in first, first.index("1,027") < first.index("1,003"), "1,002" in first) == (True, True, False)
    assert '<details id="friend-import-history" class="mt-3" open' in first
    oldest = as_alice.get(path(account, "/history?sort=oldest")).text
    assert (oldest.index("1,001") < oldest.index("1,025"), "1,026" in oldest) == (True, False)


@pytest.mark.parametrize(
    "tail, method", [("", "GET"), ("/history", "GET"), ("/progress", "GET"), ("", "POST"), ("/cancel", "POST")]
)
class TestWhoMay:
    def test_a_member_with_the_permission_may(
        self, as_bob: CheckingClient, people: SimpleNamespace, account: Account, tail: str, method: str
    ) -> None:
        grant(people.bob, Permission.IMPORTS)
        assert as_bob.fragment(path(account, tail), method).status_code == 200

    def test_a_member_without_it_may_not(
        self, as_bob: CheckingClient, account: Account, tail: str, method: str
    ) -> None:
        assert as_bob.fragment(path(account, tail), method).status_code == 403
        assert runs_of(account) == []

    def test_someone_who_may_not_see_the_account_finds_nothing(
        self, as_charlie: CheckingClient, account: Account, tail: str, method: str
    ) -> None:
        assert as_charlie.fragment(path(account, tail), method).status_code == 404
        assert runs_of(account) == []

    def test_a_stranger_is_sent_to_the_sign_in(
        self, browser: CheckingClient, account: Account, tail: str, method: str
    ) -> None:
        assert browser.open(path(account, tail), method=method).status_code in {302, 303}
        assert runs_of(account) == []

    @pytest.mark.parametrize("known", [False, None])
    def test_unverified_accounts_are_refused_by_the_server_as_well(
        self, as_alice: CheckingClient, account: Account, tail: str, method: str, known: bool | None
    ) -> None:
        account.has_followers_api = known
        db.session.commit()
        answer = as_alice.open(path(account, tail), method=method)
        if (tail, method) == ("/cancel", "POST"):
            assert runs_of(account) == []
        else:
            assert answer.status_code == 403
            assert "only for verified or premium" in answer.get_data(as_text=True)
            assert runs_of(account) == []


def test_the_settings_page_shows_the_section_only_where_it_works(as_alice: CheckingClient, account: Account) -> None:
    url = f"/accounts/{account.id}/settings"
    assert path(account) in as_alice.get(url).get_data(as_text=True)
    account.has_followers_api = False
    db.session.commit()
    assert path(account) not in as_alice.get(url).get_data(as_text=True)


def test_the_settings_page_shows_no_section_without_the_permission(
    as_bob: CheckingClient, people: SimpleNamespace, account: Account
) -> None:
    grant(people.bob, Permission.SETTINGS)
    assert path(account) not in as_bob.get(f"/accounts/{account.id}/settings").get_data(as_text=True)


@pytest.mark.parametrize("state", [AccountState.BROKEN, AccountState.DISCONNECTED])
def test_an_account_that_is_not_connected_cannot_start(
    as_alice: CheckingClient, account: Account, state: AccountState
) -> None:
    account.state = state
    db.session.commit()
    assert "Reconnect the account first" in section(as_alice, account)
    answer = as_alice.post(path(account))
    assert answer.status_code == 409
    assert "Reconnect it" in answer.get_data(as_text=True)
    assert runs_of(account) == []


def test_a_run_without_a_token_of_the_form_is_refused(as_alice: CheckingClient, account: Account) -> None:
    assert as_alice.post(path(account), csrf=False).status_code == 400
    assert runs_of(account) == []


def test_another_accounts_import_is_not_shown(as_alice: CheckingClient, account: Account) -> None:
    store_run(factory.account(), RunState.COMPLETED, counts={"new": 1_234})
    assert "1,234" not in section(as_alice, account)
