"""The live preview: count, friends with reasons, numbers beside conditions; and what it does when it takes too long."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, insert, text
from sqlalchemy.pool import NullPool

from app.core.config import Config
from app.core.db import db
from app.core.db.time_budget import OutOfTime, Superseded
from app.core.i18n import in_language, rounded
from app.friends.models import Friend
from app.line.models import Account
from app.segments.conditions import properties
from app.segments.conditions.definition import parse_definition
from app.segments.conditions.properties import Property, catalogue
from app.segments.queries import estimate as estimating
from app.segments.queries import preview as previews
from app.segments.queries.estimate import Amount
from tests.factories import line
from tests.factories.friends import friend, tag
from tests.segments.posted import Condition, posted
from tests.support.client import CheckingClient
from tests.support.waiting import wait_until

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
    friend(place, display_name="No one")
    groups: list[list[Condition]] = [
        [("tag", "contains_any", [str(vip.id)])],
        [("line.display_name", "equals", ["ｋｅｎ"])],
    ]
    body = part(answer := ask(as_alice, place, *groups), "segment-preview-body")
    assert "2 friends" in body and "1 can be reached · 1 have blocked" in body
    assert "Tag contains VIP" in body and "Display name equals “ｋｅｎ”" in body
    hanako, ken = (body.partition(f">{name}</bdi></a>")[2].partition("</li>")[0] for name in ("Hanako", "Ken"))
    assert "Filter condition 1" in hanako and "Filter condition 2" not in hanako
    assert "Filter condition 1" in ken and "Filter condition 2" in ken and "Blocked" in ken
    assert "No one</a>" not in body and "Up to date" in part(answer, "segment-preview-state")
    assert "2 friends fit this alone" in part(answer, "problem-0-0")
    assert "1 friend fits this alone" in part(answer, "problem-1-0")


def test_the_one_that_lets_no_one_through_is_seen_at_a_glance(place: Account, as_alice: CheckingClient) -> None:
    friend(place)
    answer = ask(as_alice, place, [*FOLLOWING, ("company", "equals", ["Nowhere"])])
    assert "0 friends" in part(answer, "segment-preview-body") and "No friend fits." in answer
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


def test_what_is_not_complete_is_left_out_of_the_preview_and_named(place: Account, as_alice: CheckingClient) -> None:
    vip = tag(place, "VIP")
    friend(place, (vip,), display_name="Hanako", company="Ours"), friend(place)
    is_vip, begun = ("tag", "contains_any", [str(vip.id)]), ("company", "contains", [""])
    answer = ask(as_alice, place, [begun, is_vip], [("", "", [])], [begun], exclusions=1)
    body = part(answer, "segment-preview-body")
    assert "1 friend" in body and "Hanako" in body and "contains “”" not in body
    assert "Counted without what is not complete" in body
    for group, number in ((1, 1), (2, 1), (3, 1)):
        assert f'<a href="#condition-{group - 1}-{number - 1}">' in body
    assert "Not everything counted" in part(answer, "segment-preview-state")
    for place_of in ("problem-0-0", "problem-1-0", "problem-2-0"):
        assert "Not counted until it is complete" in part(answer, place_of)
    assert "1 friend fits this alone" in part(answer, "problem-0-1")
    exact = ask(as_alice, place, [begun, is_vip], part="exact")
    assert "1 friend" in part(exact, "segment-preview-count") and "1 friend" in part(exact, "problem-0-1")
    refused = as_alice.fragment(
        f"/accounts/{place.id}/segments", method="POST", data=posted([begun, is_vip], name="Not complete")
    )
    assert refused.status_code == 422


def test_what_is_wrong_is_not_counted_either_and_says_why(place: Account, as_alice: CheckingClient) -> None:
    friend(place)
    answer = ask(as_alice, place, [*FOLLOWING, ("line.followed_at", "on", ["soon"])])
    assert "1 friend" in part(answer, "segment-preview-body")
    note = part(answer, "problem-0-1")
    assert "Write the date" in note and "text-danger" in note and "not counted until it is complete" in note


def test_groups_keep_their_numbers_beside_one_that_is_not_complete(place: Account, as_alice: CheckingClient) -> None:
    friend(place, display_name="Hanako")
    answer = ask(as_alice, place, [("company", "contains", [""])], FOLLOWING, [("line.display_name", "known", [])])
    reasons = part(answer, "segment-preview-body").partition(">Hanako</bdi></a>")[2]
    assert "Filter condition 2: Follow" in reasons and "Filter condition 3: Display" in reasons


def test_a_form_in_which_nothing_says_who_is_meant_leaves_the_last_preview(
    place: Account, as_alice: CheckingClient
) -> None:
    friend(place)
    for groups, exclusions in (
        ([[("company", "contains", [""])], FOLLOWING], 1),
        ([[("company", "contains", [""])]], 0),
    ):
        answer = ask(as_alice, place, *groups, exclusions=exclusions)
        assert "segment-preview-body" not in answer and "data-stale" in part(answer, "segment-preview-state")
    answer = ask(as_alice, place, FOLLOWING, [("company", "contains", [""])])
    assert "Enter a text." not in part(answer, "problem-1-0")
    answer = ask(as_alice, place, FOLLOWING, [("company", "contains", [""])], left="value-1-0")
    assert "Enter a text." in part(answer, "problem-1-0") and "text-danger" not in part(answer, "problem-1-0")
    assert "1 friend fits this alone" in part(answer, "problem-0-0")
    assert "text-danger" in part(ask(as_alice, place, [("company", "contains", [""])], refused=1), "problem-0-0")


def test_negative_conditions_say_that_they_include_the_unknown(place: Account, as_alice: CheckingClient) -> None:
    friend(place)
    note = part(ask(as_alice, place, [("company", "not_contains", ["x"])]), "problem-0-0")
    assert "1 friend fits this alone" in note and "includes friends of whom this is not known" in note
    # Whether someone follows is always known.
    always = part(ask(as_alice, place, [("line.follow_status", "none_of", ["blocked"])]), "problem-0-0")
    assert "1 friend fits this alone" in always and "not known" not in always


@pytest.fixture
def crowd(place: Account, monkeypatch: pytest.MonkeyPatch) -> int:
    """Three thousand friends, of whom two thirds have no company, in an account that is worth a sample."""
    monkeypatch.setattr(estimating, "FEW", 0)
    monkeypatch.setattr(estimating, "FIRST_ROWS", 1_000)
    monkeypatch.setattr(estimating, "MOST_ROWS", 1_500)
    size = 3_000
    companies = ["Café" if number * 7919 % 3 == 0 else None for number in range(size)]
    shared = {"account_id": place.id, "origin": "webhook"}
    rows = [{**shared, "line_user_id": f"U{number:032x}", "company": name} for number, name in enumerate(companies)]
    db.session.execute(insert(Friend), rows)
    db.session.commit()
    db.session.execute(text("ANALYZE friends"))
    db.session.commit()
    return size


@pytest.fixture
def no_time_to_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every exact count runs out of time."""

    def slow(*_arguments: object) -> None:
        raise OutOfTime

    monkeypatch.setattr(previews, "count_members", slow)
    monkeypatch.setattr(previews, "count_alone", slow)


UNKNOWN: list[Condition] = [("company", "unknown", [])]


def test_an_estimate_comes_first_and_says_so(
    place: Account, as_alice: CheckingClient, crowd: int, no_time_to_count: None
) -> None:
    answer = ask(as_alice, place, [*FOLLOWING, *UNKNOWN])
    body = part(answer, "segment-preview-body")
    number = int(re.search(r"About ([0-9,]+) friends\s*<", body).group(1).replace(",", ""))  # type: ignore[union-attr]
    margin = int(re.search(r"give or take ([0-9,]+)\.", body).group(1).replace(",", ""))  # type: ignore[union-attr]
    assert abs(number - crowd * 2 / 3) <= margin + 10 and 0 < margin < crowd / 4
    assert "The exact number follows." in body and "The newest 10 are shown." in body
    assert "Counting …" in part(answer, "segment-preview-state")
    assert re.search("About [0-9,]+ friends fit this alone", part(answer, "problem-0-1"))
    assert f"About {number:,} friends" in part(answer, "segment-preview-bar")
    later = part(answer, "segment-preview-later")
    assert 'hx-trigger="load"' in later and 'hx-sync="#segment-preview-asks:queue last"' in later


def test_the_exact_number_replaces_numbers_only(place: Account, as_alice: CheckingClient, crowd: int) -> None:
    answer = ask(as_alice, place, [*FOLLOWING, *UNKNOWN], part="exact")
    assert "2,000 friends" in part(answer, "segment-preview-count")
    assert "2,000 friends" in part(answer, "segment-preview-bar")
    assert "give or take" not in answer and "Up to date" in part(answer, "segment-preview-state")
    assert "3,000 friends fit this alone" in part(answer, "problem-0-0")
    assert "2,000 friends fit this alone" in part(answer, "problem-0-1")
    assert not part(answer, "segment-preview-body") and not part(answer, "segment-preview-later")


def test_an_estimate_stays_when_counting_is_given_up(
    place: Account, as_alice: CheckingClient, crowd: int, no_time_to_count: None
) -> None:
    answer = ask(as_alice, place, [*FOLLOWING, *UNKNOWN], part="exact")
    number = part(answer, "segment-preview-count")
    assert "give or take" in number and "Counting exactly takes too long here." in number
    assert "The exact number follows." not in number and "Estimate" in part(answer, "segment-preview-state")
    assert not part(answer, "segment-preview-later")


def test_quick_counts_are_exact_at_once(place: Account, as_alice: CheckingClient, crowd: int) -> None:
    answer = ask(as_alice, place, UNKNOWN)
    assert "2,000 friends" in part(answer, "segment-preview-body") and "About" not in answer
    assert not part(answer, "segment-preview-later")


def test_none_in_the_sample_is_not_none_at_all(
    place: Account, as_alice: CheckingClient, crowd: int, no_time_to_count: None
) -> None:
    answer = ask(as_alice, place, [("company", "equals", ["Nowhere"]), *FOLLOWING])
    assert re.search(r"Fewer than [0-9,]+ friends\s*<", part(answer, "segment-preview-body"))
    assert "Fewer than" in part(answer, "problem-0-0") and "text-danger" not in part(answer, "problem-0-0")
    assert "No friend fits" not in answer


def test_friends_of_the_sample_are_shown_when_the_newest_take_too_long(
    place: Account, as_alice: CheckingClient, crowd: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_arguments: object) -> None:
        raise OutOfTime

    monkeypatch.setattr(previews, "_newest", slow)
    body = part(ask(as_alice, place, [*FOLLOWING, *UNKNOWN]), "segment-preview-body")
    assert body.count('<li class="list-group-item') == 10 and "Some of them are shown." in body
    assert "Filter condition 1" not in body, "With one there is nothing to tell apart."


def test_friends_whom_the_first_answer_did_not_find_in_time_come_with_the_second(
    place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    friend(place, display_name="Hanako")

    def slow(*_arguments: object) -> None:
        raise OutOfTime

    with monkeypatch.context() as busy:
        busy.setattr(previews, "_newest", slow)
        busy.setattr(previews, "_some", lambda *_arguments: [])
        first = ask(as_alice, place, FOLLOWING)
        late = ask(as_alice, place, FOLLOWING, part="exact", friends="1")
        none = ask(as_alice, place, [("line.display_name", "equals", ["nobody"])])
    body = part(first, "segment-preview-body")
    assert "1 friend" in body and "Looking for friends" in body and "Some of them" not in body
    assert '"friends": "1"' in part(first, "segment-preview-later")
    assert "takes too long here" in part(late, "segment-preview-body") and not part(late, "segment-preview-later")
    assert "Looking for" not in none and not part(none, "segment-preview-later")
    assert "Hanako" in part(ask(as_alice, place, FOLLOWING, part="exact", friends="1"), "segment-preview-body")


def test_the_same_question_has_the_same_estimate(place: Account, crowd: int, no_time_to_count: None) -> None:
    raw = {"groups": [{"conditions": [{"property": "company", "operator": "unknown", "values": []}]}]}
    definition = parse_definition(raw, catalogue(place.id)).definition
    first, second = previews.preview(definition), previews.preview(definition)
    assert first.counted == second.counted and not first.counted.is_exact


def test_friends_of_other_accounts_are_not_in_the_estimate(
    place: Account, as_alice: CheckingClient, crowd: int, no_time_to_count: None
) -> None:
    """Their ids lie between those of the account."""
    other = line.account()
    shared = {"origin": "webhook", "company": "Bar"}
    owners = [other.id if number % 2 else place.id for number in range(3_000)]
    rows = [{**shared, "account_id": owner, "line_user_id": f"V{number}"} for number, owner in enumerate(owners)]
    db.session.execute(insert(Friend), rows)
    db.session.execute(text("ANALYZE friends"))
    db.session.commit()
    raw = {"groups": [{"conditions": [{"property": "company", "operator": "equals", "values": ["bar"]}]}]}
    numbers = previews.preview(parse_definition(raw, catalogue(place.id)).definition).counted.numbers
    assert numbers is not None and abs(numbers.friends.number - 1_500) <= numbers.friends.margin


@pytest.mark.parametrize(
    ("number", "margin", "shown", "margin_shown"),
    [
        (1_234_567, 8_123, 1_230_000, 8_200),
        (45_678, 900, 45_700, 900),
        (300, 234, 300, 240),
        (12, 20, 10, 20),
        (3, 41, 10, 41),
        (987, 0, 987, 0),
        (0, 733, 0, 740),
    ],
)
def test_no_more_digits_than_are_certain(number: int, margin: int, shown: int, margin_shown: int) -> None:
    amount = Amount(number, margin)
    assert (amount.shown, amount.margin_shown) == (shown, margin_shown)


@pytest.mark.parametrize(("code", "words"), [("en", "1.23 million"), ("ja", "123万")])
def test_large_estimates_are_read_in_words(app: Flask, code: str, words: str) -> None:
    with in_language(code):
        assert [rounded(1_230_000), rounded(98_700)] == [words, "98,700"]


def test_too_many_to_count_now(place: Account, as_alice: CheckingClient, no_time_to_count: None) -> None:
    friend(place)
    answer = ask(as_alice, place, FOLLOWING)
    assert "Counting …" in part(answer, "segment-preview-body") and part(answer, "segment-preview-later")
    later = ask(as_alice, place, FOLLOWING, part="exact")
    assert "Too many to count now" in part(later, "segment-preview-state")
    assert "counted in the background" in part(later, "segment-preview-count")
    assert "Not counted" in part(later, "problem-0-0")


def test_a_catalogue_is_built_once_for_a_keystroke(place: Account, as_alice: CheckingClient) -> None:
    built: list[int] = []

    def count_providers(account_id: int) -> list[Property]:
        built.append(account_id)
        return []

    with properties.PROVIDERS.restored():
        properties.register(count_providers)
        ask(as_alice, place, FOLLOWING)
    assert built == [place.id]


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
    wait_until(lambda: all(_sleeping(elsewhere, name) for name in names.values()), "both queries are at work")
    previews.take_over("1 abc")
    for thread in threads:
        thread.join()
    assert ended == {"mine": "57014", "other": "finished"}


def _sleeping(engine: Engine, name: str) -> bool:
    query = text("SELECT count(*) FROM pg_stat_activity WHERE application_name = :name AND query LIKE '%pg_sleep%'")
    with engine.connect() as connection:
        return bool(connection.scalar(query, {"name": name}))


def test_a_request_that_was_overtaken_changes_nothing_on_the_page(
    place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(*_arguments: object) -> None:
        raise Superseded

    monkeypatch.setattr(previews, "count_members", overtaken)
    url = f"/accounts/{place.id}/segments/preview"
    assert as_alice.fragment(url, method="POST", data=posted(FOLLOWING)).status_code == 204
