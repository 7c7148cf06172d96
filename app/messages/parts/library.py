"""Rich Messages and Card Type Messages as libraries, each of one message."""

from __future__ import annotations

from app.core.i18n import Text, _l
from app.messages.composer.single import SINGLE
from app.messages.library.kinds import ORDERS, LibraryWords, MessageLibrary, library_words
from app.messages.parts.models import CardsPart, CardsPartFolder, MessagePart, PartFolder, RichPart, RichPartFolder
from app.team.permissions import Permission


def _library(
    only: str,
    model: type[MessagePart],
    folder: type[PartFolder],
    icon: str,
    names: tuple[Text, Text],
    nothing: Text,
) -> MessageLibrary:
    thing, things = names
    name = f"{only}_part"
    SINGLE.add(name, only)
    return MessageLibrary(
        name=name,
        blueprint="rich_messages" if only == "rich" else "card_messages",
        model=model,
        folder=folder,
        permission=Permission.AUTO_MESSAGES,
        orders=ORDERS,
        words=library_words(thing, things),
        archived=lambda: model.archived_at.is_not(None),
        icon=icon,
        only=only,
        places=False,
        say=LibraryWords(
            thing=thing,
            things=things,
            name_hint=_l("Only members see it; it is how you find this message again."),
            nothing=nothing,
            used=_l("It is in use by:"),
            saved=_l("Saved. Messages into which it was put before stay as they are."),
            deletion_note=_l("Messages into which it was put stay as they are. This cannot be undone."),
            editing=_l(
                "Where a message is composed, “From Message Items” puts a copy of it in. What you change here later"
                " changes no copy."
            ),
            archived=_l("It is not offered any more where a message is composed."),
        ),
    )


RICH_MESSAGES = _library(
    "rich",
    RichPart,
    RichPartFolder,
    "layout-grid",
    (_l("Rich Message"), _l("Rich Messages")),
    _l(
        "A Rich Message is one picture with areas to tap. Kept here under a name, it can be put into Auto Send"
        " Messages and other messages as often as you like."
    ),
)
CARD_MESSAGES = _library(
    "cards",
    CardsPart,
    CardsPartFolder,
    "cards",
    (_l("Card Type Message"), _l("Card Type Messages")),
    _l(
        "A Card Type Message is a row of cards that friends swipe through. Kept here under a name, it can be put into"
        " Auto Send Messages and other messages as often as you like."
    ),
)
LIBRARIES = (RICH_MESSAGES, CARD_MESSAGES)
for _one in LIBRARIES:
    _one.describe_all()
