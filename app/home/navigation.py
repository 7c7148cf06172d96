"""The side menu: one table of places, shown to those who may go there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import Flask, current_app, request, url_for

from app.chat.counting import unread
from app.core.db import db
from app.core.i18n import Text, _, _l
from app.core.templating import address, asset
from app.line.access import account_at_hand, visible_accounts
from app.line.models import Account
from app.line.panels import panels_for
from app.team.models import Workspace
from app.team.permissions import Permission, current_actor, me
from app.team.queries import administrator_names


@dataclass(frozen=True)
class MenuItem:
    """A line of the menu, shown to members with one of the permissions; without any, to every member."""

    label: Text
    endpoint: str
    icon: str
    permissions: tuple[str, ...] = ()
    # What one does there, in a sentence; for places of an account.
    purpose: Text = ""
    # The heading that it stands below with its neighbours.
    group: Text = ""
    # It is about several accounts at once, though it stands among the places of one.
    is_shared: bool = False
    # Names of blueprints whose pages lie below it, beside that of its own.
    below: tuple[str, ...] = ()
    # How much there is new for the member.
    unread: Callable[[], int] | None = None


AUTOMATION, MESSAGE_ITEMS = _l("Automation"), _l("Message Items")
TOP = (
    MenuItem(_l("Home"), "home.show", "home"),
    MenuItem(_l("Chat"), "chat.index", "messages", (Permission.CHAT,), unread=unread),
    MenuItem(_l("Accounts"), "accounts.index", "brand-line", (Permission.SETTINGS,)),
)
OF_ACCOUNT = (
    MenuItem(
        _l("Friends"),
        "friends.index",
        "users",
        (Permission.FRIENDS,),
        _l("See who your friends are and what they do."),
    ),
    MenuItem(
        _l("Tags"),
        "tags.index",
        "tags",
        (Permission.TAGS,),
        _l("Mark friends, so that you can find and reach them later."),
    ),
    MenuItem(
        _l("Segment"),
        "segments.index",
        "chart-pie",
        (Permission.SEGMENTS,),
        _l("Choose by conditions whom a message is meant for."),
    ),
    MenuItem(
        _l("Message Broadcasts"),
        "broadcasts.index",
        "speakerphone",
        (Permission.BROADCASTS, Permission.CONFIRM_BROADCASTS),
        _l("Send messages to many friends at once, and see what came of it."),
    ),
    MenuItem(
        _l("Workflows"),
        "workflows.index",
        "sitemap",
        (Permission.WORKFLOWS,),
        _l("Let things happen by themselves when a friend does something."),
        AUTOMATION,
        is_shared=True,
        below=("workflow_runs",),
    ),
    MenuItem(
        _l("Auto Send Messages"),
        "auto_messages.index",
        "message-bolt",
        (Permission.AUTO_MESSAGES,),
        _l("Prepare messages that workflows send."),
        AUTOMATION,
    ),
    MenuItem(
        _l("QR Codes"),
        "qr_codes.index",
        "qrcode",
        (Permission.WORKFLOWS,),
        _l("Print codes that say who scanned them, and what happens then."),
        AUTOMATION,
    ),
    MenuItem(
        _l("Rich Messages"),
        "rich_messages.index",
        "photo-square-rounded",
        (Permission.AUTO_MESSAGES,),
        _l("Keep pictures with areas to tap, to put them into messages."),
        MESSAGE_ITEMS,
    ),
    MenuItem(
        _l("Card Type Messages"),
        "card_messages.index",
        "cards",
        (Permission.AUTO_MESSAGES,),
        _l("Keep rows of cards, to put them into messages."),
        MESSAGE_ITEMS,
    ),
    MenuItem(
        _l("Canned replies"),
        "canned_replies.index",
        "message-2",
        (Permission.CHAT,),
        _l("Keep what your team answers again and again."),
        MESSAGE_ITEMS,
    ),
    MenuItem(
        _l("Rich menus"),
        "rich_menus.index",
        "layout-grid",
        (Permission.RICH_MENUS,),
        _l("Give the chat a picture with areas to tap."),
        MESSAGE_ITEMS,
    ),
    MenuItem(
        _l("Settings"),
        "account_settings.show",
        "settings",
        (Permission.SETTINGS,),
        _l("Connection, set-up checks and imports."),
    ),
)
BOTTOM = (
    MenuItem(
        _l("Integrations"), "integrations.index", "plug-connected", (Permission.INTEGRATIONS,), below=("hubspot",)
    ),
    MenuItem(_l("Members"), "members.index", "users-group", ("administrator",)),
    MenuItem(_l("Workspace settings"), "workspace.edit", "adjustments", ("administrator",)),
    MenuItem(_l("API keys"), "api_keys.index", "key", ("administrator",)),
    MenuItem(_l("Audit log"), "audit.index", "history", ("administrator",)),
    MenuItem(_l("Outbox"), "outbox.index", "mail", ("administrator",)),
    MenuItem(_l("Help"), "help.index", "help-circle"),
)


@dataclass(frozen=True)
class Item:
    """A line of the menu as printed."""

    label: Text
    url: str
    icon: str
    is_active: bool = False
    is_elsewhere: bool = False
    purpose: Text = ""
    group: Text = ""
    # None where nothing is counted.
    unread: int | None = None


@dataclass(frozen=True)
class Menu:
    """Everything that the layout prints."""

    workspace_name: str
    workspace_icon: str
    top: Sequence[Item]
    accounts: Sequence[Account]
    account: Account | None
    of_account: Sequence[Item]
    bottom: Sequence[Item]

    @property
    def groups(self) -> list[tuple[str, list[Item]]]:
        """Return the places of the account, those of one heading together; "" for those without one."""
        return [(name, list(items)) for name, items in groupby(self.of_account, key=lambda item: str(item.group))]

    def url_of(self, account: Account) -> str:
        """Return the address of the first page of the account that the member may see, else Home."""
        places = [place for place in OF_ACCOUNT if not place.is_shared and _may_go(place, account)]
        return url_for(places[0].endpoint, account_id=account.id) if places else url_for("home.show")


def init_app(app: Flask) -> None:
    """Let the layout build the menu; only whole pages of a signed-in member have one."""
    app.jinja_env.globals.update(build_menu=build, places_of=places_of, administrator_names=administrator_names)


def build() -> Menu:
    """Build the menu of the signed-in member for the present page."""
    accounts = visible_accounts(current_actor())
    account = account_at_hand(accounts)
    workspace = db.session.get(Workspace, 1)
    has_icon = workspace is not None and workspace.has_icon
    return Menu(
        workspace_name=workspace.name if workspace else "Tomoru",
        workspace_icon=url_for("workspace.icon") if has_icon else asset("img/tomoru.svg"),
        top=_items(TOP),
        accounts=accounts if account else [],
        account=account,
        of_account=_items([place for place in OF_ACCOUNT if account or place.is_shared], account),
        bottom=[*_items(BOTTOM), *_sandbox(account)],
    )


def places_of(account: Account) -> Sequence[Item]:
    """Return the pages of the account that the signed-in member may open."""
    return _items(OF_ACCOUNT, account)


def _items(places: Sequence[MenuItem], account: Account | None = None) -> list[Item]:
    values: dict[str, int] = {"account_id": account.id} if account else {}
    return [
        Item(
            place.label,
            address(place.endpoint, **({} if place.is_shared else values)),
            place.icon,
            _is_here(place),
            purpose=place.purpose,
            group=place.group,
            unread=place.unread() if place.unread else None,
        )
        for place in places
        if _may_go(place, account)
    ]


def _sandbox(account: Account | None) -> list[Item]:
    """Return links to the sandbox, when there is one: its phone, its HubSpot, and its control page."""
    url = current_app.config["TOMORU"].sandbox_url
    phone = f"{url}/phone/{account.channel_id}" if account and account.channel_id else f"{url}/"
    return [
        Item(_("Sandbox: phone"), phone, "device-mobile", is_elsewhere=True),
        Item(_("Sandbox: HubSpot"), f"{url}/hubspot", "affiliate", is_elsewhere=True),
        Item(_("Sandbox: control"), f"{url}/control", "adjustments-bolt", is_elsewhere=True),
    ] * bool(url)


def _is_here(place: MenuItem) -> bool:
    return (request.endpoint or "").partition(".")[0] in (place.endpoint.partition(".")[0], *place.below)


def _may_go(place: MenuItem, account: Account | None = None) -> bool:
    if place.permissions == ("administrator",):
        return me().is_administrator
    if account is not None and place.endpoint == "account_settings.show" and panels_for(account, me().may):
        # Upper layers add sections to that page, which have permissions of their own.
        return True
    return not place.permissions or any(me().may(name) for name in place.permissions)
