"""The live preview: count, friends with reasons, numbers beside conditions; and what it does when it takes too long."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from app.core.config import Config
from app.core.db.time_budget import OutOfTime, Superseded
from app.line.models import Account
from app.segments.queries import preview as previews
from tests.factories.friends import friend, tag
from tests.segments.posted import Condition, posted
from tests.support.client import CheckingClient

FOLLOWING: list[Condition] = [("line.follow_status", "any_of", ["following"])]


def ask(browser: CheckingClient, place: Account, *groups: list[Condition], **fields: object) -> str:
    answer = browser.fragment(f"/accounts/{place.id}/segments/preview", method="POST", data=posted(*groups, **fields))
    assert answer.status_code == 200
    return answer.text


def part(answer: str, target: str) -> str:
    """What lands at one place of the page; nothing when the answer has nothing for it."""
    return answer.partition(f'<hx-partial hx-target="#{target}"')[2].partition("</hx-partial>")[0]


def test_count_friends_and_reasons(place: Account, as_alice: CheckingClient) -> None:
    vip = tag(place, "VIP")
    friend(place, (vip,), display_name="Hanako")
    friend(place, (vip,), display_name="Ken", follow_status="blocked")
    friend(place, display_name="Nobody")
    groups: list[list[Condition]] = [
        [("tag", "contains_any", [str(vip.id)])],
        [("line.display_name", "equals", ["ｋｅｎ"])],
    ]
    body = part(answer := ask(as_alice, place, *groups), "segment-preview-body")
    assert "2 friends" in body and "1 can be reached · 1 have blocked" in body
    assert "Tag contains VIP" in body and "Display name equals “ｋｅｎ”" in body
    hanako, ken = (body.partition(f">{name}</a>")[2].partition("</li>")[0] for name in ("Hanako", "Ken"))
    assert "Filter condition 1" in hanako and "Filter condition 2" not in hanako
    assert "Filter condition 1" in ken and "Filter condition 2" in ken and "Blocked" in ken
    assert "Nobody</a>" not in body and "Up to date" in part(answer, "segment-preview-state")
    assert "2 friends fit this alone" in part(answer, "problem-0-0")
    assert "1 friend fits this alone" in part(answer, "problem-1-0")


def test_the_one_that_lets_nobody_through_is_seen_at_a_glance(place: Account, as_alice: CheckingClient) -> None:
    friend(place)
    answer = ask(as_alice, place, [*FOLLOWING, ("company", "equals", ["Nowhere"])])
    assert "0 friends" in part(answer, "segment-preview-body") and "Nobody fits." in answer
    assert "text-danger" not in part(answer, "problem-0-0") and "1 friend fits" in part(answer, "problem-0-0")
    assert "text-danger" in part(answer, "problem-0-1") and "0 friends fit" in part(answer, "problem-0-1")


@pytest.mark.parametrize("groups", [[FOLLOWING] * 21, [FOLLOWING * 21]])
def test_more_conditions_than_there_may_be_have_no_numbers_and_do_no_harm(
    place: Account, as_alice: CheckingClient, groups: list[list[Condition]]
) -> None:
    friend(place)
    answer = ask(as_alice, place, *groups)
    last = f"problem-{len(groups) - 1}-{len(groups[-1]) - 1}"
    assert "1 friend fits this alone" in part(answer, "problem-0-0") and part(answer, last)
    assert "fits this alone" not in part(answer, last) and "Not up to date" in part(answer, "segment-preview-state")


def test_no_more_than_ten_friends_the_newest_first(place: Account, as_alice: CheckingClient) -> None:
    for number in range(12):
        friend(place, display_name=f"Friend-{number:02}")
    body = part(ask(as_alice, place, FOLLOWING), "segment-preview-body")
    names = [name[:9] for name in body.split(">Friend-")[1:]]
    assert [int(name[:2]) for name in names] == list(range(11, 1, -1))
    assert "The newest 10 are shown." in body


def test_an_incomplete_form_leaves_the_last_preview_and_says_what_is_missing(
    place: Account, as_alice: CheckingClient
) -> None:
    friend(place)
    answer = ask(as_alice, place, FOLLOWING, [("company", "contains", [""])])
    assert "segment-preview-body" not in answer
    assert "data-stale" in part(answer, "segment-preview-state")
    assert "Enter a text." in part(answer, "problem-1-0") and "text-danger" not in part(answer, "problem-1-0")
    # Complete conditions have their numbers all the same.
    assert "1 friend fits this alone" in part(answer, "problem-0-0")
    assert "text-danger" in part(ask(as_alice, place, [("company", "contains", [""])], refused=1), "problem-0-0")


def test_negative_conditions_say_that_they_include_the_unknown(place: Account, as_alice: CheckingClient) -> None:
    friend(place)
    note = part(ask(as_alice, place, [("company", "not_contains", ["x"])]), "problem-0-0")
    assert "1 friend fits this alone" in note and "includes friends of whom this is not known" in note
    # Whether somebody follows is always known.
    always = part(ask(as_alice, place, [("line.follow_status", "none_of", ["blocked"])]), "problem-0-0")
    assert "1 friend fits this alone" in always and "not known" not in always


def test_too_many_to_count_now(place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "SECONDS", 0)
    friend(place)
    answer = ask(as_alice, place, FOLLOWING)
    assert "Too many to count now" in part(answer, "segment-preview-state")
    assert "counted in the background" in part(answer, "segment-preview-body")


def test_numbers_that_take_longer_come_by_themselves(
    place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    friend(place)
    monkeypatch.setattr(previews, "AT_ONCE_SECONDS", 0)
    groups = [*FOLLOWING, ("company", "unknown", [])]
    answer = ask(as_alice, place, groups)
    assert "1 friend" in part(answer, "segment-preview-body") and "Counting …" in part(answer, "problem-0-0")
    assert 'hx-trigger="load"' in part(answer, "segment-preview-later")
    later = ask(as_alice, place, groups, part="alone")
    assert "1 friend fits this alone" in part(later, "problem-0-1") and "segment-preview-body" not in later


@pytest.fixture
def elsewhere(config: Config) -> Iterator[Engine]:
    """Connections of other processes."""
    engine = create_engine(config.database_url, poolclass=NullPool)
    yield engine
    engine.dispose()


def test_a_newer_edit_ends_the_older_ones_query(app: Flask, elsewhere: Engine) -> None:
    """As another web process would have it running; a query of another window goes on."""
    ended: dict[str, str] = {}
    names = {"mine": "tomoru preview 1 abc", "other": "tomoru preview 2 abc"}
    running = threading.Barrier(len(names) + 1)

    def count(name: str) -> None:
        with elsewhere.connect() as connection:
            connection.execute(text("SELECT set_config('application_name', :name, true)"), {"name": names[name]})
            running.wait()
            try:
                connection.execute(text("SELECT pg_sleep(3)"))
                ended[name] = "finished"
            except Exception as error:
                ended[name] = getattr(getattr(error, "orig", None), "sqlstate", "?")

    threads = [threading.Thread(target=count, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    running.wait()
    while sum(_sleeping(elsewhere, name) for name in names.values()) < len(names):
        pass
    previews.take_over("1 abc")
    for thread in threads:
        thread.join()
    assert ended == {"mine": "57014", "other": "finished"}


def _sleeping(engine: Engine, name: str) -> bool:
    query = text("SELECT count(*) FROM pg_stat_activity WHERE application_name = :name AND query LIKE '%pg_sleep%'")
    with engine.connect() as connection:
        return bool(connection.scalar(query, {"name": name}))


def test_whoever_was_overtaken_changes_nothing_on_the_page(
    place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(*_arguments: object) -> None:
        raise Superseded

    monkeypatch.setattr(previews, "count_members", overtaken)
    url = f"/accounts/{place.id}/segments/preview"
    assert as_alice.fragment(url, method="POST", data=posted(FOLLOWING)).status_code == 204


def test_time_that_is_up_is_no_error(place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_arguments: object) -> None:
        raise OutOfTime

    monkeypatch.setattr(previews, "count_alone", slow)
    friend(place)
    assert "Counting …" in part(ask(as_alice, place, [*FOLLOWING, *FOLLOWING]), "problem-0-0")
