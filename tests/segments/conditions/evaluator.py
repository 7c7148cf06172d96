"""What conditions mean, once more in plain Python and without any SQL: the yardstick for what is compiled."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.core.values import phones

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LINE_DATES = {"line.followed_at", "line.last_message_at", "line.last_activity_at", "last_open_at", "last_click_at"}
CHOICES = {"line.follow_status", "line.language"}
TEXTS = {"line.display_name", "first_name", "last_name", "email", "company"}
# Drawn as nothing; dashes, waves and apostrophes; variants of characters, as far as the crowd has them.
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
SAME = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc", "-"),
    **dict.fromkeys("\u301c\u223c", "~"),
    **dict.fromkeys("\u2018\u2019\u02bc\u2032", "'"),
    **dict(zip("髙﨑邉𠮷ヵヶゕゖヰヱゐゑヽヾ", "高崎辺吉かけかけいえいえゝゞ", strict=True)),
}

# With several values; none of them must hold for the negative ones.
ONE_IS_ENOUGH = {"equals", "not_equals", "contains", "not_contains", "starts_with", "ends_with"}
YEARLY = {"months", "anniversary_next_days", "anniversary_exactly_ahead"}


@dataclass(frozen=True)
class Person:
    """What is known of a friend: `columns` by name, custom attributes as JSON, ids of tags.

    `numbers` are ids of broadcasts by the number of their results that the friend is counted in, `last_broadcast` is
    name and moment of the one received last. `workflows` are ids of workflows by what they are to the friend, `answers`
    what was answered, by workflow and question.
    """

    columns: Mapping[str, Any]
    attributes: Mapping[str, Any]
    tags: frozenset[int]
    numbers: Mapping[str, frozenset[int]] = field(default_factory=dict)
    last_broadcast: tuple[str, datetime] | tuple[None, None] = (None, None)
    workflows: Mapping[str, frozenset[int]] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    # Ids of the QR Codes that were scanned.
    codes: frozenset[int] = frozenset()


@dataclass(frozen=True)
class World:
    """What there is beside the friends: the day, the zone, kinds of custom attributes and of questions, the tags."""

    today: date
    zone: ZoneInfo
    kinds: Mapping[str, str]
    tags: Collection[int]
    questions: Mapping[str, str] = field(default_factory=dict)

    def holds(self, condition: Mapping[str, Any], person: Person) -> bool:
        """Whether one condition does, with all of its values."""
        if condition["operator"] not in ONE_IS_ENOUGH:
            return self._holds(condition, person)
        each = [self._holds({**condition, "values": [value]}, person) for value in condition["values"]]
        return all(each) if condition["operator"].startswith("not_") else any(each)

    def _holds(self, condition: Mapping[str, Any], person: Person) -> bool:
        name, operator, values = condition["property"], condition["operator"], condition["values"]
        if name == "tag":
            return self._tags(operator, values, person.tags & set(self.tags))
        if name in CHOICES:
            return _choice(operator, values, person.columns[name.removeprefix("line.")])
        if name.startswith("broadcast."):
            return self._broadcast(name.removeprefix("broadcast."), operator, values, person)
        if name.startswith("workflow.") or name == "scanned_qr_code":
            own = person.workflows.get(name.removeprefix("workflow."), frozenset())
            return _among(operator, values, person.codes if name == "scanned_qr_code" else own)
        if name.startswith("workflow_answer."):
            asked = name.removeprefix("workflow_answer.")
            return self._custom(self.questions[asked], operator, values, person.answers.get(asked))
        return self._value(name, operator, values, person)

    def _value(self, name: str, operator: str, values: Any, person: Person) -> bool:
        if name in LINE_DATES:
            return self._date(operator, values, self._local_day(person.columns[name.removeprefix("line.")]))
        if name == "phone":
            return _phone(operator, values, person.columns[name])
        if name in TEXTS:
            return _text(operator, values, person.columns[name.removeprefix("line.")])
        key = name.removeprefix("attributes.")
        return key in self.kinds and self._custom(self.kinds[key], operator, values, person.attributes.get(key))

    def _custom(self, kind: str, operator: str, values: Any, value: Any) -> bool:
        if kind == "text":
            return _text(operator, values, _as_text(value))
        if kind == "number":
            return _number(operator, values, None if isinstance(value, bool) else _of_type(value, int | float))
        if kind == "choices":
            return _choice(operator, values, value)
        if kind == "date":
            is_day = isinstance(value, str) and DAY.fullmatch(value)
            return self._date(operator, values, value if is_day else None)
        return _yes_no(operator, _of_type(value, bool))

    def _tags(self, operator: str, values: Any, carried: Collection[int]) -> bool:
        if operator == "empty":
            return not carried
        chosen = [int(value) for value in values]
        if not set(chosen) <= set(self.tags):
            return False
        present = [tag in carried for tag in chosen]
        return {"contains_any": any(present), "contains_all": all(present), "contains_none": not any(present)}[operator]

    def _broadcast(self, name: str, operator: str, values: Any, person: Person) -> bool:
        sent, moment = person.last_broadcast
        if name == "last_name":
            return _text(operator, values, sent)
        if name == "last_date":
            return self._date(operator, values, self._local_day(moment))
        return _among(operator, values, person.numbers.get(name, frozenset()))

    def _date(self, operator: str, values: Any, day: str | None) -> bool:
        if operator in {"known", "unknown"}:
            return (day is not None) == (operator == "known")
        if day is None:
            return False
        if operator in YEARLY:
            return self._yearly(operator, values, date.fromisoformat(day))
        if operator in {"exactly_ago", "exactly_ahead", "next_days"}:
            days = int(values[0])
            edge = (self.today + timedelta(days=-days if operator == "exactly_ago" else days)).isoformat()
            return self.today.isoformat() <= day <= edge if operator == "next_days" else day == edge
        if operator in {"last_days", "days_ago"}:
            since = (self.today - timedelta(days=int(values[0]))).isoformat()
            return since <= day <= self.today.isoformat() if operator == "last_days" else day < since
        low, high = values[0], values[-1]
        return {"on": day == low, "before": day < low, "after": day > low, "between": low <= day <= high}[operator]

    def _yearly(self, operator: str, values: Any, day: date) -> bool:
        if operator == "months":
            following = self.today.replace(day=1) + timedelta(days=31)
            relative = {"this": self.today.month, "next": following.month}
            return day.month in {relative.get(one) or int(one) for one in values}
        first = 0 if operator == "anniversary_next_days" else int(values[0])
        coming = (self.today + timedelta(days=ahead) for ahead in range(first, int(values[0]) + 1))
        return any(_day_of_year(day, one.year) == one for one in coming)

    def _local_day(self, moment: datetime | None) -> str | None:
        return None if moment is None else moment.astimezone(self.zone).date().isoformat()


def _among(operator: str, values: Any, found: frozenset[int]) -> bool:
    chosen = set(values)
    return {
        "contains_any": bool(found & chosen),
        "contains_all": chosen <= found,
        "contains_none": not found & chosen,
        "ever": bool(found),
        "never": not found,
        "empty": not found,
    }[operator]


def fold(text: str) -> str:
    """Width, case, kana, invisible marks and the like make no difference; ASCII stands for itself."""
    if text.isascii():
        return text.lower()
    joined = UNSEEN.sub("", text).replace("゛", "\u3099").replace("゜", "\u309a").replace("´", "'")
    lowered = unicodedata.normalize("NFKC", joined).lower()
    kana = (SAME.get(one) or (chr(ord(one) - 0x60) if "ァ" <= one <= "ヴ" else one) for one in lowered)
    return "".join(_repeated("".join(kana)))


def _repeated(text: str) -> list[str]:
    """Write out what iteration marks repeat."""
    found: list[str] = []
    for one in text:
        before = unicodedata.normalize("NFD", found[-1])[0] if found else ""
        if one in "ゝゞ" and "ぁ" <= before <= "ん":
            found.append(unicodedata.normalize("NFC", before + ("\u3099" if one == "ゞ" else "")))
        else:
            found.append(found[-1] if one == "々" and "㐀" <= before <= "鿿" else one)
    return found


def _phone(operator: str, values: Any, value: str | None) -> bool:
    """The normal form decides; a part of a number may begin with 0 in place of the country code."""
    if operator in {"known", "unknown"}:
        return bool(value) == (operator == "known")
    if operator.startswith("not_"):
        return not _phone(operator.removeprefix("not_"), values, value)
    if not value:
        return False
    number, typed = phones.normal(value).lstrip("+"), values[0]
    if operator == "equals":
        return phones.normal(value) == phones.normal(typed)
    digits = re.sub("[^0-9]", "", unicodedata.normalize("NFKC", typed).replace("(0)", ""))
    parts = [digits, "81" + digits[1:]] if digits.startswith("0") else [digits]
    tests = {"contains": number.__contains__, "starts_with": number.startswith, "ends_with": number.endswith}
    return any(tests[operator](part) for part in parts)


def _text(operator: str, values: Any, value: str | None) -> bool:
    if operator in {"known", "unknown"}:
        return bool(value) == (operator == "known")
    if operator.startswith("not_"):
        return not _text(operator.removeprefix("not_"), values, value)
    word, folded = fold(str(values[0]).strip()), fold(value or "")
    tests: dict[str, Callable[[], bool]] = {
        "equals": lambda: folded == word,
        "contains": lambda: word in folded,
        "starts_with": lambda: folded.startswith(word),
        "ends_with": lambda: folded.endswith(word),
    }
    return bool(value) and tests[operator]()


def _number(operator: str, values: Any, value: float | None) -> bool:
    if operator in {"known", "unknown"}:
        return (value is not None) == (operator == "known")
    if operator == "not_equals":
        return value is None or value != values[0]
    if value is None:
        return False
    low, high = values[0], values[-1]
    return {
        "equals": value == low,
        "less": value < low,
        "at_most": value <= low,
        "more": value > low,
        "at_least": value >= low,
        "between": low <= value <= high,
    }[operator]


def _choice(operator: str, values: Any, value: str | None) -> bool:
    if operator in {"known", "unknown"}:
        return (value is not None) == (operator == "known")
    return (value in values) == (operator == "any_of")


def _yes_no(operator: str, value: bool | None) -> bool:
    return {
        "is": value is True,
        "is_not": value is not True,
        "known": value is not None,
        "unknown": value is None,
    }[operator]


def _as_text(value: Any) -> str | None:
    """What is no text in JSON is compared as PostgreSQL writes it: numbers without exponent."""
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _of_type(value: Any, kind: Any) -> Any:
    return value if isinstance(value, kind) else None


def _day_of_year(day: date, year: int) -> date:
    """The day on which a date comes again in a year: 29 February on the 28th where there is none."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)
