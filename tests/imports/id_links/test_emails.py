"""The e-mail about a file that could not be used, delivered to a real mail server."""

from __future__ import annotations

from types import SimpleNamespace

from sqlalchemy import select

from app.core.db import db
from app.core.mail import operations as mail
from app.core.mail.models import OutgoingMail
from app.imports.id_links.operations import Options, start_import
from app.imports.id_links.upload import Sender, Upload
from app.line.models import Account
from app.team.actors import Actor
from app.team.models import AuditEntry
from app.team.operations.api_keys import create_api_key
from tests.imports.id_links.conftest import HEADER, bring_in, csv_of, finish_all, uid
from tests.support.mailbox import Mailbox


def deliver() -> None:
    for waiting in db.session.query(OutgoingMail).all():
        mail.deliver(waiting.id)


def test_the_importer_hears_which_lines_are_wrong_and_why(
    account: Account, people: SimpleNamespace, mailbox: Mailbox
) -> None:
    bring_in(account, HEADER + f"{uid(1)},one\nU1,two\n".encode() + b"x\n" * 30, member=people.bob, name="crm.csv")
    deliver()
    (email,) = mailbox.messages
    assert email["To"] == "bob@example.com"
    assert email["Subject"] == "Error: “crm.csv” was not imported"
    text = email.get_content().replace("\r\n", "\n")
    assert "Lines that cannot be used: 31. Nothing was changed." in text
    assert "Line 3: The LINE user ID does not have 33 characters.\n    U1,two" in text
    assert "Line 22: The row has one column instead of two." in text and "Line 23" not in text
    assert "And 11 more lines." in text
    assert f"/accounts/{account.id}/id-links" in text


def test_it_is_in_the_language_of_who_gets_it(account: Account, people: SimpleNamespace, mailbox: Mailbox) -> None:
    people.bob.language = "ja"
    bring_in(account, b"user_id,line_user_id\n", member=people.bob)
    deliver()
    (email,) = mailbox.messages
    assert email["Subject"] == "エラー：「links.csv」はインポートされませんでした"
    assert "1行目：列の順序が逆です。" in email.get_content()


def test_what_was_left_out_of_a_partial_import_is_told_too(
    account: Account, people: SimpleNamespace, mailbox: Mailbox
) -> None:
    bring_in(account, csv_of((1, "one")) + b"x\n", member=people.bob, partial=True)
    deliver()
    (email,) = mailbox.messages
    assert email["Subject"] == "“links.csv” was imported in part"
    assert "Line 3: The row has one column instead of two." in email.get_content()


def test_a_letter_about_a_check_does_not_speak_of_an_import(
    account: Account, people: SimpleNamespace, mailbox: Mailbox
) -> None:
    bring_in(account, csv_of((1, "one")) + b"x\n", member=people.bob, partial=True, dry_run=True)
    deliver()
    (email,) = mailbox.messages
    assert email["Subject"] == "“links.csv” was checked: not all of it is right"
    text = email.get_content()
    assert "Nothing was changed" in text and "were imported" not in text
    assert "Line 3: The row has one column instead of two." in text


def test_good_news_and_the_system_need_no_email(account: Account, people: SimpleNamespace, mailbox: Mailbox) -> None:
    bring_in(account, csv_of((1, "one")), member=people.bob)
    bring_in(account, b"nothing\n")
    assert db.session.query(OutgoingMail).count() == 0


def test_for_a_program_its_maker_hears(account: Account, people: SimpleNamespace, mailbox: Mailbox) -> None:
    key, _token = create_api_key(name="CDP", scopes=["imports"], account_ids=None, actor=Actor.of_member(people.alice))
    with Upload(account.id, Sender(key.label, None, key.member_id), "night.csv", 1) as coming:
        coming.write(b"?")
        start_import(account, coming, Options(), actor=Actor.of_key(key))
        db.session.commit()
    finish_all()
    deliver()
    assert [email["To"] for email in mailbox.messages] == ["alice@example.com"]


def test_what_a_program_started_is_its_own_to_the_end(account: Account, people: SimpleNamespace) -> None:
    key, _token = create_api_key(name="CDP", scopes=["imports"], account_ids=None, actor=Actor.of_member(people.alice))
    content = csv_of((1, "one"))
    with Upload(account.id, Sender(key.label, None, key.member_id), "night.csv", len(content)) as coming:
        coming.write(content)
        run = start_import(account, coming, Options(), actor=Actor.of_key(key))
        db.session.commit()
    assert (run.member_id, run.actor) == (None, {"kind": "api_key", "id": key.id, "label": "API: CDP"})
    finish_all()
    done = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "id_link_import.completed")).one()
    assert (done.member_id, done.actor_name) == (None, "API: CDP")
