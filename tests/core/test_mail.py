"""E-mail: stored with the change that causes it, delivered at least once, and never lost."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import dramatiq
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from sqlalchemy import select, update

from app.core.clock import now
from app.core.db import db
from app.core.due import jobs as due_jobs
from app.core.due.claims import Claim
from app.core.due.sweep import sweep_kind
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.mail import jobs, operations, queries, smtp
from app.core.mail.models import MailState, OutgoingMail
from app.core.pages import PagePosition
from app.core.queue import broker
from tests.support.mailbox import Mailbox, free_port, stored, written


def make_due(mail_id: int) -> None:
    """As if the waiting time were over."""
    db.session.execute(update(OutgoingMail).where(OutgoingMail.id == mail_id).values(due_at=now(), leased_until=None))
    db.session.commit()


def test_a_mail_arrives_as_it_was_written(mailbox: Mailbox) -> None:
    mail_id = written("dora@example.com", "灯る: your invitation", "ようこそ\n\nhttps://example.com/x?a=1&b=2\n")
    operations.deliver(mail_id)
    (message,) = mailbox.messages
    assert message["To"] == "dora@example.com"
    assert message["Subject"] == "灯る: your invitation"
    assert "tomoru@example.com" in message["From"] and "灯る" in message["From"]
    assert message.get_content().replace("\r\n", "\n") == "ようこそ\n\nhttps://example.com/x?a=1&b=2\n"
    assert message["Date"] and message["Auto-Submitted"] == "auto-generated"


def test_what_was_sent_keeps_no_text(mailbox: Mailbox) -> None:
    mail_id = written(body="a secret link")
    operations.deliver(mail_id)
    mail = stored(mail_id)
    assert (mail.state, mail.body, mail.problem, mail.attempts) == (MailState.SENT, "", None, 1)
    assert mail.sent_at


def test_the_text_is_encrypted_while_it_waits(mailbox: Mailbox) -> None:
    written(body="a secret link")
    with db.engine.connect() as connection:
        raw = connection.exec_driver_sql("SELECT body FROM outgoing_mails").scalar_one()
    assert b"secret" not in bytes(raw)


def test_delivering_twice_sends_once(mailbox: Mailbox) -> None:
    mail_id = written()
    jobs.deliver(mail_id)
    jobs.deliver(mail_id)
    assert len(mailbox.messages) == 1


def test_without_a_server_mail_is_kept(app: Flask) -> None:
    mail_id = written()
    operations.deliver(mail_id)
    assert stored(mail_id).state == MailState.KEPT
    assert sweep_kind(operations.MAIL) == 0


def test_the_worker_is_woken_after_the_commit(mailbox: Mailbox) -> None:
    queue = broker.client.llen
    operations.send_mail("dora@example.com", "x", "y")
    assert queue("dramatiq:mail") == 0
    db.session.rollback()
    assert queue("dramatiq:mail") == 0
    mail_id = written()
    assert queue("dramatiq:mail") == 1
    (raw,) = broker.client.hgetall("dramatiq:mail.msgs").values()
    message = dramatiq.Message.decode(raw)
    assert (message.actor_name, tuple(message.args)) == (jobs.deliver.actor_name, (mail_id,))


def test_a_lost_wake_up_is_found_by_the_sweep(mailbox: Mailbox) -> None:
    mail_id = written()
    broker.client.flushdb()
    assert sweep_kind(operations.MAIL) == 1
    assert broker.client.llen("dramatiq:mail") == 1
    operations.deliver(mail_id)
    assert sweep_kind(operations.MAIL) == 0


def test_a_server_that_is_down_is_tried_again_until_it_is_up(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setattr(smtp.server, "url", f"smtp://127.0.0.1:{port}")
    mail_id = written()
    waits = []
    for attempt in (1, 2):
        operations.deliver(mail_id)
        mail = stored(mail_id)
        assert (mail.state, mail.attempts) == (MailState.WAITING, attempt)
        assert mail.problem and "refused" in mail.problem
        waits.append(mail.due_at - now())
        assert sweep_kind(operations.MAIL) == 0, "Not before its time."
        make_due(mail_id)
    assert waits[1] > waits[0] > timedelta(seconds=30)
    box = Mailbox(port=port).start()
    try:
        assert sweep_kind(operations.MAIL) == 1
        operations.deliver(mail_id)
    finally:
        box.stop()
    assert len(box.messages) == 1
    assert (stored(mail_id).state, stored(mail_id).problem) == (MailState.SENT, None)


def test_after_many_tries_it_has_failed_and_can_be_tried_again(mailbox: Mailbox) -> None:
    mailbox.data_answer = "451 try later"
    mail_id = written(body="keep me")
    for _ in range(operations.MAX_ATTEMPTS):
        assert stored(mail_id).state == MailState.WAITING
        operations.deliver(mail_id)
        make_due(mail_id)
    mail = stored(mail_id)
    assert (mail.state, mail.problem, mail.body) == (MailState.FAILED, "451 try later", "keep me")
    mailbox.data_answer = "250 OK"
    operations.try_again(mail_id)
    db.session.commit()
    operations.deliver(mail_id)
    assert stored(mail_id).state == MailState.SENT
    with pytest.raises(Conflict):
        operations.try_again(mail_id)


@pytest.mark.parametrize(
    ("answer", "state"),
    [("550 no such box", MailState.FAILED), ("450 busy, come back", MailState.WAITING)],
)
def test_a_refused_recipient_fails_unless_the_server_says_later(
    mailbox: Mailbox, answer: str, state: MailState
) -> None:
    mailbox.recipient_answer = answer
    mail_id = written()
    operations.deliver(mail_id)
    assert (stored(mail_id).state, stored(mail_id).problem) == (state, answer)


def test_a_refused_message_fails(mailbox: Mailbox) -> None:
    mailbox.data_answer = "554 looks like spam"
    mail_id = written()
    operations.deliver(mail_id)
    assert (stored(mail_id).state, stored(mail_id).problem) == (MailState.FAILED, "554 looks like spam")


@pytest.mark.parametrize(
    ("recipient", "subject"), [("dora@example.com\nBcc: x@y.z", "Hi"), ("dora@example.com", "a\nb")]
)
def test_what_no_mail_can_carry_fails_at_once(mailbox: Mailbox, recipient: str, subject: str) -> None:
    mail_id = written(recipient, subject)
    operations.deliver(mail_id)
    assert stored(mail_id).state == MailState.FAILED
    assert not mailbox.messages


class Killed(BaseException):
    """The worker's process is gone."""


def test_killed_before_sending_it_is_sent_later(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    mail_id = written()
    with monkeypatch.context() as patch:
        patch.setattr(smtp, "_connect", _die)
        with pytest.raises(Killed):
            operations.deliver(mail_id)
    db.session.rollback()
    assert stored(mail_id).state == MailState.WAITING
    operations.deliver(mail_id)
    assert not mailbox.messages, "Someone may still be at it."
    make_due(mail_id)
    assert sweep_kind(operations.MAIL) == 1
    operations.deliver(mail_id)
    assert len(mailbox.messages) == 1


def _die(*args: object, **kwargs: object) -> None:
    raise Killed


def test_killed_after_sending_it_arrives_twice_under_one_id(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    mail_id = written()
    with monkeypatch.context() as patch:
        patch.setattr(Claim, "done", _die)
        with pytest.raises(Killed):
            operations.deliver(mail_id)
    db.session.rollback()
    make_due(mail_id)
    operations.deliver(mail_id)
    assert len(mailbox.messages) == 2
    assert len({message["Message-ID"] for message in mailbox.messages}) == 1
    assert stored(mail_id).state == MailState.SENT


def test_no_transaction_is_open_while_the_server_thinks(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    mail_id, connect = written(), smtp._connect
    seen: list[bool] = []
    monkeypatch.setattr(smtp, "_connect", lambda: (seen.append(db.session().in_transaction()), connect())[1])
    operations.deliver(mail_id)
    assert seen == [False]


def signing_in(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, password: str = "secret", **options: object) -> None:
    """Restart the server so that it asks who is there."""
    mailbox.stop()
    mailbox.options = {
        "authenticator": mailbox.authenticate,
        "auth_required": True,
        "auth_require_tls": False,
        **options,
    }
    mailbox.start()
    url = f"smtp://tomoru%40example.com:{password}@127.0.0.1:{mailbox.port}"
    monkeypatch.setattr(smtp.server, "url", url)


def test_name_and_password_are_given(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    signing_in(mailbox, monkeypatch)
    mail_id = written()
    operations.deliver(mail_id)
    assert mailbox.logins == [("tomoru@example.com", "secret")]
    assert stored(mail_id).state == MailState.SENT


def test_a_wrong_password_waits_for_a_corrected_setting(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    signing_in(mailbox, monkeypatch, password="wrong")
    mail_id = written()
    operations.deliver(mail_id)
    mail = stored(mail_id)
    assert mail.state == MailState.WAITING
    assert mail.problem and mail.problem.startswith("535") and "wrong" not in mail.problem


@pytest.mark.parametrize(("query", "sent"), [("", False), ("?starttls=0", True)])
def test_a_password_does_not_travel_in_the_open(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, query: str, sent: bool
) -> None:
    signing_in(mailbox, monkeypatch)
    monkeypatch.setattr(smtp, "LOOPBACK", set())
    monkeypatch.setattr(smtp.server, "url", smtp.server.url + query)
    mail_id = written()
    operations.deliver(mail_id)
    assert bool(mailbox.logins) is sent
    assert sent or "offers no TLS" in (stored(mail_id).problem or "")


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=3))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    formats = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, *formats))
    return certificate_file, key_file


@pytest.fixture
def speak_tls(mailbox: Mailbox, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Restart the server with TLS: offered by STARTTLS, or from the start; perhaps with a trusted certificate."""

    def restart(trusted: bool, from_the_start: bool = False) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        mailbox.stop()
        mailbox.options = {"ssl_context": context} if from_the_start else {"tls_context": context}
        mailbox.start()
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        scheme = "smtps" if from_the_start else "smtp"
        monkeypatch.setattr(smtp.server, "url", f"{scheme}://127.0.0.1:{mailbox.port}")

    return restart


def test_tls_is_used_when_it_is_offered(mailbox: Mailbox, speak_tls: Callable[..., None]) -> None:
    speak_tls(trusted=True)
    operations.deliver(written())
    assert len(mailbox.messages) == 1
    assert mailbox.was_encrypted


@pytest.mark.parametrize("from_the_start", [False, True])
def test_an_unknown_certificate_is_not_believed(
    mailbox: Mailbox, speak_tls: Callable[..., None], from_the_start: bool
) -> None:
    speak_tls(trusted=False, from_the_start=from_the_start)
    mail_id = written()
    operations.deliver(mail_id)
    assert not mailbox.messages
    assert "certificate verify failed" in (stored(mail_id).problem or "")


def test_a_server_without_tls_is_refused_when_it_is_insisted_on(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp.server, "url", f"smtp://127.0.0.1:{mailbox.port}?starttls=1")
    mail_id = written()
    operations.deliver(mail_id)
    assert not mailbox.messages
    assert stored(mail_id).state == MailState.WAITING


def test_the_outbox_is_paged(app: Flask) -> None:
    ids = [written(subject=str(number)) for number in range(5)][::-1]
    first = queries.mails(place=PagePosition(size=2))
    assert ([mail.id for mail in first.rows], first.previous) == (ids[:2], None)
    second = queries.mails(place=PagePosition(after=first.next, size=2))
    assert [mail.id for mail in second.rows] == ids[2:4]
    last = queries.mails(place=PagePosition(after=second.next, size=2))
    assert ([mail.id for mail in last.rows], last.next) == (ids[4:], None)
    back = queries.mails(place=PagePosition(before=last.previous, size=2))
    assert [mail.id for mail in back.rows] == ids[2:4]
    with pytest.raises(InvalidInput):
        queries.mails(place=PagePosition(after="made-up"))
    with pytest.raises(NotFound):
        queries.mail_by_id(0)


def test_old_mail_is_pruned_unless_it_waits(mailbox: Mailbox) -> None:
    old, fresh, waiting = written(), written(), written()
    long_ago = now() - timedelta(days=operations.KEEP_DAYS + 1)
    for mail_id, state in ((old, MailState.SENT), (waiting, MailState.WAITING)):
        values = {"created_at": long_ago, "state": state}
        db.session.execute(update(OutgoingMail).where(OutgoingMail.id == mail_id).values(**values))
    jobs.prune()
    jobs.prune()
    assert set(db.session.scalars(select(OutgoingMail.id))) == {fresh, waiting}


def test_the_sweep_is_a_shell(mailbox: Mailbox) -> None:
    written()
    broker.client.flushdb()
    due_jobs.sweep()
    assert broker.client.llen("dramatiq:mail") == 1
