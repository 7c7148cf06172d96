"""A shared link says who tapped it where LINE proves it, and leads on whatever happens."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import update

from app.core.clock import database_now, now
from app.core.db import db
from app.friends.models import Friend
from app.friends.queries.timeline import timeline_page
from app.line.gateway.id_tokens import user_of
from app.line.models import Account
from app.messages.tracking import tickets
from app.messages.tracking.models import LinkFetch, LinkVisitor, TrackedLink, TrackedSend
from app.messages.tracking.operations.sends import SendCause, accepted, begin_send
from app.messages.tracking.operations.visitors import identify_visitors, prune_visitors
from app.messages.tracking.queries import link_results
from tests.factories import friends
from tests.factories import line as line_rows
from tests.messages.tracking.conftest import PHONE
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer

TARGET = "https://shop.example/spring?q=1#part"
CODE = "AAAAAAAAAAA"
LOGIN, LIFF = "2009000001", "2009000001-AbcdEfgh"
STRANGER = "U" + "9" * 32
Judge = Callable[[], None]
Token = Callable[..., str]


@pytest.fixture
def channel(line: SandboxServer) -> str:
    """A channel of the sandbox with a LIFF app."""
    settings = {"name": "Shop", "login_channel_id": LOGIN, "liff_apps": {LIFF: "https://tomoru.example/liff"}}
    return str(line.api("POST", "/channels", settings)["channel_id"])


@pytest.fixture
def token(line: SandboxServer, channel: str) -> Token:
    """Make a person and issue their ID token, as their LIFF page gets it."""

    def issued(user_id: str, **claims: Any) -> str:
        known = line.api("GET", f"/channels/{channel}/friends?q={user_id}")["friends"]
        if not known:
            line.api("POST", f"/channels/{channel}/friends", {"user_id": user_id, "display_name": "Hana"})
        return str(line.api("POST", f"/channels/{channel}/friends/{user_id}/id-token", claims)["value"])

    return issued


@pytest.fixture
def account(app: Flask) -> Account:
    return line_rows.account(login_channel_id=LOGIN, liff_id=LIFF)


@pytest.fixture
def hana(account: Account) -> Friend:
    return friends.friend(account, line_user_id="U" + "a" * 32, display_name="Hana")


@pytest.fixture
def shared(account: Account) -> TrackedSend:
    """A send whose one link all recipients share."""
    send = begin_send(account.id, SendCause("step", "5"))
    accepted(send.id, now() - timedelta(minutes=5))
    db.session.add(TrackedLink(code=CODE, send_id=send.id, place="messages[0].text", target=TARGET))
    db.session.commit()
    return send


def tapped(browser: CheckingClient, agent: str = PHONE) -> str:
    """Tap the link; returns where it leads."""
    return str(browser.get(f"/l/{CODE}", headers={"User-Agent": agent}).headers["Location"])


def way(browser: CheckingClient) -> str:
    """Tap in LINE; returns the page that follows."""
    return "/liff" + tapped(browser).removeprefix(f"https://liff.line.me/{LIFF}")


def tell(browser: CheckingClient, path: str, token: str, origin: str = "same-origin") -> None:
    """Hand in the token as the page does, and let a worker ask LINE."""
    headers = {"Sec-Fetch-Site": origin}
    answer = browser.post(path, data=token, headers=headers, content_type="text/plain", csrf=False)
    assert (answer.status_code, answer.data) == (204, b"")
    identify_visitors()


def clicks(account: Account) -> list[tuple[int, int | None]]:
    return [(one.clicks, one.people) for one in link_results(account.id, "step", "5")]


def test_a_tap_counts_for_the_friend_whom_line_names(
    browser: CheckingClient, account: Account, shared: TrackedSend, hana: Friend, token: Token, judge: Judge
) -> None:
    path = way(browser)
    first = browser.get("/liff?liff.state=" + quote(path.removeprefix("/liff"), safe=""))
    page = browser.get(path)
    assert page.status_code == first.status_code == 200
    assert 'href="https://shop.example/spring?q=1#part"' in page.text
    assert f'data-liff-id="{LIFF}"' in page.text
    tell(browser, path, token(hana.line_user_id))
    judge()
    assert clicks(account) == [(1, 1)]
    db.session.refresh(hana)
    assert hana.last_click_at == hana.last_open_at is not None
    assert [entry.line.title for entry in timeline_page(hana.id).rows] == ["Opened a link"]


def test_a_token_that_comes_late_still_counts_for_the_friend_and_once(
    browser: CheckingClient, account: Account, shared: TrackedSend, hana: Friend, token: Token, judge: Judge
) -> None:
    path = way(browser)
    judge()
    assert clicks(account) == [(1, None)]
    for _ in range(2):
        tell(browser, path, token(hana.line_user_id))
        judge()
    other = friends.friend(account, line_user_id="U" + "b" * 32)
    tell(browser, path, token(other.line_user_id))
    judge()
    assert clicks(account) == [(1, 1)]
    assert len(timeline_page(hana.id).rows) == 1
    assert timeline_page(other.id).rows == []


def test_only_lines_own_browser_goes_by_way_of_liff(
    app: Flask, browser: CheckingClient, account: Account, shared: TrackedSend, hana: Friend, judge: Judge
) -> None:
    assert tapped(browser).startswith(f"https://liff.line.me/{LIFF}/{CODE}/")
    assert tapped(browser, "Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537.36") == TARGET
    assert tapped(browser, "facebookexternalhit/1.1;line-poker/1.0") == TARGET
    assert browser.head(f"/l/{CODE}", headers={"User-Agent": PHONE}).headers["Location"] == TARGET
    db.session.execute(update(TrackedLink).values(friend_id=hana.id))
    db.session.commit()
    assert tapped(browser) == TARGET, "A link of one person needs no proof."


def test_an_account_without_liff_leads_on_directly_also_what_was_sent_before(
    browser: CheckingClient, account: Account, shared: TrackedSend, judge: Judge
) -> None:
    path = way(browser)
    account.liff_id = None
    db.session.commit()
    assert tapped(browser) == browser.get(path).headers["Location"] == TARGET


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1_700_000_000},
        {"aud": "2009000002"},
        {"iss": "https://evil.example"},
        {"sub": "U" + "c" * 32},
        {"sub": "Hana"},
    ],
)
def test_tokens_of_others_name_no_friend_and_the_click_stays(
    browser: CheckingClient,
    account: Account,
    shared: TrackedSend,
    hana: Friend,
    token: Token,
    judge: Judge,
    claims: dict[str, Any],
) -> None:
    tell(browser, way(browser), token(hana.line_user_id, **claims))
    judge()
    assert clicks(account) == [(1, None)]
    assert db.session.query(LinkVisitor.token).scalar() is None, "The token is not kept."
    prune_visitors()
    assert db.session.query(LinkVisitor).count() == 0


def test_a_forged_token_names_no_friend(
    browser: CheckingClient, account: Account, shared: TrackedSend, hana: Friend, token: Token, judge: Judge
) -> None:
    head, claims, signature = token(hana.line_user_id).split(".")
    flipped = ("A" if signature[5] != "A" else "B").join((signature[:5], signature[6:]))
    for forged in (f"{head}.{claims}.{flipped}", f"{head}.{claims}.", "not.a.token", "nothing", "é.é.é", ""):
        tell(browser, way(browser), forged)
    judge()
    assert clicks(account) == [(6, None)]


def unsigned(**claims: Any) -> str:
    """A token with these claims that says it needs no signature."""
    parts = ({"typ": "JWT", "alg": "none"}, {"iss": "https://access.line.me", "aud": LOGIN, **claims})
    return ".".join(urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts) + "."


def test_no_one_else_can_be_named_by_a_token_of_ones_own(
    browser: CheckingClient, account: Account, shared: TrackedSend, hana: Friend, token: Token, judge: Judge
) -> None:
    attacker = friends.friend(account, line_user_id="U" + "d" * 32)
    head, _claims, signature = token(attacker.line_user_id).split(".")
    theirs = token(hana.line_user_id).split(".")[1]
    ends = int(now().timestamp()) + 3_000
    for forged in (f"{head}.{theirs}.{signature}", unsigned(sub=hana.line_user_id, exp=ends)):
        tell(browser, way(browser), forged)
    judge()
    assert clicks(account) == [(2, None)]
    db.session.refresh(hana)
    assert hana.last_click_at is None


def test_a_token_of_another_channel_is_refused_though_line_takes_it_there(
    browser: CheckingClient,
    account: Account,
    shared: TrackedSend,
    hana: Friend,
    token: Token,
    judge: Judge,
    line: SandboxServer,
) -> None:
    settings = {"name": "Other", "login_channel_id": "2009000007", "liff_apps": {}}
    other = line.api("POST", "/channels", settings)["channel_id"]
    line.api("POST", f"/channels/{other}/friends", {"user_id": hana.line_user_id, "display_name": "Hana"})
    foreign = line.api("POST", f"/channels/{other}/friends/{hana.line_user_id}/id-token", {})["value"]
    assert user_of(foreign, "2009000007") == hana.line_user_id
    tell(browser, way(browser), foreign)
    judge()
    assert clicks(account) == [(1, None)]


def test_a_ticket_is_of_one_link_and_its_first_token(
    browser: CheckingClient, account: Account, shared: TrackedSend, hana: Friend, token: Token, judge: Judge
) -> None:
    """Who overhears an address cannot make the tap their own, nor carry it to another link."""
    attacker = friends.friend(account, line_user_id="U" + "d" * 32)
    db.session.add(TrackedLink(code="CCCCCCCCCCC", send_id=shared.id, place="messages[0].more", target=TARGET))
    db.session.commit()
    path = way(browser)
    tell(browser, path.replace(CODE, "CCCCCCCCCCC"), token(attacker.line_user_id))
    tell(browser, path, token(hana.line_user_id))
    tell(browser, path, token(attacker.line_user_id))
    judge()
    assert [one for one in clicks(account) if one[0]] == [(1, 1)]
    db.session.refresh(attacker)
    assert attacker.last_click_at is None
    assert len(timeline_page(hana.id).rows) == 1


def test_a_person_of_another_account_is_not_named(
    browser: CheckingClient, account: Account, shared: TrackedSend, token: Token, judge: Judge
) -> None:
    friends.friend(line_rows.account(), line_user_id=STRANGER)
    tell(browser, way(browser), token(STRANGER))
    judge()
    assert clicks(account) == [(1, None)]


def test_other_sites_and_forged_or_old_tickets_are_not_heard(
    browser: CheckingClient,
    account: Account,
    shared: TrackedSend,
    hana: Friend,
    token: Token,
    judge: Judge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, good = way(browser), token(hana.line_user_id)
    tell(browser, path, good, "cross-site")
    tell(browser, path[:-5] + ("A" if path[-5] != "A" else "B") + path[-4:], good)
    tell(browser, path.replace(CODE, "BBBBBBBBBBB"), good)
    tell(browser, path, good + "." * 5_000)
    monkeypatch.setattr(tickets, "MINUTES", -1)
    tell(browser, path, good)
    assert browser.get(path).headers["Location"] == TARGET, "An old address still leads on."
    judge()
    assert clicks(account) == [(1, None)]


def test_while_line_cannot_be_asked_the_token_waits(
    browser: CheckingClient,
    account: Account,
    shared: TrackedSend,
    hana: Friend,
    token: Token,
    judge: Judge,
    line: SandboxServer,
) -> None:
    good = token(hana.line_user_id)
    rule = {"kind": "status", "status": 429, "path": "/oauth2/v2.1/verify", "times": 1}
    line.api("POST", "/faults", rule)
    tell(browser, way(browser), good)
    judge()
    assert clicks(account) == [(1, None)]
    db.session.execute(update(LinkVisitor).values(due_at=database_now()))
    db.session.commit()
    identify_visitors()
    judge()
    assert clicks(account) == [(1, 1)]


def test_nothing_of_a_test_counts_for_the_friend(
    browser: CheckingClient, shared: TrackedSend, hana: Friend, token: Token, judge: Judge
) -> None:
    shared.is_test = True
    db.session.commit()
    path = way(browser)
    judge()
    tell(browser, path, token(hana.line_user_id))
    judge()
    db.session.refresh(hana)
    assert hana.last_click_at is None
    assert db.session.query(LinkFetch.friend_id).scalar() is None


def test_only_the_liff_page_may_load_lines_script(browser: CheckingClient, shared: TrackedSend, judge: Judge) -> None:
    page = browser.get(way(browser))
    policy = page.headers["Content-Security-Policy"]
    assert "https://static.line-scdn.net" in policy.partition("script-src")[2].partition(";")[0]
    assert "Set-Cookie" not in page.headers
    assert "line-scdn" not in browser.get("/sign-in").headers["Content-Security-Policy"]
    assert browser.get("/liff").status_code == 200
    assert browser.get(f"/liff/BBBBBBBBBBB/{1}").status_code == 404


def test_the_view_redirects_with_the_headers_of_the_shortcut_before_it(
    app: Flask, browser: CheckingClient, shared: TrackedSend, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = browser.get(f"/l/{CODE}")
    monkeypatch.setattr(app, "wsgi_app", partial(Flask.wsgi_app, app))
    whole = browser.get(f"/l/{CODE}")
    assert "X-Request-Id" in whole.headers and "X-Request-Id" not in quick.headers
    assert {name: whole.headers.get(name) for name, _value in quick.headers} == dict(quick.headers)
