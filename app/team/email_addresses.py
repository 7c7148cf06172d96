"""E-mail addresses: checked, and in the one form in which they are stored."""

from __future__ import annotations

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from app.core.errors import InvalidInput
from app.core.i18n import _l

# Private networks use these, and mail does arrive there; removing them is the library's own way to allow it.
for _name in {"local", "localhost", "test"} & set(SPECIAL_USE_DOMAIN_NAMES):
    SPECIAL_USE_DOMAIN_NAMES.remove(_name)


def normal(email: str) -> str:
    """Return the address as it is stored; raises InvalidInput."""
    try:
        checked = validate_email(email.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise InvalidInput(email=_l("This is not an e-mail address.")) from error
    return checked.normalized
