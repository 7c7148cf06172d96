"""A mail server for tests: takes, refuses or vanishes as told, and shows what it got."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from flask import Flask

from app.core.db import db
from app.core.mail import operations, smtp
from app.core.mail.models import OutgoingMail


def free_port() -> int:
    """A port that no one listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Mailbox:
    """What arrives is in `messages`; `answers` are given instead of accepting, one for each recipient or message."""

    port: int = field(default_factory=free_port)
    options: dict[str, Any] = field(default_factory=dict)
    messages: list[EmailMessage] = field(default_factory=list)
    recipient_answer: str = "250 OK"
    data_answer: str = "250 OK"
    logins: list[tuple[str, str]] = field(default_factory=list)
    was_encrypted: bool = False
    _controller: Controller | None = None

    def start(self) -> Mailbox:
        """Begin to listen on loopback."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **self.options)
        self._controller.start()
        return self

    def stop(self) -> None:
        """Stop listening; what arrived stays."""
        if self._controller:
            self._controller.stop()
            self._controller = None

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        """Let in who knows the password `secret`."""
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"secret", handled=False)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.recipient_answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data_answer.startswith("2"):
            self.was_encrypted = session.ssl is not None
            content = envelope.content
            assert isinstance(content, bytes)
            self.messages.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        return self.data_answer


@pytest.fixture
def mailbox(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server that takes everything, and that the program is told to use."""
    box = Mailbox().start()
    monkeypatch.setattr(smtp.server, "url", f"smtp://127.0.0.1:{box.port}")
    monkeypatch.setattr(smtp.server, "sender", "灯る <tomoru@example.com>")
    yield box
    box.stop()


def written(recipient: str = "dora@example.com", subject: str = "Hello", body: str = "Text\n") -> int:
    """Store an e-mail and return its id."""
    mail = operations.send_mail(recipient, subject, body)
    db.session.commit()
    return mail.id


def stored(mail_id: int) -> OutgoingMail:
    """Read an e-mail as it stands in the database."""
    db.session.expire_all()
    return db.session.get_one(OutgoingMail, mail_id)
