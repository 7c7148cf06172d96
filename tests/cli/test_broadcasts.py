"""`flask broadcasts`: listed, sent, paused, resumed, stopped and proved on the terminal."""

from __future__ import annotations

from sqlalchemy import text

from app.core.db import db
from tests.cli.conftest import Flasks
from tests.line.conftest import Connect, connect
from tests.messages.broadcasts.conftest import Stage, staged, stored, work
from tests.support.sandbox import SandboxServer

__all__ = ["connect"]


def test_a_broadcast_is_sent_and_proved_from_the_terminal(flask: Flasks, line: SandboxServer, connect: Connect) -> None:
    assert flask("broadcasts", "list").output == "Error: There are no broadcasts yet.\n"
    stage: Stage = staged(line, connect, 3)
    number = str(stage.draft().id)
    assert "Spring is sent now." in flask("broadcasts", "send", number).output
    work()
    assert flask("broadcasts", "list").output.splitlines()[1].split()[-2:] == ["3", "3"]
    assert flask("broadcasts", "show", number).output.splitlines()[::2] == ["Spring: sent", "sent: 3"]
    assert flask("broadcasts", "verify", number).output == "sent: 3\nThe ledger is right.\n"
    refused = flask("broadcasts", "pause", number)
    assert refused.exit_code == 1 and "in another state" in refused.output
    db.session.execute(text("DELETE FROM broadcast_recipients WHERE position = 2"))
    db.session.commit()
    wrong = flask("broadcasts", "verify", number)
    assert wrong.exit_code == 1 and "Stored people: 2. Frozen people: 3." in wrong.output


def test_a_broadcast_is_paused_resumed_and_stopped(flask: Flasks, line: SandboxServer, connect: Connect) -> None:
    stage = staged(line, connect, 3)
    broadcast_id = stage.confirmed()
    db.session.execute(text("UPDATE broadcasts SET state = 'sending', started_at = now(), start_due_at = NULL"))
    db.session.commit()
    number = str(broadcast_id)
    for command, state in (("pause", "paused"), ("resume", "sending"), ("stop", "stopped")):
        assert flask("broadcasts", command, number).exit_code == 0
        assert stored(broadcast_id).state == state
    assert flask("broadcasts", "show", "99").output == "Error: There is no broadcast 99. See: flask broadcasts list\n"
