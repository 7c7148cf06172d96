"""The tags of an account: list, create, rename, delete."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.i18n import _
from app.core.pages import PagePosition, placed
from app.core.usage import usages_of
from app.friends.forms import TagForm
from app.friends.models import Tag
from app.friends.operations.tags import create_tag, delete_tag, rename_tag
from app.friends.queries.tags import ORDERS, count_tags, friend_counts, get_tag, tags_page
from app.line.access import get_account
from app.line.models import Account
from app.team.permissions import Permission, current_actor, requires

blueprint = Blueprint("tags", __name__, url_prefix="/accounts/<int:account_id>/tags")


@blueprint.get("")
@requires(Permission.TAGS)
def index(account_id: int) -> Response:
    account, given = get_account(account_id), request.args
    search, order = given.get("search", ""), ORDERS.get(given.get("sort", ""), ORDERS["name"])
    place = PagePosition.asked_by(given)
    page = placed(tags_page(account.id, search, order, **place.keys), place)
    return htmx.render(
        "friends/tags/index.html",
        "friends/tags/_list.html",
        account=account,
        tags=page,
        orders=ORDERS,
        order=order,
        total=count_tags(account.id),
        args={
            "account_id": account.id,
            "search": search,
            "sort": order.name,
            **place.chosen,
        },
        form=TagForm(formdata=None),
    )


@blueprint.post("")
@requires(Permission.TAGS)
def create(account_id: int) -> Response:
    account, form = get_account(account_id), TagForm()
    made: list[Tag] = []
    if not form.submit(lambda: made.append(create_tag(account.id, form.name.data or "", actor=current_actor()))):
        return _ask(account, form, 422)
    htmx.toast(_("The tag was created."))
    if not htmx.is_fragment():
        return htmx.go(url_for("tags.index", account_id=account.id))
    return htmx.with_trigger(_ask(account, TagForm(formdata=None)), "tags-changed", account=account.id, made=made[0].id)


@blueprint.get("/new")
@requires(Permission.TAGS)
def new(account_id: int) -> Response:
    """Ask for the name of a new tag."""
    return _ask(get_account(account_id), TagForm(formdata=None))


@blueprint.get("/<int:tag_id>/edit")
@requires(Permission.TAGS)
def edit(account_id: int, tag_id: int) -> Response:
    account, tag = get_account(account_id), get_tag(account_id, tag_id)
    return _edit(account, tag, TagForm(obj=tag))


@blueprint.post("/<int:tag_id>")
@requires(Permission.TAGS)
def update(account_id: int, tag_id: int) -> Response:
    account, form = get_account(account_id), TagForm()
    if not form.submit(lambda: rename_tag(account.id, tag_id, form.name.data or "", actor=current_actor())):
        return _edit(account, get_tag(account_id, tag_id), form, 422)
    return htmx.go(url_for("tags.index", account_id=account_id), toast=_("Saved."))


@blueprint.post("/<int:tag_id>/removal")
@requires(Permission.TAGS)
def remove(account_id: int, tag_id: int) -> Response:
    get_account(account_id)
    tag = get_tag(account_id, tag_id)
    delete_tag(account_id, tag.id, actor=current_actor())
    return htmx.go(
        url_for("tags.index", account_id=account_id), toast=_("The tag “%(name)s” was deleted.", name=tag.name)
    )


def _ask(account: Account, form: TagForm, status: int = 200) -> Response:
    return htmx.render("friends/tags/new.html", "friends/tags/_form.html", status=status, account=account, form=form)


def _edit(account: Account, tag: Tag, form: TagForm, status: int = 200) -> Response:
    return htmx.render(
        "friends/tags/edit.html",
        "friends/tags/_edit_form.html",
        status=status,
        account=account,
        tag=tag,
        form=form,
        friends=friend_counts([tag.id]).get(tag.id, 0),
        usages=usages_of("tag", tag.id, current_actor()),
    )
