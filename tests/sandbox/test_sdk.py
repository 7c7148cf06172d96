"""LINE's official SDK takes the sandbox for LINE."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from linebot.v3 import WebhookParser
from linebot.v3.messaging import (
    ApiClient,
    ApiException,
    Configuration,
    MessagingApi,
    MessagingApiBlob,
    MulticastRequest,
    PushMessageRequest,
    SetWebhookEndpointRequest,
    TestWebhookEndpointRequest,
    TextMessage,
)
from linebot.v3.messaging.exceptions import ForbiddenException, NotFoundException, UnauthorizedException
from linebot.v3.oauth import ApiClient as OAuthClient
from linebot.v3.oauth import ChannelAccessToken
from linebot.v3.oauth import Configuration as OAuthConfiguration
from linebot.v3.webhooks import FollowEvent, MessageEvent, TextMessageContent

from tests.sandbox.bots import Bot, text
from tests.support.receiver import WebhookReceiver

TestWebhookEndpointRequest.__test__ = False  # type: ignore[attr-defined]


@pytest.fixture
def client(bot: Bot) -> Iterator[ApiClient]:
    with ApiClient(Configuration(host=bot.server.url, access_token=bot.token)) as made:
        yield made


@pytest.fixture
def api(client: ApiClient) -> MessagingApi:
    return MessagingApi(client)


def test_bot_info(bot: Bot, api: MessagingApi) -> None:
    info = api.get_bot_info()
    assert (info.display_name, info.chat_mode) == ("テスト珈琲", "chat")
    assert info.user_id == bot.control("GET")["bot_user_id"]


def test_followers_and_profiles(bot: Bot, api: MessagingApi) -> None:
    ids, page = [], api.get_followers(limit=15)
    while True:
        ids += page.user_ids
        if not page.next:
            break
        page = api.get_followers(limit=15, start=page.next)
    assert sorted(ids) == sorted(bot.all_user_ids())
    profile = api.get_profile(ids[0])
    assert profile.user_id == ids[0]
    assert profile.display_name
    with pytest.raises(NotFoundException):
        api.get_profile("U" + "0" * 32)


def test_push_with_a_retry_key_and_the_conflict(bot: Bot, api: MessagingApi) -> None:
    user_id, key = bot.friend(), str(uuid4())
    request = PushMessageRequest(to=user_id, messages=[TextMessage(text="once")])
    first = api.push_message_with_http_info(request, x_line_retry_key=key)
    with pytest.raises(ApiException) as conflict:
        api.push_message(request, x_line_retry_key=key)
    assert conflict.value.status == 409
    assert conflict.value.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert first.data.sent_messages[0].id in conflict.value.body
    assert len(bot.mail_for(user_id)) == 1


def test_multicast_and_quota(bot: Bot, api: MessagingApi) -> None:
    api.multicast(MulticastRequest(to=bot.all_user_ids(), messages=[TextMessage(text="all")]))
    assert api.get_message_quota().type == "none"
    assert api.get_message_quota_consumption().total_usage == 40


def test_webhook_settings(bot: Bot, api: MessagingApi, receiver: WebhookReceiver) -> None:
    api.set_webhook_endpoint(SetWebhookEndpointRequest(endpoint=receiver.url))
    assert api.get_webhook_endpoint().endpoint == receiver.url
    result = api.test_webhook_endpoint(TestWebhookEndpointRequest())
    assert (result.success, result.reason) == (True, "OK")


def test_content(bot: Bot, client: ApiClient) -> None:
    event = bot.act(bot.friend(), "message", message={"type": "image"})["events"][0]
    assert MessagingApiBlob(client).get_message_content(event["message"]["id"])[:4] == b"\x89PNG"


def test_refusals_become_the_sdks_exceptions(bot: Bot, client: ApiClient, api: MessagingApi) -> None:
    bot.change(kind="unverified")
    with pytest.raises(ForbiddenException):
        api.get_followers()
    client.configuration.access_token = "nonsense"
    with pytest.raises(UnauthorizedException):
        api.get_bot_info()


def test_stateless_token_by_the_sdk(bot: Bot, client: ApiClient, api: MessagingApi) -> None:
    with OAuthClient(OAuthConfiguration(host=bot.server.url)) as oauth:
        issued = ChannelAccessToken(oauth).issue_stateless_channel_token_by_client_secret(
            client_id=bot.channel_id, client_secret=bot.secret
        )
    client.configuration.access_token = issued.access_token
    assert api.get_bot_info().display_name == "テスト珈琲"


def test_webhooks_pass_the_sdks_parser(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    user_id = listening_bot.friend(state="never")
    listening_bot.act(user_id, "add")
    listening_bot.act(user_id, "message", message=text("こんにちは ☕"))
    parser = WebhookParser(listening_bot.secret)
    events = [parser.parse(item.body.decode(), item.signature)[0] for item in receiver.received]
    assert isinstance(events[0], FollowEvent)
    assert isinstance(events[1], MessageEvent)
    assert isinstance(events[1].message, TextMessageContent)
    assert (events[1].source.user_id, events[1].message.text) == (user_id, "こんにちは ☕")
