"""Checks a Flex bubble or carousel by LINE's rules, and complains at the property that breaks one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.core.i18n import Text, _, _l
from app.messages.content.building import Builder, wrong_link
from app.messages.content.flex.actions import LABEL_IN_FLEX, check_action, pieces_of
from app.messages.content.flex.components import (
    BLOCKS,
    BUBBLE,
    CAROUSEL,
    COMPONENTS,
    GRADIENT,
    IN_BASELINE,
    IN_BOX,
    STYLE,
    STYLES,
    WITH_FILM,
    Component,
)
from app.messages.content.flex.values import Value

BUBBLE_BYTES, CAROUSEL_BYTES, MOST_BUBBLES = 30 * 1024, 50 * 1024, 12
# Deeper than any message of LINE; JSON from a form could otherwise be as deep as it likes.
DEEPEST = 40
NO_OBJECT = _l("An object stands here, which begins with { and ends with }.")


def check_container(contents: Any, builder: Builder) -> None:
    """Complain of a bubble or a carousel; the builder stands inside of it."""
    kind = contents.get("type") if isinstance(contents, Mapping) else None
    if kind == "bubble":
        check_bubble(contents, builder, may_play=True)
    elif kind == "carousel":
        _check_carousel(contents, builder)
    else:
        builder.complain(_l("Flex contents are a “bubble” or a “carousel”."))


def check_bubble(bubble: Mapping[str, Any], builder: Builder, *, may_play: bool = False) -> None:
    """Complain of a bubble; `may_play` says whether its hero may be a film."""
    _check_properties(bubble, BUBBLE, "bubble", builder)
    if size_in_bytes(bubble) > BUBBLE_BYTES:
        builder.complain(_l("A bubble is larger than 30 KB, which is the most that LINE takes."))
    if not any(bubble.get(block) for block in BLOCKS):
        builder.complain(_l("A bubble needs a header, a hero, a body or a footer."))
    _check_surface(bubble, builder)
    _check_styles(bubble.get("styles"), builder)
    can_play = may_play and bubble.get("size", "mega") in WITH_FILM
    for block in BLOCKS:
        if bubble.get(block) is not None:
            hero = ("box", "image", "video") if can_play else ("box", "image")
            with builder.inside(block):
                _check_component(bubble[block], hero if block == "hero" else ("box",), builder)


def size_in_bytes(value: Any) -> int:
    """Return the size of the JSON as it travels."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))


def _check_carousel(carousel: Mapping[str, Any], builder: Builder) -> None:
    _check_properties(carousel, CAROUSEL, "carousel", builder)
    bubbles = carousel.get("contents")
    if not isinstance(bubbles, list) or not 1 <= len(bubbles) <= MOST_BUBBLES:
        builder.complain(_("A carousel has 1 to %(most)s bubbles.", most=MOST_BUBBLES), "contents")
        return
    if size_in_bytes(carousel) > CAROUSEL_BYTES:
        builder.complain(_l("The carousel is larger than 50 KB, which is the most that LINE takes."))
    first = _width(bubbles[0])
    for number, bubble in enumerate(bubbles):
        with builder.inside("contents", number):
            if not isinstance(bubble, Mapping) or bubble.get("type") != "bubble":
                builder.complain(_l("A carousel holds bubbles only."), "type")
                continue
            if _width(bubble) != first:
                builder.complain(
                    _("All bubbles of a carousel have the same size; the first is %(size)s.", size=first), "size"
                )
            check_bubble(bubble, builder)


def _width(bubble: Any) -> Any:
    return bubble.get("size", "mega") if isinstance(bubble, Mapping) else None


def _check_component(one: Any, kinds: Sequence[str], builder: Builder, depth: int = 0) -> None:
    if depth > DEEPEST:  # Said by what fills the personal values in.
        return
    if not isinstance(one, Mapping):
        builder.complain(NO_OBJECT)
        return
    kind = str(one.get("type", ""))
    if kind not in kinds:
        builder.complain(_wrong_kind(kind, ", ".join(kinds)), "type")
        return
    _check_properties(one, COMPONENTS[kind], kind, builder)
    if kind == "button":
        with builder.inside("action"):
            if one.get("action") is not None:
                check_action(one["action"], builder, LABEL_IN_FLEX, needs_label=True)
    else:
        _check_surface(one, builder)
    _check_pictures(one, builder)
    _check_inside(one, kind, builder, depth)


def _wrong_kind(kind: str, kinds: str) -> Text:
    if not kind:
        return _("“type” is missing. LINE takes here: %(kinds)s.", kinds=kinds)
    return _("“%(kind)s” is no component for this place. LINE takes here: %(kinds)s.", kind=kind, kinds=kinds)


def _check_inside(one: Mapping[str, Any], kind: str, builder: Builder, depth: int) -> None:
    if kind == "box":
        _check_gradient(one.get("background"), builder)
        _check_list(one.get("contents"), IN_BASELINE if one.get("layout") == "baseline" else IN_BOX, builder, depth)
    elif kind == "text" and one.get("contents"):
        _check_list(one["contents"], ("span",), builder, depth)
    elif kind == "text" and not one.get("text"):
        builder.complain(_l("A text needs words in “text”, or spans in “contents”."), "text")
    elif kind == "video" and one.get("altContent") is not None:
        with builder.inside("altContent"):
            _check_component(one["altContent"], ("box", "image"), builder, depth + 1)


def _check_list(contents: Any, kinds: Sequence[str], builder: Builder, depth: int) -> None:
    if contents is None:
        return
    if not isinstance(contents, list):
        builder.complain(_l("A list stands here, which begins with [ and ends with ]."), "contents")
        return
    for number, one in enumerate(contents):
        with builder.inside("contents", number):
            _check_component(one, kinds, builder, depth + 1)


def _check_properties(one: Mapping[str, Any], component: Component, kind: str, builder: Builder) -> None:
    """Complain of unknown properties, wrong values, and what is missing."""
    for name, value in one.items():
        wanted = component.properties.get(name)
        if name != "type" and name not in component.properties:
            builder.complain(_("“%(name)s” is no property of a “%(kind)s”.", name=name, kind=kind), name)
        elif wanted is not None and not _is_right(wanted, value):
            takes = {"name": name, "takes": wanted.wanted}
            builder.complain(_("“%(name)s” has a value that LINE does not take. It takes: %(takes)s", **takes), name)
    for name in component.needs:
        if one.get(name) is None or one[name] == "":
            builder.complain(_("“%(name)s” is missing.", name=name), name)


def _is_right(wanted: Value, value: Any) -> bool:
    """Return whether a value is taken; what is filled in later is not known yet, and null is as if it was not there."""
    return value is None or (isinstance(value, str) and "{{" in value) or wanted.fits(value)


def _check_surface(one: Mapping[str, Any], builder: Builder) -> None:
    """Check the action of what can be tapped but is no button; its label is not shown and may be left out."""
    if one.get("action") is not None:
        with builder.inside("action"):
            check_action(one["action"], builder, LABEL_IN_FLEX, needs_label=False)


def _check_styles(styles: Any, builder: Builder) -> None:
    if styles is None:
        return
    with builder.inside("styles"):
        if not isinstance(styles, Mapping):
            builder.complain(NO_OBJECT)
            return
        _check_properties(styles, STYLES, "styles", builder)
        for block in BLOCKS:
            if isinstance(styles.get(block), Mapping):
                with builder.inside(block):
                    _check_properties(styles[block], STYLE, block, builder)
            elif styles.get(block) is not None:
                builder.complain(NO_OBJECT, block)


def _check_gradient(background: Any, builder: Builder) -> None:
    if background is None:
        return
    with builder.inside("background"):
        if not isinstance(background, Mapping) or background.get("type") != "linearGradient":
            builder.complain(_l("A background is an object of the type “linearGradient”."), "type")
            return
        _check_properties(background, GRADIENT, "linearGradient", builder)


def _check_pictures(one: Mapping[str, Any], builder: Builder) -> None:
    for name in ("url", "previewUrl"):
        link = one.get(name)
        pieces = pieces_of(link) if isinstance(link, str) else ()
        if pieces and not (isinstance(pieces[0], str) and pieces[0].startswith("https://")):
            builder.complain(_l("LINE fetches pictures and videos from https addresses only."), name)
        elif problem := wrong_link(pieces):
            builder.complain(problem, name)
