"""The pages of rich menus: who may open them, what is refused at which field, and what a press does."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.core.runs.models import Run
from app.core.runs.operations import advance
from app.line.gateway import rich_menus
from app.line.gateway.rich_menus import RichMenuClient
from app.messages.rich_menus.content import SwitchAction, read
from app.messages.rich_menus.models import RichMenu, SegmentLink
from app.team.models import Workspace
from tests.conftest import signed_in
from tests.factories import line as line_factory
from tests.factories.media import picture
from tests.factories.segments import segment
from tests.factories.team import member
from tests.messages.rich_menus.conftest import Shop
from tests.support.client import CheckingClient


def url(shop: Shop, rest: str = "") -> str:
    return f"/accounts/{shop.account.id}/rich-menus{rest}"


def uploaded(client: CheckingClient, shop: Shop, image: bytes, name: str = "Spring", path: str = "") -> object:
    data = {"name": name, "file": (io.BytesIO(image), "spring.png")}
    return client.post(url(shop, path), data=data, content_type="multipart/form-data")


def fields(menu: RichMenu, **changes: str) -> dict[str, str]:
    """What the form of a menu with one link sends."""
    area = {"x": "0", "y": "0", "width": "2500", "height": "843", "kind": "link", "url": "https://a.example/"}
    sent = {f"area-0-{name}": value for name, value in (area | {"label": ""}).items()}
    return {"name": menu.name, "version": str(menu.version), "chat_bar_text": "Menu", **sent, **changes}


def test_an_image_becomes_a_menu(shop: Shop, as_alice: CheckingClient) -> None:
    answer = uploaded(as_alice, shop, picture(size=(1250, 843)))
    menu = db.session.scalars(select(RichMenu)).one()
    assert (answer.status_code, answer.headers["Location"]) == (303, url(shop, f"/{menu.id}"))  # type: ignore[attr-defined]
    page = as_alice.get(url(shop, f"/{menu.id}")).text
    assert 'viewBox="0 0 2500 1686"' in page and "Friends do not see it yet" in page


@pytest.mark.parametrize(
    ("size", "words"),
    [((1200, 900), "1200 × 900 pixels"), ((400, 270), "LINE needs a width of 800"), ((0, 0), "Choose")],
)
def test_images_that_cannot_be(shop: Shop, as_alice: CheckingClient, size: tuple[int, int], words: str) -> None:
    answer = uploaded(as_alice, shop, picture(size=size) if size[0] else b"MZ" * 99)
    assert answer.status_code == 422 and words in answer.text  # type: ignore[attr-defined]
    assert db.session.scalars(select(RichMenu)).all() == []


def test_saving_publishing_and_the_list(shop: Shop, as_alice: CheckingClient) -> None:
    menu = shop.menu(is_published=False)
    foreign = {"size": {"width": 2500, "height": 843}, "selected": False, "areas": []}
    RichMenuClient(shop.account.id).create(foreign | {"name": "Made elsewhere", "chatBarText": "x"})
    typed = fields(menu) | {"chat_bar_text": "Open me"}
    assert as_alice.post(url(shop, f"/{menu.id}"), data=typed | {"then": "publish"}).status_code == 303
    db.session.refresh(menu)
    assert menu.content["chat_bar_text"] == "Open me"
    assert "Publishing …" in as_alice.get(url(shop, f"/{menu.id}")).text
    advance(db.session.scalars(select(Run.id)).one())
    assert as_alice.post(url(shop, f"/{menu.id}/default")).status_code == 303
    assert "Made elsewhere" not in as_alice.get(url(shop)).text
    listed = as_alice.fragment(url(shop, "/at-line")).text
    assert "Made elsewhere" in listed and "Default" in listed and "At LINE" in listed
    db.session.refresh(menu)
    assert shop.known()["default"] == menu.line_menu_id
    assert "Take off" in as_alice.fragment(url(shop, f"/{menu.id}/default")).text
    shop.line.api("POST", "/faults", {"kind": "status", "status": 500, "path": "/v2/bot/richmenu/list"})
    assert "LINE has trouble on its side." in as_alice.fragment(url(shop, "/at-line")).text


def foreign_menu(shop: Shop, name: str = "Made elsewhere") -> str:
    """A menu that another program made on the channel; its id."""
    tap = {"type": "uri", "label": "Open", "uri": "https://elsewhere.example/"}
    areas = [
        {"bounds": {"x": 0, "y": 0, "width": 400, "height": 270}, "action": tap},
        {"bounds": {"x": 400, "y": 0, "width": 400, "height": 270}, "action": {"type": "message", "text": "<b>hi"}},
    ]
    menu = {"size": {"width": 800, "height": 270}, "selected": True, "areas": areas}
    client = RichMenuClient(shop.account.id)
    menu_id = client.create(menu | {"name": name, "chatBarText": "x"})
    client.upload(menu_id, "image/png", picture(size=(800, 270), color="blue"))
    return menu_id


def test_a_menu_of_another_program_shows_its_image_and_areas(shop: Shop, as_alice: CheckingClient) -> None:
    menu_id = foreign_menu(shop)
    listed = as_alice.fragment(url(shop, "/at-line")).text
    assert "Another program" in listed and url(shop, f"/others/{menu_id}/image") in listed
    page = as_alice.get(url(shop, f"/others/{menu_id}")).text
    assert 'viewBox="0 0 800 270"' in page and "open by default" in page
    assert "https://elsewhere.example/" in page and "&lt;b&gt;hi" in page
    image = as_alice.get(url(shop, f"/others/{menu_id}/image"))
    assert (image.headers["Content-Type"], image.data) == ("image/png", picture(size=(800, 270), color="blue"))
    assert "sandbox" in image.headers["Content-Security-Policy"]


def test_only_menus_of_other_programs_are_looked_at(
    shop: Shop, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, foreign = foreign_menu(shop, "Ours"), foreign_menu(shop)
    shop.menu(is_published=False).line_menu_id = own
    db.session.commit()
    for menu_id in (own, f"richmenu-{'0' * 32}", "..%2Frichmenu", "richmenu-list"):
        for rest in ("", "/image"):
            assert as_alice.get(url(shop, f"/others/{menu_id}{rest}")).status_code == 404, menu_id
    monkeypatch.setattr(rich_menus, "MOST_BYTES", 100)
    assert as_alice.get(url(shop, f"/others/{foreign}/image")).status_code == 404
    shop.line.api("POST", "/faults", {"kind": "status", "status": 500, "path": None})
    assert "LINE has trouble on its side." in as_alice.get(url(shop, f"/others/{foreign}")).text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "rich-menu-name"),
        ({"chat_bar_text": "👨‍👩‍👧" * 15}, "rich-menu-bar-text"),
        ({"area-0-width": "9999"}, "area-0-bounds"),
        ({"area-0-x": "left"}, ""),
        ({"area-0-url": "shop"}, "area-0-url"),
        ({"area-0-label": "x" * 21}, "area-0-label"),
        ({"area-0-kind": "switch", "area-0-alias": "tomoru-gone"}, "area-0-alias"),
    ],
)
def test_what_line_would_not_take_is_said_at_its_field(
    shop: Shop, as_alice: CheckingClient, changes: dict[str, str], field: str
) -> None:
    menu = shop.menu(is_published=False)
    answer = as_alice.fragment(url(shop, f"/{menu.id}"), method="POST", data=fields(menu, **changes))
    if not field:
        assert answer.status_code == 204
        return
    assert answer.status_code == 422
    said = answer.text.partition(f'id="{field}-error">')[2].partition("</div>")[0]
    assert len(said) > 10


def test_buttons_lay_out_add_move_and_remove(shop: Shop, as_alice: CheckingClient) -> None:
    menu = shop.menu(is_published=False)
    path = url(shop, f"/{menu.id}/areas")
    four = as_alice.fragment(path, method="POST", data=fields(menu, do="template", template="quarters")).text
    assert '<option value="quarters" selected>' in four
    assert 'id="area-3"' in four and 'value="https://a.example/"' in four
    added = as_alice.fragment(path, method="POST", data=fields(menu, do="add-area")).text
    assert 'id="area-1"' in added and 'id="area-2"' not in added
    assert 'id="area-0"' not in as_alice.fragment(path, method="POST", data=fields(menu, do="remove-area:0")).text
    switch = as_alice.fragment(path, method="POST", data=fields(menu, **{"area-0-kind": "switch"})).text
    assert 'name="area-0-alias"' in switch


def test_a_menu_may_switch_to_another(shop: Shop, as_alice: CheckingClient) -> None:
    menu, other = shop.menu(is_published=False), shop.menu("Shop", is_published=False)
    sent = fields(menu, **{"area-0-kind": "switch", "area-0-alias": other.alias})
    assert as_alice.post(url(shop, f"/{menu.id}"), data=sent).status_code == 303
    db.session.refresh(menu)
    assert read(menu.content).areas[0].action == SwitchAction(other.alias)
    assert as_alice.post(url(shop, f"/{menu.id}"), data=sent).status_code == 409


def test_a_segment_is_linked_from_the_page(shop: Shop, as_alice: CheckingClient) -> None:
    menu = shop.menu(is_published=False)
    as_alice.post(url(shop, f"/{menu.id}"), data=fields(menu))
    db.session.refresh(menu)
    shop.publish(menu)
    chosen = segment(shop.account, "Regulars")
    db.session.commit()
    assert "Regulars" in as_alice.get(url(shop, "/links")).text
    answer = as_alice.post(url(shop, "/links"), data={"segment": chosen.id, "menu": menu.id})
    assert answer.status_code == 303
    assert "“Spring” for the segment “Regulars”" in as_alice.fragment(url(shop, "/links")).text
    run = db.session.scalars(select(Run).order_by(Run.id.desc()).limit(1)).one()
    db.session.add(SegmentLink(segment_id=chosen.id, menu_id=menu.id, people=1_204))
    db.session.commit()
    listed = as_alice.get(url(shop)).text
    assert "1,204 friends of the segment “Regulars”" in listed and menu.alias in listed
    assert as_alice.post(url(shop, f"/links/{run.id}/cancel")).status_code == 303
    assert "Cancelled" in as_alice.fragment(url(shop, "/links")).text


@pytest.mark.parametrize("wrong", [{"menu": "9" * 25}, {"menu": "-1"}, {"segment": "9" * 25}, {"menu": None}])
def test_a_choice_that_does_not_exist_links_nothing(
    shop: Shop, as_alice: CheckingClient, wrong: dict[str, str | None]
) -> None:
    chosen = segment(shop.account, "Regulars")
    db.session.commit()
    data = {"segment": str(chosen.id), "menu": "0", **wrong}
    answer = as_alice.post(url(shop, "/links"), data={name: value for name, value in data.items() if value is not None})
    assert answer.status_code == 422
    assert f'id="{next(iter(wrong))}-error"' in answer.text
    assert db.session.scalars(select(Run)).all() == []


def at_line(shop: Shop, client: CheckingClient) -> RichMenu:
    """A menu that was saved and published."""
    menu = shop.menu(is_published=False)
    client.post(url(shop, f"/{menu.id}"), data=fields(menu))
    db.session.refresh(menu)
    shop.publish(menu)
    return menu


def test_a_period_is_typed_in_the_workspace_s_time(shop: Shop, as_alice: CheckingClient) -> None:
    menu = at_line(shop, as_alice)

    def refused(**typed: str) -> str:
        answer = as_alice.fragment(url(shop, f"/{menu.id}/period"), method="POST", data=typed)
        assert answer.status_code == 422
        return answer.text

    assert "The end must come after the beginning." in refused(starts_at="2090-01-02T10:00", ends_at="2090-01-01T10:00")
    both = refused(starts_at="tomorrow", ends_at="2090-01-01T10:00+09:00")
    assert both.count("Write date and time as in") == 2
    assert 'value="tomorrow"' in both and 'value="2090-01-01T10:00+09:00"' in both
    assert "Choose a year from 1970 to 2999." in refused(ends_at="9999-12-31T23:59")
    assert "This moment has passed." in refused(starts_at="2020-01-01T10:00")
    right = {"starts_at": "2090-01-01T10:00", "ends_at": "2090-01-02T10:00"}
    assert as_alice.post(url(shop, f"/{menu.id}/period"), data=right).status_code == 303
    page = as_alice.get(url(shop, f"/{menu.id}")).text
    assert 'value="2090-01-01T10:00"' in page and "the menu of LINE Official Account Manager applies" in page
    assert "Times are meant on the clocks of Asia/Tokyo." in page


def test_a_period_knows_the_hours_that_clocks_leave_out_or_show_twice(shop: Shop, as_alice: CheckingClient) -> None:
    menu = at_line(shop, as_alice)
    db.session.merge(Workspace(id=1, time_zone="America/New_York"))
    db.session.commit()
    path = url(shop, f"/{menu.id}/period")
    gap = as_alice.fragment(path, method="POST", data={"starts_at": "2035-03-11T02:30"}).text
    assert "02:30 does not exist on this day in America/New_York" in gap
    typed = {"starts_at": "2035-11-04T01:30", "time_zone": "America/New_York"}
    assert "this time comes twice" in as_alice.fragment(path, method="POST", data=typed).text
    assert as_alice.post(path, data=typed | {"starts_turn": "second"}).status_code == 303
    db.session.refresh(menu)
    assert menu.starts_at == datetime(2035, 11, 4, 6, 30, tzinfo=UTC)
    assert '<option selected value="second">' in as_alice.get(url(shop, f"/{menu.id}")).text


def test_opening_and_saving_a_period_moves_nothing(shop: Shop, as_alice: CheckingClient) -> None:
    menu = at_line(shop, as_alice)
    menu.starts_at = at = datetime(2035, 11, 4, 5, 30, 17, tzinfo=UTC)
    db.session.commit()
    typed = {"starts_at": "2035-11-04T14:30", "time_zone": "Asia/Tokyo"}
    assert as_alice.post(url(shop, f"/{menu.id}/period"), data=typed).status_code == 303
    db.session.refresh(menu)
    assert menu.starts_at == at
    # The page was printed before an administrator chose another zone.
    db.session.merge(Workspace(id=1, time_zone="America/New_York"))
    db.session.commit()
    assert as_alice.post(url(shop, f"/{menu.id}/period"), data=typed).status_code == 303
    db.session.refresh(menu)
    assert menu.starts_at == at


def test_strangers_and_members_without_the_permission(shop: Shop, as_alice: CheckingClient, app: Flask) -> None:
    menu = shop.menu(is_published=False)
    elsewhere = line_factory.account()
    assert as_alice.get(f"/accounts/{elsewhere.id}/rich-menus/{menu.id}").status_code == 404
    staff = signed_in(app, member(permissions=["friends"]))
    assert staff.get(url(shop)).status_code == 403
    assert staff.get(url(shop, f"/{menu.id}")).status_code == 403
