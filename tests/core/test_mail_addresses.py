"""E-mail to addresses with letters beyond ASCII: before the @ and in the domain."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.mail import operations, smtp
from app.core.mail.models import MailState
from tests.support.mailbox import Mailbox, free_port, stored, written


def test_mail_to_an_internationalised_domain_goes_out_as_punycode(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp.server, "sender", "灯る <tomoru@例え.jp>")
    mail_id = written("hanako@例え.jp")
    operations.deliver(mail_id)
    (message,) = mailbox.messages
    assert message["To"] == "hanako@xn--r8jz45g.jp" and "tomoru@xn--r8jz45g.jp" in message["From"]
    assert stored(mail_id).state == MailState.SENT


def test_an_address_that_the_server_cannot_carry_fails_for_good(mailbox: Mailbox) -> None:
    mailbox.stop()
    mailbox.options = {"enable_SMTPUTF8": False}
    mailbox.start()
    assert not smtp.carries("花子@example.jp")
    assert smtp.carries("hanako@例え.jp")
    mail_id = written("花子@example.jp")
    operations.deliver(mail_id)
    assert (stored(mail_id).state, stored(mail_id).problem) == (MailState.FAILED, smtp.NOT_CARRIED)
    assert not mailbox.messages


def test_a_server_with_the_extension_carries_every_address(mailbox: Mailbox) -> None:
    mailbox.stop()
    mailbox.options = {"enable_SMTPUTF8": True}
    mailbox.start()
    assert smtp.carries("花子@example.jp")
    mail_id = written("花子@example.jp")
    operations.deliver(mail_id)
    assert (len(mailbox.messages), stored(mail_id).state) == (1, MailState.SENT)


def test_while_the_server_cannot_be_asked_every_address_may_do(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp.server, "url", f"smtp://127.0.0.1:{free_port()}")
    assert smtp.carries("花子@example.jp")
