"""Segments ask what friends know of broadcasts, and find just the people whom the results count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core.clock import now
from app.core.db import db
from app.core.i18n import in_language
from app.friends.models import Friend
from app.line.models import Account
from app.messages.broadcasts.conditions.among import PREFIX
from app.messages.broadcasts.conditions.numbers import LABELS, condition_of
from app.messages.broadcasts.conditions.parts import LINK, condition_of_link, condition_of_set
from app.messages.broadcasts.models import Broadcast, BroadcastState, RecipientState
from app.messages.broadcasts.queries.people import PeopleOf, people
from app.messages.tracking.models import FetchState, TargetKind
from app.segments.conditions.keyed import as_keys, resolve
from app.segments.conditions.properties import catalogue
from app.segments.conditions.sentences import ConditionSentences
from app.segments.queries.counting import count_alone
from tests.factories import line
from tests.factories.broadcasts import fetch, happened, sent_broadcast, tracked_send
from tests.factories.friends import friend
from tests.factories.segments import condition, definition
from tests.segments.conditions.asking import compiled, fitting, reading, who

EVERYONE = {"Aki", "Ben", "Cho", "Dai", "Eri", "Fumi"}


@pytest.fixture
def place(app: Any) -> Account:
    return line.account()


@pytest.fixture
def crowd(place: Account) -> dict[str, Friend]:
    """Friends by name, and one of another account."""
    friend(line.account(), display_name="Zoe")
    return {name: friend(place, display_name=name) for name in sorted(EVERYONE)}


@pytest.fixture
def spring(place: Account, crowd: dict[str, Friend]) -> Broadcast:
    """Sent an hour ago to all but Fumi: Aki opened it, Ben clicked, Cho wrote, Dai blocked, Eri was unknown to LINE."""
    before = now() - timedelta(hours=1)
    states = {crowd[name]: None for name in ("Aki", "Ben", "Cho", "Dai")} | {crowd["Eri"]: RecipientState.REFUSED}
    made = sent_broadcast(place, states, at=before)
    send = tracked_send(made)
    fetch(send, crowd["Aki"], TargetKind.IMAGE)
    fetch(send, crowd["Ben"])
    fetch(send, crowd["Cho"], state=FetchState.IGNORED)
    fetch(tracked_send(made, is_test=True), crowd["Cho"])
    happened(crowd["Cho"], "message", now())
    happened(crowd["Dai"], "blocked", now())
    happened(crowd["Ben"], "blocked", before - timedelta(minutes=5))
    return made


PEOPLE_OF = {
    PeopleOf.RECIPIENTS: {"Aki", "Ben", "Cho", "Dai", "Eri"},
    PeopleOf.WAITING: set(),
    PeopleOf.SENT: {"Aki", "Ben", "Cho", "Dai"},
    PeopleOf.DELIVERED: {"Aki", "Cho", "Dai"},
    PeopleOf.OPENED: {"Aki", "Ben"},
    PeopleOf.CLICKED: {"Ben"},
    PeopleOf.REPLIED: {"Cho"},
    PeopleOf.BLOCKED: {"Dai"},
    PeopleOf.BLOCKED_BEFORE: {"Ben"},
    PeopleOf.REFUSED: {"Eri"},
    PeopleOf.UNKNOWN: set(),
    PeopleOf.NOT_SENT: set(),
}


def test_every_number_has_words() -> None:
    assert set(LABELS) == set(PeopleOf) == set(PEOPLE_OF)


@pytest.mark.parametrize("kind", PeopleOf)
def test_each_number_of_the_results_is_a_condition(place: Account, spring: Broadcast, kind: PeopleOf) -> None:
    expected, name = PEOPLE_OF[kind], PREFIX + kind
    asked = definition([condition_of(kind, spring.id)])
    assert reading(place, asked).is_sound
    assert who(place, asked) == expected
    assert len(set(db.session.scalars(people(kind, [spring.id])))) == len(expected)
    assert fitting(place, name, "contains_none", spring.id) == EVERYONE - expected
    assert fitting(place, name, "ever") == expected
    assert fitting(place, name, "never") == EVERYONE - expected
    both = definition([condition(name, "contains_any", spring.id), condition(name, "never")])
    assert count_alone(compiled(place, both)) == [[len(expected), len(EVERYONE - expected)]]


@pytest.mark.parametrize(
    ("chunk", "kind"),
    [
        ("unknown", PeopleOf.UNKNOWN),
        ("waiting", PeopleOf.WAITING),
        ("not_sent", PeopleOf.NOT_SENT),
        ("refused", PeopleOf.REFUSED),
    ],
)
def test_people_in_the_state_of_their_chunk(place: Account, crowd: dict[str, Friend], chunk: str, kind: str) -> None:
    made = sent_broadcast(place, [crowd["Aki"], crowd["Ben"]], chunk=chunk)
    assert fitting(place, PREFIX + kind, "contains_any", made.id) == {"Aki", "Ben"}
    assert fitting(place, PREFIX + "sent", "contains_any", made.id) == set()


def test_several_broadcasts(place: Account, crowd: dict[str, Friend], spring: Broadcast) -> None:
    summer = sent_broadcast(place, [crowd["Ben"], crowd["Fumi"]], "Summer")
    both, name = (spring.id, summer.id), "broadcast.sent"
    assert fitting(place, name, "contains_any", *both) == {"Aki", "Ben", "Cho", "Dai", "Fumi"}
    assert fitting(place, name, "contains_all", *both) == {"Ben"}
    assert fitting(place, name, "contains_none", *both) == {"Eri"}
    assert fitting(place, name, "never") == {"Eri"}


def test_only_begun_broadcasts_of_the_account_can_be_chosen(place: Account, crowd: dict[str, Friend]) -> None:
    del crowd
    about = catalogue(place.id).properties["broadcast.sent"]
    draft = sent_broadcast(place, [], "Draft")
    draft.state, draft.started_at = BroadcastState.DRAFT, None
    theirs = sent_broadcast(line.account(), [], "Theirs")
    old = sent_broadcast(place, [], "Old", datetime(2026, 3, 1, tzinfo=UTC))
    new = sent_broadcast(place, [], "ｎｅｗ", datetime(2026, 4, 1, tzinfo=UTC))
    assert [one.value for one in about.find(place.id, "", [])] == [new.id, old.id]
    assert [one.label for one in about.find(place.id, "NE", [])] == ["ｎｅｗ (Apr 1, 2026)"]
    assert [one.value for one in about.find(place.id, "new", [old.id])] == [old.id, new.id]
    for gone in (draft, theirs):
        asked = definition([condition("broadcast.sent", "contains_none", gone.id)])
        (complaint,) = reading(place, asked).complaints
        assert str(complaint.message) == "A chosen value does not exist any more. Remove it."
        assert who(place, asked) == set()


def test_in_several_accounts_a_name_means_the_newest_of_that_name(place: Account, spring: Broadcast) -> None:
    other = line.account(name="Bakery")
    sent_broadcast(other, [], "Spring", datetime(2026, 3, 1, tzinfo=UTC))
    newest = sent_broadcast(other, [], "Spring", datetime(2026, 4, 1, tzinfo=UTC))
    stored = reading(place, definition([condition_of(PeopleOf.OPENED, spring.id)])).definition
    keyed = as_keys(stored)
    assert keyed == definition([condition("broadcast.opened", "contains_any", "Spring")])
    assert resolve(keyed, place).definition == stored
    assert resolve(keyed, other).definition.as_json() == definition([condition_of(PeopleOf.OPENED, newest.id)])
    (complaint,) = resolve(keyed, line.account(name="Florist")).complaints
    assert str(complaint.message) == "Florist has no “Spring” (Opened broadcast)."


@pytest.mark.parametrize(
    ("operator", "english", "japanese"),
    [
        ("contains_any", "Received broadcast: Spring (Apr 1, 2026)", "受信した配信：Spring（2026/04/01）"),
        (
            "contains_none",
            "Received broadcast: not Spring (Apr 1, 2026)",
            "受信した配信：Spring（2026/04/01）に該当しない",
        ),
        ("never", "Received broadcast: never", "受信した配信：なし"),
    ],
)
def test_sentences(place: Account, operator: str, english: str, japanese: str) -> None:
    made = sent_broadcast(place, [], at=datetime(2026, 4, 1, tzinfo=UTC))
    chosen = [] if operator == "never" else [made.id]
    found = reading(place, definition([condition("broadcast.sent", operator, *chosen)])).definition
    assert ConditionSentences([found]).summary(found) == english
    with in_language("ja"):
        assert ConditionSentences([found]).summary(found) == japanese


def test_people_of_one_link_and_of_one_message_set(place: Account, crowd: dict[str, Friend]) -> None:
    assert "broadcast.opened_set" not in catalogue(place.id).properties
    made = sent_broadcast(place, list(crowd.values()), content_b={"messages": []}, at=datetime(2026, 4, 1, tzinfo=UTC))
    a, b = tracked_send(made), tracked_send(made)
    made.tracked_send_id, made.tracked_send_b_id = a.id, b.id
    fetch(a, crowd["Aki"], place="messages[0].text", target="https://shop.example.com/tea")
    fetch(a, crowd["Ben"], place="messages[1].text", target="https://shop.example.com/カフェ")
    fetch(b, crowd["Cho"], TargetKind.IMAGE, "messages[0].image")
    fetch(b, crowd["Dai"])

    tea = definition([condition_of_link(a.id, "messages[0].text")])
    assert reading(place, tea).is_sound
    assert who(place, tea) == {"Aki"}
    links = [f"{a.id}/messages[0].text", f"{a.id}/messages[1].text"]
    assert fitting(place, LINK, "contains_any", *links) == {"Aki", "Ben"}
    assert fitting(place, LINK, "contains_all", *links) == set()
    assert fitting(place, LINK, "contains_none", *links) == EVERYONE - {"Aki", "Ben"}
    assert who(place, definition([condition_of_set(PeopleOf.OPENED, b.id)])) == {"Cho", "Dai"}
    assert who(place, definition([condition_of_set(PeopleOf.CLICKED, b.id)])) == {"Dai"}
    assert fitting(place, "broadcast.clicked_set", "contains_none", a.id, b.id) == {"Cho", "Eri", "Fumi"}

    about = catalogue(place.id).properties
    assert [one.label for one in about["broadcast.opened_set"].find(place.id, "spr", [])] == [
        "Spring (Apr 1, 2026), set A",
        "Spring (Apr 1, 2026), set B",
    ]
    cafe = "https://shop.example.com/カフェ in Spring (Apr 1, 2026), set A"
    assert [one.label for one in about[LINK].find(place.id, "ｶﾌｪ", [])] == [cafe]
    assert len(about[LINK].find(place.id, "Spring", [])) == 3
    assert [one.label for one in about[LINK].named(place.id, links[1:])] == [cafe]


def test_only_links_of_broadcasts_of_the_account_can_be_chosen(place: Account, crowd: dict[str, Friend]) -> None:
    made = sent_broadcast(place, list(crowd.values()))
    test, theirs = tracked_send(made, is_test=True), tracked_send(sent_broadcast(line.account(), []))
    fetch(test, crowd["Aki"])
    fetch(theirs, crowd["Aki"])
    for value in (f"{test.id}/messages[0].text", f"{theirs.id}/messages[0].text", "x", "7"):
        asked = definition([condition(LINK, "contains_any", value)])
        assert not reading(place, asked).is_sound
        assert who(place, asked) == set()
