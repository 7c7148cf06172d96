"""Our requests held against LINE's published descriptions: paths, query, headers and bodies, to the last property."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import pytest

from app.core.clock import now
from app.core.errors import PermanentFailure, RetryLater
from app.line.gateway import sends, tokens
from app.line.gateway.async_client import AsyncLineClient
from app.line.gateway.client import LineClient
from app.line.gateway.lanes import Lane
from app.line.gateway.messages import multicast, push, reply
from app.line.gateway.outcomes import Accepted, RetryKey
from app.line.gateway.rich_menus import RichMenuClient
from app.line.gateway.urls import urls
from app.line.models import Account
from tests.support import contract
from tests.support.served import running

HELLO = [{"type": "text", "text": "Hello"}]
MENU_ID = "richmenu-" + "1" * 32
MENU = {
    "size": {"width": 2500, "height": 843},
    "selected": False,
    "name": "Spring",
    "chatBarText": "Menu",
    "areas": [
        {
            "bounds": {"x": 0, "y": 0, "width": 2500, "height": 843},
            "action": {"type": "richmenuswitch", "richMenuAliasId": "shop", "data": "x"},
        }
    ],
}
USER, GROUP = "U" + "1" * 32, "C" + "1" * 32
ANSWER = {"access_token": "t", "expires_in": 900, "userId": USER, "client_id": "2000000000", "richMenuId": MENU_ID}


class Recorder(ThreadingHTTPServer):
    """Notes every request and answers something that suits most of them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answer = json.dumps(ANSWER).encode()

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((self.command, self.path, headers, body))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *args: Any) -> None:
        """Be silent."""


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    server = Recorder()
    monkeypatch.setattr(urls, "api", server.url)
    monkeypatch.setattr(urls, "data", server.url)
    with running(server):
        yield server


async def _hot(account_id: int, call: Callable[[AsyncLineClient], Any]) -> Any:
    async with AsyncLineClient(account_id) as line:
        return await call(line)


def hot(account: Account, call: Callable[[AsyncLineClient], Any]) -> Any:
    return asyncio.run(_hot(account.id, call))


def hot_post(account: Account, send: sends.Send) -> Any:
    return hot(account, lambda line: line.post(send, Lane.BROADCAST))


def new_key() -> RetryKey:
    return RetryKey(uuid4(), now())


TOKENS, MESSAGING = "line/channel-access-token.yml", "line/messaging-api.yml"
CALLS: dict[str, tuple[str, Callable[[Account], Any]]] = {
    "issue": (TOKENS, lambda account: tokens.issue("2000000000", "a" * 32)),
    "explain": (TOKENS, lambda account: tokens.explain_refusal("2000000000", "a" * 32)),
    "verify": (TOKENS, lambda account: tokens.channel_of("a" * 40)),
    "info": (MESSAGING, lambda account: LineClient(account.id).info()),
    "webhook": (MESSAGING, lambda account: LineClient(account.id).webhook()),
    "set_webhook": (MESSAGING, lambda account: LineClient(account.id).set_webhook("https://example.com/w")),
    "test_webhook": (MESSAGING, lambda account: LineClient(account.id).test_webhook()),
    "followers": (MESSAGING, lambda account: LineClient(account.id).has_followers_api()),
    "quota": (MESSAGING, lambda account: LineClient(account.id).quota()),
    "profile": (MESSAGING, lambda account: LineClient(account.id).profile(USER)),
    "group": (MESSAGING, lambda account: LineClient(account.id).group_summary(GROUP)),
    "content": (MESSAGING, lambda account: list(LineClient(account.id).content("1234")[1])),
    "hot_followers": (
        "line/messaging-api.yml",
        lambda account: hot(account, lambda line: line.follower_ids("a/b+c=", 1000)),
    ),
    "hot_profile": (MESSAGING, lambda account: hot(account, lambda line: line.profile(USER))),
    "hot_push": (MESSAGING, lambda account: hot_post(account, sends.push(GROUP, HELLO, new_key(), unit="may_26"))),
    "hot_multicast": (MESSAGING, lambda account: hot_post(account, sends.multicast([USER], HELLO, new_key()))),
    "hot_reply": (MESSAGING, lambda account: hot_post(account, sends.reply("t" * 32, HELLO, quiet=True))),
    "push": (MESSAGING, lambda account: push(account.id, USER, HELLO, new_key(), quiet=True, unit="may_26")),
    "multicast": (MESSAGING, lambda account: multicast(account.id, [USER], HELLO, new_key(), lane=Lane.TEST)),
    "reply": (MESSAGING, lambda account: reply(account.id, "t" * 32, HELLO)),
}
MENU_CALLS: dict[str, Callable[[RichMenuClient], Any]] = {
    "check": lambda menus: menus.check(MENU),
    "create": lambda menus: menus.create(MENU),
    "image": lambda menus: menus.image(MENU_ID),
    "listed": lambda menus: menus.listed(),
    "delete": lambda menus: menus.delete(MENU_ID),
    "default": lambda menus: menus.default(),
    "set_default": lambda menus: menus.set_default(MENU_ID),
    "clear_default": lambda menus: menus.clear_default(),
    "link": lambda menus: menus.link(USER, MENU_ID),
    "unlink": lambda menus: menus.unlink(USER),
    "linked": lambda menus: menus.linked(USER),
    "link_many": lambda menus: menus.link_many(MENU_ID, [USER]),
    "unlink_many": lambda menus: menus.unlink_many([USER]),
    "move_links": lambda menus: menus.move_links([MENU_ID], MENU_ID, "key-1"),
    "moved": lambda menus: menus.moved("f70dd685-499a-4231-a441-f24b8d4fba21"),
    "aliases": lambda menus: menus.aliases(),
    "set_alias": lambda menus: menus.set_alias("shop", MENU_ID),
    "delete_alias": lambda menus: menus.delete_alias("shop"),
}
CALLS |= {
    f"menu_{name}": (MESSAGING, lambda account, call=call: call(RichMenuClient(account.id)))  # type: ignore[misc]
    for name, call in MENU_CALLS.items()
}


@pytest.mark.parametrize("name", CALLS)
def test_every_request_is_described(recorder: Recorder, account: Account, name: str) -> None:
    spec, call = CALLS[name]
    try:
        answer = call(account)
    except (PermanentFailure, RetryLater) as error:
        pytest.fail(f"{name} could not be made: {error.code}")
    if name.endswith(("push", "multicast", "reply")):
        assert isinstance(answer, Accepted)
    assert recorder.seen
    for method, path, headers, body in recorder.seen:
        kind = headers.get("content-type", "application/json").partition(";")[0]
        content: Any = None
        if body:
            content = dict(parse_qsl(body.decode(), keep_blank_values=True)) if "form" in kind else json.loads(body)
        contract.check_request(spec, method, path, content, headers=headers, content_type=kind)


def test_only_push_and_multicast_carry_a_retry_key(recorder: Recorder, account: Account) -> None:
    for name in ("push", "multicast", "reply", "hot_push", "hot_multicast", "hot_reply", "info"):
        CALLS[name][1](account)
    keyed = [path for _, path, headers, _ in recorder.seen if "x-line-retry-key" in headers]
    assert keyed == ["/v2/bot/message/push", "/v2/bot/message/multicast"] * 2


def test_both_ways_of_sending_make_the_same_request(recorder: Recorder, account: Account) -> None:
    key = new_key()
    push(account.id, USER, HELLO, key)
    hot_post(account, sends.push(USER, HELLO, key))
    (method, path, headers, body), second = recorder.seen
    assert (method, path, body) == (second[0], second[1], second[3])
    assert headers == second[2]


def test_the_place_in_the_list_survives_the_address(recorder: Recorder, account: Account) -> None:
    CALLS["hot_followers"][1](account)
    assert recorder.seen[-1][1] == "/v2/bot/followers/ids?limit=1000&start=a%2Fb%2Bc%3D"


def test_every_call_carries_the_accounts_token(recorder: Recorder, account: Account) -> None:
    for name in ("info", "hot_profile", "push", "content"):
        CALLS[name][1](account)
    assert {headers["authorization"] for _, _, headers, _ in recorder.seen} == {f"Bearer {account.access_token}"}
