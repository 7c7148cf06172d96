"""What the list of conversations shows, as its address says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.i18n import Text, _l
from app.core.identifiers import row_number
from app.core.pages import searched
from app.messages.conversations.models import ConversationKind, ConversationStatus, Owner

STATUSES: dict[str, Text] = {
    ConversationStatus.NONE: _l("No status"),
    ConversationStatus.TO_DO: _l("To Do"),
    ConversationStatus.DONE: _l("Done"),
}
KINDS: dict[str, Text] = {
    ConversationKind.FRIEND: _l("One-to-one"),
    ConversationKind.GROUP: _l("Groups"),
}
OWNERS: dict[str, Text] = {
    Owner.PERSON: _l("A person"),
    Owner.AGENT: _l("Customer Agent"),
    Owner.AUTOMATION: _l("Automation"),
}
# Of which a conversation may be any.
FLAGS: dict[str, Text] = {
    "unread": _l("Unread"),
    "unanswered": _l("Unanswered"),
    "pinned": _l("Pinned"),
    "followed": _l("Followed"),
    "mentioned": _l("I am mentioned"),
    "spam": _l("Spam"),
}
ME, NO_ONE = "me", "none"
# The order by who waits longest shows only those who wait.
ORDERS: dict[str, Text] = {"newest": _l("Newest first"), "waiting": _l("Waiting longest first")}


@dataclass(frozen=True)
class ChatReader:
    """The member who looks at the list, and up to which message all is read by them."""

    member_id: int
    read_up_to_id: int


@dataclass(frozen=True)
class ConversationFilter:
    """Empty values do not filter; spam is shown only where it is asked for."""

    account_id: int | None = None
    kind: str = ""
    status: str = ""
    # ME, NO_ONE, or a member's id.
    assignee: str = ""
    owner: str = ""
    flag: str = ""
    # Only friends with this tag, and only members of this segment.
    tag_id: int | None = None
    segment_id: int | None = None
    # Only where the other side sent a picture, a video, a voice message or a file.
    with_files: bool = False
    search: str = ""
    order: str = "newest"

    @property
    def args(self) -> dict[str, Any]:
        """Return the query parameters of the list."""
        given = {
            "account": self.account_id,
            "kind": self.kind,
            "status": self.status,
            "assignee": self.assignee,
            "owner": self.owner,
            "show": self.flag,
            "tag": self.tag_id,
            "segment": self.segment_id,
            "files": 1 if self.with_files else 0,
            "search": self.search,
            "sort": self.order if self.order != "newest" else "",
        }
        return {name: value for name, value in given.items() if value}

    @property
    def is_narrowed(self) -> bool:
        """Return whether anything is left out."""
        return bool(set(self.args) - {"sort"})


def parse_filter(given: Mapping[str, str]) -> ConversationFilter:
    """Read the filter from an address; what no choice of the page says is left out."""
    assignee = given.get("assignee", "")
    return ConversationFilter(
        account_id=row_number(given.get("account", "")),
        kind=_one_of(KINDS, given.get("kind")),
        status=_one_of(STATUSES, given.get("status")),
        assignee=assignee if assignee in {ME, NO_ONE} or row_number(assignee) else "",
        owner=_one_of(OWNERS, given.get("owner")),
        flag=_one_of(FLAGS, given.get("show")),
        tag_id=row_number(given.get("tag", "")),
        segment_id=row_number(given.get("segment", "")),
        with_files=given.get("files") == "1",
        search=searched(given.get("search", "")),
        order=_one_of(ORDERS, given.get("sort")) or "newest",
    )


def _one_of(choices: Mapping[str, Text], value: str | None) -> str:
    return value if value in choices and value is not None else ""
