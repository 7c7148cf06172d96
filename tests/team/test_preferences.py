"""The switches for language and appearance."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Flask

from app.core.db import db
from app.team.models import Member
from tests.conftest import signed_in
from tests.support.client import CheckingClient


def test_a_stranger_switches_the_language(browser: CheckingClient, people: SimpleNamespace) -> None:
    assert '<html lang="en"' in browser.get("/sign-in").text
    response = browser.post("/language", data={"language": "ja", "next": "/sign-in?"})
    assert response.location == "/sign-in"
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert '<html lang="ja"' in browser.get("/sign-in").text


def test_a_members_choice_follows_them(app: Flask, as_bob: CheckingClient, people: SimpleNamespace) -> None:
    as_bob.post("/language", data={"language": "ja", "next": "/profile"})
    as_bob.post("/theme", data={"theme": "dark", "next": "/profile"})
    elsewhere = signed_in(app, people.bob)
    assert '<html lang="ja" data-bs-theme="dark" data-theme="dark"' in elsewhere.get("/profile").text


def test_the_members_choice_is_stronger_than_the_browsers(as_bob: CheckingClient, people: SimpleNamespace) -> None:
    as_bob.set_cookie("language", "ja")
    as_bob.set_cookie("theme", "dark")
    people.bob.language, people.bob.theme = "en", "light"
    assert '<html lang="en" data-bs-theme="light"' in as_bob.get("/profile").text


def test_an_error_page_is_in_the_members_language(as_bob: CheckingClient, people: SimpleNamespace) -> None:
    people.bob.language = "ja"
    assert '<html lang="ja"' in as_bob.get("/nowhere").text


def test_a_stranger_switches_the_appearance(browser: CheckingClient, people: SimpleNamespace) -> None:
    browser.post("/theme", data={"theme": "dark"})
    assert 'data-bs-theme="dark"' in browser.get("/sign-in").text
    browser.post("/theme", data={"theme": "system"})
    assert 'data-theme="system"' in browser.get("/sign-in").text


@pytest.mark.parametrize(("path", "name"), [("/language", "language"), ("/theme", "theme")])
def test_made_up_choices_are_forgotten(as_bob: CheckingClient, people: SimpleNamespace, path: str, name: str) -> None:
    assert as_bob.post(path, data={name: "<b>"}).location == "/"
    assert getattr(db.session.get_one(Member, people.bob.id), name) is None
    assert as_bob.get("/profile").status_code == 200


@pytest.mark.parametrize("path", ["/language", "/theme"])
def test_it_leads_to_no_other_site(browser: CheckingClient, people: SimpleNamespace, path: str) -> None:
    assert browser.post(path, data={"next": "https://evil.example/"}).location == "/"
    assert browser.post(path, data={"next": "/"}, csrf=False).status_code == 400
