"""`flask members create-admin`: the way in when there is no other."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.team import setup_code
from app.team.models import Member
from app.team.passwords import matches
from tests.cli.conftest import Flasks
from tests.factories import team

PASSWORD = "lantern river ninety"
COMMAND = ("members", "create-admin", "--email", "akari@example.com", "--name", "Akari")


def test_it_makes_an_administrator_who_can_sign_in(flask: Flasks) -> None:
    result = flask(*COMMAND, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    member = db.session.scalars(select(Member)).one()
    assert (member.email, member.is_administrator, member.is_active) == ("akari@example.com", True, True)
    assert matches(member.password_hash, PASSWORD)


def test_the_password_may_come_from_a_pipe(flask: Flasks) -> None:
    assert flask(*COMMAND, "--password-stdin", input=f"{PASSWORD}\n").exit_code == 0
    assert matches(db.session.scalars(select(Member)).one().password_hash, PASSWORD)


def test_a_weak_password_is_refused_with_a_sentence(flask: Flasks) -> None:
    result = flask(*COMMAND, "--password-stdin", input="short\n")
    assert result.exit_code == 1
    assert "password:" in result.output
    assert db.session.scalars(select(Member)).all() == []


def test_an_address_that_is_taken_is_refused(flask: Flasks) -> None:
    team.member(email="Akari@Example.com")
    result = flask(*COMMAND, "--password-stdin", input=f"{PASSWORD}\n")
    assert result.exit_code == 1
    assert "already a member" in result.output


def test_the_code_of_a_new_installation_is_shown(app: Flask, flask: Flasks) -> None:
    result = flask("members", "setup-code")
    code = setup_code.code_of(app.config["TOMORU"].secret_key)
    assert (result.exit_code, result.output) == (0, f"http://127.0.0.1:8000/setup?code={code}\n")
    team.member()
    result = flask("members", "setup-code")
    assert result.exit_code == 1 and "create-admin" in result.output
