"""The tags of one friend, and suggestions of tag names while a member types."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.identifiers import row_number
from app.friends.forms import TagForm
from app.friends.operations.tags import tag_friend, untag_friend
from app.friends.queries.friends import get_friend
from app.friends.queries.tags import tags_named_like, tags_on
from app.line.access import get_account
from app.team.permissions import Permission, current_actor, requires

blueprint = Blueprint("friend_tags", __name__, url_prefix="/accounts/<int:account_id>/friends")


@blueprint.post("/tag-choices")
@requires(Permission.FRIENDS)
def choices(account_id: int) -> Response:
    """Return check boxes of tags whose name contains the typed text, for the form that `name` says.

    What is ticked comes as a form, since it may be longer than an address.
    """
    account, given = get_account(account_id), request.values
    name = "chosen" if given.get("name") == "chosen" else "tag"
    kept = {number for tag in given.getlist(name) if (number := row_number(tag)) is not None}
    tags = tags_named_like(account.id, given.get("tag_search", ""), keep=kept)
    return htmx.render("friends/_tag_choices.html", name=name, tags=tags, chosen=kept, is_loaded=True)


@blueprint.get("/tag-names")
@requires(Permission.FRIENDS)
def names(account_id: int) -> Response:
    """Return suggestions for the box "add a tag"."""
    account = get_account(account_id)
    tags = tags_named_like(account.id, request.args.get("name", ""), limit=20)
    return htmx.render("friends/_tag_names.html", tags=tags)


@blueprint.get("/<int:friend_id>/tags")
@requires(Permission.FRIENDS)
def show(account_id: int, friend_id: int) -> Response:
    """Return the tags alone, so that a name that is being typed beside them stays."""
    account, friend = get_account(account_id), get_friend(account_id, friend_id)
    return htmx.render("friends/_tag_line.html", account=account, friend=friend, tags=tags_on(friend.id))


@blueprint.post("/<int:friend_id>/tags")
@requires(Permission.TAGS)
def create(account_id: int, friend_id: int) -> Response:
    get_account(account_id)
    friend, form = get_friend(account_id, friend_id), TagForm()
    if not form.submit(lambda: tag_friend(account_id, friend.id, form.name.data or "", actor=current_actor())):
        return _tags(account_id, friend_id, form, 422)
    return _changed(account_id, friend_id)


@blueprint.post("/<int:friend_id>/tags/<int:tag_id>/removal")
@requires(Permission.TAGS)
def remove(account_id: int, friend_id: int, tag_id: int) -> Response:
    get_account(account_id)
    untag_friend(account_id, get_friend(account_id, friend_id).id, tag_id, actor=current_actor())
    return _changed(account_id, friend_id)


def _changed(account_id: int, friend_id: int) -> Response:
    if not htmx.is_fragment():
        return htmx.go(url_for("friends.show", account_id=account_id, friend_id=friend_id))
    return htmx.with_trigger(_tags(account_id, friend_id, TagForm(formdata=None)), "activity-changed")


def _tags(account_id: int, friend_id: int, form: TagForm, status: int = 200) -> Response:
    account, friend = get_account(account_id), get_friend(account_id, friend_id)
    return htmx.render(
        "friends/_tags.html", status=status, account=account, friend=friend, tags=tags_on(friend.id), form=form
    )
