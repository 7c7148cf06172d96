"""What the numbers of a broadcast that consist of people are called, what they mean, and why one may be empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.i18n import Text, _, _l
from app.messages.broadcasts.models import PartOfTest, RecipientState
from app.messages.broadcasts.queries.people import PeopleOf


@dataclass(frozen=True)
class NumberWords:
    """Name and meaning of a number, the sentence of its empty list, and what its event is called, if it has one."""

    label: Text
    help: Text
    none: Text
    event: Text = ""


def set_words(part: PartOfTest, winner: str) -> Text:
    """Return what a part of an A/B test is called together with the set that it got."""
    letter = (winner if part is PartOfTest.REST else part.value).upper()
    return (
        _("Rest: set %(letter)s", letter=letter)
        if part is PartOfTest.REST
        else _("Test: set %(letter)s", letter=letter)
    )


WORDS: Mapping[PeopleOf, NumberWords] = {
    PeopleOf.RECIPIENTS: NumberWords(
        _l("Recipients"),
        _l("The people to whom the broadcast was to be sent when it began, whatever became of it."),
        _l("There was no one to send it to when it began."),
    ),
    PeopleOf.WAITING: NumberWords(
        _l("Waiting"), _l("They have not been sent to yet."), _l("Everyone’s turn has come; no one waits any more.")
    ),
    PeopleOf.SENT: NumberWords(
        _l("Sent"), _l("People for whom LINE took the message."), _l("LINE has not taken the message for anyone yet.")
    ),
    PeopleOf.DELIVERED: NumberWords(
        _l("Delivered"),
        _l(
            "People sent to of whom it was not known that they had blocked the account by then. LINE does not tell"
            " more: it takes messages for people who have blocked the account, too, and delivers them to no one. The"
            " rate is delivered ÷ sent."
        ),
        _l("LINE has not taken the message for anyone yet, or everyone had blocked the account by then."),
    ),
    PeopleOf.BLOCKED_BEFORE: NumberWords(
        _l("Had blocked the account"),
        _l("LINE took the message for these people and delivered it to no one of them: they had blocked the account."),
        _l("No one is known to have blocked the account before the message came."),
        _l("Blocked"),
    ),
    PeopleOf.OPENED: NumberWords(
        _l("Opened"),
        _l(
            "People whose phone loaded a picture of the message, or who tapped a link in it, each counted once. A phone"
            " may load a picture that no one looks at. Opens are known only where each person has addresses of their"
            " own and the messages have pictures that the phone loads from Tomoru, such as those of Rich Messages and"
            " cards. Without such pictures, people who tapped a link are counted as clicked alone, and opened stays"
            " empty. The rate is opened ÷ delivered."
        ),
        _l("No one is known to have opened it yet."),
        _l("First opened"),
    ),
    PeopleOf.CLICKED: NumberWords(
        _l("Clicked"),
        _l(
            "People who tapped a link of the message, each counted once. Previews, link checkers, tests and members do"
            " not count. With links that all share, people are known only where LIFF is set up. The rate is clicked ÷"
            " delivered."
        ),
        _l("No one is known to have tapped a link yet."),
        _l("First clicked"),
    ),
    PeopleOf.REPLIED: NumberWords(
        _l("Replied"),
        _l("People who wrote to the account within 72 hours after they got the message."),
        _l("No one has written to the account within 72 hours after they got the message."),
        _l("First reply"),
    ),
    PeopleOf.BLOCKED: NumberWords(
        _l("Blocked"),
        _l("People who blocked the account within 72 hours after they got the message, for whatever reason."),
        _l("No one has blocked the account within 72 hours after they got the message."),
        _l("Blocked"),
    ),
    PeopleOf.REFUSED: NumberWords(
        _l("Refused"),
        _l("LINE does not know them, or their message grew too long."),
        _l("LINE has refused no one."),
    ),
    PeopleOf.UNKNOWN: NumberWords(
        _l("Unknown"),
        _l("LINE did not say whether it took the message for them."),
        _l("LINE has answered for everyone."),
    ),
    PeopleOf.NOT_SENT: NumberWords(
        _l("Not sent"), _l("It ended before they were sent to."), _l("It has not ended before anyone’s turn.")
    ),
}
# The states of single people, as the list shows them.
STATES: Mapping[str, Text] = {
    RecipientState.WAITING: _l("Waiting"),
    RecipientState.SENT: _l("Sent"),
    RecipientState.REFUSED: _l("Refused"),
    RecipientState.UNKNOWN: _l("Unknown"),
    RecipientState.NOT_SENT: _l("Not sent"),
}
COLOURS: Mapping[str, str] = {
    RecipientState.WAITING: "secondary",
    RecipientState.SENT: "green",
    RecipientState.REFUSED: "red",
    RecipientState.UNKNOWN: "orange",
    RecipientState.NOT_SENT: "yellow",
}
