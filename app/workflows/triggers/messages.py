"""Triggers of what a friend writes, taps or watches.

Keywords are compared as the search folds texts: case, width and kana do not matter, nor do spaces around, and LINE
emoji in a text are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

from app.core.characters import stands_alone
from app.core.i18n import Text, _, _l, listed
from app.core.text_folding import fold_all
from app.workflows.definition.graph import Node
from app.workflows.definition.kinds import TRIGGERS, NodeCategory, NodeProblem, TriggerNodeKind

MESSAGE, POSTBACK, VIDEO_WATCHED, RICH_MENU_SWITCHED = "message", "postback", "video_watched", "rich_menu_switched"


class Match(StrEnum):
    """How a keyword is compared with what a friend wrote."""

    EQUALS = "equals"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"


MATCHES: dict[str, Text] = {
    Match.EQUALS: _l("equals"),
    Match.CONTAINS: _l("contains"),
    Match.STARTS_WITH: _l("starts with"),
    Match.ENDS_WITH: _l("ends with"),
}


class PostbackMatch(StrEnum):
    """How a button's data are compared: all of them, their beginning, or one parameter as in "a=1&b=2"."""

    EQUALS = "equals"
    STARTS_WITH = "starts_with"
    PARAMETER = "parameter"


def without_emoji(message: Mapping[str, Any]) -> str:
    """Return a message's text without LINE emoji; their places count UTF-16 units."""
    text = str(message.get("text") or "")
    if not message.get("emojis"):
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    places = sorted(((one.get("index", 0), one.get("length", 0)) for one in message["emojis"]), reverse=True)
    for index, length in places:
        units = units[: 2 * index] + units[2 * (index + length) :]
    return units.decode("utf-16-le", "replace")


def fold_texts(texts: Iterable[str]) -> list[str]:
    """Return texts as they are compared with keywords; "" for those of which nothing is drawn by itself."""
    return [text.strip() if stands_alone(text) else "" for text in fold_all(texts)]


def fits_keyword(text: str, keyword: str, match: str) -> bool:
    """Return whether a folded text fits a folded keyword; an empty keyword fits nothing."""
    if not keyword:
        return False
    if match == Match.EQUALS:
        return text == keyword
    if match == Match.CONTAINS:
        return keyword in text
    return text.startswith(keyword) if match == Match.STARTS_WITH else text.endswith(keyword)


def _prepare_keywords(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    keywords = settings.get("keywords") or []
    folded = fold_texts(str(one.get("text", "")) for one in keywords)
    return {**settings, "keywords": [{**one, "folded": text} for one, text in zip(keywords, folded, strict=True)]}


def _is_wanted_message(settings: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    keywords = settings.get("keywords") or ()
    if not keywords:
        return True
    text = data.get("folded")
    return isinstance(text, str) and any(fits_keyword(text, one["folded"], one["match"]) for one in keywords)


def _check_keywords(node: Node, _account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    if node.settings.get("any"):
        return
    keywords = node.settings.get("keywords") or ()
    if not keywords or not all(fold_texts(str(one.get("text", "")) for one in keywords)):
        yield NodeProblem(_l("Enter the keyword."), "keywords")
    if any(one.get("match") not in MATCHES for one in keywords):
        yield NodeProblem(_l("Choose how the keyword is compared."), "keywords")


def _message_summary(node: Node) -> Text:
    keywords = node.settings.get("keywords") or ()
    if not keywords:
        return _("When a friend sends any message")
    entered = [one for one in keywords if str(one.get("text") or "").strip()]
    if not entered:
        return _("No keyword yet")
    words = [_("%(match)s “%(text)s”", match=MATCHES[one["match"]], text=one["text"]) for one in entered]
    return _("When a message %(keywords)s", keywords=listed(words, style="or"))


def _is_wanted_postback(settings: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    said, value = str(data.get("data", "")), str(settings.get("value", ""))
    match = settings.get("match")
    if match == PostbackMatch.EQUALS:
        return said == value
    if match == PostbackMatch.STARTS_WITH:
        return bool(value) and said.startswith(value)
    return (settings.get("name"), value) in parse_qsl(said, keep_blank_values=True)


def _postback_summary(node: Node) -> Text:
    name, value = str(node.settings.get("name") or ""), str(node.settings.get("value") or "")
    return f"{name}={value}" if node.settings.get("match") == PostbackMatch.PARAMETER and name else value


def _check_postback(node: Node, _account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    match = node.settings.get("match")
    if match not in set(PostbackMatch):
        yield NodeProblem(_l("Choose how the data are compared."), "match")
    if match == PostbackMatch.PARAMETER and not node.settings.get("name"):
        yield NodeProblem(_l("Enter the name of the parameter."), "name")
    if match != PostbackMatch.PARAMETER and not node.settings.get("value"):
        yield NodeProblem(_l("Enter the data of the button."), "value")


def _is_video(settings: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    return settings.get("tracking_id") == data.get("tracking_id")


def _check_video(node: Node, _account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    if not node.settings.get("tracking_id"):
        yield NodeProblem(_l("Enter the tracking ID of the video."), "tracking_id")


def _is_menu(settings: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    return not settings.get("alias") or settings["alias"] == data.get("alias")


for _kind in (
    TriggerNodeKind(
        name=MESSAGE,
        label=_l("Message received"),
        about=_l("When a friend sends a message; keywords narrow which"),
        also=_l("keyword reply chat text"),
        rank=2,
        category=NodeCategory.BASIC,
        icon="message",
        matches=_is_wanted_message,
        check=_check_keywords,
        summary=_message_summary,
        prepare=_prepare_keywords,
        tells=lambda _node: {"text": _l("What the friend wrote")},
    ),
    TriggerNodeKind(
        name=POSTBACK,
        label=_l("Postback received"),
        about=_l("When a friend taps a button that sends data"),
        rank=3,
        category=NodeCategory.BASIC,
        icon="hand-click",
        matches=_is_wanted_postback,
        check=_check_postback,
        summary=_postback_summary,
        tells=lambda _node: {"data": _l("Data of the button")},
    ),
    TriggerNodeKind(
        name=VIDEO_WATCHED,
        label=_l("Video view completed"),
        about=_l("When a friend has watched a tracked video to its end"),
        rank=5,
        category=NodeCategory.BASIC,
        icon="video",
        matches=_is_video,
        check=_check_video,
        summary=lambda node: str(node.settings.get("tracking_id") or ""),
        tells=lambda _node: {"tracking_id": _l("Tracking ID of the video")},
    ),
    TriggerNodeKind(
        name=RICH_MENU_SWITCHED,
        label=_l("Rich menu switched"),
        about=_l("When a friend switches to a rich menu by a tap"),
        category=NodeCategory.LINE,
        icon="layout-grid",
        matches=_is_menu,
    ),
):
    TRIGGERS.add(_kind.name, _kind)
