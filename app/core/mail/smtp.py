"""The gateway to the mail server, and the only place that speaks SMTP."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class MailServer:
    """Where mail is handed in; empty `url` means nowhere. Set once by the factory."""

    url: str = ""
    sender: str = ""


server = MailServer()


def send(recipient: str, subject: str, body: str) -> None:
    """Hand one message to the server; raises smtplib.SMTPException or OSError."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = server.sender, recipient, subject
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain=parseaddr(server.sender)[1].rpartition("@")[2] or "localhost")
    message.set_content(body)
    with _connect() as smtp:
        smtp.send_message(message)


def _connect() -> smtplib.SMTP:
    """`smtps:` speaks TLS from the start; `smtp:` upgrades when the server offers it or `?starttls=1` insists."""
    parts = urlsplit(server.url)
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=20)
    else:
        smtp = smtplib.SMTP(host, parts.port or 25, timeout=20)
        smtp.ehlo()
        if smtp.has_extn("starttls") or "starttls" in parse_qs(parts.query):
            smtp.starttls()
    if parts.username:
        smtp.login(unquote(parts.username), unquote(parts.password or ""))
    return smtp
