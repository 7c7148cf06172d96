"""The editor of a rich menu: its words, and areas that the server draws again over the image after each change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from flask import Response, request, url_for

from app.core import error_messages, htmx
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import Text, _
from app.core.identifiers import posted_number
from app.line.access import get_account
from app.line.models import Account
from app.messages.content.area_templates import AREA_TEMPLATE_NAMES
from app.messages.content.counting import graphemes
from app.messages.rich_menus.content import LONGEST_BAR_TEXT, MOST_AREAS, WIDTH, MenuContent, height_of, read
from app.messages.rich_menus.draft import ACTION_LABELS, after, read_content, template_of
from app.messages.rich_menus.forms import PeriodForm
from app.messages.rich_menus.models import RichMenu
from app.messages.rich_menus.operations import change_menu, publish
from app.messages.rich_menus.queries import (
    aliases_of,
    get_menu,
    latest_publishing,
    menus_of,
    problems_of,
    size_of,
    switching_to,
)
from app.messages.rich_menus.views.blueprint import blueprint
from app.segments.queries.segments import all_segments
from app.team.permissions import Permission, current_actor, requires


@blueprint.get("/<int:menu_id>")
@requires(Permission.RICH_MENUS)
def edit(account_id: int, menu_id: int) -> Response:
    account, menu = get_account(account_id), get_menu(account_id, menu_id)
    return page(account, menu)


@blueprint.post("/<int:menu_id>")
@requires(Permission.RICH_MENUS)
def update(account_id: int, menu_id: int) -> Response:
    """Save what stands in the form; the button *Publish* then begins to bring it to LINE."""
    account, menu = get_account(account_id), get_menu(account_id, menu_id)
    content, name = read_content(request.form, menu.file_id), request.form.get("name", "")
    is_published = request.form.get("then") == "publish"
    try:
        change_menu(
            account_id,
            menu_id,
            name,
            content,
            seen=posted_number(request.form.get("version")),
            actor=current_actor(),
        )
        if is_published:
            db.session.commit()
            publish(account_id, menu_id, actor=current_actor())
    except InvalidInput as refusal:
        menu = get_menu(account_id, menu_id)
        return page(account, menu, content, name, refusal.fields, 422)
    return htmx.go(
        url_for("rich_menus.edit", account_id=account_id, menu_id=menu_id), toast="" if is_published else _("Saved.")
    )


@blueprint.post("/<int:menu_id>/areas")
@requires(Permission.RICH_MENUS)
def areas(account_id: int, menu_id: int) -> Response:
    """Draw the areas after a button was pressed or a field changed; without script the whole page."""
    account, menu = get_account(account_id), get_menu(account_id, menu_id)
    height = height_of(*size_of(menu))
    template = request.form.get("template", "")
    content = after(read_content(request.form, menu.file_id), request.form.get("do", ""), template, height)
    wrong = {one.path: one.message for one in problems_of(menu, content) if one.path.endswith(".width")}
    if htmx.is_fragment():
        return htmx.render("messages/rich_menus/_areas.html", **form_context(account, menu, content, "", wrong))
    return page(account, menu, content, request.form.get("name", ""), wrong)


def page(
    account: Account,
    menu: RichMenu,
    content: MenuContent | None = None,
    name: str = "",
    wrong: Mapping[str, Text] | None = None,
    status: int = 200,
) -> Response:
    """Return the editor, or its form for htmx, with what is stored or with what stands in the form."""
    context = form_context(account, menu, content or read(menu.content), name or menu.name, wrong or {})
    context |= {**life_context(menu), "is_refused": status == 422}
    return htmx.render("messages/rich_menus/edit.html", "messages/rich_menus/_form.html", status, **context)


def form_context(
    account: Account, menu: RichMenu, content: MenuContent, name: str, wrong: Mapping[str, Text]
) -> dict[str, Any]:
    """Return what the form needs."""
    others = {alias: known for alias, known in aliases_of(account.id).items() if alias != menu.alias}
    return {
        "account": account,
        "menu": menu,
        "content": content,
        "name": name,
        "wrong": defaultdict(str, wrong),
        "others": others,
        "width": WIDTH,
        "height": height_of(*size_of(menu)),
        "actions": ACTION_LABELS,
        "templates": AREA_TEMPLATE_NAMES,
        "template": template_of(content, height_of(*size_of(menu))),
        "most_areas": MOST_AREAS,
        "most_bar_text": LONGEST_BAR_TEXT,
        "bar_text_length": graphemes(content.chat_bar_text),
    }


def life_context(menu: RichMenu) -> dict[str, Any]:
    """Return what the page says of the menu's life at LINE."""
    run = latest_publishing(menu)
    return {
        "run": run,
        "period": PeriodForm.stored(menu),
        "run_reason": error_messages.sentence(run.reason, run.reason_values) if run and run.reason else "",
        "switching": switching_to(menu),
        "then_menu": next((one for one in menus_of(menu.account_id) if one.id == menu.then_menu_id), None),
        "period_problem": error_messages.sentence(menu.period_reason) if menu.period_reason else "",
        "segments": all_segments(menu.account_id),
    }
