"""The form of the settings of an account's chat."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from app.chat.settings.choices import ALERTS, LOADING_SECONDS, MARKS_READ, MOST_HOURS, MOST_MINUTES, STATUSES, AlertTo
from app.chat.settings.closed_reply import content_of, text_of
from app.chat.settings.operations import WantedSettings
from app.core.forms import Form, at_most, choices
from app.core.i18n import Text, _, _l, ngettext
from app.core.values.numbers import typed_whole_number
from app.messages.conversations.models import ChatSettings

NUMBER = {"inputmode": "numeric", "autocomplete": "off"}


class ChatSettingsForm(Form):
    """Empty fields switch off what they are about."""

    status_on_message = SelectField(
        _l("A new message makes a conversation that is Done"), choices=choices(STATUSES.items())
    )
    assigns_first_answer = BooleanField(_l("Assign a conversation to the member who answers first"))
    answer_within = StringField(_l("Answer within (minutes)"), render_kw=NUMBER)
    alerts = SelectField(_l("Who is told by e-mail when that fails"), choices=choices(ALERTS.items()))
    marks_read = SelectField(_l("Show friends that their messages are read"), choices=choices(MARKS_READ.items()))
    loading_seconds = SelectField(_l("While a member writes, show the friend LINE’s animation"))
    release_after = StringField(_l("Give back to automation after (idle hours)"), render_kw=NUMBER)
    closed_reply = TextAreaField(_l("Reply outside business hours"), [at_most(5_000)], render_kw={"rows": 4})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.loading_seconds.choices = choices([(str(one), _seconds(one)) for one in LOADING_SECONDS])

    @classmethod
    def of(cls, stored: ChatSettings) -> ChatSettingsForm:
        """Return a form with what is stored."""
        own = ("status_on_message", "assigns_first_answer", "alerts", "marks_read")
        data = {name: getattr(stored, name) for name in own}
        numbers = {name: getattr(stored, name) or "" for name in ("answer_within", "release_after")}
        reply = {"closed_reply": text_of(stored.closed_content), "loading_seconds": str(stored.loading_seconds)}
        return cls(formdata=None, data=data | numbers | reply)

    def validate_answer_within(self, field: StringField) -> None:
        _require_up_to(field, MOST_MINUTES)

    def validate_release_after(self, field: StringField) -> None:
        _require_up_to(field, MOST_HOURS)

    def validate_alerts(self, field: SelectField) -> None:
        if field.data != AlertTo.NONE and not _typed(self.answer_within):
            raise ValidationError(_("Say above within how many minutes friends are to be answered."))

    @property
    def wanted(self) -> WantedSettings:
        """Return what was chosen."""
        return WantedSettings(
            status_on_message=self.status_on_message.data,
            assigns_first_answer=self.assigns_first_answer.data,
            marks_read=self.marks_read.data,
            answer_within=_number(self.answer_within),
            alerts=self.alerts.data,
            loading_seconds=int(self.loading_seconds.data),
            release_after=_number(self.release_after),
            closed_content=content_of(self.closed_reply.data or ""),
        )


def _seconds(number: int) -> Text:
    return ngettext("For %(num)s second", "For %(num)s seconds", number) if number else _("Not at all")


def _typed(field: StringField) -> str:
    return (field.data or "").strip()


def _number(field: StringField) -> int | None:
    return typed_whole_number(_typed(field)) if _typed(field) else None


def _require_up_to(field: StringField, most: int) -> None:
    number = _number(field)
    if _typed(field) and (number is None or not 0 < number <= most):
        raise ValidationError(_("Enter a whole number from 1 to %(most)s, or leave it empty.", most=most))
