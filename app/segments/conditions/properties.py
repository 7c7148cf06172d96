"""The registry of properties that conditions may test. Each package with data of friends adds its own.

A provider is asked for the properties of one account whenever a catalogue is made, so that custom attributes and
connected services can differ from account to account.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, CompoundSelect, FromClause, Select

from app.core.i18n import Text, _l
from app.core.registry import Registry
from app.friends.queries.filter_sql import Word
from app.segments.conditions.operators import OPERATORS, Operator, ValueType

Test = ColumnElement[bool]


@dataclass(frozen=True)
class Category:
    """A heading that properties are listed under; the lower `position` comes first."""

    label: Text
    position: int


@dataclass(frozen=True)
class Choice:
    """One of the values to choose from; `value` is what is stored.

    `key` names it in definitions for several accounts, where that is not its label.
    """

    value: int | str
    label: str
    key: str = ""


@dataclass(frozen=True)
class SqlContext:
    """Input for a condition's SQL: the account, the FROM, today, and texts as the database folds them.

    `is_probe`: only a few rows are looked at, so that what lies in other tables is better looked up one by one.
    """

    account_id: int
    friends: FromClause
    today: date
    zone: ZoneInfo
    words: Mapping[str, Word]
    is_probe: bool = False


@dataclass(frozen=True)
class Clause:
    """A condition as SQL. `test` examines one friend and is complete; NULL means that it does not hold.

    `index` is implied by it: a condition by which an index finds the candidates, too dear to be asked row by row.
    `ids` are those of the friends who fit, or with `is_without` of all others, where another table knows them alone.
    """

    test: Test
    index: Test | None = None
    ids: Select[Any] | CompoundSelect[Any] | None = None
    is_without: bool = False

    @property
    def indexed(self) -> list[Test]:
        """Return both conditions, for a WHERE in which the index may be used."""
        return [self.test] if self.index is None else [self.index, self.test]


def _nothing(*_arguments: Any) -> Sequence[Choice]:
    return ()


@dataclass(frozen=True)
class Property:
    """A property of friends that a condition may test.

    `where(operator name, values, scope)` gives its SQL. `find(account id, typed text, values to keep)` lists choices to
    offer, `named(account id, values)` those of these values that there are; both only where an operator takes choices.
    `by_key(account id, keys)` is there when the choices of each account have ids of their own: it maps those keys (of
    choices) that the account has to values.
    """

    name: str
    category: Category
    label: Text
    type: ValueType
    where: Callable[[str, Sequence[Any], SqlContext], Clause]
    find: Callable[[int, str, Collection[Any]], Sequence[Choice]] = _nothing
    named: Callable[[int, Collection[Any]], Sequence[Choice]] = _nothing
    by_key: Callable[[int, Collection[str]], Mapping[str, int | str]] | None = None
    # Reads a typed text; raises WrongValue. None where any text will do.
    read: Callable[[str], str] | None = None
    # Few enough to show them all at once.
    has_few_choices: bool = False
    choices_are_numbers: bool = False
    operators: Mapping[str, Operator] = field(default_factory=dict)
    # Why it cannot be used now, for example since its service is not connected; it is then not offered.
    unavailable: Text | None = None
    # What people should know of its values, shown below a condition.
    note: Text | None = None
    # Says why it is not known yet of whom a condition with these values holds; None where it is.
    unknown: Callable[[Sequence[Any]], Text | None] | None = None

    def __post_init__(self) -> None:
        if not self.operators:
            object.__setattr__(self, "operators", OPERATORS[self.type])


Provider = Callable[[int], Iterable[Property]]
PROVIDERS: Registry[Provider] = Registry("provider of properties")
# Beginnings of names of properties that may vanish, and what is said of one that has.
VANISHED: Registry[Text] = Registry("sentence for vanished properties")


def register(provider: Provider, vanished: Mapping[str, Text] | None = None) -> Provider:
    """Register a provider of properties for each account, listed below those registered before.

    `vanished` maps the beginning of a name to what is said when no property of such a name exists any more.
    """
    VANISHED.add_all(vanished or {})
    return PROVIDERS.add(f"{provider.__module__}.{provider.__qualname__}", provider)


@dataclass(frozen=True)
class Catalogue:
    """All properties of an account, by name."""

    account_id: int
    properties: Mapping[str, Property]
    # Which choices of which property were found to be there.
    _looked_up: dict[str, dict[Any, bool]] = field(default_factory=dict, repr=False, compare=False)

    def existing(self, about: Property, values: Collection[Any]) -> set[Any]:
        """Return those of these choices of a property that exist; none is looked up twice."""
        known = self._looked_up.setdefault(about.name, {})
        if asked := [value for value in values if value not in known]:
            found = {choice.value for choice in about.named(self.account_id, asked)}
            known.update((value, value in found) for value in asked)
        return {value for value in values if known[value]}

    def offered(self) -> list[tuple[Category, list[Property]]]:
        """Return the properties that can be chosen now, by category."""
        groups: dict[Category, list[Property]] = {}
        for one in self.properties.values():
            if one.unavailable is None:
                groups.setdefault(one.category, []).append(one)
        return sorted(groups.items(), key=lambda pair: pair[0].position)

    def why_missing(self, name: str) -> Text:
        """Return the sentence for a name that is not in the catalogue."""
        for beginning, sentence in VANISHED.items():
            if name.startswith(beginning):
                return sentence
        return _l("There is no such property. Choose one from the list.")


def catalogue(account_id: int) -> Catalogue:
    """Return the properties of an account."""
    return Catalogue(account_id, {one.name: one for one in _provided(account_id)})


def catalogue_with(account_id: int, names: Collection[str]) -> Catalogue:
    """Return a catalogue that holds these properties, where there are such; it asks no more than it takes.

    For reading a definition again and again, which most providers have nothing to say about.
    """
    found: dict[str, Property] = {}
    wanted = set(names)
    likely = [_GAVE[name] for name in names if name in _GAVE]
    for provider in dict.fromkeys((*likely, *PROVIDERS.values())):
        # A provider that yields asks the database only for what it comes to.
        for one in provider(account_id) if wanted else ():
            found[one.name] = one
            if one.name in wanted:
                _GAVE[one.name] = provider
                wanted.remove(one.name)
                if all(_GAVE.get(name, provider) is not provider for name in wanted):
                    break
    return Catalogue(account_id, found)


def _provided(account_id: int) -> Iterator[Property]:
    return (one for provider in PROVIDERS.values() for one in provider(account_id))


# The provider of each property that was asked for: it is asked first, so that others need not ask the database.
_GAVE: dict[str, Provider] = {}
