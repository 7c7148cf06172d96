"""Ten weeks in the life of a shop, made up the same way each time: who came when, left, returned, wrote and tapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from app.seeds import phrases
from app.seeds.sandbox import Person

WEEKS = 10
# More people come at the weekend; a leaflet in the sixth week and an article in the ninth brought more than usual.
BUSY_DAYS = {5: 2.1, 6: 1.8}
BUSY_WEEKS = {5: 1.7, 8: 2.4, 9: 1.3}
OPEN, CLOSE = 8, 21


@dataclass(frozen=True)
class Moment:
    """Something a person did: followed, blocked, returned, wrote or tapped."""

    at: datetime
    kind: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Life:
    """One person with what they did, oldest first, and what the shop knows of them."""

    person: Person
    moments: Sequence[Moment]
    tags: Sequence[str]
    attributes: dict[str, Any]

    @property
    def has_left(self) -> bool:
        return self.moments[-1].kind == "blocked"


def lives(people: Sequence[Person], tags: Sequence[str], now: datetime, seed: str) -> list[Life]:
    """Return the story of these users up to `now`, in the order in which they came."""
    dice = Random(seed)
    arrivals = sorted(_arrival(dice, now) for _person in people)
    return [_life(dice, person, at, tags, now) for person, at in zip(people, arrivals, strict=True)]


def _arrival(dice: Random, now: datetime) -> datetime:
    days = range(WEEKS * 7)
    day = dice.choices(days, [_pull(now - timedelta(days=back), back) for back in days])[0]
    return _during(dice, now - timedelta(days=day), now)


def _pull(day: datetime, back: int) -> float:
    """How many are drawn to the shop on a day, `back` days ago; slowly more and more."""
    week = WEEKS - 1 - back // 7
    return (1 + week * 0.08) * BUSY_DAYS.get(day.weekday(), 1.0) * BUSY_WEEKS.get(week, 1.0)


def _during(dice: Random, day: datetime, now: datetime) -> datetime:
    """A time while the shop is open; of today only what has passed."""
    moment = day.replace(hour=dice.randrange(OPEN, CLOSE), minute=dice.randrange(60), second=dice.randrange(60))
    return moment if moment < now else now - timedelta(minutes=dice.randrange(3, 240))


def _life(dice: Random, person: Person, came: datetime, tags: Sequence[str], now: datetime) -> Life:
    moments = [Moment(came, "followed"), *_leaving(dice, came, now)]
    left = moments[1].at if len(moments) > 1 else now
    moments += _talk(dice, person, came, left)
    moments.sort(key=lambda moment: moment.at)
    chosen = dice.sample(list(tags), k=dice.choice((0, 0, 1, 1, 1, 2, 2, 3)))
    return Life(person, moments, chosen, _known(dice, person) if dice.random() < 0.4 else {})


def _leaving(dice: Random, came: datetime, now: datetime) -> Iterator[Moment]:
    """One in eight leaves after a while, and one in four of those returns."""
    if dice.random() > 0.125 or now - came < timedelta(days=3):
        return
    left = came + (now - came) * dice.uniform(0.2, 0.9)
    yield Moment(left, "blocked")
    if dice.random() < 0.25:
        yield Moment(left + (now - left) * dice.uniform(0.2, 0.9), "returned")


def _talk(dice: Random, person: Person, came: datetime, left: datetime) -> Iterator[Moment]:
    """Most say nothing or little; a few write often."""
    for number in range(dice.choice((0, 0, 0, 1, 1, 2, 2, 3, 5, 8))):
        at = came + (left - came) * dice.random()
        yield Moment(at, *_act(dice, person, f"{int(at.timestamp())}{number}"))


def _act(dice: Random, person: Person, number: str) -> tuple[str, dict[str, Any]]:
    luck = dice.random()
    if luck < 0.2:
        data, label = dice.choice(phrases.BUTTONS)
        return "tapped", {"data": data, "params": {}, "label": label}
    if luck < 0.3:
        return "wrote", {
            "id": number,
            "type": "sticker",
            "packageId": "446",
            "stickerId": str(dice.randrange(1988, 2027)),
        }
    if luck < 0.34:
        title, address, latitude, longitude = dice.choice(phrases.PLACES)
        place = {"title": title, "address": address, "latitude": latitude, "longitude": longitude}
        return "wrote", {"id": number, "type": "location", **place}
    texts = phrases.ENGLISH if person.language == "en" else phrases.JAPANESE
    return "wrote", {"id": number, "type": "text", "text": dice.choice(texts)}


def _known(dice: Random, person: Person) -> dict[str, Any]:
    """Return the attributes that the shop stored of a friend."""
    known: dict[str, Any] = {"email": f"guest{dice.randrange(1000, 9999)}@example.com"}
    parts = person.name.split()
    if len(parts) == 2 and all(part.isalpha() for part in parts):
        names = ("first_name", "last_name") if parts[0].isascii() else ("last_name", "first_name")
        known |= dict(zip(names, parts, strict=True))
    if dice.random() < 0.5:
        known["phone"] = f"090-0000-{dice.randrange(10_000):04d}"
    if dice.random() < 0.15:
        known["company"] = dice.choice(phrases.COMPANIES)
    known["attributes.visits"] = str(dice.randrange(1, 40))
    if dice.random() < 0.6:
        known["attributes.birthday"] = (date(1958, 3, 1) + timedelta(days=dice.randrange(17_000))).isoformat()
    if dice.random() < 0.5:
        known["attributes.favourite_beans"] = dice.choice(phrases.BEANS)
    return known
