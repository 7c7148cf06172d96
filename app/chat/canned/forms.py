"""The form of a canned reply."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from app.chat.canned.models import Sharing
from app.chat.canned.operations import ReplyWishes
from app.core.forms import at_most, choices
from app.core.i18n import Text, _l
from app.core.identifiers import form_row_number
from app.line.models import Account
from app.messages.composer.forms import ComposedForm

SHARED: dict[str, Text] = {
    Sharing.TEAM: _l("Everyone, in every account"),
    Sharing.ACCOUNTS: _l("Everyone, in these accounts"),
    Sharing.MINE: _l("Only me"),
}


class CannedReplyForm(ComposedForm):
    """What is kept beside the messages; `version` is the one that was opened."""

    name = StringField(_l("Name"), render_kw={"required": True, "autocomplete": "off"})
    shortcut = StringField(_l("Shortcut"), [at_most(41)], render_kw={"autocomplete": "off", "spellcheck": "false"})
    folder = SelectField(_l("Folder"), coerce=form_row_number, default=0)
    shared = SelectField(_l("Who may use it"), choices=choices(SHARED.items()), default=Sharing.TEAM)
    account_ids = SelectMultipleField(
        _l("Accounts"), coerce=form_row_number, widget=ListWidget(), option_widget=CheckboxInput()
    )
    version = IntegerField(default=0)

    def offer(self, accounts: Sequence[Account], folders: Sequence[tuple[int, Text]]) -> None:
        """Set what can be chosen."""
        self.account_ids.choices = choices([(one.id, one.name) for one in accounts])
        self.folder.choices = list(folders)

    @property
    def wishes(self) -> ReplyWishes:
        """Return what was chosen."""
        chosen = tuple(self.account_ids.data or ())
        return ReplyWishes(self.name.data or "", self.shortcut.data or "", self.shared.data, chosen)
