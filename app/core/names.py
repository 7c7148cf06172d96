"""Names that people type, brought into a form that can be shown, compared and put into a mail's subject."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import Text, _
from app.core.lenient_json import storable

LONGEST_NAME = 60

# Marks without width, and letters that are drawn as nothing: at the ends of a name they cannot be seen.
# Inside they may have a meaning, as between the parts of an emoji.
_UNSEEN = "\u00ad\u115f\u1160\u180e\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\u2800\u3164\ufeff\uffa0"
# They turn the direction of whatever text comes after them, also of what is not part of the name.
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")

LONGEST_FILE_NAME = 200


def one_line(typed: str) -> str:
    """The name with single blanks, without control characters, and without invisible characters; perhaps empty."""
    plain = "".join(" " if unicodedata.category(one) == "Cc" else one for one in _TURNING.sub("", typed))
    return " ".join(plain.split()).strip(_UNSEEN + " ")


def shown_file_name(sent: str) -> str:
    """A file's name as a browser sent it, for screens and downloads: no folders, no invisible characters, never empty.

    Characters that turn the direction of text, or that no text column can hold, are left out.
    """
    name = sent.replace("\\", "/").rpartition("/")[2]
    visible = "".join(one for one in name if one.isprintable() or one.isspace())
    return " ".join(visible.split())[:LONGEST_FILE_NAME] or "–"


def clean_name(typed: str, field: str = "name") -> str:
    """Return the name on one line, without invisible characters; raises InvalidInput for `field`."""
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
