"""Looking through a crowd of any size for the control page, a slice at a time."""

import asyncio
from dataclasses import dataclass, field

from sandbox.line.channels import Channel
from sandbox.line.people import USER_ID, Person

# One request looks at so many people at most; the page asks again for more.
FARTHEST = 20_000
BREATH = 500


@dataclass
class Found:
    """The people of one page and where the next one starts, None at the end."""

    people: list[Person] = field(default_factory=list)
    following: int | None = None


async def scan(channel: Channel, *, start: int, limit: int, text: str, state: str, now: float) -> Found:
    """Return people from position `start` on: first those made by hand, then the synthesised ones."""
    if USER_ID.match(text):
        person = channel.person(text)
        return Found([person] if person else [])
    found, wanted = Found(), text.casefold()
    total = len(channel.created) + channel.population.followers
    for position in range(start, min(total, start + FARTHEST)):
        person = _person_at(channel, position)
        if _matches(person, wanted, state, now):
            found.people.append(person)
        if len(found.people) == limit:
            found.following = position + 1 if position + 1 < total else None
            return found
        if position % BREATH == 0:
            await asyncio.sleep(0)
    found.following = start + FARTHEST if start + FARTHEST < total else None
    return found


def _person_at(channel: Channel, position: int) -> Person:
    if position < len(channel.created):
        return channel.people[channel.created[position]]
    index = position - len(channel.created)
    return channel.people.get(channel.crowd.user_id(index)) or channel.crowd.person(index)


def _matches(person: Person, wanted: str, state: str, now: float) -> bool:
    if state and person.described_state(now) != state:
        return False
    # A letter or two stand in nearly every id.
    return wanted in person.display_name.casefold() or (len(wanted) >= 4 and wanted in person.user_id.casefold())
