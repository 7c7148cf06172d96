"""The gallery: coupon, receipt, invitation, opening hours, product, member card, survey and menu."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.i18n import Text, _, _l
from app.messages.composer.gallery.pieces import (
    GREEN,
    GREY,
    INK,
    PALE,
    RED,
    Json,
    answer,
    banner,
    bubble,
    column,
    copied,
    line,
    link,
    pair,
    row,
    title,
    words,
)


@dataclass(frozen=True)
class Example:
    """A Flex message to start from; `build` returns its contents in the present language."""

    name: Text
    build: Callable[[], Json]

    @property
    def source(self) -> str:
        """Return the contents as a member sees them in the field."""
        return json.dumps(self.build(), ensure_ascii=False, indent=2)


def _coupon() -> Json:
    head = column(
        words(_("Thank you for being our friend"), color="#FFFFFF", size="sm", align="center"),
        words("10%", color="#FFFFFF", size="5xl", weight="bold", align="center"),
        words(_("off your next purchase"), color="#FFFFFF", align="center"),
        backgroundColor=GREEN,
        paddingAll="20px",
        spacing="sm",
    )
    code = column(
        words("TOMORU10", size="xxl", weight="bold", align="center", color=GREEN),
        backgroundColor=PALE,
        cornerRadius="md",
        paddingAll="12px",
    )
    body = [
        title(_("Coupon for your next visit"), size="lg"),
        code,
        pair(_("Valid until"), _("31 March 2027")),
        words(_("Once per person. Show this screen at the till."), size="xs", color=GREY),
    ]
    return bubble(body, header=head, buttons=[copied(_("Copy the code"), "TOMORU10"), link(_("Find a shop"), "link")])


def _receipt() -> Json:
    body = [
        words(_("RECEIPT"), weight="bold", size="sm", color=GREEN),
        title(_("Your order has been paid")),
        pair(_("Order number"), "A-1024"),
        line(),
        pair(_("Coffee beans, 200 g"), _("¥1,200"), color=INK),
        pair(_("Paper filters"), _("¥400"), color=INK),
        pair(_("Delivery"), _("¥600"), color=INK),
        line(),
        row(words(_("Total"), weight="bold"), words(_("¥2,200"), weight="bold", align="end")),
    ]
    return bubble(body, buttons=[link(_("Track the delivery"))])


def _invitation() -> Json:
    day = column(
        words(_("APR"), size="xs", align="center", color="#FFFFFF"),
        words("12", size="xxl", weight="bold", align="center", color="#FFFFFF"),
        backgroundColor=RED,
        cornerRadius="md",
        paddingAll="8px",
        width="64px",
        flex=0,
    )
    about = column(
        title(_("Spring tasting"), size="lg"),
        words(_("Sunday, 14:00 to 16:00"), size="sm", color=GREY),
        words(_("Main shop, upstairs"), size="sm", color=GREY),
        spacing="xs",
    )
    body = [
        row(day, about, spacing="lg"),
        line(),
        words(_("Six new teas, and the people who grow them. Will you come, {{display_name|dear friend}}?")),
    ]
    buttons = [
        answer(_("I will come"), "event=spring&answer=yes", "primary"),
        answer(_("Not this time"), "event=spring&answer=no"),
        link(_("On the map"), "link"),
    ]
    return bubble(body, buttons=buttons)


def _opening_hours() -> Json:
    body = [
        title(_("Opening hours")),
        pair(_("Monday to Friday"), "10:00 – 20:00", color=INK),
        pair(_("Saturday"), "10:00 – 18:00", color=INK),
        pair(_("Sunday"), _("closed"), color=RED),
        line(),
        words(_("1-2-3 Ginza, Chuo-ku, Tokyo"), size="sm", color=GREY),
    ]
    return bubble(body, buttons=[link(_("Book a table")), link(_("On the map"), "link")])


def _product() -> Json:
    prices = {
        "type": "box",
        "layout": "baseline",
        "spacing": "md",
        "contents": [
            {"type": "text", "text": _("¥2,980"), "weight": "bold", "size": "xl", "color": RED, "flex": 0},
            {"type": "text", "text": _("¥3,980"), "size": "sm", "color": GREY, "decoration": "line-through", "flex": 0},
        ],
    }
    body = [
        words(_("NEW"), size="xs", weight="bold", color=GREEN),
        title(_("Hand-thrown cup")),
        words("★★★★☆ 4.2", size="sm", color="#B7791F"),
        words(_("Made in Mashiko, 240 ml, safe for the dishwasher."), size="sm", color=GREY),
        prices,
    ]
    return bubble(body, header=banner("☕", "#D9C7B0"), buttons=[link(_("Buy")), link(_("See all cups"), "link")])


def _member_card() -> Json:
    bar = column(
        column({"type": "filler"}, width="70%", height="6px", backgroundColor="#F2C94C", cornerRadius="3px"),
        backgroundColor="#FFFFFF40",
        height="6px",
        cornerRadius="3px",
    )
    light = {"color": "#FFFFFF"}
    rank = words(_("GOLD"), weight="bold", align="end", color="#F2C94C")
    body = column(
        row(words(_("MEMBER CARD"), size="xs", **light), rank),
        words("{{display_name|—}}", size="xxl", weight="bold", **light),
        row(words(_("Points"), size="sm", **light), words("1,400", size="sm", align="end", **light)),
        bar,
        words(_("600 points to Platinum"), size="xs", **light),
        spacing="md",
        background={
            "type": "linearGradient",
            "angle": "135deg",
            "startColor": "#1F2A44",
            "endColor": "#0B7A55",
        },
    )
    return {"type": "bubble", "body": body, "footer": column(link(_("How points work"), "link"))}


def _survey() -> Json:
    answers = [(_("Very good"), "5"), (_("Good"), "4"), (_("Not so good"), "2"), (_("Bad"), "1")]
    body = [
        words(_("One question"), size="sm", color=GREEN, weight="bold"),
        title(_("How was your visit?"), size="lg"),
        words(_("One tap is enough. Thank you!"), size="sm", color=GREY),
    ]
    return bubble(body, buttons=[answer(label, f"survey=visit&answer={data}") for label, data in answers])


def _menu() -> Json:
    dishes = [
        ("🥗", "#5B8C5A", _("Salad of the day"), _("Leaves from our own garden"), _("¥880")),
        ("🍝", "#B5533C", _("Pasta with clams"), _("With lemon and parsley"), _("¥1,480")),
        ("🍮", "#C79A3B", _("Custard pudding"), _("As our grandmother made it"), _("¥620")),
    ]
    bubbles = [
        bubble(
            [
                title(name, size="lg"),
                words(about, size="sm", color=GREY),
                words(price, weight="bold", color=GREEN),
            ],
            header=banner(sign, color),
            buttons=[link(_("Order this"))],
            size="kilo",
        )
        for sign, color, name, about, price in dishes
    ]
    return {"type": "carousel", "contents": bubbles}


EXAMPLES: dict[str, Example] = {
    "coupon": Example(_l("Coupon"), _coupon),
    "receipt": Example(_l("Receipt"), _receipt),
    "invitation": Example(_l("Invitation to an event"), _invitation),
    "opening_hours": Example(_l("Opening hours"), _opening_hours),
    "product": Example(_l("Product"), _product),
    "member_card": Example(_l("Member card with rank"), _member_card),
    "survey": Example(_l("Survey with buttons"), _survey),
    "menu": Example(_l("Restaurant menu"), _menu),
}


def offered(is_card: bool) -> Mapping[str, Example]:
    """Return what a field may start from; a card is one bubble, so it begins with no carousel."""
    return {key: one for key, one in EXAMPLES.items() if not is_card or one.build()["type"] == "bubble"}


def is_example(source: str) -> bool:
    """Return whether a field holds one of the gallery, in the present language and untouched."""
    return any(one.source == source for one in EXAMPLES.values())


def message_of(contents: Mapping[str, Any], name: Text) -> Json:
    """Return a whole message object around the contents."""
    return {"type": "flex", "altText": str(name), "contents": dict(contents)}
