"""Names that people type, brought into a form that can be shown, compared and put into a mail's subject."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from app.core.characters import without_unseen
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import Text, _, _l

LONGEST_NAME = 60
LONGEST_FILE_NAME = 200
# What stands where a character could not be read or stored.
UNREADABLE = _l("This holds a character that cannot be read or stored. Type it again.")
_UNREADABLE = re.compile("[\x00\ud800-\udfff\ufffd]")


def one_line(typed: str) -> str:
    """The name with single blanks, without control characters, and without invisible characters; perhaps empty."""
    if typed.isprintable() and typed.isascii():
        return " ".join(typed.split())
    plain = "".join(" " if unicodedata.category(one) == "Cc" else one for one in typed)
    return " ".join(without_unseen(plain).split())


def name_from_outside(sent: str | None) -> str | None:
    """Return a name that another system gave, as a typed one would be kept; None where nothing of it can be seen."""
    return (one_line(sent) or None) if sent else None


def shown_file_name(sent: str) -> str:
    """A file's name as a browser sent it, for screens and downloads: no folders, no invisible characters, never empty.

    Characters that turn the direction of text, or that no text column can hold, are left out. Of a name that is too
    long, the middle gives way to an ellipsis.
    """
    name = sent.replace("\\", "/").rpartition("/")[2]
    visible = one_line("".join(one for one in name if one.isprintable() or one.isspace()))
    if len(visible) <= LONGEST_FILE_NAME:
        return visible or "–"
    return f"{visible[: LONGEST_FILE_NAME - 31]}…{visible[-30:]}"


def is_readable(name: str) -> bool:
    """Return whether every character of a typed name arrived, and can be stored."""
    return not _UNREADABLE.search(name)


def copy_name(name: str, is_taken: Callable[[str], bool]) -> str | None:
    """Return a free name for a copy; None where there are too many copies."""
    for number in range(1, 1_000):
        ending = _(" (copy)") if number == 1 else _(" (copy %(number)s)", number=number)
        wanted = name[: LONGEST_NAME - len(ending)] + ending
        if not is_taken(wanted):
            return wanted
    return None


def clean_name(typed: str, field: str = "name") -> str:
    """Return the name on one line, without invisible characters; raises InvalidInput for `field`."""
    if not is_readable(typed):
        raise InvalidInput({field: UNREADABLE})
    name = one_line(typed)
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
