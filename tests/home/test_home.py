"""Home: what each reader sees of which account, and that it tells the truth without a reload."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from flask import Flask

from app.core import heartbeats
from app.core.clock import now
from app.core.db import db
from app.core.runs.models import Run, RunState
from app.core.scheduler.leader import Candidate
from app.core.worker_classes import STARTED
from app.friends.models import Activity, FollowStatus, Friend
from app.imports.friends.run import FRIEND_IMPORT
from app.line.gateway.urls import urls
from app.line.models import Account, AccountState
from tests.conftest import signed_in
from tests.factories import friends, line, team
from tests.support.client import CheckingClient


def happened(friend: Friend, kind: str, at: datetime | None = None, **data: Any) -> None:
    db.session.add(
        Activity(account_id=friend.account_id, friend_id=friend.id, kind=kind, occurred_at=at or now(), data=data)
    )
    db.session.commit()


def text_of(browser: CheckingClient, path: str = "/") -> str:
    page = browser.get(path, headers={"Accept-Language": "en"})
    assert page.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.get_data(as_text=True)))


def chart_of(browser: CheckingClient, account: Account, path: str = "/") -> dict[str, Any]:
    html = browser.get(path, headers={"Accept-Language": "en"}).get_data(as_text=True)
    found = re.search(rf'id="chart-data-{account.id}">(.*?)</script>', html, re.DOTALL)
    assert found, "The account has no chart."
    return dict(json.loads(found.group(1)))


def test_a_stranger_is_asked_to_sign_in(browser: CheckingClient, people: SimpleNamespace) -> None:
    response = browser.get("/")
    assert response.status_code == 303
    assert response.headers["Location"].startswith("/sign-in")


def test_a_new_installation_says_what_to_do_first(as_alice: CheckingClient) -> None:
    page = as_alice.get("/").get_data(as_text=True)
    assert "Connect your LINE Official Account" in page
    assert 'href="/accounts/new"' in page


def test_who_cannot_connect_is_told_whom_to_ask(as_bob: CheckingClient) -> None:
    text = text_of(as_bob)
    assert "No LINE Official Account is connected yet" in text
    assert "Ask: Alice" in text
    assert "Connect an account" not in text


def test_figures_count_by_follow_status(as_alice: CheckingClient) -> None:
    account = line.account(name="Coffee")
    for status in (FollowStatus.FOLLOWING, FollowStatus.FOLLOWING, FollowStatus.BLOCKED):
        friends.friend(account, follow_status=status)
    text = text_of(as_alice)
    assert re.search(r"Friends 3\b.*Following 2\b.*Blocked 1\b", text)


def test_the_chart_counts_each_day_in_the_workspace_s_zone(app: Flask, people: SimpleNamespace) -> None:
    account = line.account()
    friend = friends.friend(account)
    # Two minutes around midnight in Tokyo.
    for moment, kind in (
        ("2026-05-09T14:59:00+00:00", "followed"),
        ("2026-05-09T15:01:00+00:00", "unblocked"),
        ("2026-05-09T15:01:00+00:00", "blocked"),
    ):
        happened(friend, kind, datetime.fromisoformat(moment))
    with time_machine.travel("2026-05-12T03:00:00+00:00"):
        chart = chart_of(signed_in(app, people.alice), account, "/?days=7")
    assert chart["at"] == ["May 6", "May 7", "May 8", "May 9", "May 10", "May 11", "May 12"]
    assert chart["series"][0]["values"] == [0, 0, 0, 1, 1, 0, 0]
    assert chart["series"][1]["values"] == [0, 0, 0, 0, 1, 0, 0]


@pytest.mark.parametrize(("path", "days"), [("/", 30), ("/?days=90", 90), ("/?days=5", 30), ("/?days=x", 30)])
def test_the_period_is_one_of_those_offered(as_alice: CheckingClient, path: str, days: int) -> None:
    account = line.account()
    happened(friends.friend(account), "followed")
    assert len(chart_of(as_alice, account, path)["at"]) == days


def test_the_chart_is_there_as_a_table_too(as_alice: CheckingClient) -> None:
    account = line.account()
    happened(friends.friend(account), "blocked")
    assert re.search(r"Show as a table Day Added Blocked .+ 0 1", text_of(as_alice))


def test_without_any_event_there_is_a_sentence_and_no_empty_chart(as_alice: CheckingClient) -> None:
    friends.friend(line.account())
    assert "No one has added or blocked this account in 30 days." in text_of(as_alice)


def test_new_friends_are_compared_with_the_week_before(as_alice: CheckingClient) -> None:
    account = line.account()
    for days in (1, 2, 8, 9, 10, 20):
        happened(friends.friend(account), "followed", now() - timedelta(days=days))
    assert re.search(r"New in 7 days 2 3 in the 7 days before", text_of(as_alice, "/?days=7"))


def test_friends_that_may_be_missing_are_admitted_until_an_import_was_through(as_alice: CheckingClient) -> None:
    account = line.account()
    sentence = "Friends from before the connection are not here yet."
    assert sentence in text_of(as_alice)
    db.session.add(Run(kind=FRIEND_IMPORT.name, subject_id=account.id, state=RunState.COMPLETED))
    assert sentence not in text_of(as_alice)


def test_an_account_that_cannot_import_is_not_told_to(as_alice: CheckingClient) -> None:
    line.account(has_followers_api=False)
    assert "not here yet" not in text_of(as_alice)


def test_work_in_progress_is_shown_and_asks_for_itself_often(as_alice: CheckingClient) -> None:
    account = line.account(name="Coffee")
    values = {"subject_id": account.id, "account_id": account.id, "done": 1200, "total": 3000}
    db.session.add(Run(kind=FRIEND_IMPORT.name, state=RunState.RUNNING, **values))
    assert "1,200 of 3,000" in text_of(as_alice)
    now_part = as_alice.fragment("/home/now").get_data(as_text=True)
    assert "1,200 of 3,000" in now_part
    assert 'hx-trigger="every 2s"' in now_part
    db.session.query(Run).update({"state": RunState.COMPLETED})
    assert 'hx-trigger="every 10s"' in as_alice.fragment("/home/now").get_data(as_text=True)


def test_a_run_of_a_kind_that_no_one_knows_does_no_harm(as_alice: CheckingClient) -> None:
    db.session.add(Run(kind="of.another.version", subject_id=line.account().id))
    assert "In progress" not in text_of(as_alice)


def test_the_latest_activity_names_friend_and_event(as_alice: CheckingClient) -> None:
    one = friends.friend(line.account(), display_name="花子")
    happened(one, "followed", now() - timedelta(minutes=5))
    happened(one, "message", now() - timedelta(minutes=1), type="text", text="こんにちは")
    text = text_of(as_alice)
    assert re.search(r"花子 .*Wrote a message.*こんにちは.*花子.*Added the account as a friend", text)


def test_the_fragments_are_the_partials_of_the_page(as_alice: CheckingClient) -> None:
    account = line.account()
    happened(friends.friend(account), "followed")
    page = as_alice.get("/").get_data(as_text=True)
    for path, start in (
        ("/", '<div id="home-accounts"'),
        ("/home/now", '<div id="home-now"'),
        (f"/home/accounts/{account.id}", f'<div class="card-body" id="home-summary-{account.id}"'),
    ):
        fragment = as_alice.fragment(path).get_data(as_text=True)
        assert fragment.lstrip().startswith(start)
        assert start in page


def test_a_member_sees_only_accounts_opened_to_them(app: Flask, people: SimpleNamespace) -> None:
    mine, other = line.account(name="Mine"), line.account(name="Other")
    happened(friends.friend(mine, display_name="Seen"), "followed")
    happened(friends.friend(other, display_name="Hidden"), "followed")
    db.session.add(Run(kind=FRIEND_IMPORT.name, subject_id=other.id, done=7, total=77))
    browser = signed_in(app, team.member(permissions="all", account_ids=[mine.id]))
    text = text_of(browser)
    assert "Mine" in text and "Seen" in text
    assert "Other" not in text and "Hidden" not in text and "7 of 77" not in text
    assert browser.get(f"/home/accounts/{other.id}").status_code == 404


def test_a_member_without_permissions_sees_names_and_whom_to_ask(as_bob: CheckingClient) -> None:
    account = line.account(name="Coffee")
    happened(friends.friend(account, display_name="Hidden"), "followed")
    text = text_of(as_bob)
    assert "Coffee" in text and "Nothing here has been opened to you yet" in text and "Ask: Alice" in text
    assert "Hidden" not in text and "Following" not in text
    assert as_bob.get(f"/home/accounts/{account.id}").status_code == 403
    assert "Hidden" not in as_bob.get("/home/now").get_data(as_text=True)


def test_a_member_who_may_see_no_account_is_told_so(as_charlie: CheckingClient) -> None:
    account = line.account(name="Coffee")
    text = text_of(as_charlie)
    assert "No LINE Official Account has been opened to you yet" in text
    assert "Coffee" not in text
    assert as_charlie.get(f"/home/accounts/{account.id}").status_code == 404


def test_accounts_that_do_not_work_are_marked(as_alice: CheckingClient) -> None:
    line.account(name="A", state=AccountState.BROKEN)
    line.account(name="B", state=AccountState.DISCONNECTED)
    text = text_of(as_alice)
    assert "Not working" in text
    assert "Disconnected" in text


def test_figures_of_many_accounts_wait_until_they_come_into_view(as_alice: CheckingClient) -> None:
    accounts = [line.account(name=f"Account {letter}") for letter in "ABCDE"]
    page = as_alice.get("/").get_data(as_text=True)
    assert page.count('hx-trigger="intersect once"') == 2
    later = f"/home/accounts/{accounts[-1].id}?days=30"
    assert later in page
    assert as_alice.fragment(later).status_code == 200


def test_what_does_not_work_is_said_with_the_next_click(as_alice: CheckingClient) -> None:
    account = line.account(name="Coffee", state=AccountState.BROKEN, problem="line.token_refused")
    text = text_of(as_alice)
    assert "Needs your attention" in text
    assert re.search(r"Coffee · checked .+ LINE refuses the access token\. Issue a new token", text)
    part = as_alice.fragment("/home/attention").get_data(as_text=True)
    assert f'href="/accounts/{account.id}/settings"' in part
    assert "No bulk worker is running" in part


def test_what_does_not_work_is_for_those_who_can_repair_it(app: Flask, people: SimpleNamespace) -> None:
    line.account(state=AccountState.BROKEN, problem="line.token_refused")
    browser = signed_in(app, team.member(permissions=["friends"]))
    assert "Needs your attention" not in text_of(browser)
    assert browser.get("/home/attention").status_code == 403


def test_a_member_who_repairs_sees_only_their_accounts(app: Flask, people: SimpleNamespace) -> None:
    mine = line.account(name="Mine")
    line.account(name="Other", state=AccountState.BROKEN, problem="line.token_refused")
    browser = signed_in(app, team.member(permissions=["settings"], account_ids=[mine.id]))
    assert "LINE refuses the access token" not in text_of(browser)


def test_nothing_wrong_is_no_box(as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urls, "ours", "https://tomoru.example.com")
    line.account()
    for kind in ("scheduler", *map(heartbeats.worker_kind, STARTED)):
        heartbeats.beat_once(f"here:1:{kind}", kind, db.engine)
    assert Candidate(db.engine).campaign()
    part = as_alice.fragment("/home/attention").get_data(as_text=True)
    assert "Needs your attention" not in part


@pytest.mark.parametrize(
    ("permissions", "shown", "path"),
    [
        (["segments"], "Choose by conditions whom a message is meant for.", "segments"),
        (["tags"], "Mark friends, so that you can find and reach them later.", "tags"),
        (["imports"], "Connection, set-up checks and imports.", "settings"),
    ],
)
def test_who_sees_no_friends_finds_what_they_can_do(
    app: Flask, people: SimpleNamespace, permissions: list[str], shown: str, path: str
) -> None:
    account = line.account(name="Coffee")
    member = signed_in(app, team.member(permissions=permissions))
    text, page = text_of(member), member.get("/").get_data(as_text=True)
    assert shown in text and "opened to you" not in text
    found = re.search(rf'id="home-places-{account.id}".*?</ul>', page, re.DOTALL)
    assert found and f"/accounts/{account.id}/{path}" in found.group(0)


def test_a_permission_for_what_is_not_here_yet_opens_nothing(app: Flask, people: SimpleNamespace) -> None:
    line.account(name="Coffee")
    assert "Nothing here has been opened to you yet" in text_of(signed_in(app, team.member(permissions=["reports"])))


def test_a_new_installation_says_the_next_step_before_what_is_not_in_order(as_alice: CheckingClient) -> None:
    page = as_alice.get("/").get_data(as_text=True)
    assert 0 < page.index("home-nothing-yet") < page.index('id="home-attention"')
