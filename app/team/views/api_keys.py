"""Keys for other programs, as administrators see them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, url_for

from app.core import htmx
from app.core.i18n import _
from app.team import account_directory, queries
from app.team.api_access import SCOPE_LABELS
from app.team.forms import ApiKeyForm
from app.team.operations import api_keys
from app.team.permissions import current_actor, requires_administrator
from app.team.sign_in import requires_proof

blueprint = Blueprint("api_keys", __name__, url_prefix="/api-keys")


@blueprint.get("")
@requires_administrator
@requires_proof
def index() -> Response:
    return _page(ApiKeyForm(formdata=None, data={"scopes": [*SCOPE_LABELS][:1], "scope": "all"}))


@blueprint.post("")
@requires_administrator
@requires_proof
def create() -> Response:
    """The token is in this answer and never again."""
    form, made = ApiKeyForm(), []
    if not form.submit(lambda: made.append(api_keys.create_api_key(**form.key, actor=current_actor()))):
        return _page(form, 422)
    ((key, token),) = made
    context = {"key": key, "token": token, **_list_context()}
    return htmx.render("team/api_keys/show.html", "team/api_keys/created.oob.html", **context)


@blueprint.post("/<int:key_id>/revocation")
@requires_administrator
def revoke(key_id: int) -> Response:
    key = queries.api_key_by_id(key_id)
    api_keys.revoke_api_key(key, actor=current_actor())
    return htmx.go(url_for("api_keys.index"), toast=_("The key “%(name)s” is revoked.", name=key.name))


@blueprint.post("/<int:key_id>/takeover")
@requires_administrator
@requires_proof
def take_over(key_id: int) -> Response:
    key = queries.api_key_by_id(key_id)
    api_keys.take_over(key, actor=current_actor())
    return htmx.go(url_for("api_keys.index"), toast=_("You answer for the key “%(name)s” now.", name=key.name))


def _page(form: ApiKeyForm, status: int = 200) -> Response:
    return htmx.render(
        "team/api_keys/index.html",
        "team/api_keys/_form.html",
        status,
        form=form,
        **_list_context(),
    )


def _list_context() -> dict[str, Any]:
    return {
        "keys": queries.api_keys(),
        "makers": {member.id: member for member in queries.people()},
        "accounts": dict(account_directory.accounts()),
        "scopes": SCOPE_LABELS,
    }
