"""The filter of friends that the list, its count, the export and bulk changes share.

A filter travels in the address of a page and inside a run, so it is made of plain values.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.core.pages import searched
from app.core.values.typing_marks import INVISIBLE
from app.friends.models import FollowStatus

# What fits into an address together with everything else that stands there.
MOST_TAGS = 400
# Characters of the keys of sets in an address, where a server reads a line of some four thousand.
LONGEST_KEYS = 2_400
# Between the ids of tags in an address, where they are one value, to be short.
BETWEEN = "."
ANY, ALL = "any", "all"


@dataclass(frozen=True)
class FriendFilter:
    """A search text, follow statuses of which one must fit, and tags of which any or all must, as `match` says.

    `among` are keys of sets of friends (`friend_sets`), to all of which they must belong.
    """

    search: str = ""
    statuses: tuple[str, ...] = ()
    tag_ids: tuple[int, ...] = ()
    match: str = ANY
    among: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words of the search, each of which must be found."""
        return tuple(self.spellings)

    @property
    def spellings(self) -> dict[str, tuple[str, ...]]:
        """Return each word normalized and as it was typed: other systems may have full-width letters in their IDs."""
        found: dict[str, tuple[str, ...]] = {}
        for typed in self.search.split():
            for word in unicodedata.normalize("NFKC", INVISIBLE.sub("", typed)).split():
                found[word] = tuple(dict.fromkeys((*found.get(word, (word,)), typed)))
        return found

    @property
    def is_empty(self) -> bool:
        """Return whether all friends pass the filter."""
        return not (self.words or self.statuses or self.tag_ids or self.among)

    def as_args(self) -> dict[str, Any]:
        """Return the filter as query parameters, without those at their defaults."""
        tags = BETWEEN.join(map(str, self.tag_ids))
        args: dict[str, Any] = {"search": self.search, "status": list(self.statuses), "tag": tags}
        if self.match != ANY and len(self.tag_ids) > 1:
            args["match"] = self.match
        args["among"] = list(self.among)
        return {name: value for name, value in args.items() if value}

    def as_dict(self) -> dict[str, Any]:
        """Return the filter as a run stores it."""
        return asdict(self)


def fits_an_address(keys: Iterable[str]) -> bool:
    """Return whether an address has room for these keys of sets."""
    return sum(map(len, keys)) <= LONGEST_KEYS


def from_dict(stored: Mapping[str, Any]) -> FriendFilter:
    """Return the filter that `as_dict` stored, also before a filter could have several sets."""
    among = stored.get("among") or ()
    return FriendFilter(
        search=stored["search"],
        statuses=tuple(stored["statuses"]),
        tag_ids=tuple(stored["tag_ids"]),
        match=stored["match"],
        among=(among,) if isinstance(among, str) else tuple(among),
    )


def from_text(
    search: str = "",
    statuses: Sequence[str] = (),
    tag_ids: Sequence[str] = (),
    match: str = ANY,
    among: Sequence[str] = (),
) -> FriendFilter:
    """Return the filter of query parameters; raises InvalidInput for values that no page of ours links to.

    Each of `tag_ids` is an id, or several as `as_args` writes them.
    """
    known = {status.value for status in FollowStatus}
    tag_ids = [one for joined in tag_ids for one in joined.split(BETWEEN)]
    if len(set(tag_ids)) > MOST_TAGS:
        raise InvalidInput(filter=_l("Choose at most %(most)s tags at once.", most=MOST_TAGS))
    keys = tuple(dict.fromkeys(key for key in among if key))
    if not fits_an_address(keys):
        raise InvalidInput(filter=_l("These conditions are too long for an address. Save them as a segment instead."))
    wrong = not known.issuperset(statuses) or not all(re.fullmatch(r"[0-9]{1,18}", tag) for tag in tag_ids)
    if wrong or match not in {ANY, ALL}:
        raise InvalidInput(filter=_l("This page address is not valid. Start again from the whole list."))
    return FriendFilter(
        search=searched(search),
        statuses=tuple(sorted(set(statuses))),
        tag_ids=tuple(sorted({int(tag) for tag in tag_ids})),
        match=match,
        among=keys,
    )
