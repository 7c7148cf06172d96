"""E-mail addresses: checked, and in the one form in which they are stored."""

from __future__ import annotations

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from app.core import db
from app.core.error_messages import sentence
from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.core.mail import smtp

# Private networks use these, and mail does arrive there; removing them is the library's own way to allow it.
for _name in {"local", "localhost", "test"} & set(SPECIAL_USE_DOMAIN_NAMES):
    SPECIAL_USE_DOMAIN_NAMES.remove(_name)


def require_carried(email: str) -> None:
    """Raise InvalidInput for an address to which the mail server cannot send; the server is asked if need be."""
    with db.released():
        is_carried = smtp.carries(normal(email))
    if not is_carried:
        raise InvalidInput(email=sentence(smtp.NOT_CARRIED))


def normal(email: str) -> str:
    """Return the address as it is stored; raises InvalidInput."""
    try:
        checked = validate_email(email.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise InvalidInput(email=_l("This is not an e-mail address.")) from error
    return checked.normalized
