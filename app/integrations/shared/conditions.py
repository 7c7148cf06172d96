"""Properties of conditions that every connected service has: being linked, lists, and values of mapped properties."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    FromClause,
    Numeric,
    Select,
    and_,
    any_,
    case,
    cast,
    func,
    literal,
    not_,
    select,
)
from sqlalchemy.types import Text as SqlText

from app.core.i18n import Text
from app.integrations.shared.lists import lists_by_id, lists_by_name, lists_like
from app.integrations.shared.mappings import mappings_of
from app.integrations.shared.models import (
    FieldMapping,
    Integration,
    RemoteLink,
    RemoteList,
    RemoteListMember,
    RemoteRecord,
)
from app.integrations.shared.queries import integration_of
from app.messages.broadcasts.conditions.among import is_among, is_not_among
from app.segments.conditions.operators import INTEGRATION, OPERATORS, Takes, ValueType
from app.segments.conditions.properties import Category, Choice, Clause, Property, SqlContext
from app.segments.conditions.sql import (
    DAYS,
    MOMENTS,
    Where,
    choice_where,
    date_where,
    number_where,
    text_where,
    yes_no_where,
)

DAY, MOMENT, NUMBER = (
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T",
    "^-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]{1,2})?$",
)
# Negative operators also fit friends of whom nothing is known: they are the opposite of these.
_POSITIVE = {
    "none_of": "any_of",
    "unknown": "known",
    "contains_none": "contains_any",
    "is_not": "is",
    "empty": "filled",
}


@dataclass(frozen=True)
class ServiceWords:
    """How a service's properties are called in conditions."""

    # A key of the registry of services; names of properties begin with it.
    service: str
    category: Category
    integration: Text
    list: Text
    # With %(property)s.
    value: Text
    unavailable: Text
    # Says that the members of a list are not known yet, and why.
    unknown: Callable[[Integration, RemoteList], Text]
    # What is to be known of lists, for example that they are not read any more.
    about_lists: Callable[[Integration], Text | None]
    # What the service's types of properties hold.
    types: Callable[[FieldMapping], ValueType]


def properties_of(words: ServiceWords, account_id: int) -> Iterator[Property]:
    """Return a service's properties for an account: none before it was connected for the first time."""
    integration = integration_of(words.service, account_id)
    if integration is None:
        return
    found = _linked(words, integration), _list(words, integration), *_values(words, integration)
    for one in found:
        yield one if integration.is_connected else replace(one, unavailable=words.unavailable)


def _linked(words: ServiceWords, integration: Integration) -> Property:
    people = _links(integration, RemoteLink.friend_id)

    def where(operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
        del values
        return _among(people, scope, is_negative=operator == "is_not")

    name = f"{words.service}.integration"
    return Property(name, words.category, words.integration, ValueType.YES_NO, where, operators=INTEGRATION)


def _links(integration: Integration, *columns: Any) -> Select[Any]:
    """Select columns of links to records that there are."""
    return select(*columns).where(RemoteLink.integration_id == integration.id, RemoteLink.remote_id.is_not(None))


def _among(people: Select[Any], scope: SqlContext, *, is_negative: bool = False) -> Clause:
    return Clause(is_not_among(people, scope) if is_negative else is_among(people, scope))


def _list(words: ServiceWords, integration: Integration) -> Property:
    is_member = and_(RemoteListMember.remote_id == RemoteLink.remote_id, RemoteList.id == RemoteListMember.list_id)
    members = (
        _links(integration, RemoteLink.friend_id)
        .where(is_member, RemoteList.integration_id == integration.id, RemoteList.deleted_at.is_(None))
        .add_columns(RemoteList.id)
    )

    def on(list_ids: Sequence[int]) -> Select[Any]:
        found = members.with_only_columns(RemoteLink.friend_id).select_from(RemoteLink, RemoteListMember, RemoteList)
        return found.where(RemoteList.id.in_(list_ids))

    def where(operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
        if operator == "contains_all":
            return Clause(and_(*(is_among(on([one]), scope) for one in values)))
        return _among(on(list(values)), scope, is_negative=operator == "contains_none")

    # Conditions of one catalogue mostly ask for the same lists.
    @cache
    def unknown(*list_ids: int) -> Text | None:
        unread = (one for one in lists_by_id(integration.id, list_ids) if not one.is_followed)
        return next((words.unknown(integration, one) for one in unread), None)

    return Property(
        f"{words.service}.list",
        words.category,
        words.list,
        ValueType.SET,
        where,
        find=lambda _account_id, typed, keep: _choices(lists_like(integration.id, typed, keep)),
        named=lambda _account_id, values: _choices(lists_by_id(integration.id, values)),
        by_key=lambda _account_id, keys: {name: one.id for name, one in lists_by_name(integration.id, keys).items()},
        choices_are_numbers=True,
        # That a friend is on no list at all cannot be told, since members are read of lists in use alone.
        operators={name: one for name, one in OPERATORS[ValueType.SET].items() if one.takes is Takes.CHOICES},
        note=words.about_lists(integration),
        unknown=lambda values: unknown(*values),
    )


def _choices(lists: Sequence[RemoteList]) -> Sequence[Choice]:
    return [Choice(one.id, one.name) for one in lists]


def _values(words: ServiceWords, integration: Integration) -> Iterator[Property]:
    for mapping in mappings_of(integration.id):
        kind = words.types(mapping)
        choices = [Choice(value, label) for value, label in mapping.options]
        yield Property(
            f"{words.service}.{mapping.record_kind}.{mapping.remote_name}",
            words.category,
            str(words.value) % {"property": mapping.remote_label},
            kind,
            partial(_value_where, _said(integration, mapping), kind),
            find=partial(_typed, choices),
            named=partial(_those, choices),
            by_key=partial(_keyed, choices),
            has_few_choices=len(choices) <= 20,
        )


def _typed(choices: Sequence[Choice], _account_id: int, typed: str, keep: Collection[Any]) -> Sequence[Choice]:
    looked_for = typed.strip().casefold()
    return [one for one in choices if looked_for in one.label.casefold() or one.value in keep]


def _those(choices: Sequence[Choice], _account_id: int, values: Collection[Any]) -> Sequence[Choice]:
    return [one for one in choices if one.value in values]


def _keyed(choices: Sequence[Choice], _account_id: int, keys: Collection[str]) -> Mapping[str, int | str]:
    return {one.label: one.value for one in choices if one.label in keys}


def _said(integration: Integration, mapping: FieldMapping) -> Select[Any]:
    """Select `friend_id` and `value`, the property's text as the service writes it; NULL for an empty one."""
    is_company = mapping.record_kind == "company"
    record = RemoteRecord.__table__.alias("record")
    source = RemoteRecord.__table__.alias("company") if is_company else record
    value = func.nullif(source.c.properties[mapping.remote_name].astext, "", type_=SqlText).label("value")
    is_linked = and_(
        record.c.integration_id == RemoteLink.integration_id,
        record.c.kind == "contact",
        record.c.remote_id == RemoteLink.remote_id,
    )
    query = _links(integration, RemoteLink.friend_id, value).join(record, is_linked)
    if not is_company:
        return query
    is_employer = and_(
        source.c.integration_id == record.c.integration_id,
        source.c.kind == "company",
        source.c.remote_id == record.c.company_id,
    )
    return query.join(source, is_employer)


def _value_where(said: Select[Any], kind: ValueType, operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
    """Test what is said; negative operators also fit friends of whom nothing is said."""
    positive = _POSITIVE.get(operator, operator.removeprefix("not_"))
    rows = said.subquery("said")
    test = _WHERES[kind](positive, values, replace(scope, friends=rows)).test
    return _among(select(rows.c.friend_id).where(test), scope, is_negative=positive != operator)


def _value(rows: FromClause) -> ColumnElement[Any]:
    return rows.c.value


def _number(rows: FromClause) -> ColumnElement[Any]:
    return case((rows.c.value.regexp_match(NUMBER), cast(rows.c.value, Numeric)))


def _day(rows: FromClause) -> ColumnElement[Any]:
    return rows.c.value.collate("C")


def _moment(rows: FromClause) -> ColumnElement[Any]:
    return case((rows.c.value.regexp_match(MOMENT), cast(rows.c.value, DateTime(timezone=True))))


def _several(operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
    """Test several choices in one value, separated by semicolons."""
    value = scope.friends.c.value
    if operator == "filled":
        return Clause(value.is_not(None))
    chosen = func.string_to_array(value, ";")
    tests = [literal(one) == any_(chosen) for one in values]
    return Clause(and_(*tests) if operator == "contains_all" else not_(and_(*map(not_, tests))))


def _dates(operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
    """Test a day, or a moment as a day of the workspace's zone."""
    if operator == "known":
        return Clause(scope.friends.c.value.is_not(None))
    days = date_where(_day, DAYS, is_date=lambda value: value.regexp_match(DAY))(operator, values, scope)
    moments = date_where(_moment, MOMENTS)(operator, values, scope)
    return Clause(func.coalesce(days.test, False) | func.coalesce(moments.test, False))


_WHERES: dict[ValueType, Where] = {
    ValueType.TEXT: text_where(_value),
    ValueType.NUMBER: number_where(_number),
    ValueType.DATE: _dates,
    ValueType.CHOICE: choice_where(_value),
    ValueType.SET: _several,
    ValueType.YES_NO: yes_no_where(lambda rows: rows.c.value == "true", lambda rows: rows.c.value.is_not(None)),
}
