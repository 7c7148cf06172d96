"""What members type into the settings of broadcasts."""

from __future__ import annotations

from decimal import Decimal

from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import Optional, Regexp, ValidationError

from app.core.forms import Form, choices, trimmed
from app.core.i18n import _l
from app.core.values.errors import WrongValue
from app.core.values.numbers import read_number
from app.messages.broadcasts.operations.rules import BroadcastSettings
from app.messages.broadcasts.queries.rules import USUAL_HOURS, QuietHours, price_of, quiet_hours, rules_of
from app.messages.sending.frequency import cap_of

HOURS = choices((str(hour), f"{hour}:00") for hour in range(24))
WHOLE = Regexp(r"^[0-9]{1,4}$", message=_l("Enter a whole number."))
NUMERIC = {"inputmode": "numeric", "autocomplete": "off"}


class BroadcastSettingsForm(Form):
    """Second person, quiet hours, price and frequency cap of an account."""

    needs_second = BooleanField(_l("A second member has to confirm each broadcast"))
    has_quiet = BooleanField(_l("Warn when a broadcast is to be sent within the quiet hours"))
    quiet_from = SelectField(_l("Quiet from"), choices=HOURS)
    quiet_until = SelectField(_l("Quiet until"), choices=HOURS)
    price = StringField(
        _l("Price of a message in yen"),
        [Optional()],
        filters=[trimmed],
        render_kw={"inputmode": "decimal", "autocomplete": "off"},
    )
    most = StringField(_l("Broadcasts to a friend, at most"), [Optional(), WHOLE], filters=[trimmed], render_kw=NUMERIC)
    days = StringField(_l("Within how many days"), [Optional(), WHOLE], filters=[trimmed], render_kw=NUMERIC)

    @classmethod
    def of(cls, account_id: int) -> BroadcastSettingsForm:
        """Return a form with what is stored."""
        quiet, price, cap = quiet_hours(account_id), price_of(account_id), cap_of(account_id)
        shown = quiet or USUAL_HOURS
        return cls(
            needs_second=rules_of(account_id).needs_second,
            has_quiet=quiet is not None,
            quiet_from=str(shown.start),
            quiet_until=str(shown.until),
            price="" if price is None else f"{price.normalize():f}",
            most=str(cap.most) if cap else "",
            days=str(cap.days) if cap else "",
        )

    def validate_price(self, field: StringField) -> None:
        try:
            read_number(field.data)
        except WrongValue as error:
            raise ValidationError(str(_l("Enter an amount such as 3 or 2.5."))) from error

    @property
    def settings(self) -> BroadcastSettings:
        """What was chosen, without the cap."""
        quiet = QuietHours(int(self.quiet_from.data), int(self.quiet_until.data))
        price = Decimal(repr(read_number(self.price.data))) if self.price.data else None
        return BroadcastSettings(self.needs_second.data, quiet if self.has_quiet.data else None, price)

    @property
    def cap(self) -> tuple[int | None, int | None]:
        """How many broadcasts within how many days; two times None for no cap."""
        most, days = (int(field.data) if field.data else None for field in (self.most, self.days))
        return most, days
