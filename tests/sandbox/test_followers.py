"""Followers page by page and profiles one by one, for every kind of person."""

import re

import pytest

from tests.sandbox.bots import Bot
from tests.support.sandbox import SandboxServer

UNKNOWN = "U" + "0" * 32


def test_lists_everyone_once_in_pages(bot: Bot) -> None:
    ids = bot.all_user_ids(limit=7)
    assert len(ids) == len(set(ids)) == 40
    assert all(re.fullmatch("U[0-9a-f]{32}", user_id) for user_id in ids)
    assert ids == bot.all_user_ids(limit=1000)


def test_default_page_has_300_and_most_have_1000(line_sandbox: SandboxServer) -> None:
    bot = Bot.open(line_sandbox, population={"followers": 1200})
    assert len(bot.get("/v2/bot/followers/ids").json()["userIds"]) == 300
    assert len(bot.user_ids(limit=1000)[0]) == 1000
    for limit in ("0", "1001", "many", "9" * 5_000):
        assert bot.get(f"/v2/bot/followers/ids?limit={limit}").status_code == 400


def test_pages_may_be_short_empty_and_repeat_an_id_yet_no_one_is_lost(line_sandbox: SandboxServer) -> None:
    paging = {"short": 0.5, "empty": 0.3, "repeat": 0.4}
    bot = Bot.open(line_sandbox, population={"followers": 300}, paging=paging)
    pages, following = [], None
    while following or not pages:
        page, following = bot.user_ids(20, following)
        pages.append(page)
    ids = [user_id for page in pages for user_id in page]
    assert [] in pages[:-1]
    assert any(0 < len(page) < 20 for page in pages[:-1])
    assert len(ids) > len(set(ids)) == 300
    assert max(map(len, pages)) <= 20


def test_continuation_token_dies_after_24_hours(bot: Bot) -> None:
    _, following = bot.user_ids(10)
    bot.server.advance(24 * 3600 - 60)
    assert bot.get(f"/v2/bot/followers/ids?start={following}").status_code == 200
    bot.server.advance(60)
    refused = bot.get(f"/v2/bot/followers/ids?start={following}")
    assert (refused.status_code, refused.json()) == (400, {"message": "Invalid start param"})


def test_continuation_token_of_another_channel_or_none_at_all_is_refused(bot: Bot, line_sandbox: SandboxServer) -> None:
    _, foreign = Bot.open(line_sandbox, population={"followers": 40}).user_ids(10)
    for start in (foreign, "made-up", "%E3%81%82", str(foreign)[:-4] + "AAAA"):
        assert bot.get(f"/v2/bot/followers/ids?start={start}").json() == {"message": "Invalid start param"}


def test_unverified_account_may_not_list(line_sandbox: SandboxServer) -> None:
    bot = Bot.open(line_sandbox, kind="unverified", population={"followers": 5})
    refused = bot.get("/v2/bot/followers/ids?limit=1")
    assert refused.status_code == 403
    assert refused.json() == {"message": "Access to this API is not available for your account"}
    bot.change(kind="premium")
    assert len(bot.all_user_ids()) == 5


def test_list_changes_between_two_pages(bot: Bot) -> None:
    first, following = bot.user_ids(20)
    everyone = bot.all_user_ids()
    bot.act(everyone[25], "block")
    newcomer = bot.friend()
    second, end = bot.user_ids(1000, following)
    assert end is None
    assert everyone[25] not in second
    assert [*first, *second] == [*everyone[:25], *everyone[26:], newcomer]


@pytest.mark.parametrize(
    ("person", "listed", "profile"),
    [
        ({"state": "friend"}, True, 200),
        ({"state": "friend", "consent": False}, False, 404),
        ({"state": "friend", "gone": True}, True, 404),
        ({"state": "blocked"}, False, 404),
        ({"state": "deleted"}, False, 404),
        ({"state": "never"}, False, 404),
        ({"state": "never", "last_wrote_at": 1.0}, False, 200),
        ({"state": "blocked", "last_wrote_at": 1.0}, False, 404),
    ],
)
def test_each_kind_of_person(bot: Bot, person: dict, listed: bool, profile: int) -> None:
    user_id = bot.friend(**person)
    assert (user_id in bot.all_user_ids()) is listed
    answer = bot.get(f"/v2/bot/profile/{user_id}")
    assert answer.status_code == profile
    if profile == 404:
        assert answer.json() == {"message": "Not found"}


def test_profile_carries_only_what_the_person_has_set(bot: Bot) -> None:
    full = bot.friend(display_name="山田 太郎☕", status_message="元気です", language="ja")
    bare = bot.friend(display_name="A", picture_url=None, language=None)
    assert bot.get(f"/v2/bot/profile/{full}").json() == {
        "userId": full,
        "displayName": "山田 太郎☕",
        "pictureUrl": f"{bot.server.url}/_sandbox/avatars/{full}.svg",
        "statusMessage": "元気です",
        "language": "ja",
    }
    assert bot.get(f"/v2/bot/profile/{bare}").json() == {"userId": bare, "displayName": "A"}


def test_profile_of_an_unknown_and_of_a_malformed_id(bot: Bot) -> None:
    assert bot.get(f"/v2/bot/profile/{UNKNOWN}").status_code == 404
    for user_id in ("U123", "U" + "A" * 32, UNKNOWN + "0", "@yamada"):
        refused = bot.get(f"/v2/bot/profile/{user_id}")
        assert refused.status_code == 400
        assert refused.json() == {"message": "The value for the 'userId' parameter is invalid"}


def test_people_of_one_channel_are_unknown_to_another(bot: Bot, line_sandbox: SandboxServer) -> None:
    other = Bot.open(line_sandbox, population={"followers": 40})
    assert not set(bot.all_user_ids()) & set(other.all_user_ids())
    assert other.get(f"/v2/bot/profile/{bot.all_user_ids()[0]}").status_code == 404


def test_shares_of_the_crowd_are_blocked_without_consent_or_gone(line_sandbox: SandboxServer) -> None:
    population = {"followers": 600, "blocked": 0.1, "no_consent": 0.1, "gone": 0.1}
    bot = Bot.open(line_sandbox, population=population)
    ids = bot.all_user_ids()
    assert 430 < len(ids) < 530
    answers = [bot.get(f"/v2/bot/profile/{user_id}").status_code for user_id in ids[:200]]
    assert 8 < answers.count(404) < 50


def test_a_million_people_are_there_at_once_and_take_no_room(line_sandbox: SandboxServer) -> None:
    bot = Bot.open(line_sandbox, population={"followers": 1_000_000})
    ids, following = bot.user_ids(1000)
    assert len(set(ids)) == 1000
    assert following
    assert bot.get(f"/v2/bot/profile/{ids[-1]}").json()["displayName"]
    bot.act(ids[500], "block")
    assert ids[500] not in bot.user_ids(1000)[0]
    assert bot.control("GET")["created_friends"] == 0
