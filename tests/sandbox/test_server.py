"""The process: starts, answers unknown paths as LINE does, stops when told."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.sandbox.hubspot.portals import Portal, V
from tests.support.receiver import WebhookReceiver
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


def test_reset_closes_every_channel_and_sets_the_clock_right() -> None:
    with SandboxServer.start(demo=True) as server:
        server.advance(3600)
        server.reset()
        assert server.api("GET", "/channels") == {"channels": []}
        assert server.ahead == timedelta(0)


def test_reset_forgets_what_hubspot_was_to_send_again(receiver: WebhookReceiver) -> None:
    with SandboxServer.start() as server:
        refused = _listening(server, receiver)
        receiver.statuses = [500]
        refused.contact(firstname="Before")
        refused.wait()
        server.reset()
        server.advance(24 * 3600)
        again = _listening(server, receiver)
        again.contact(firstname="After")
        again.wait()
        heard = [event["appId"] for received in receiver.received for event in json.loads(received.body)]
        assert heard == [int(refused.app.app_id), int(again.app.app_id)]


def _listening(server: SandboxServer, receiver: WebhookReceiver) -> Portal:
    """A portal whose app is told of new contacts."""
    made = Portal.open(server)
    root = f"/webhooks/{V}/{made.app.app_id}"
    made.app.call("PUT", f"{root}/settings", {"targetUrl": receiver.url, "throttling": {"maxConcurrentRequests": 10}})
    made.app.call("POST", f"{root}/subscriptions", {"eventType": "contact.creation", "active": True})
    return made


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


def test_forgotten_messages_stay_forgotten_after_a_restart(tmp_path: Path) -> None:
    with SandboxServer.start(data=tmp_path, demo=True) as server:
        token = "sandbox-coffee-long-lived-token"
        user_id = server.line("GET", "/v2/bot/followers/ids", token)["userIds"][0]
        body = {"to": user_id, "messages": [{"type": "text", "text": "\ud83d alone"}]}
        server.line("POST", "/v2/bot/message/push", token, body)
        server.api("DELETE", "/channels/2000000001/messages")
        server.line("POST", "/v2/bot/message/push", token, body)
    with SandboxServer.start(data=tmp_path) as server:
        log = server.api("GET", f"/channels/2000000001/messages?user={user_id}")
        assert [mail["messages"] for mail in log["messages"]] == [body["messages"]]


def test_retry_keys_hold_over_a_restart(tmp_path: Path) -> None:
    token, key = "sandbox-coffee-long-lived-token", "123e4567-e89b-12d3-a456-426614174000"
    body = {"to": "", "messages": [{"type": "text", "text": "once"}]}
    with SandboxServer.start(data=tmp_path, demo=True) as server:
        body["to"] = server.line("GET", "/v2/bot/followers/ids", token)["userIds"][0]
        server.line("POST", "/v2/bot/message/push", token, body, X_Line_Retry_Key=key)
    with SandboxServer.start(data=tmp_path) as server, pytest.raises(SandboxError) as refused:
        server.line("POST", "/v2/bot/message/push", token, body, X_Line_Retry_Key=key)
    assert refused.value.status == 409


def test_taken_port_is_said_in_one_sentence(line_sandbox: SandboxServer) -> None:
    port = int(line_sandbox.url.rpartition(":")[2])
    with pytest.raises(RuntimeError, match="did not start"):
        SandboxServer.start(port=port)
