"""What people enter about HubSpot; secrets are taken in and never printed again."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Optional, Regexp, ValidationError

from app.core.forms import ChosenField, Form, at_most, choices, required
from app.core.i18n import _l, ngettext
from app.core.identifiers import form_row_number
from app.integrations.hubspot.credentials import HubSpotApp
from app.integrations.shared.models import Integration

INTERVALS = (5, 10, 15, 30, 60, 180, 360, 720, 1440)
LONGEST = 500


def closed_up(value: str | None) -> str | None:
    """Filter a form field: without any blanks or line breaks, which copying from a web page adds."""
    return "".join(value.split()) if value else value


def _secret_field(label: Any, *rules: Any) -> PasswordField:
    return PasswordField(
        label, [*rules, at_most(LONGEST)], filters=[closed_up], render_kw={"autocomplete": "new-password"}
    )


class AccountsForm(Form):
    """LINE accounts for which HubSpot is connected; the operation checks them."""

    accounts = SelectMultipleField(_l("LINE Official Accounts"), coerce=form_row_number, validate_choice=False)

    @property
    def chosen(self) -> list[int]:
        """What was ticked."""
        return list(self.accounts.data or ())


class AppForm(Form):
    """The app at HubSpot. Secrets that are stored stay where a field is left empty."""

    app_id = StringField(
        _l("App ID"),
        [required(), Regexp(r"^[0-9]{1,20}$", message=_l("It is a number, such as 4100001."))],
        filters=[closed_up],
        render_kw={"autocomplete": "off", "inputmode": "numeric"},
    )
    client_id = StringField(
        _l("Client ID"),
        [required(), at_most(LONGEST)],
        filters=[closed_up],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    client_secret = _secret_field(_l("Client secret"))
    developer_key = _secret_field(_l("Developer key"), Optional())

    @classmethod
    def of(cls, app: HubSpotApp | None) -> AppForm:
        """With what is stored; secrets are not shown."""
        return cls(app_id=app.app_id, client_id=app.credentials.client_id) if app else cls()

    has_secret = False

    def validate_client_secret(self, field: PasswordField) -> None:
        if not field.data and not self.has_secret:
            raise ValidationError(str(_l("Fill this in.")))


class InboxAccountForm(Form):
    """The LINE account whose conversations go to HubSpot's inbox; the operation checks it."""

    account = ChosenField(_l("LINE Official Account"), coerce=form_row_number, validate_choice=False)
    account_token = StringField(filters=[closed_up])
    channel_id = StringField(filters=[closed_up])
    redirect_url = StringField(filters=[closed_up])

    def validate_account(self, field: ChosenField) -> None:
        if not field.data:
            raise ValidationError(str(_l("Choose a LINE account that is integrated with HubSpot.")))


class SyncSettingsForm(Form):
    """How often is synced, and whether contacts are made."""

    sync_minutes = SelectField(_l("Sync every"), coerce=form_row_number)
    creates_records = BooleanField(_l("Create a contact for friends that have none"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sync_minutes.choices = choices([(minutes, interval_words(minutes)) for minutes in INTERVALS])

    @classmethod
    def of(cls, integration: Integration) -> SyncSettingsForm:
        """With what is stored."""
        return cls(sync_minutes=integration.sync_minutes, creates_records=integration.creates_records)


def interval_words(minutes: int) -> str:
    """Return an interval in words, such as "5 minutes" or "1 hour"."""
    if minutes % 60:
        return ngettext("%(num)s minute", "%(num)s minutes", minutes)
    return ngettext("%(num)s hour", "%(num)s hours", minutes // 60)
