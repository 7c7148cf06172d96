"""What a reader sees when something goes wrong, as a page and inside a page, and that nothing half done is kept."""

from __future__ import annotations

import json
from types import SimpleNamespace

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine

from app.core.db import db
from app.team.models import Workspace
from tests.conftest import signed_in
from tests.factories import line
from tests.support.client import CheckingClient

WAYS = [
    ("missing", 404, "There is nothing at this address"),
    ("forbidden", 403, "You do not have permission"),
    ("forbidden-because", 403, "Only on Mondays."),
    ("conflict", 409, "Someone else was faster."),
    ("invalid", 422, "Use another name."),
    ("413", 413, "What you sent is too large."),
    ("429", 429, "Too many tries."),
    ("418", 418, "could not make sense"),
    ("bug", 500, "It is our fault"),
    ("database", 500, "It is our fault"),
    ("503", 503, "A service that this page needs does not answer"),
]


def toasts(response: object) -> list[dict[str, str]]:
    found = json.loads(response.headers.get("HX-Trigger", "{}"))  # type: ignore[attr-defined]
    return list(found.get("toast", {}).get("toasts", []))


@pytest.mark.parametrize(("way", "status", "sentence"), WAYS)
def test_an_error_is_a_page_that_says_what_happened(
    failing: CheckingClient, way: str, status: int, sentence: str
) -> None:
    response = failing.get(f"/fail/{way}")
    assert response.status_code == status
    assert sentence in response.get_data(as_text=True)
    assert "<title>" in response.get_data(as_text=True)


@pytest.mark.parametrize(("way", "status", "sentence"), WAYS)
def test_inside_a_page_an_error_is_a_toast_and_the_page_stays(
    failing: CheckingClient, way: str, status: int, sentence: str
) -> None:
    response = failing.fragment(f"/fail/{way}")
    assert response.status_code == status
    assert [toast["kind"] for toast in toasts(response)] == ["error"]
    assert sentence in toasts(response)[0]["message"]
    assert response.headers["HX-Reswap"] == "none"
    assert "<title>" not in response.get_data(as_text=True)


def test_what_went_wrong_inside_is_not_told(failing: CheckingClient) -> None:
    for response in (failing.get("/fail/bug"), failing.fragment("/fail/bug")):
        assert "secret number" not in response.get_data(as_text=True) + str(response.headers)


def test_the_error_page_speaks_the_reader_s_language(failing: CheckingClient) -> None:
    page = failing.get("/fail/missing", headers={"Accept-Language": "ja"}).get_data(as_text=True)
    assert '<html lang="ja"' in page


@pytest.mark.parametrize("has_signed_in", [False, True])
def test_the_error_page_needs_no_database(
    failing_app: Flask,
    failing: CheckingClient,
    people: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    has_signed_in: bool,
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise psycopg.OperationalError("the server is gone")

    client = signed_in(failing_app, people.alice) if has_signed_in else failing
    with failing_app.app_context():
        engine = db.engine
    engine.dispose()
    monkeypatch.setattr(engine.dialect, "connect", away)
    response = client.get("/fail/nothing")
    assert response.status_code == 503
    assert "The database does not answer." in response.get_data(as_text=True)


@pytest.mark.parametrize(
    "path", ["/members/99999999999999999999", "/members?search=%00", "/audit-log?after=WyIyMDI2LTAxLTAxIiwgMWU5OTld"]
)
def test_values_that_no_database_can_hold_are_not_our_fault(as_alice: CheckingClient, path: str) -> None:
    response = as_alice.get(path)
    assert 400 <= response.status_code < 500
    assert "<title>" in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "status", "advice"),
    [
        ("/members", 403, "Administrators: Alice"),
        ("/no/such/address", 404, "start from Home"),
        ("/accounts/1/friends?after=made-up", 422, "Start again from the first page"),
    ],
)
def test_a_member_keeps_the_menu_and_is_told_what_to_do(
    as_bob: CheckingClient, people: SimpleNamespace, path: str, status: int, advice: str
) -> None:
    people.bob.permissions = ["friends"]
    line.account(id=1)
    response = as_bob.get(path)
    page = response.get_data(as_text=True)
    assert response.status_code == status
    assert 'id="side-menu"' in page and advice in page


def test_a_form_without_its_token_keeps_the_menu(as_bob: CheckingClient) -> None:
    response = as_bob.post("/language", data={"language": "ja"}, csrf=False)
    assert response.status_code == 400 and 'id="side-menu"' in response.get_data(as_text=True)


def test_a_stranger_gets_the_error_alone(browser: CheckingClient, people: SimpleNamespace) -> None:
    page = browser.get("/no/such/address").get_data(as_text=True)
    assert "Not found" in page and 'id="side-menu"' not in page and "Alice" not in page


def test_what_could_not_be_committed_is_not_said_to_be_saved(failing: CheckingClient) -> None:
    for response in (failing.get("/fail/uncommitted"), failing.fragment("/fail/uncommitted")):
        assert response.status_code == 400
        said = response.get_data(as_text=True) + response.headers.get("HX-Trigger", "")
        assert "could not make sense" in said and "Saved." not in said
        assert "Content-Security-Policy" in response.headers
    assert name_of(db.engine) is None


def test_an_unknown_address_is_a_page(failing: CheckingClient) -> None:
    response = failing.get("/no/such/address")
    assert response.status_code == 404
    assert "There is nothing at this address" in response.get_data(as_text=True)


def test_an_unknown_method_is_a_page(failing: CheckingClient) -> None:
    assert failing.open("/fail/nothing", method="PUT").status_code == 405


def name_of(engine: Engine) -> str | None:
    db.session.rollback()
    workspace = db.session.get(Workspace, 1)
    return workspace.name if workspace else None


@pytest.mark.parametrize("way", ["unprocessable", "missing", "conflict", "bug", "503"])
def test_an_answer_that_is_no_success_keeps_nothing(failing: CheckingClient, way: str) -> None:
    failing.get(f"/fail/{way}")
    assert name_of(db.engine) is None


def test_a_success_is_kept(failing: CheckingClient) -> None:
    failing.get("/fail/nothing")
    assert name_of(db.engine) == "Renamed by nothing"


def test_a_form_without_its_token_is_refused(failing: CheckingClient) -> None:
    response = failing.post("/fail/nothing", csrf=False)
    assert response.status_code == 400
    assert "Reload the page" in response.get_data(as_text=True)
    assert name_of(db.engine) is None


def test_a_form_with_its_token_is_taken(failing: CheckingClient) -> None:
    assert failing.post("/fail/nothing").status_code == 200


def test_a_toast_rides_on_a_fragment_and_is_printed_once(failing: CheckingClient) -> None:
    assert toasts(failing.fragment("/fail/toast")) == [{"kind": "success", "message": "Saved."}]
    assert toasts(failing.fragment("/fail/nothing")) == []
