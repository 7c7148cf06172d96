"""`flask workflows`: listed, started, paused, looked into, cancelled and proved on the terminal."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from sqlalchemy import text

from app.core.db import db
from app.team.actors import SYSTEM
from app.workflows.engine.advancing import advance_due
from app.workflows.engine.happenings import Happening
from app.workflows.operations.life import create_workflow
from app.workflows.triggers.handlers import tell
from tests.cli.conftest import Flasks
from tests.factories import friends, line
from tests.factories.workflows import chain, step


def test_a_workflow_on_the_terminal(flask: Flasks, app: Flask) -> None:
    assert flask("workflows", "list").output == "Error: There are no workflows yet.\n"
    account = line.account()
    friend = friends.friend(account)
    steps = step("message", any=True), step("delay", amount=1, unit="days"), step("stop")
    number = str(create_workflow("Welcome", graph=chain(account, *steps), actor=SYSTEM).id)
    empty = str(create_workflow("Empty", actor=SYSTEM).id)
    db.session.commit()
    refused = flask("workflows", "start", empty)
    assert refused.exit_code == 1 and "No LINE Official Account is selected" in refused.output
    assert "Welcome is active, version 1." in flask("workflows", "start", number).output
    happening = Happening(account_id=account.id, friend_id=friend.id, kind="message", key="m:1", data={"text": "Hi"})
    tell([happening, happening])
    db.session.commit()
    advance_due()
    assert flask("workflows", "show", number).output.splitlines() == [
        "Welcome: active, version 1",
        "runs: 1",
        "waiting: 1",
    ]
    listed = flask("workflows", "list").output.splitlines()
    assert listed[2].split() == [number, "Welcome", "active", "1", "1", "1"]
    run = flask("workflows", "runs", number).output.splitlines()[1].split()[0]
    steps = flask("workflows", "runs", number, "--run", run).output
    assert "Delay" in steps and "Waits until" in steps
    assert flask("workflows", "runs", number, "--state", "failed").output == "Error: This workflow has no such runs.\n"
    assert flask("workflows", "verify", number).output == "The history is right.\n"
    assert flask("workflows", "cancel", number).exit_code == 1
    assert f"Run {run} is cancelled." in flask("workflows", "cancel", number, "--run", run).output
    assert "ended already" in flask("workflows", "cancel", number, "--run", run).output
    assert flask("workflows", "cancel", number, "--all").output == "Cancelled runs: 0.\n"
    assert flask("workflows", "pause", number).output == "Welcome is paused.\n"
    db.session.execute(text("UPDATE workflow_runs SET steps = 7"))
    db.session.commit()
    wrong = flask("workflows", "verify", number)
    assert wrong.exit_code == 1 and "steps are not all there: 1" in wrong.output
    assert "There is no workflow 99" in flask("workflows", "show", "99").output


def test_a_workflow_goes_from_one_account_to_another_as_a_file(flask: Flasks, app: Flask, tmp_path: Path) -> None:
    account, other = line.account(), line.account(name="Branch")
    tag = step("tag", tags={str(account.id): [friends.tag(account, "VIP").id]}, change="add")
    hook = step("send_webhook", url="https://example.com", fields=[], results=[], status="")
    made = create_workflow("Welcome", graph=chain(account, step("friend_add"), tag, hook), actor=SYSTEM)
    db.session.commit()
    file = tmp_path / "welcome.json"
    file.write_text(flask("workflows", "export", str(made.id)).output)
    assert flask("workflows", "import", str(file), str(other.id)).output.splitlines() == [
        f"Welcome is draft {made.id + 1}.",
        "To be filled in: Tag “VIP” of Branch",
        "To be filled in: The address, the secret and fixed values of a webhook",
    ]
    file.write_text('{"format": "tomoru-workflow", "version": 9}')
    refused = flask("workflows", "import", str(file), str(other.id))
    assert refused.exit_code == 1 and "version: This file was made by another version" in refused.output
