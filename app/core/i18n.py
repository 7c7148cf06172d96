"""Words and dates in the reader's language and time zone; the only module that uses Flask-Babel.

Business modules import `_`, `_l` and `ngettext` from here and stay free of Flask. Outside a request the workspace's
language and time zone hold, given by the function registered with `use_defaults`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format, get_month_names
from babel.dates import format_datetime as babel_datetime
from babel.lists import format_list
from babel.numbers import format_compact_decimal, format_percent
from babel.numbers import format_decimal as babel_decimal
from flask import Flask, g, has_request_context, request
from flask_babel import (
    Babel,
    force_locale,
    format_decimal,
    get_domain,
    get_locale,
    get_timezone,
)
from flask_babel.speaklater import LazyString
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from app.core.characters import isolated
from app.core.clock import in_zone, pretended_now

MILLION = 1_000_000
LANGUAGES = {"en": "English", "ja": "日本語"}
# What ends Japanese sentences, behind which stands no space.
ENDS = ("。", "！", "？")


class Text(Protocol):
    """A sentence: a str, or a lazy string that finds its language when it is printed."""

    def __str__(self) -> str: ...


def _(message: str, **values: object) -> str:
    """Translate now; texts among the values keep their own direction."""
    sentence = str(_catalogue().ugettext(message))
    return sentence % own_direction(values) if values else sentence


def _l(message: str, **values: object) -> Text:
    """Translate when printed, for module-level constants and errors."""
    return LazyString(_, message, **values)  # type: ignore[no-any-return]


def own_direction(values: Mapping[str, object]) -> dict[str, object]:
    """Return the values of a sentence, of which foreign texts (never markup) are kept from turning its other words."""
    return {name: isolated(value) if type(value) is str else value for name, value in values.items()}


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """Translate with a number; `%(num)s` is filled in, grouped as the language does."""
    chosen = _catalogue().ungettext(one, many, num)
    return str(chosen) % {"num": format_decimal(num), **own_direction(values)}


def message_alone(one: str, many: str | None = None) -> str:
    """Return a message in the reader's language as it stands, with the names of its values."""
    return _alone(_catalogue(), one, many)


def _catalogue() -> Any:
    """Return the sentences in the present language; a page has hundreds, and looking for them each time takes long."""
    try:
        about = g._flask_babel
        locale, found = about.catalogue
        if locale is about.babel_locale:
            return found
    except (AttributeError, RuntimeError):
        # The first sentence of a request, or one outside of any.
        pass
    found = get_domain().get_translations()
    if g and (locale := get_locale()) is not None:
        g._flask_babel.catalogue = (locale, found)
    return found


def _locale() -> Locale:
    """Return the reader's locale; it is asked for with every time and number that a page shows."""
    try:
        found = g._flask_babel.babel_locale
    except (AttributeError, RuntimeError):
        found = None
    return found or get_locale() or Locale.parse(language())


babel = Babel()


@dataclass(frozen=True)
class Defaults:
    """What holds in the workspace: its language, its IANA time zone, and its country as ISO 3166 writes it."""

    language: str = "en"
    time_zone: str = "Asia/Tokyo"
    country: str = "JP"


_defaults: Callable[[], Defaults] = Defaults


def use_defaults(provider: Callable[[], Defaults]) -> None:
    """Register who knows what holds in the workspace."""
    global _defaults  # noqa: PLW0603
    _defaults = provider


def init_app(app: Flask) -> None:
    """Bind Babel: the member's language, else the cookie's, else the browser's, else the workspace's."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    babel.init_app(app, locale_selector=language, timezone_selector=time_zone)
    app.jinja_env.globals.update(LANGUAGES=LANGUAGES, get_locale=get_locale, language=language, ngettext=ngettext)
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"] = _gettext_of_templates


@pass_eval_context
def _gettext_of_templates(context: EvalContext, message: str, **values: object) -> str:
    """Translate as Jinja does, which escapes values; texts among them keep their own direction."""
    sentence = _sentence(_catalogue(), message, bool(context.autoescape))
    return sentence % own_direction(values) if values or "%" in sentence else sentence


@lru_cache(maxsize=20_000)
def _alone(catalogue: Any, one: str, many: str | None) -> str:
    return str(catalogue.ugettext(one) if many is None else catalogue.ungettext(one, many, 1))


# A page has hundreds of sentences.
@lru_cache(maxsize=20_000)
def _sentence(catalogue: Any, message: str, is_markup: bool) -> str:
    found = catalogue.ugettext(message)
    return Markup(found) if is_markup else str(found)  # noqa: S704


def language() -> str:
    """Return the reader's language code."""
    if has_request_context():
        chosen = g.get("language") or request.cookies.get("language")
        if chosen in LANGUAGES:
            return str(chosen)
        best = request.accept_languages.best_match(list(LANGUAGES))
        if best:
            return best
    return _defaults().language


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """Speak this language inside the block, for example in an e-mail to another member."""
    with force_locale(code):
        yield


def workspace_language() -> str:
    """Return the workspace's language code, whatever the reader's is; messages to friends are written in it."""
    return _defaults().language


def time_zone() -> str:
    """Return the workspace's IANA time zone."""
    return _defaults().time_zone


def country() -> str:
    """Return the workspace's country, such as "JP"."""
    return _defaults().country


def zone() -> ZoneInfo:
    """Return the workspace's time zone as an object."""
    return ZoneInfo(time_zone())


def today() -> date:
    """Return today's date in the workspace's time zone; in a simulation that of its own time."""
    return (pretended_now() or datetime.now(UTC)).astimezone(zone()).date()


def when(value: datetime | None, style: Literal["minute", "medium", "long", "full"] = "medium") -> str:
    """Date and time in the workspace's zone and the reader's language; a dash for nothing.

    Pages write times in the one style "medium", and planned ones in "minute", without seconds; "full" is for the title
    that explains it, "long" for mails, whose readers may be elsewhere.
    """
    place = zone()
    shown = in_zone(value, place) if value else None
    if shown is None:
        return "–"
    code = str(_locale())
    return _to_the_minute(shown, place.key, code) if style == "minute" else _written(shown, place.key, style, code)


def time_element(value: datetime | date, words: str) -> Markup:
    """Return a `<time>` that says these words; that of a moment has the exact time in its title."""
    return _time_element(value, words, time_zone(), str(_locale()))


# Of a zone and a language, for which `when` writes; words and markup that are equal are escaped differently.
@lru_cache(maxsize=5_000, typed=True)
def _time_element(value: datetime | date, words: str, _place: str, _code: str) -> Markup:
    if not isinstance(value, datetime):
        return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), words)
    moment = value.astimezone(UTC).isoformat(timespec="seconds")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(moment, when(value, "full"), words)


def brief(value: datetime) -> str:
    """Return a moment of today as its time, an earlier one with its date."""
    shown = in_zone(value, zone())
    if shown is None or shown.date() != today():
        return when(value, "minute")
    return format_time(shown, "short", tzinfo=shown.tzinfo, locale=_locale())


@lru_cache(maxsize=5_000)
def _written(moment: datetime, place: str, style: Literal["medium", "long", "full"], locale: str) -> str:
    """Return the moment as it is written in a zone; equal moments of two zones are one to a cache but for `place`."""
    return babel_datetime(moment, style, tzinfo=ZoneInfo(place), locale=locale)


@lru_cache(maxsize=5_000)
def _to_the_minute(moment: datetime, place: str, code: str) -> str:
    """Return the moment without seconds, remembered as `_written` does."""
    local, locale = moment.astimezone(ZoneInfo(place)), Locale.parse(code)
    clock = format_time(local, "short", tzinfo=local.tzinfo, locale=locale)
    return str(get_datetime_format("medium", locale)).format(clock, _day(local.date(), locale))


def day(value: datetime | date | None) -> str:
    """Date alone; a datetime is first moved into the workspace's zone."""
    shown = in_zone(value, zone()) if isinstance(value, datetime) else value
    if shown is None:
        return "–"
    return _day(shown.date() if isinstance(shown, datetime) else shown, _locale())


@lru_cache(maxsize=4096)
def _day(value: date, locale: Locale) -> str:
    """Remembered, because long lists show the same few days again and again."""
    return str(format_date(value, "medium", locale=locale))


def short_day(value: date) -> str:
    """Month and day without the year, for the axis of a chart: as `day` writes them, "Apr 24" or "4/24"."""
    code = language()
    return str(format_skeleton("Md" if code == "ja" else "MMMd", value, locale=code))


def month_name(number: int) -> str:
    """Return the name of a month, as it stands alone in the reader's language: "April" or "4月"."""
    return str(get_month_names("wide", context="stand-alone", locale=_locale())[number])


def count(value: int | None) -> str:
    """Return a whole number grouped as the reader's language does; a dash for nothing."""
    return "–" if value is None else format_decimal(value)


def number(value: float) -> str:
    """Return a number with all its decimals, grouped as the reader's language does; never with an exponent."""
    exact = Decimal(repr(value))
    return str(babel_decimal(exact, locale=_locale(), decimal_quantization=False))


def share(value: float | None) -> str:
    """Return a part of a whole in percent, with one decimal; a dash for nothing."""
    return "–" if value is None else str(format_percent(value, "#,##0.0%", locale=_locale()))


def rounded(value: int) -> str:
    """Return a number that is not exact; from a million on in words, such as "1.23 million" or "123万"."""
    if value < MILLION:
        return count(value)
    locale = _locale()
    style: Literal["short", "long"] = "long" if "long" in locale.compact_decimal_formats else "short"
    return format_compact_decimal(value, format_type=style, locale=locale, fraction_digits=2)


def listed(names: Iterable[object], *, style: Literal["standard", "or"] = "standard") -> str:
    """Join names as the reader's language does: "tea, milk, and sugar", or with "or" where one of them is enough."""
    return str(format_list([isolated(str(name)) for name in names], style=style, locale=get_locale()))


def sentences(parts: Iterable[object]) -> str:
    """Join sentences as their language does: with a space, and with none behind a Japanese one."""
    said = ""
    for part in map(str, parts):
        said += f" {part}" if said and not said.endswith(ENDS) else part
    return said


def language_name(code: str) -> str:
    """Return what the reader calls the language of a code such as "zh-TW"; the code itself when it is none."""
    try:
        return str(Locale.parse(code, sep="-").get_display_name(get_locale()) or code)
    except (UnknownLocaleError, ValueError):
        return code


def closed_up(text: str) -> str:
    """Write a time without the blanks that CLDR puts between numbers and Japanese words."""
    return text.replace(" ", "") if str(get_locale()) == "ja" else text


__all__ = [
    "LANGUAGES",
    "Text",
    "_",
    "_l",
    "babel",
    "closed_up",
    "count",
    "country",
    "day",
    "get_timezone",
    "in_language",
    "language",
    "language_name",
    "listed",
    "ngettext",
    "number",
    "own_direction",
    "when",
    "workspace_language",
    "zone",
]
