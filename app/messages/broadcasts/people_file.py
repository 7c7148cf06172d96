"""What a file of a broadcast's people tells of each besides the friend."""

from __future__ import annotations

from app.core.error_messages import SENTENCES, sentence
from app.core.i18n import _, zone
from app.core.spreadsheets import moment_cell, moment_header
from app.friends.queries.export import Beside, Column
from app.messages.broadcasts.people_words import STATES, WORDS
from app.messages.broadcasts.queries.choice import PeopleChoice


def beside_friends(choice: PeopleChoice) -> Beside:
    """Return the columns in the language of the member who exports; they are read when that is no longer known."""
    tz, event = zone(), WORDS[choice.kind].event
    states = {state: str(label) for state, label in STATES.items()}
    reasons = {code: sentence(code) for code in SENTENCES}
    columns: list[Column] = [
        (_("State in the broadcast"), lambda row: states.get(row.state, "")),
        (_("Reason"), lambda row: reasons.get(row.reason, row.reason)),
        (moment_header(_("Sent at")), lambda row: moment_cell(row.sent_at, tz)),
        *([(moment_header(event), lambda row: moment_cell(row.happened_at, tz))] if event else []),
    ]
    return Beside(choice.known, columns)
