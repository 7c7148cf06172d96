"""Create, rename and delete tags of an account, and put them on a friend. A tag never changes its account."""

from __future__ import annotations

from contextlib import AbstractContextManager

from app.core.db import db
from app.core.events import announce
from app.core.i18n import _, _l
from app.core.names import clean_name, unique
from app.friends.events import TagDeleted, TagRenamed
from app.friends.models import Tag
from app.friends.operations.deletion_runs import start_deletion
from app.friends.operations.tagging import add_tags, remove_tags
from app.friends.queries.tags import get_tag, tags_by_name
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {
        "tag.created": _l("created the tag %(target)s"),
        "tag.renamed": _l("renamed the tag %(before)s to %(target)s"),
        "tag.deleted": _l("deleted the tag %(target)s"),
        "tag.added": _l("put the tag %(target)s on a friend"),
        "tag.removed": _l("took the tag %(target)s off a friend"),
    },
    {"tag": _l("Tags")},
)


@operation(Permission.TAGS)
def create_tag(account_id: int, name: str, *, actor: Actor) -> Tag:
    """Make a tag; raises InvalidInput(name) for an unusable name or one that the account has already."""
    tag = Tag(account_id=account_id, name=clean_name(name))
    with _unique_name():
        db.session.add(tag)
    audit.record(actor, "tag.created", target=tag, account_id=account_id)
    return tag


@operation(Permission.TAGS)
def rename_tag(account_id: int, tag_id: int, name: str, *, actor: Actor) -> Tag:
    """Give a tag another name; it stays on its friends. Raises InvalidInput(name), NotFound."""
    tag = get_tag(account_id, tag_id)
    before, after = tag.name, clean_name(name)
    with _unique_name():
        tag.name = after
    if after != before:
        audit.record(actor, "tag.renamed", target=tag, account_id=account_id, before=before)
        db.session.flush()
        announce(TagRenamed(account_id=account_id, tag_id=tag.id))
    return tag


@operation(Permission.TAGS)
def delete_tag(account_id: int, tag_id: int, *, actor: Actor) -> None:
    """Delete a tag: gone from every page at once, and from its friends by a worker soon after. Raises NotFound."""
    tag = get_tag(account_id, tag_id)
    start_deletion(tag, actor=actor)
    audit.record(actor, "tag.deleted", target=tag, account_id=account_id)
    db.session.flush()
    announce(TagDeleted(account_id=account_id, tag_id=tag.id))


@operation(Permission.TAGS)
def tag_friend(account_id: int, friend_id: int, name: str, *, actor: Actor) -> Tag:
    """Put the tag of this name on a friend, making it first when the account has none. Raises InvalidInput(name)."""
    clean = clean_name(name)
    tag = tags_by_name(account_id, [clean]).get(clean) or create_tag(account_id, clean, actor=actor)
    if add_tags(account_id, [friend_id], [tag.id], source="member", actor=actor):
        audit.record(actor, "tag.added", target=tag, account_id=account_id, friend_id=friend_id)
    return tag


@operation(Permission.TAGS)
def untag_friend(account_id: int, friend_id: int, tag_id: int, *, actor: Actor) -> None:
    """Take a tag off a friend. Raises NotFound when the account has no such tag."""
    tag = get_tag(account_id, tag_id)
    if remove_tags(account_id, [friend_id], [tag.id], source="member", actor=actor):
        audit.record(actor, "tag.removed", target=tag, account_id=account_id, friend_id=friend_id)


def _unique_name() -> AbstractContextManager[None]:
    return unique("uq_tags_name", "name", _("There is a tag of this name already, or one that looks the same."))
