"""What members type of rich menus: the period of one, and which menu a segment gets."""

from __future__ import annotations

from datetime import datetime

from wtforms import HiddenField, SelectField, StringField

from app.core.errors import InvalidInput
from app.core.forms import Form, choices, trimmed
from app.core.i18n import Text, _, _l, time_zone
from app.core.identifiers import form_row_number
from app.core.values.errors import WrongValue
from app.core.values.moments import TURNS, Doubled, read_moment, turn_of, written
from app.messages.rich_menus.models import RichMenu
from app.messages.rich_menus.queries import menus_of
from app.segments.queries.segments import all_segments
from app.team import time_zones


def _turn() -> SelectField:
    return SelectField(_l("Which of the two times"), choices=choices(TURNS), default="")


class PeriodForm(Form):
    """When a menu is the default, on the clocks of the time zone in which the page was printed."""

    starts_at = StringField(_l("Default from"), filters=[trimmed])
    starts_turn = _turn()
    ends_at = StringField(_l("Default until"), filters=[trimmed])
    ends_turn = _turn()
    then_menu = SelectField(_l("Default afterwards"), coerce=form_row_number, default=0)
    time_zone = HiddenField()

    @classmethod
    def stored(cls, menu: RichMenu) -> PeriodForm:
        """Return the form with what is stored."""
        zone = time_zone()
        shown = {
            "starts_at": written(menu.starts_at, zone),
            "starts_turn": turn_of(menu.starts_at, zone),
            "ends_at": written(menu.ends_at, zone),
            "ends_turn": turn_of(menu.ends_at, zone),
            "then_menu": menu.then_menu_id or 0,
            "time_zone": zone,
        }
        return cls(formdata=None, data=shown)._offer(menu)

    @classmethod
    def posted(cls, menu: RichMenu) -> PeriodForm:
        """Return the form with what was sent."""
        return cls()._offer(menu)

    def _offer(self, menu: RichMenu) -> PeriodForm:
        others = ((one.id, one.name) for one in menus_of(menu.account_id) if one.id != menu.id and one.is_published)
        self.then_menu.choices = choices([(0, _("None from Tomoru")), *others])
        return self

    @property
    def zone(self) -> str:
        """Return the name of the time zone that the moments are typed in."""
        return time_zones.find(self.time_zone.data or "") or time_zone()

    def moments(self, menu: RichMenu) -> tuple[datetime | None, datetime | None]:
        """Return beginning and end; raises InvalidInput for all that is no moment."""
        wrong: dict[str, Text] = {}
        found = (self._moment("starts", menu.starts_at, wrong), self._moment("ends", menu.ends_at, wrong))
        if wrong:
            raise InvalidInput(wrong)
        return found

    def _moment(self, name: str, stored: datetime | None, wrong: dict[str, Text]) -> datetime | None:
        """Return the moment of one field; a stored one stays as it is, to the second, where it was left alone."""
        typed, turn = self[f"{name}_at"].data or "", self[f"{name}_turn"].data or ""
        if not typed:
            return None
        if stored is not None and (typed, turn) == (written(stored, self.zone), turn_of(stored, self.zone)):
            return stored
        try:
            return read_moment(typed, self.zone, turn)
        except WrongValue as refusal:
            wrong[f"{name}_turn" if isinstance(refusal, Doubled) else f"{name}_at"] = refusal.message
            return None


class LinkForm(Form):
    """Which menu the friends of a segment get; 0 as the menu is none of their own."""

    segment = SelectField(_l("Segment"), coerce=form_row_number, render_kw={"required": True})
    menu = SelectField(_l("Rich menu"), coerce=form_row_number)

    def offer(self, account_id: int) -> None:
        """Fill the selects."""
        self.segment.choices = choices((one.id, one.name) for one in all_segments(account_id))
        published = ((one.id, one.name) for one in menus_of(account_id) if one.is_published)
        self.menu.choices = choices([(0, _("None of their own: show the default")), *published])
