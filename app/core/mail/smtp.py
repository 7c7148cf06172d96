"""The gateway to the mail server, and the only place that speaks SMTP."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

import idna

from app.core import error_messages
from app.core.i18n import _l

TIMEOUT_SECONDS = 20
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
# The problem of an address that the server cannot carry; the sentence is made where it is shown.
NOT_CARRIED = "mail.address_not_carried"
error_messages.register(
    {
        NOT_CARRIED: _l(
            "The mail server cannot carry this address: before the @ it has letters that need the extension SMTPUTF8."
            " Use another address."
        )
    }
)


@dataclass
class MailServer:
    """Where mail is handed in; empty `url` means nowhere. Set once by the factory."""

    url: str = ""
    sender: str = ""


server = MailServer()


@dataclass(frozen=True)
class Email:
    """One plain-text e-mail; `key` is the same for every try to send it."""

    recipient: str
    subject: str
    body: str
    key: str


class MailRefused(Exception):
    """The e-mail was not taken; `problem` is what the server said, `for_good` whether trying again is pointless."""

    def __init__(self, problem: str, for_good: bool = False) -> None:
        super().__init__(problem)
        self.problem, self.for_good = problem[:500], for_good


def send(email: Email) -> None:
    """Hand one e-mail to the server; raises MailRefused."""
    try:
        message = _message(email)
        connection = _connect()
        try:
            _sign_in(connection)
            if not _can_carry(connection, email.recipient):
                raise MailRefused(NOT_CARRIED, for_good=True)
            connection.send_message(message)
        finally:
            _leave(connection)
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        raise MailRefused(_said(code, answer), for_good=code >= 500) from error
    except smtplib.SMTPAuthenticationError as error:
        # The password may be fixed within hours, so this is not for good.
        raise MailRefused(_said(error.smtp_code, error.smtp_error)) from error
    except smtplib.SMTPResponseException as error:
        raise MailRefused(_said(error.smtp_code, error.smtp_error), for_good=error.smtp_code >= 500) from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailRefused(f"{type(error).__name__}: {error}") from error
    except ValueError as error:
        # An address or subject that no e-mail can carry.
        raise MailRefused(str(error), for_good=True) from error


def carries(recipient: str) -> bool:
    """Return whether the server can carry this address, as far as it can be asked now. Holds no transaction open."""
    if recipient.isascii() or _with_ascii_domain(recipient).isascii() or not server.url:
        return True
    try:
        connection = _connect()
        try:
            _sign_in(connection)
            return _can_carry(connection, recipient)
        finally:
            _leave(connection)
    except (smtplib.SMTPException, OSError):
        return True


def _can_carry(connection: smtplib.SMTP, recipient: str) -> bool:
    return _with_ascii_domain(recipient).isascii() or connection.has_extn("smtputf8")


def _with_ascii_domain(address: str) -> str:
    """Return the address with its domain in punycode, as every server can carry it."""
    local, at, domain = address.rpartition("@")
    try:
        return address if domain.isascii() else f"{local}{at}{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as error:
        raise ValueError(f"No such domain: {domain}") from error


def _message(email: Email) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"] = _sender(), email.subject
    message["To"] = _with_ascii_domain(email.recipient)
    message["Date"] = formatdate(localtime=False)
    host = parseaddr(_sender())[1].rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<tomoru.{email.key}@{host}>"
    # Told to programs that answer by themselves while people are away.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(email.body)
    return message


def _sender() -> str:
    address = parseaddr(server.sender)[1]
    return server.sender if address.isascii() else server.sender.replace(address, _with_ascii_domain(address))


def _connect() -> smtplib.SMTP:
    parts = urlsplit(server.url)
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=context)
    return smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT_SECONDS)


def _sign_in(connection: smtplib.SMTP) -> None:
    """`smtps:` speaks TLS from the start. `smtp:` upgrades when the server offers it; `?starttls=1` insists on it,
    `?starttls=0` forgoes it. A password goes to another machine only over TLS, unless it was forgone."""
    parts = urlsplit(server.url)
    wish = parse_qs(parts.query).get("starttls", [""])[0]
    connection.ehlo_or_helo_if_needed()
    is_private = parts.scheme == "smtps"
    if not is_private and wish != "0" and (wish or connection.has_extn("starttls")):
        connection.starttls(context=ssl.create_default_context())
        is_private = True
    if not parts.username:
        return
    if not (is_private or wish == "0" or parts.hostname in LOOPBACK):
        raise smtplib.SMTPNotSupportedError(
            "The server offers no TLS, so the password was not sent. Use smtps:, or add ?starttls=0 to send it anyway."
        )
    connection.login(unquote(parts.username), unquote(parts.password or ""))


def _leave(connection: smtplib.SMTP) -> None:
    """A server that is rude at the end has nevertheless taken, or refused, the e-mail."""
    with suppress(smtplib.SMTPException, OSError):
        connection.quit()
    connection.close()


def _said(code: int, answer: bytes | str) -> str:
    return f"{code} {answer.decode('utf-8', 'replace') if isinstance(answer, bytes) else answer}"
