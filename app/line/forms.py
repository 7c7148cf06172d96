"""What people type into line's pages; secrets are taken in and never printed again."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from wtforms import PasswordField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, Regexp, ValidationError

from app.core.forms import Form, at_most, choices, required, trimmed
from app.core.i18n import Text, _, _l, language, today
from app.core.values.dates import read_date
from app.core.values.day_hours import read_day_hours, written_day_hours
from app.core.values.errors import WrongValue
from app.line.business_hours import public_holidays
from app.line.business_hours.table import Hours, WeekTable, of_week
from app.line.gateway.urls import urls
from app.line.models import Account
from app.line.operations.connecting import Login

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LIFF_URL = re.compile(r"^https?://(?:liff|miniapp)\.line\.me/", re.IGNORECASE)
HEX_SECRET = Regexp(r"^[0-9a-fA-F]{32}$", message=_l("It has exactly 32 characters, 0 to 9 and a to f."))
CHANNEL_ID = Regexp(r"^[0-9]{5,20}$", message=_l("It is a number of about ten digits, such as 2001234567."))
LIFF_ID = Regexp(r"^[0-9]{5,20}-[0-9A-Za-z]{4,20}$", message=_l("It looks like 2001234567-AbcdEfgh."))


def closed_up(value: str | None) -> str | None:
    """Filter a form field: without any blanks or line breaks, which copying from a web page adds."""
    return "".join(value.split()) if value else value


def liff_id(value: str | None) -> str | None:
    """Filter a form field: the ID alone when the whole LIFF URL was pasted."""
    return LIFF_URL.sub("", value.strip()).split("?")[0].strip("/") if value else value


def _channel_id_field(label: Text, *rules: Any) -> StringField:
    attributes = {"autocomplete": "off", "inputmode": "numeric", "spellcheck": "false"}
    return StringField(label, [*rules, CHANNEL_ID], filters=[closed_up], render_kw=attributes)


def _secret_field(label: Text, *rules: Any) -> PasswordField:
    # "off" is what browsers honour least; "new-password" keeps them from offering the member's own password.
    return PasswordField(label, list(rules), filters=[closed_up], render_kw={"autocomplete": "new-password"})


class LoginFields(Form):
    """LINE Login and LIFF of the same provider; all optional."""

    login_channel_id = _channel_id_field(_l("LINE Login channel ID"), Optional())
    login_channel_secret = _secret_field(_l("LINE Login channel secret"), Optional(), HEX_SECRET)
    liff_id = StringField(
        _l("LIFF ID"),
        [Optional(), LIFF_ID],
        filters=[liff_id],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )

    def validate_login_channel_secret(self, field: PasswordField) -> None:
        if field.data and not self.login_channel_id.data:
            raise ValidationError(str(_l("A secret needs the channel ID that it belongs to.")))

    def validate_liff_id(self, field: StringField) -> None:
        channel_id = self.login_channel_id.data
        if channel_id and field.data and field.data.partition("-")[0] != channel_id:
            raise ValidationError(
                str(_l("A LIFF ID starts with its LINE Login channel ID; this one belongs to another channel."))
            )

    @property
    def liff_endpoint(self) -> str:
        """What to enter as the LIFF app's endpoint URL."""
        return urls.liff_endpoint()

    @property
    def login(self) -> Login:
        """What was typed."""
        return Login(self.login_channel_id.data, self.login_channel_secret.data, self.liff_id.data)


class LoginForm(LoginFields):
    """LINE Login and LIFF of an account that is there."""

    @classmethod
    def of(cls, account: Account) -> LoginForm:
        """With what is stored; the secret is not shown."""
        return cls(login_channel_id=account.login_channel_id, liff_id=account.liff_id)


class _ChannelFields(Form):
    """Way A: Tomoru issues tokens itself."""

    channel_id = _channel_id_field(_l("Channel ID"), required())
    channel_secret = _secret_field(_l("Channel secret"), required(), HEX_SECRET)


class _TokenFields(Form):
    """Way B: a long-lived token from the console."""

    access_token = PasswordField(
        _l("Channel access token (long-lived)"),
        [required(), at_most(2000), Regexp(r"^[\x21-\x7e]{20,}$", message=_l("This is too short for a token."))],
        filters=[closed_up],
        render_kw={"autocomplete": "off"},
    )
    channel_secret = _secret_field(_l("Channel secret"), required(), HEX_SECRET)


class ConnectChannelForm(_ChannelFields, LoginFields):
    """A new account by channel ID and secret."""


class ConnectTokenForm(_TokenFields, LoginFields):
    """A new account by a pasted token."""


class ReconnectChannelForm(_ChannelFields):
    """New credentials: channel ID and secret."""


class ReconnectTokenForm(_TokenFields):
    """New credentials: a pasted token."""


def _day_field(label: Text) -> StringField:
    return StringField(label, [_readable], filters=[trimmed], render_kw={"autocomplete": "off"})


def _readable(_form: Form, field: StringField) -> None:
    try:
        read_day_hours(field.data or "")
    except WrongValue as error:
        raise ValidationError(str(error.message)) from error


def _countries() -> list[SelectChoice]:
    return choices([("", _l("No country")), *public_holidays.choices(language())])


class BusinessHoursForm(Form):
    """Hours of each weekday, and holidays: those of a country, and a date on each line."""

    monday = _day_field(_l("Monday"))
    tuesday = _day_field(_l("Tuesday"))
    wednesday = _day_field(_l("Wednesday"))
    thursday = _day_field(_l("Thursday"))
    friday = _day_field(_l("Friday"))
    saturday = _day_field(_l("Saturday"))
    sunday = _day_field(_l("Sunday"))
    country = SelectField(_l("Public holidays"), choices=_countries)
    # Public holidays on which the account is open; others that are posted have no effect.
    open_days = SelectMultipleField(_l("Open on these days"), choices=[], validate_choice=False)
    holidays = TextAreaField(_l("Other holidays"), [at_most(20_000)], render_kw={"rows": 6})

    @classmethod
    def of(cls, table: WeekTable) -> BusinessHoursForm:
        """Return a form with what is stored."""
        hours = [written_day_hours((one.start, one.until) for one in day) for day in table.days]
        holidays = "\n".join(day.isoformat() for day in sorted(table.holidays))
        about = {
            "holidays": holidays,
            "country": table.country,
            "open_days": [day.isoformat() for day in table.open_days],
        }
        return cls(formdata=None, data=dict(zip(WEEKDAYS, hours, strict=True)) | about)

    def validate_holidays(self, field: TextAreaField) -> None:
        for line in _lines(field.data):
            try:
                read_date(line)
            except WrongValue as error:
                words = _("%(typed)s is no date. %(why)s", typed=line, why=error.message)
                raise ValidationError(words) from error

    @property
    def table(self) -> WeekTable:
        """Return what was typed."""
        days = [[Hours(*one) for one in read_day_hours(self[name].data or "")] for name in WEEKDAYS]
        holidays = [date.fromisoformat(read_date(line)) for line in _lines(self.holidays.data)]
        country = self.country.data or ""
        return of_week(dict(enumerate(days)), holidays, country, self.open_dates if country else ())

    @property
    def open_dates(self) -> list[date]:
        """Return the ticked days that are public holidays of the country ahead; others have passed or are none."""
        offered = {day.isoformat(): day for day, _name in self.public_holidays}
        return [offered[one] for one in self.open_days.data or () if one in offered]

    @property
    def public_holidays(self) -> list[tuple[date, str]]:
        """Return the days that can be ticked, with their names."""
        return public_holidays.ahead(self.country.data or "", today(), language())


def _lines(typed: str | None) -> list[str]:
    return [line.strip() for line in (typed or "").splitlines() if line.strip()]
