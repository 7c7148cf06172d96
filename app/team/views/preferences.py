"""The two switches on every page: language and appearance. Strangers keep them in a cookie."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from flask_login import current_user

from app.core import htmx
from app.core.config import Config
from app.core.i18n import LANGUAGES
from app.team.operations import profile
from app.team.permissions import current_actor, me, public
from app.team.safe_redirect import own_path

blueprint = Blueprint("preferences", __name__)


@blueprint.post("/language")
@public
def language() -> Response:
    chosen = request.form.get("language", "")
    if current_user.is_authenticated:
        profile.choose_language(me(), chosen, actor=current_actor())
    return remember(_back(), "language", chosen if chosen in LANGUAGES else "")


@blueprint.post("/theme")
@public
def theme() -> Response:
    chosen = request.form.get("theme", "")
    if current_user.is_authenticated:
        profile.choose_theme(me(), chosen, actor=current_actor())
    return remember(_back(), "theme", chosen if chosen in profile.THEMES else "")


def _back() -> Response:
    return htmx.go(own_path(request.form.get("next")))


def remember(response: Response, name: str, value: str) -> Response:
    """Keep a choice in this browser for a year, so that the sign-in page knows it too; an empty one is forgotten."""
    config: Config = current_app.config["TOMORU"]
    if value:
        year = 365 * 86_400
        response.set_cookie(name, value, max_age=year, httponly=True, samesite="Lax", secure=config.is_https)
    else:
        response.delete_cookie(name, httponly=True, samesite="Lax", secure=config.is_https)
    return response
