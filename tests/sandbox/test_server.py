"""The process: starts, answers unknown paths as LINE does, stops when told."""

from pathlib import Path

import pytest

from tests.support.sandbox import SandboxError, SandboxServer


def test_starts_ready_and_stops_cleanly() -> None:
    server = SandboxServer.start(demo=True)
    assert server.api("GET", "/status")["channels"] == 2
    assert server.stop() == 0


def test_unknown_paths_and_methods_are_404_in_lines_words(line_sandbox: SandboxServer) -> None:
    for method, path in (("GET", "/v2/bot/nothing"), ("POST", "/v2/bot/info")):
        with pytest.raises(SandboxError) as refused:
            line_sandbox.line(method, path, "any")
        assert (refused.value.status, refused.value.answer) == (404, {"message": "Not found"})


def test_reset_closes_every_channel() -> None:
    with SandboxServer.start(demo=True) as server:
        server.reset()
        assert server.api("GET", "/channels") == {"channels": []}


def test_state_survives_a_restart_and_a_kill(tmp_path: Path) -> None:
    with SandboxServer.start(data=tmp_path, seed=7, demo=True) as server:
        friend = server.api("POST", "/channels/2000000001/friends", {"display_name": "はなこ"})
        server.act("2000000001", friend["user_id"], "add")
        server.advance(3600)
        path = f"/channels/2000000001/friends/{friend['user_id']}/chat"
        before = server.api("GET", path)["entries"]
    with SandboxServer.start(data=tmp_path, seed=8) as server:
        assert server.api("GET", "/status")["seed"] == 7
        assert server.api("GET", "/clock")["offset_seconds"] == pytest.approx(3600)
        assert server.api("GET", path)["entries"] == before != []
        server.kill()
    with SandboxServer.start(data=tmp_path) as server:
        assert len(server.api("GET", "/channels")["channels"]) == 2
