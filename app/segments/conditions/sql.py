"""SQL of the operators, type by type. Kinds of property give the value, these functions test it.

A condition is true, false or NULL; callers never negate it, so NULL counts as false. Negative
operators are the plain opposite of their positive ones, so they also fit friends of whom nothing is known. Dates are
the exception that the editor names: an unknown date fits "is unknown" and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, any_, case, func, literal, not_, or_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import Text

from app.core.values import phones
from app.friends.queries.filter_sql import may_hold, may_hold_any
from app.segments.conditions.days import days_that_fit, month_days_that_fit, months_that_fit
from app.segments.conditions.operators import YEARLY
from app.segments.conditions.properties import Clause, SqlContext, Test

Where = Callable[[str, Sequence[Any], SqlContext], Clause]
Source = Callable[[FromClause], ColumnElement[Any]]
_KNOWN = frozenset({"known", "unknown"})


@dataclass(frozen=True)
class DayForm:
    """How a property stores days: `edge` is the beginning of one in its type.

    `in_year` tests whether it lies in one of these parts of any year, which are all months ("04") or days ("04-24").
    """

    edge: Callable[[date, SqlContext], ColumnElement[Any]]
    in_year: Callable[[ColumnElement[Any], Sequence[str], SqlContext], Test]


def column(name: str) -> Source:
    """Return a column of friends."""
    return lambda friends: friends.c[name]


def text_where(source: Source, *, is_folded: bool = False, is_searched: bool = False) -> Where:
    """Compare texts as the search does, without regard to width, case, kana and the like. An empty text is unknown.

    `is_folded`: the source is folded already. `is_searched`: the text is also part of `search_text`, which is quicker
    to look through, and which has an index.
    """

    def where(operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
        value = source(scope.friends)
        if operator in _KNOWN:
            return Clause(_is_filled(operator, value))
        word = scope.words[values[0]]
        fits = _compare(operator.removeprefix("not_"), value if is_folded else _fold(value), word.folded)
        if is_searched:
            fits = and_(scope.friends.c.search_text.contains(word.folded, autoescape=True), fits)
        if operator.startswith("not_"):
            return Clause(not_(func.coalesce(fits, False)))
        return Clause(fits, may_hold(word) if is_searched else None)

    return where


def phone_where() -> Where:
    """Compare phone numbers in their normal form: neither punctuation nor the country code makes a difference."""

    def where(operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
        phone, number = scope.friends.c.phone, scope.friends.c.phone_normal
        if operator in _KNOWN:
            return Clause(_is_filled(operator, phone))
        name, digits = operator.removeprefix("not_"), phones.spellings(values[0])
        fits = or_(*_number_tests(name, number, values[0], digits))
        if operator.startswith("not_"):
            return Clause(not_(func.coalesce(fits, False)))
        return Clause(fits, None if name == "equals" else may_hold_any(digits))

    return where


def _number_tests(operator: str, number: ColumnElement[Any], typed: str, spellings: Sequence[str]) -> list[Test]:
    """Return the tests of which one must hold; the spellings are what a part of a number may be in the normal form."""
    if operator == "equals":
        return [number == phones.normal(typed)]
    if operator == "starts_with":
        return [number.startswith(start) for digits in spellings for start in (digits, f"+{digits}")]
    return [_compare(operator, number, digits) for digits in spellings]


def _is_filled(operator: str, value: ColumnElement[Any]) -> Test:
    return value != "" if operator == "known" else func.coalesce(value, "") == ""


def _fold(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Fold the text; of plain ASCII only the case, which is many times quicker."""
    is_ascii = func.octet_length(value) == func.length(value)
    return case((is_ascii, func.lower(value.collate("C"))), else_=func.search_fold(value, type_=Text))


def _compare(operator: str, folded: ColumnElement[Any], word: str) -> Test:
    if operator == "contains":
        return folded.contains(word, autoescape=True)
    if operator == "starts_with":
        return folded.startswith(word, autoescape=True)
    if operator == "ends_with":
        return folded.endswith(word, autoescape=True)
    return folded == word


def number_where(source: Source, as_value: Callable[[Any], ColumnElement[Any]] = literal) -> Where:
    """Compare numbers. `source` is NULL for what is no number; `as_value` makes a number comparable to it."""

    def where(operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
        value = source(scope.friends)
        if operator in _KNOWN:
            return Clause(_is_known(operator, value))
        low, high = as_value(values[0]), as_value(values[-1])
        tests: dict[str, Callable[[], Test]] = {
            "equals": lambda: value == low,
            "not_equals": lambda: value.is_distinct_from(low),
            "less": lambda: value < low,
            "at_most": lambda: value <= low,
            "more": lambda: value > low,
            "at_least": lambda: value >= low,
            "between": lambda: value.between(low, high),
        }
        return Clause(tests[operator]())

    return where


def date_where(
    source: Source,
    form: DayForm,
    unknown: ColumnElement[Any] | None = None,
    is_date: Callable[[ColumnElement[Any]], Test] | None = None,
) -> Where:
    """Compare days in the workspace's time zone, stored in this form.

    `unknown` stands for an unknown date where that is not NULL but earlier than all dates. `is_date` tells dates from
    what some outside service may have left there, which is as good as unknown.
    """

    def where(operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
        value = source(scope.friends)
        if operator in _KNOWN and unknown is not None:
            return Clause(value > unknown if operator == "known" else value == unknown)
        if operator in _KNOWN and is_date is not None:
            test = func.coalesce(is_date(value), False)
            return Clause(test if operator == "known" else not_(test))
        if operator in _KNOWN:
            return Clause(_is_known(operator, value))
        edges = _edges(operator, values, value, form, scope)
        edges += [value > unknown] if unknown is not None else []
        # What lies in a part of any year is a date.
        edges += [is_date(value)] if is_date is not None and operator not in YEARLY else []
        return Clause(and_(*edges))

    return where


def _edges(
    operator: str, values: Sequence[Any], value: ColumnElement[Any], form: DayForm, scope: SqlContext
) -> list[Test]:
    if operator == "months":
        return [form.in_year(value, months_that_fit(values, scope.today), scope)]
    if (month_days := month_days_that_fit(operator, values, scope.today)) is not None:
        return [form.in_year(value, month_days, scope)]
    first, after = days_that_fit(operator, values, scope.today)
    edges = [value >= form.edge(first, scope)] if first else []
    return edges + ([value < form.edge(after, scope)] if after else [])


def as_moment(day: date, scope: SqlContext) -> ColumnElement[Any]:
    """Return the beginning of a day in the workspace's time zone."""
    return literal(datetime.combine(day, time.min, tzinfo=scope.zone))


def _moment_in_year(value: ColumnElement[Any], parts: Sequence[str], scope: SqlContext) -> Test:
    form = "MM" if len(parts[0]) == len("04") else "MM-DD"
    return one_of(func.to_char(func.timezone(scope.zone.key, value), form, type_=Text), parts)


def is_day(value: ColumnElement[Any]) -> Test:
    """Test whether a text is a day as custom attributes store it."""
    return value.regexp_match("^[0-9]{4}-[0-9]{2}-[0-9]{2}$")


def _day_in_year(value: ColumnElement[Any], parts: Sequence[str], _scope: SqlContext) -> Test:
    """Compare the letters first, which is quick, and only then look whether it is a day at all."""
    letters = func.substr(value, len("1980-") + 1, len(parts[0]), type_=Text)
    return case((one_of(letters, parts), is_day(value)), else_=False)


MOMENTS = DayForm(as_moment, _moment_in_year)
# As custom attributes store days: as text that sorts like them.
DAYS = DayForm(lambda day, _scope: literal(day.isoformat()), _day_in_year)


def one_of(value: ColumnElement[Any] | InstrumentedAttribute[Any], values: Sequence[Any]) -> Test:
    """Compare with one array, since a statement takes only 65,535 parameters; a single value is compared directly."""
    return value == values[0] if len(values) == 1 else value == any_(literal(list(values), ARRAY(value.type)))


def choice_where(source: Source) -> Where:
    """Compare with a few values; NULL while unknown."""

    def where(operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
        value = source(scope.friends)
        if operator in _KNOWN:
            return Clause(_is_known(operator, value))
        fits = one_of(value, values)
        return Clause(or_(value.is_(None), not_(fits)) if operator == "none_of" else fits)

    return where


def yes_no_where(is_yes: Source, is_known: Source) -> Where:
    """Test yes or no; `is_yes` and `is_known` are conditions that are never NULL."""

    def where(operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
        del values
        test: Test = (is_known if operator in _KNOWN else is_yes)(scope.friends)
        return Clause(not_(test) if operator in {"is_not", "unknown"} else test)

    return where


def _is_known(operator: str, value: ColumnElement[Any]) -> Test:
    return value.is_not(None) if operator == "known" else value.is_(None)
