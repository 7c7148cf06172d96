"""One event of LINE that counts as several kinds starts a workflow once, and each of several workflows."""

from __future__ import annotations

from datetime import timedelta

from app.core.clock import now
from app.core.db import db
from app.friends.operations.friends import meet_writer
from app.team.actors import SYSTEM
from app.workflows.qr_codes.models import QrCode
from app.workflows.qr_codes.operations.codes import CodeSettings, create_code
from app.workflows.qr_codes.operations.scanning import Scan, record_scan
from app.workflows.qr_codes.ways import text_of
from tests.factories.workflows import active, says, step
from tests.workflows.conftest import Shop, runs, said, settle

GREETING = step("send_message", {"-": "x"}, content=says("Hello"))


def code(shop: Shop) -> QrCode:
    made = create_code(shop.account.id, CodeSettings("Entrance"), actor=SYSTEM)
    db.session.commit()
    return made


def test_a_button_that_switches_the_menu_starts_a_workflow_with_both_triggers_once(shop: Shop, hana: str) -> None:
    both = step("rich_menu_switched", {"next": "2"})
    active(shop.account, step("postback", {"next": "2"}, match="starts_with", value="menu"), both, GREETING)
    active(shop.account, step("rich_menu_switched"), step("send_message", content=says("Other")), name="Other")
    params = {"newRichMenuAliasId": "menu-b", "status": "SUCCESS"}
    shop.act(hana, "postback", data="menu=b", params=params)
    settle()
    assert sorted(said(shop)) == [["Hello"], ["Other"]]
    shop.act(hana, "postback", data="menu=b", params=params)
    settle()
    assert sorted(said(shop)) == [["Hello"], ["Hello"], ["Other"], ["Other"]]


def test_the_text_of_a_code_starts_a_workflow_for_codes_and_messages_once(shop: Shop, hana: str) -> None:
    scanned = code(shop)
    codes = step("qr_code", {"next": "2"}, codes={str(shop.account.id): [scanned.id]})
    active(shop.account, step("message", {"next": "2"}, any=True), codes, GREETING)
    shop.say(hana, text_of(scanned))
    settle()
    assert said(shop) == [["Hello"]] and len(runs()) == 1


def test_a_friend_add_that_answers_a_scan_starts_a_workflow_for_both_once(shop: Shop) -> None:
    scanned = code(shop)
    codes = step("qr_code", {"next": "2"}, codes={str(shop.account.id): [scanned.id]})
    active(shop.account, step("friend_add", {"next": "2"}), codes, GREETING)
    made = shop.line.api("POST", f"/channels/{shop.id}/friends", {"display_name": "Hana"})
    stranger = meet_writer(shop.account.id, str(made["user_id"]))
    assert record_scan(scanned, stranger, Scan("visit:1", now() - timedelta(minutes=1)))
    db.session.commit()
    shop.act(str(made["user_id"]), "add")
    settle()
    assert said(shop) == [["Hello"]] and len(runs()) == 1
