"""Names that people give to tags and attributes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import Text, _
from app.core.lenient_json import storable
from app.core.names import one_line

LONGEST_NAME = 60


def clean_name(typed: str, field: str = "name") -> str:
    """The name on one line, with nothing in it that nobody sees; raises InvalidInput for `field`."""
    name = one_line(str(storable(typed)))
    if not name:
        raise InvalidInput({field: _("Enter a name.")})
    if len(name) > LONGEST_NAME:
        raise InvalidInput({field: _("At most %(limit)s characters.", limit=LONGEST_NAME)})
    return name


@contextmanager
def unique(index: str, field: str, message: Text) -> Iterator[None]:
    """Store what changes inside; the index decides, so that of two who press Save at once only one wins.

    The other gets InvalidInput for `field`, and nothing else of the transaction is lost.
    """
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", None) != index:
            raise
        raise InvalidInput({field: message}) from error
