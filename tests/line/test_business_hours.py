"""When an account is open: a weekly table, holidays, and days on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from app.core.clock import pretending
from app.core.i18n import today
from app.line.business_hours.public_holidays import ahead, choices, names_of
from app.line.business_hours.table import DAY, Hours, WeekTable, is_open, next_opening, of_week, read, write
from app.line.business_hours.words import standing
from app.line.queries import business_hours_of
from tests.conftest import signed_in
from tests.factories import line as line_rows
from tests.factories.team import member
from tests.support.client import CheckingClient

TOKYO, BERLIN, HAVANA, APIA = map(ZoneInfo, ("Asia/Tokyo", "Europe/Berlin", "America/Havana", "Pacific/Apia"))
OFFICE = of_week({day: [Hours(9 * 60, 18 * 60)] for day in range(5)}, [date(2026, 11, 23)])
ALL_DAY = of_week({day: [Hours(0, DAY)] for day in range(7)})


def tokyo(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=TOKYO)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        (tokyo(2026, 11, 20, 8, 59), tokyo(2026, 11, 20, 9)),
        (tokyo(2026, 11, 20, 9), tokyo(2026, 11, 20, 9)),
        (tokyo(2026, 11, 20, 17, 59), tokyo(2026, 11, 20, 17, 59)),
        # Friday evening: Monday is a holiday, so Tuesday.
        (tokyo(2026, 11, 20, 18), tokyo(2026, 11, 24, 9)),
        (tokyo(2026, 11, 21, 12), tokyo(2026, 11, 24, 9)),
        (tokyo(2026, 11, 23, 12), tokyo(2026, 11, 24, 9)),
    ],
)
def test_the_next_opening(moment: datetime, opens: datetime) -> None:
    assert next_opening(OFFICE, moment.astimezone(UTC), TOKYO) == opens
    assert is_open(OFFICE, moment, TOKYO) == (opens == moment)


def test_without_hours_an_account_is_always_open() -> None:
    moment = tokyo(2026, 11, 22, 3)
    assert is_open(WeekTable(), moment, TOKYO)
    assert next_opening(WeekTable(), moment, TOKYO) == moment


def test_hours_that_are_holidays_for_more_than_a_year_have_no_opening() -> None:
    mondays = of_week(
        {0: [Hours(540, 600)]}, [date.fromordinal(date(2026, 11, 16).toordinal() + n) for n in range(500)]
    )
    assert next_opening(mondays, tokyo(2026, 11, 20, 12), TOKYO) is None


def test_midnight_in_the_middle_closes_nothing() -> None:
    assert is_open(ALL_DAY, tokyo(2026, 11, 20, 23, 59), TOKYO)
    assert is_open(ALL_DAY, tokyo(2026, 11, 21), TOKYO)


def test_a_beginning_that_clocks_leave_out_is_the_moment_of_the_change() -> None:
    """In Berlin it was 3:00 after 1:59 on 29 March 2026."""
    sunday = of_week({6: [Hours(2 * 60 + 30, 5 * 60)]})
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert next_opening(sunday, datetime(2026, 3, 29, 0, tzinfo=UTC), BERLIN) == change
    assert is_open(sunday, change, BERLIN)
    left_out = of_week({6: [Hours(2 * 60, 2 * 60 + 30)]})
    assert next_opening(left_out, change, BERLIN) == datetime(2026, 4, 5, 0, tzinfo=UTC)


def test_hours_that_come_twice_are_open_from_the_first_to_the_second() -> None:
    """In Berlin it was 2:00 to 3:00 twice on 25 October 2026."""
    sunday = of_week({6: [Hours(2 * 60 + 15, 2 * 60 + 45)]})
    opens, closes = datetime(2026, 10, 25, 0, 15, tzinfo=UTC), datetime(2026, 10, 25, 1, 45, tzinfo=UTC)
    assert next_opening(sunday, datetime(2026, 10, 25, 0, tzinfo=UTC), BERLIN) == opens
    assert is_open(sunday, datetime(2026, 10, 25, 1, tzinfo=UTC), BERLIN)
    assert not is_open(sunday, closes, BERLIN)


def test_a_midnight_that_comes_twice_belongs_to_the_next_day() -> None:
    """In Havana it was midnight twice on 1 November 2026."""
    saturday = of_week({5: [Hours(20 * 60, DAY)]})
    midnight = datetime(2026, 11, 1, 4, tzinfo=UTC)
    assert is_open(saturday, datetime(2026, 11, 1, 3, 59, tzinfo=UTC), HAVANA)
    assert not is_open(saturday, midnight, HAVANA)


def test_a_day_that_was_left_out_has_no_opening() -> None:
    """Samoa had no 30 December 2011, a Friday."""
    friday = of_week({4: [Hours(9 * 60, 17 * 60)]})
    moment = datetime(2011, 12, 29, 12, tzinfo=APIA)
    assert next_opening(friday, moment, APIA) == datetime(2012, 1, 6, 9, tzinfo=APIA)


def test_hours_that_touch_are_one_opening_and_a_table_is_stored_whole() -> None:
    table = of_week({0: [Hours(780, 1080), Hours(540, 720), Hours(700, 780)], 2: [Hours(0, DAY)]}, [date(2026, 1, 1)])
    assert table.hours_on(date(2026, 11, 16)) == (Hours(540, 1080),)
    assert read(write(table)) == table


def test_public_holidays_of_a_country_close_but_for_days_that_are_open() -> None:
    japan = of_week({day: [Hours(9 * 60, 18 * 60)] for day in range(7)}, country="JP", open_days=[date(2026, 11, 23)])
    # Culture Day; Labour Thanksgiving Day is open.
    assert next_opening(japan, tokyo(2026, 11, 3, 9), TOKYO) == tokyo(2026, 11, 4, 9)
    assert is_open(japan, tokyo(2026, 11, 23, 9), TOKYO)
    # A Sunday's holiday is made up for on Monday.
    assert not is_open(japan, tokyo(2027, 3, 22, 12), TOKYO)
    own = of_week({day: [Hours(0, DAY)] for day in range(7)}, [date(2026, 11, 23)], "JP", [date(2026, 11, 23)])
    assert not is_open(own, tokyo(2026, 11, 23, 9), TOKYO)
    assert read(write(japan)) == japan
    assert read({"days": [[]] * 7, "holidays": []}) == WeekTable()


@pytest.mark.parametrize(
    ("country", "language", "name"),
    [
        ("JP", "ja", "元日"),
        ("JP", "en", "New Year's Day"),
        ("DE", "en", "New Year's Day"),
        ("DE", "ja", "New Year's Day"),
        ("US", "en", "New Year's Day"),
    ],
)
def test_holidays_are_named_in_the_language_or_in_english(country: str, language: str, name: str) -> None:
    assert names_of(country, 2027, language)[date(2027, 1, 1)] == name


def test_countries_are_offered_by_name_and_japan_first() -> None:
    offered = choices("ja")
    assert offered[0] == ("JP", "日本") and ("DE", "ドイツ") in offered and len(offered) > 100
    assert names_of("XX", 2026, "en") == {} == names_of("", 2026, "en")


def test_it_is_said_when_the_account_opens_next_and_why_it_is_closed(app: Flask) -> None:
    tuesdays = {1: [Hours(9 * 60, 18 * 60)]}
    told = {}
    with app.test_request_context():
        for moment in (tokyo(2026, 11, 2, 12), tokyo(2026, 11, 3, 12), tokyo(2026, 11, 10, 12)):
            with pretending(moment):
                told[moment.day] = standing(of_week(tuesdays, country="JP")), standing(of_week(tuesdays))
    assert told == {
        2: ("Closed now. Opens next: Nov 10, 2026, 9:00\u202fAM", "Closed now. Opens next: Nov 3, 2026, 9:00\u202fAM"),
        3: ("Closed today: Culture Day. Opens next: Nov 10, 2026, 9:00\u202fAM", "Open now."),
        10: ("Open now.", "Open now."),
    }
    with app.test_request_context():
        assert standing(WeekTable(country="JP")) == ""


def test_a_country_is_chosen_and_a_day_of_it_taken_out(app: Flask, as_alice: CheckingClient) -> None:
    account = line_rows.account()
    url = f"/accounts/{account.id}/business-hours"
    listed = as_alice.get(f"{url}/public-holidays?country=JP", headers={"HX-Request": "true"}).text
    with app.test_request_context():
        (first, name), (second, _name) = ahead("JP", today(), "en")[:2]
    assert name.split("'")[0] in listed and f'value="{first}"' in listed
    open_days = [str(first), str(first - timedelta(days=1)), "2020-01-01", "x"]
    sent = {"tuesday": "9:00-18:00", "country": "JP", "holidays": "", "open_days": open_days}
    as_alice.post(url, data=sent)
    table = business_hours_of(account.id)
    assert (table.country, table.open_days, table.is_holiday(first), table.is_holiday(second)) == (
        "JP",
        {first},
        False,
        True,
    )
    page = as_alice.get(url).text
    assert f'value="{first}" checked' in page and f'value="{second}" >' in page
    as_alice.post(url, data={**sent, "open_days": [], "country": ""})
    assert not business_hours_of(account.id).is_holiday(first)
    assert as_alice.post(url, data={**sent, "country": "ZZ"}).status_code == 422
    nothing = as_alice.get(f"{url}/public-holidays?country=", headers={"HX-Request": "true"}).text
    assert "open_days" not in nothing


def test_the_section_of_the_settings(app: Flask, as_alice: CheckingClient) -> None:
    account = line_rows.account()
    url = f"/accounts/{account.id}/business-hours"
    assert "always open" in as_alice.get(url).text
    sent = {"monday": "9:00-12:00、13:00〜18:00", "sunday": "", "country": "", "holidays": "2026/12/31\n\n2027-01-01"}
    assert as_alice.post(url, data=sent).status_code == 303
    table = business_hours_of(account.id)
    assert table.days[0] == (Hours(540, 720), Hours(780, 1080)) and not any(table.days[1:])
    assert table.holidays == {date(2026, 12, 31), date(2027, 1, 1)}
    page = as_alice.get(url).text
    assert 'value="9:00-12:00, 13:00-18:00"' in page and "2026-12-31\n2027-01-01" in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"monday": "9-18"}, "Write hours as"),
        ({"monday": "18:00-9:00"}, "end later"),
        ({"tuesday": "9:00-24:01"}, "end later"),
        ({"friday": "9:60-10:00"}, "Write hours as"),
        ({"holidays": "2026-02-30"}, "2026-02-30 is no date"),
    ],
)
def test_what_cannot_be_read(app: Flask, as_alice: CheckingClient, fields: dict[str, str], words: str) -> None:
    answer = as_alice.post(f"/accounts/{line_rows.account().id}/business-hours", data=fields)
    assert answer.status_code == 422 and words in answer.text


def test_members_without_the_permission_and_strangers(app: Flask) -> None:
    account, other = line_rows.account(), line_rows.account()
    without = signed_in(app, member(permissions=["friends"]))
    assert without.get(f"/accounts/{account.id}/business-hours").status_code == 403
    elsewhere = signed_in(app, member(permissions=["settings"], account_ids=[other.id]))
    assert elsewhere.post(f"/accounts/{account.id}/business-hours").status_code == 404
