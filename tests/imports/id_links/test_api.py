"""The API: a key, a file, a status, errors as problem documents; and the keys' own page."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from werkzeug.test import TestResponse

from app.core.clock import now
from app.core.db import db
from app.imports.id_links import upload
from app.imports.id_links.views import api
from app.line.models import Account
from app.team.actors import Actor
from app.team.models import ApiKey, AuditEntry
from app.team.operations.api_keys import create_api_key
from tests.factories import line as line_factory
from tests.imports.id_links.conftest import HEADER, csv_of, finish_all, links_of, staged, uid
from tests.support.client import CheckingClient


@pytest.fixture
def token(account: Account, people: SimpleNamespace) -> object:
    _key, token = create_api_key(name="CDP", scopes=["imports"], account_ids=None, actor=Actor.of_member(people.alice))
    db.session.commit()
    return token


def path_of(account: Account) -> object:
    return f"/api/v1/accounts/{account.id}/id-links/imports"


def ask(browser: CheckingClient, method: str, path: str, token: str = "", **more: Any) -> object:
    """As a program does: no cookie, no CSRF token."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if "data" in more:
        headers["Content-Type"] = more.pop("content_type", "text/csv")
    if method != "GET":
        more["csrf"] = False
    return browser.open(path, method=method, headers=headers | more.pop("headers", {}), **more)


def test_a_file_is_pushed_and_followed(account: Account, browser: CheckingClient, token: str) -> None:
    pushed = ask(browser, "POST", f"{path_of(account)}?file_name=night.csv", token, data=csv_of((1, "one")))
    assert pushed.status_code == 202
    started = pushed.get_json()
    assert (started["status"], started["phase"]) == ("uploading", "waiting")
    assert started["file"] == {"name": "night.csv", "size": len(csv_of((1, "one")))}
    assert pushed.headers["Location"] == started["url"]
    finish_all()
    done = ask(browser, "GET", started["url"], token).get_json()
    assert (done["status"], done["error"], done["counts"]["new"]) == ("completed", None, 1)
    assert done["finished_at"]
    assert links_of(account) == {uid(1): "one"}
    entry = db.session.query(AuditEntry).filter_by(action="id_link_import.started").one()
    assert (entry.actor_name, entry.member_id, entry.target_name) == ("API: CDP", None, "night.csv")


def test_what_is_wrong_is_told_line_by_line(account: Account, browser: CheckingClient, token: str) -> None:
    url = ask(browser, "POST", path_of(account), token, data=HEADER + b"x\n").get_json()["url"]
    finish_all()
    found = ask(browser, "GET", url, token).get_json()
    assert (found["status"], found["error"]["code"]) == ("error", "id_links.one_invalid_row")
    line = {"line": 2, "value": "x", "code": "columns_missing", "reason": "The row has one column instead of two."}
    assert found["invalid_lines"] == [line]
    listed = ask(browser, "GET", found["errors_url"], token, headers={"Accept-Language": "ja"})
    assert listed.text.splitlines()[1:] == [
        "2,x,columns_missing,The row has one column instead of two.",
    ]


def test_lines_that_would_be_formulas_are_guarded(account: Account, browser: CheckingClient, token: str) -> None:
    body = HEADER + "=1+1\n ＝cmd\n\u200b@x\n".encode()
    url = ask(browser, "POST", path_of(account), token, data=body).get_json()["url"]
    finish_all()
    listed = ask(browser, "GET", f"{url}/errors", token).text.splitlines()[1:4]
    assert [line.split(",")[1] for line in listed] == ["'=1+1", "' ＝cmd", "'\u200b@x"]


def test_shared_user_ids_are_named(account: Account, browser: CheckingClient, token: str) -> None:
    body = csv_of((1, "one"), (2, "one"), (3, "three"))
    url = ask(browser, "POST", path_of(account), token, data=body).get_json()["url"]
    finish_all()
    assert ask(browser, "GET", url, token).get_json()["shared_ids"] == [{"user_id": "one", "line_users": 2}]


@pytest.mark.parametrize("charset", ["shift_jis", "utf-16", "EUC-JP"])
def test_a_body_in_another_encoding_is_refused_in_words(
    account: Account, browser: CheckingClient, token: str, charset: str
) -> None:
    kind = f"text/csv; charset={charset}"
    refused = ask(browser, "POST", path_of(account), token, data=csv_of((1, "one")), content_type=kind)
    assert problem_of(refused) == 415
    assert refused.get_json()["detail"] == f"The body is declared as {charset}. Send the CSV file as UTF-8."
    for spelled in ("utf-8", "UTF-8", "utf8"):
        kind = f"text/csv; charset={spelled}"
        taken = ask(browser, "POST", path_of(account), token, data=csv_of((1, "one")), content_type=kind)
        assert taken.status_code == 202


def test_options_stand_in_the_address(account: Account, browser: CheckingClient, token: str) -> None:
    ask(browser, "POST", f"{path_of(account)}?partial=1", token, data=csv_of((1, "one")) + b"x\n")
    ask(browser, "POST", f"{path_of(account)}?dry_run=true", token, data=csv_of((2, "two")))
    finish_all()
    assert links_of(account) == {uid(1): "one"}
    refused = ask(browser, "POST", f"{path_of(account)}?partial=maybe", token, data=b"")
    assert (refused.status_code, refused.mimetype) == (422, "application/problem+json")
    assert refused.get_json()["detail"] == "partial must be 1 or 0."


def test_an_import_is_cancelled(account: Account, browser: CheckingClient, token: str) -> None:
    url = ask(browser, "POST", path_of(account), token, data=csv_of((1, "one"))).get_json()["url"]
    assert ask(browser, "POST", f"{url}/cancel", token).get_json()["status"] == "cancelled"
    finish_all()
    assert (links_of(account), staged()) == ({}, [])


def problem_of(answer: TestResponse) -> object:
    assert answer.mimetype == "application/problem+json"
    body = answer.get_json()
    assert body["status"] == answer.status_code and body["title"] and body["type"] == "about:blank"
    return answer.status_code


def test_refusals_are_problem_documents(
    account: Account, people: SimpleNamespace, browser: CheckingClient, token: str
) -> None:
    other = line_factory.account()
    actor = Actor.of_member(people.alice)
    _limited, limited_token = create_api_key(name="one", scopes=["imports"], account_ids=[account.id], actor=actor)
    _useless, useless_token = create_api_key(name="none", scopes=[], account_ids=None, actor=actor)
    revoked, revoked_token = create_api_key(name="old", scopes=["imports"], account_ids=None, actor=actor)
    revoked.revoked_at = now()
    db.session.commit()
    anonymous = ask(browser, "POST", path_of(account), data=b"")
    assert problem_of(anonymous) == 401
    assert anonymous.headers["WWW-Authenticate"].lower().startswith("bearer")
    assert problem_of(ask(browser, "POST", path_of(account), "tomoru_wrong", data=b"")) == 401
    assert problem_of(ask(browser, "POST", path_of(account), revoked_token, data=b"")) == 401
    assert problem_of(ask(browser, "POST", path_of(account), useless_token, data=b"")) == 403
    assert problem_of(ask(browser, "POST", path_of(other), limited_token, data=b"")) == 404
    assert ask(browser, "POST", path_of(account), limited_token, data=csv_of((1, "one"))).status_code == 202
    assert problem_of(ask(browser, "POST", "/api/v1/accounts/999/id-links/imports", token, data=b"")) == 404
    assert problem_of(ask(browser, "GET", f"{path_of(account)}/999", token)) == 404
    assert problem_of(ask(browser, "GET", "/api/v1/nothing", token)) == 404
    assert problem_of(ask(browser, "PUT", path_of(account), token, data=b"")) == 405
    assert problem_of(ask(browser, "POST", path_of(account), token, data=b"", content_type="application/json")) == 415
    packed = ask(browser, "POST", path_of(account), token, data=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    assert (problem_of(packed), "must not be compressed" in packed.get_json()["detail"]) == (415, True)


def test_too_large_a_body_is_refused(
    account: Account, browser: CheckingClient, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "MOST_BYTES", 1_000)
    monkeypatch.setattr(api, "MOST_BYTES", 1_000)
    assert problem_of(ask(browser, "POST", path_of(account), token, data=b"x" * 1_001)) == 413
    assert staged() == []
    cut = ask(browser, "POST", path_of(account), token, data=b"x", environ_overrides={"CONTENT_LENGTH": "500"})
    assert problem_of(cut) == 400
    assert staged() == []


def test_a_member_is_no_program(account: Account, as_alice: CheckingClient) -> None:
    assert problem_of(as_alice.post(path_of(account), data=b"", content_type="text/csv")) == 401


def test_the_use_of_a_key_is_noted_to_the_minute(account: Account, browser: CheckingClient, token: str) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        ask(browser, "GET", f"{path_of(account)}/1", token)
        first = db.session.query(ApiKey.last_used_at).scalar()
        clock.shift(30)
        ask(browser, "GET", f"{path_of(account)}/1", token)
        assert db.session.query(ApiKey.last_used_at).scalar() == first
        clock.shift(31)
        ask(browser, "GET", f"{path_of(account)}/1", token)
        assert db.session.query(ApiKey.last_used_at).scalar() == first + timedelta(seconds=61)


def test_a_key_is_made_shown_once_used_and_revoked(
    account: Account, as_alice: CheckingClient, browser: CheckingClient
) -> None:
    form = {"name": "CDP", "scopes": "imports", "scope": "chosen", "account_ids": str(account.id)}
    made = as_alice.post("/api-keys", data=form).text
    token = re.search(r"tomoru_[\w-]{43}", made).group()
    assert db.session.query(ApiKey).filter(ApiKey.token_digest == token).count() == 0
    listed = as_alice.get("/api-keys").text
    assert token not in listed and token[:11] in listed and account.name in listed and "Never" in listed
    assert ask(browser, "POST", path_of(account), token, data=csv_of((1, "one"))).status_code == 202
    key = db.session.query(ApiKey).one()
    assert as_alice.post(f"/api-keys/{key.id}/revocation").status_code == 303
    assert ask(browser, "GET", path_of(account) + "/1", token).status_code == 401
    assert "Revoked" in as_alice.get("/api-keys").text
    said = [entry.action for entry in db.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert [action for action in said if action.startswith("api_key")] == ["api_key.created", "api_key.revoked"]


def test_the_list_beside_the_form_has_the_new_key(account: Account, as_alice: CheckingClient) -> None:
    form = {"name": "CDP", "scopes": "imports", "scope": "all"}
    token, listed = as_alice.fragment("/api-keys", "POST", data=form).text.split("<hx-partial", 1)
    assert re.search(r"tomoru_[\w-]{43}", token) and not re.search(r"tomoru_[\w-]{43}", listed)
    assert 'hx-target="#api-keys"' in listed and "CDP" in listed


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "", "scopes": "imports", "scope": "all"}, "Fill this in."),
        ({"name": "x", "scope": "all"}, "Choose at least one."),
        ({"name": "x", "scopes": "imports", "scope": "chosen"}, "Choose at least one account."),
        ({"name": "x", "scopes": "everything", "scope": "all"}, "Choose only from the list."),
    ],
)
def test_a_key_without_sense_is_refused(
    account: Account, as_alice: CheckingClient, form: dict[str, Any], words: str
) -> None:
    answer = as_alice.fragment("/api-keys", "POST", data=form)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert db.session.query(ApiKey).count() == 0


def test_keys_are_for_administrators(as_bob: CheckingClient, browser: CheckingClient) -> None:
    assert as_bob.get("/api-keys").status_code == 403
    assert as_bob.post("/api-keys", data={}).status_code == 403
    assert as_bob.post("/api-keys/1/revocation").status_code == 403
    assert browser.get("/api-keys").status_code == 303
