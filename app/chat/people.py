"""Who wrote the lines of a thread: friends, and in groups people who are none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.chat.queries.conversations import called
from app.chat.queries.thread import ThreadPage
from app.core.i18n import listed
from app.friends.models import Friend


@dataclass(frozen=True)
class ThreadPerson:
    """A person in a thread; `friend_id` leads to their page where they are a friend of the account."""

    name: str = ""
    picture_url: str | None = None
    friend_id: int | None = None


def people_of(page: ThreadPage, friend: Friend | None) -> dict[str, ThreadPerson]:
    """Return those who write in the thread or come and go, by LINE user id."""
    found = {
        line_id: ThreadPerson(member.display_name or "", member.picture_url) for line_id, member in page.members.items()
    }
    friends = {**page.friends, **({friend.line_user_id: friend} if friend else {})}
    for line_id, one in friends.items():
        known = found.get(line_id, ThreadPerson())
        found[line_id] = ThreadPerson(called(one, None) or known.name, one.picture_url or known.picture_url, one.id)
    return found


def names_of(line_user_ids: Iterable[str], known: Mapping[str, ThreadPerson]) -> str:
    """Return the names of these people in one piece; empty where one of them is not known."""
    names = [known[one].name if one in known else "" for one in line_user_ids]
    return listed(names) if names and all(names) else ""
