"""Card Type messages: cards side by side, each a Flex bubble of the same width."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from app.core.i18n import _, _l
from app.messages.content.actions import ButtonAction, labelled
from app.messages.content.building import Builder
from app.messages.content.flex.actions import LABEL_IN_FLEX as LONGEST_LABEL
from app.messages.content.flex.check import MOST_BUBBLES, check_bubble
from app.messages.content.kinds.buttons import alternative
from app.messages.content.kinds.raw import fillable_json, is_unreadable

# LINE names no limit of texts in Flex, so these are ours, for what a card can show.
LONGEST_NAME, LONGEST_DESCRIPTION, LONGEST_PRICE = 100, 400, 40
MOST_ACTIONS = 4
ASPECTS = {"wide": "20:13", "square": "1:1", "tall": "3:4"}


@dataclass(frozen=True)
class ProductCard:
    """A picture with name, description, price and buttons."""

    file_id: int | None = None
    name: str = ""
    description: str = ""
    price: str = ""
    actions: tuple[ButtonAction, ...] = ()
    kind: Literal["product"] = "product"

    def build(self, builder: Builder, aspect: str) -> dict[str, Any]:
        """Return the bubble."""
        lines = [_line(builder.text("name", self.name, LONGEST_NAME), weight="bold", size="lg")]
        if self.description:
            description = builder.text("description", self.description, LONGEST_DESCRIPTION)
            lines.append(_line(description, size="sm", color="#666666"))
        if self.price:
            lines.append(_line(builder.text("price", self.price, LONGEST_PRICE), weight="bold", size="md"))
        return {
            "type": "bubble",
            **_hero(self.file_id, builder, aspect),
            "body": _column(lines, spacing="sm"),
            **_footer(self.actions, builder, least=0),
        }


@dataclass(frozen=True)
class ImageCard:
    """A picture alone, perhaps with a label on it; a tap anywhere does the action."""

    file_id: int | None = None
    action: ButtonAction | None = None
    kind: Literal["image"] = "image"

    def build(self, builder: Builder, aspect: str) -> dict[str, Any]:
        """Return the bubble."""
        picture = _hero(self.file_id, builder, aspect).get("hero", {"type": "image"})
        box = _column([picture], paddingAll="0px")
        if self.action is not None:
            with builder.inside("action"):
                action = labelled(self.action, builder, LONGEST_LABEL, is_required=False)
            box["action"] = action
            if "label" in action:
                box["contents"].append(_caption(action["label"]))
        return {"type": "bubble", "body": box}


@dataclass(frozen=True)
class ButtonCard:
    """A title and a text with buttons, without a picture."""

    title: str = ""
    text: str = ""
    actions: tuple[ButtonAction, ...] = ()
    kind: Literal["button"] = "button"

    def build(self, builder: Builder, _aspect: str) -> dict[str, Any]:
        """Return the bubble."""
        lines = [_line(builder.text("title", self.title, LONGEST_NAME), weight="bold", size="lg")]
        if self.text:
            lines.append(_line(builder.text("text", self.text, LONGEST_DESCRIPTION), size="sm"))
        return {
            "type": "bubble",
            "body": _column(lines, spacing="sm"),
            **_footer(self.actions, builder, least=1),
        }


@dataclass(frozen=True)
class JsonCard:
    """A Flex bubble that the member has written. `source` is its JSON as it was typed."""

    contents: dict[str, Any] = field(default_factory=dict)
    source: str = ""
    kind: Literal["json"] = "json"

    def build(self, builder: Builder, _aspect: str) -> dict[str, Any]:
        """Return the bubble itself."""
        if is_unreadable(self.contents, self.source, "contents", builder):
            return {"type": "bubble"}
        with builder.inside("contents"):
            if self.contents.get("type") != "bubble":
                builder.complain(_l("A card is a Flex “bubble”."))
            else:
                check_bubble(self.contents, builder)
            built: dict[str, Any] = fillable_json(self.contents, builder, LONGEST_LABEL)
        return built


@dataclass(frozen=True)
class EndCard:
    """The last card, such as “see all”: a picture or a text with one action."""

    file_id: int | None = None
    action: ButtonAction | None = None

    def build(self, builder: Builder, aspect: str) -> dict[str, Any]:
        """Return the bubble."""
        if self.action is None:
            builder.complain(_l("Choose what a tap does."), "action", is_missing=True)
            return {"type": "bubble"}
        with builder.inside("action"):
            action = labelled(self.action, builder, LONGEST_LABEL)
        button = {"type": "button", "style": "link", "action": action, "flex": 1, "gravity": "center"}
        hero = _hero(self.file_id, builder, aspect) if self.file_id is not None else {}
        return {"type": "bubble", **hero, "body": _column([button])}


Card = Annotated[ProductCard | ImageCard | ButtonCard | JsonCard, Field(discriminator="kind")]


@dataclass(frozen=True)
class CardsMessage:
    """Cards side by side."""

    alt_text: str = ""
    cards: tuple[Card, ...] = ()
    end_card: EndCard | None = None
    size: Literal["micro", "kilo", "mega", "giga"] = "mega"
    aspect: Literal["wide", "square", "tall"] = "wide"
    kind: Literal["cards"] = "cards"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `flex` carousel; all bubbles get the message's width, as LINE demands."""
        alt_text = alternative(self.alt_text, builder)
        most = MOST_BUBBLES - (self.end_card is not None)
        if not 1 <= len(self.cards) <= most:
            builder.complain(_("Add 1 to %(most)s cards.", most=most), "cards")
        bubbles = []
        for number, card in enumerate(self.cards):
            with builder.inside("cards", number):
                bubbles.append(card.build(builder, ASPECTS[self.aspect]) | {"size": self.size})
        if self.end_card is not None:
            with builder.inside("end_card"):
                bubbles.append(self.end_card.build(builder, ASPECTS[self.aspect]) | {"size": self.size})
        return {"type": "flex", "altText": alt_text, "contents": {"type": "carousel", "contents": bubbles}}


def _hero(file_id: int | None, builder: Builder, aspect: str) -> dict[str, Any]:
    links = builder.file("file_id", file_id, "image")
    if links is None:
        return {}
    picture = {"type": "image", "url": links.in_width(1040), "size": "full", "aspectRatio": aspect}
    return {"hero": picture | {"aspectMode": "cover"}}


def _line(text: Any, **style: str) -> dict[str, Any]:
    return {"type": "text", "text": text, "wrap": True, **style}


def _column(contents: list[dict[str, Any]], **style: str) -> dict[str, Any]:
    return {"type": "box", "layout": "vertical", "contents": contents, **style}


def _caption(label: Any) -> dict[str, Any]:
    """Return a bar over the lower end of the picture."""
    line = {"type": "text", "text": label, "color": "#ffffff", "align": "center", "size": "sm", "wrap": True}
    place = {"position": "absolute", "offsetBottom": "0px", "offsetStart": "0px", "offsetEnd": "0px"}
    return _column([line], backgroundColor="#000000aa", paddingAll="8px", **place)


def _footer(actions: tuple[ButtonAction, ...], builder: Builder, least: int) -> dict[str, Any]:
    if not least <= len(actions) <= MOST_ACTIONS:
        builder.complain(_("Add %(least)s to %(most)s buttons.", least=least, most=MOST_ACTIONS), "actions")
    buttons = []
    for number, action in enumerate(actions):
        with builder.inside("actions", number):
            style = "primary" if number == 0 else "link"
            labelled_action = labelled(action, builder, LONGEST_LABEL)
            buttons.append({"type": "button", "style": style, "height": "sm", "action": labelled_action})
    return {"footer": _column(buttons, spacing="sm")} if buttons else {}
