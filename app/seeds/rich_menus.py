"""The demo's rich menus: made, published and set as a member would, by the feature itself."""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import exists, select

from app.core.db import db
from app.core.runs.models import Run
from app.core.runs.operations import advance
from app.line.models import Account
from app.media.models import Kind, MediaFile, Visibility
from app.messages.content.actions import LinkAction, MessageAction
from app.messages.rich_menus import operations
from app.messages.rich_menus.content import COMPACT, LARGE, WIDTH, MenuArea, MenuContent, SwitchAction, areas_at
from app.messages.rich_menus.models import RichMenu
from app.seeds.drawings import BROWN, CLAY, GOLD, GREEN, Place, stored, tiles
from app.seeds.known import COFFEE, Shop
from app.team.actors import Actor

PATIENCE_SECONDS = 30.0
QUARTERS = tuple((column / 2, row / 2, 1 / 2, 1 / 2) for row in range(2) for column in range(2))
HALVES = ((0, 0, 1 / 2, 1), (1 / 2, 0, 1 / 2, 1))


def make_rich_menus(shop: Shop, account: Account, actor: Actor) -> int:
    """Make the coffee shop's two menus, which switch to each other, unless it has any; returns how many. Commits."""
    if shop is not COFFEE or db.session.scalar(select(exists().where(RichMenu.account_id == account.id))):
        return 0
    main, points = _menus(account, actor)
    db.session.commit()
    for menu in (points, main):
        _publish(account, menu, actor)
    _write_points(account, points, main, actor)
    _publish(account, points, actor)
    operations.set_default(account.id, main.id, actor=actor)
    db.session.commit()
    return 2


def _menus(account: Account, actor: Actor) -> tuple[RichMenu, RichMenu]:
    points_image = _drawn(account, COMPACT, HALVES, ("BACK", "SHOW CARD"), (BROWN, GREEN), actor)
    points = operations.create_menu(account.id, "ポイントカード", points_image, actor=actor)
    card = MessageAction("ポイントカードを見せる", "ポイントカード")
    _write(account, points, "ポイント", (card,), ((0, 0, 1, 1),), COMPACT, actor)
    tiles = ("ORDER", "SHOPS", "POINTS", "TODAY'S BEANS")
    main_image = _drawn(account, LARGE, QUARTERS, tiles, (BROWN, GREEN, GOLD, CLAY), actor)
    main = operations.create_menu(account.id, "いつものメニュー", main_image, actor=actor)
    actions = (
        LinkAction("https://coffee.example.com/order", "注文"),
        LinkAction("https://coffee.example.com/shops", "店舗"),
        SwitchAction(points.alias, "ポイント"),
        MessageAction("今日の豆は？", "今日の豆"),
    )
    _write(account, main, "メニュー", actions, QUARTERS, LARGE, actor)
    return main, points


def _write_points(account: Account, points: RichMenu, main: RichMenu, actor: Actor) -> None:
    """Let the way back lead to the main menu, which is at LINE by now."""
    actions = (SwitchAction(main.alias, "戻る"), MessageAction("ポイントカードを見せる", "ポイントカード"))
    _write(account, points, "ポイント", actions, HALVES, COMPACT, actor)
    db.session.commit()


def _write(
    account: Account,
    menu: RichMenu,
    bar_text: str,
    actions: Sequence[LinkAction | MessageAction | SwitchAction],
    places: Sequence[Place],
    height: int,
    actor: Actor,
) -> None:
    areas = tuple(
        MenuArea(area.x, area.y, area.width, area.height, action)
        for area, action in zip(areas_at(places, height), actions, strict=True)
    )
    content = MenuContent(bar_text, True, menu.file_id, areas)
    operations.change_menu(account.id, menu.id, menu.name, content, seen=menu.version, actor=actor)


def _publish(account: Account, menu: RichMenu, actor: Actor) -> None:
    """Publish, here or by a worker that is faster, and wait until it is done."""
    run = operations.publish(account.id, menu.id, actor=actor)
    db.session.commit()
    until = time.monotonic() + PATIENCE_SECONDS
    while db.session.get_one(Run, run.id, populate_existing=True).is_active and time.monotonic() < until:
        db.session.commit()
        advance(run.id)
        time.sleep(0.1)
    db.session.refresh(menu)


def _drawn(
    account: Account, height: int, places: Sequence[Place], words: Sequence[str], colours: Sequence[str], actor: Actor
) -> MediaFile:
    """Draw an image of tiles with a word each, and store it."""
    image = tiles((WIDTH, height), places, words, colours)
    return stored(account, Kind.IMAGE, image, "rich-menu.png", Visibility.MEMBERS, actor)
