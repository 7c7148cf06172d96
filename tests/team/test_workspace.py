"""Workspace settings and the icon."""

from __future__ import annotations

from io import BytesIO
from types import SimpleNamespace

import pytest
from werkzeug.test import TestResponse

from app.core.db import db
from app.team import queries
from app.team.models import Workspace
from tests.support.client import CheckingClient
from tests.team.conftest import audited_actions
from tests.team.test_images import JPEG, PNG, WEBP

FORM = {"name": "灯る商店", "time_zone": "Asia/Jakarta", "language": "ja"}


def save(browser: CheckingClient, icon: bytes | None = None, **changes: str) -> TestResponse:
    data = {**FORM, **changes, **({"icon": (BytesIO(icon), "icon.png")} if icon is not None else {})}
    headers = {"Accept-Language": "en"}
    return browser.post("/workspace", data=data, content_type="multipart/form-data", headers=headers)


def test_settings_are_saved_for_everyone(as_alice: CheckingClient, as_bob: CheckingClient) -> None:
    assert 'value="Asia/Tokyo"' in as_alice.get("/workspace").text
    assert save(as_alice).location == "/workspace"
    stored = queries.workspace()
    assert (stored.name, stored.time_zone, stored.language) == ("灯る商店", "Asia/Jakarta", "ja")
    assert "灯る商店" in as_bob.get("/profile").text
    assert audited_actions() == ["workspace.changed"]


def test_the_country_is_chosen_and_kept(as_alice: CheckingClient) -> None:
    page = as_alice.get("/workspace", headers={"Accept-Language": "en"}).text
    assert '<option selected value="JP">Japan</option>' in page
    save(as_alice, country="ID")
    save(as_alice)
    assert queries.workspace().country == "ID"


def test_saving_what_is_there_records_nothing(as_alice: CheckingClient) -> None:
    save(as_alice)
    save(as_alice)
    assert audited_actions() == ["workspace.changed"]


def test_the_language_holds_for_who_asks_for_none(as_alice: CheckingClient, browser: CheckingClient) -> None:
    save(as_alice)
    assert '<html lang="ja"' in browser.get("/sign-in").text
    assert '<html lang="en"' in browser.get("/sign-in", headers={"Accept-Language": "en"}).text


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": " "}, "Fill this in."),
        ({"name": "\u200b\u202e"}, "Fill this in."),
        ({"name": "x" * 101}, "Use 100 characters at most."),
        ({"time_zone": "Mars/Olympus"}, "Choose a time zone from the list"),
        ({"language": "tlh"}, "Choose one from the list."),
        ({"country": "XX"}, "Choose a country from the list."),
    ],
)
def test_bad_input_comes_back_with_a_reason(as_alice: CheckingClient, changes: dict[str, str], reason: str) -> None:
    response = save(as_alice, **changes)
    assert response.status_code == 422
    assert reason in response.text
    assert "data-guard-dirty" in response.text
    assert db.session.get(Workspace, 1) is None


def test_line_breaks_cannot_get_into_mail_subjects(as_alice: CheckingClient) -> None:
    save(as_alice, name="Shop\r\nBcc: everyone@example.com")
    assert queries.workspace().name == "Shop Bcc: everyone@example.com"


@pytest.mark.parametrize(("content", "media_type"), [(PNG, "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")])
def test_the_icon_is_served_as_what_it_is(
    as_alice: CheckingClient, browser: CheckingClient, content: bytes, media_type: str
) -> None:
    assert save(as_alice, content).status_code == 303
    response = browser.get("/workspace/icon")
    assert (response.data, response.mimetype) == (content, media_type)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    again = browser.get("/workspace/icon", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304
    assert "/workspace/icon" in as_alice.get("/workspace").text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<svg onload='alert(1)'/>", "Choose a PNG, JPEG or WebP picture."),
        (PNG + bytes(256 * 1024), "The picture is larger than 256 KB."),
    ],
)
def test_a_bad_icon_changes_nothing(as_alice: CheckingClient, content: bytes, reason: str) -> None:
    response = save(as_alice, content)
    assert response.status_code == 422
    assert reason in response.text
    assert db.session.get(Workspace, 1) is None


def test_the_icon_is_removed(as_alice: CheckingClient, browser: CheckingClient) -> None:
    save(as_alice, PNG)
    save(as_alice, remove_icon="y")
    assert browser.get("/workspace/icon").status_code == 404
    assert audited_actions() == ["workspace.changed", "workspace.icon_changed", "workspace.icon_removed"]


def test_saving_without_a_picture_keeps_the_icon(as_alice: CheckingClient, browser: CheckingClient) -> None:
    save(as_alice, PNG)
    save(as_alice, name="Other")
    assert browser.get("/workspace/icon").status_code == 200


def test_only_administrators_may(as_bob: CheckingClient, as_charlie: CheckingClient) -> None:
    for browser in (as_bob, as_charlie):
        assert browser.get("/workspace").status_code == 403
        assert save(browser).status_code == 403


def test_times_are_shown_in_the_workspaces_zone(as_alice: CheckingClient, people: SimpleNamespace) -> None:
    save(as_alice, language="en", time_zone="UTC")
    in_utc = as_alice.get("/audit-log").text
    save(as_alice, language="en", time_zone="Pacific/Kiritimati")
    title = "Line Islands Time"
    assert title not in in_utc
    assert title in as_alice.get("/audit-log").text
