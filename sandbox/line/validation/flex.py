"""Flex messages: a tree of components. LINE names faults in it by JSON pointer, so these checks do too."""

import json
from typing import Any

from sandbox.line import undocumented
from sandbox.line.addresses import is_web_address
from sandbox.line.validation.actions import FLEX_BUTTON, SURFACE, check_action
from sandbox.line.validation.flex_values import is_value
from sandbox.line.validation.problems import EMPTY, LONGEST_URL, Problems, invalid_message

BUBBLE_BYTES = 30 * 1024
CAROUSEL_BYTES = 50 * 1024
BUBBLES = 12
UNKNOWN = "invalid property"
BLOCKS = ("header", "hero", "body", "footer")
# A video plays in the hero of a bubble that stands alone and is wide enough.
WITH_VIDEO = ("kilo", "mega", "giga")
MOST_ANIMATED = 10

_OFFSETS = "position offsetTop offsetBottom offsetStart offsetEnd"
_BOX = """type layout contents flex spacing margin backgroundColor borderColor borderWidth cornerRadius width maxWidth
    height maxHeight paddingAll paddingTop paddingBottom paddingStart paddingEnd action justifyContent alignItems
    background"""
_TEXT = """type text contents size align gravity color weight style decoration wrap lineSpacing maxLines action
    adjustMode scaling flex margin"""
PROPERTIES = {
    "bubble": "type size direction header hero body footer styles action",
    "carousel": "type contents",
    "box": f"{_BOX} {_OFFSETS}",
    "button": f"type action flex margin height style color gravity adjustMode scaling {_OFFSETS}",
    "image": f"""type url flex margin align gravity size aspectRatio aspectMode backgroundColor action animated
        {_OFFSETS}""",
    "video": "type url previewUrl altContent aspectRatio action",
    "icon": f"type url margin size aspectRatio scaling {_OFFSETS}",
    "text": f"{_TEXT} {_OFFSETS}",
    "span": "type text size color weight style decoration",
    "separator": "type margin color",
    "filler": "type flex",
    "styles": "header hero body footer",
    "block": "backgroundColor separator separatorColor",
    "gradient": "type angle startColor endColor centerColor centerPosition",
}
ALLOWED = {kind: frozenset(names.split()) for kind, names in PROPERTIES.items()}
IN_BOX = frozenset({"box", "button", "image", "text", "separator", "filler"})
IN_BASELINE = frozenset({"icon", "text", "filler"})


def check_flex(problems: Problems, message: dict[str, Any], path: str) -> None:
    """Check a flex message; faults of its tree are answered apart from all other faults."""
    problems.text(message, "altText", path, 1500)
    if message.get("contents") is None:
        problems.add(f"{path}.contents", EMPTY)
        return
    tree = Tree()
    tree.container(problems.thing(message["contents"], f"{path}.contents"))
    if tree.faults:
        raise invalid_message(path, tree.faults)


class Tree:
    """Walks a container and notes faults with their JSON pointers."""

    def __init__(self) -> None:
        self.faults: list[dict[str, str]] = []
        self.animated = 0

    def fault(self, pointer: str, message: str) -> None:
        self.faults.append({"message": message, "property": pointer or "/"})

    def container(self, contents: dict[str, Any]) -> None:
        kind = contents.get("type")
        if kind == "bubble":
            self._bubble(contents, "", is_alone=True)
        elif kind == "carousel":
            self._carousel(contents)
        else:
            self.fault("/type", UNKNOWN)
        if self.animated > MOST_ANIMATED:
            self.fault("", undocumented.TOO_MANY_ANIMATED.format(most=MOST_ANIMATED))

    def _carousel(self, carousel: dict[str, Any]) -> None:
        self._known_properties(carousel, "carousel", "")
        bubbles = carousel.get("contents")
        if not isinstance(bubbles, list) or not 1 <= len(bubbles) <= BUBBLES:
            self.fault("/contents", undocumented.TOO_MANY_BUBBLES.format(most=BUBBLES))
            return
        if _size(carousel) > CAROUSEL_BYTES:
            self.fault("", undocumented.TOO_MANY_BYTES.format(most=CAROUSEL_BYTES))
        widths = {bubble.get("size", "mega") for bubble in bubbles if isinstance(bubble, dict)}
        if len(widths) > 1:
            self.fault("/contents", undocumented.UNLIKE_SIZES)
        for number, bubble in enumerate(bubbles):
            if isinstance(bubble, dict) and bubble.get("type") == "bubble":
                self._bubble(bubble, f"/contents/{number}")
            else:
                self.fault(f"/contents/{number}", UNKNOWN)

    def _bubble(self, bubble: dict[str, Any], pointer: str, *, is_alone: bool = False) -> None:
        self._known_properties(bubble, "bubble", pointer)
        if not any(bubble.get(block) for block in BLOCKS):
            self.fault(pointer, "At least one block must be specified")
        if _size(bubble) > BUBBLE_BYTES:
            self.fault(pointer, undocumented.TOO_MANY_BYTES.format(most=BUBBLE_BYTES))
        self._action(bubble, pointer)
        self._styles(bubble, pointer)
        has_video = is_alone and bubble.get("size", "mega") in WITH_VIDEO
        hero = frozenset({"box", "image", "video"} if has_video else {"box", "image"})
        for block in BLOCKS:
            if bubble.get(block) is not None:
                self._component(bubble[block], f"{pointer}/{block}", hero if block == "hero" else frozenset({"box"}))

    def _styles(self, bubble: dict[str, Any], pointer: str) -> None:
        """Check the styles of the blocks."""
        styles = bubble.get("styles")
        if styles is None:
            return
        if not self._is_thing(styles, "styles", f"{pointer}/styles"):
            return
        for block in BLOCKS:
            if block in styles:
                self._is_thing(styles[block], "block", f"{pointer}/styles/{block}")

    def _is_thing(self, value: Any, kind: str, pointer: str) -> bool:
        """Check an object that is no component; tells whether it is an object."""
        if isinstance(value, dict):
            self._known_properties(value, kind, pointer)
        else:
            self.fault(pointer, UNKNOWN)
        return isinstance(value, dict)

    def _component(self, component: Any, pointer: str, kinds: frozenset[str]) -> None:
        if not isinstance(component, dict) or component.get("type") not in kinds:
            self.fault(pointer, UNKNOWN)
            return
        kind = component["type"]
        self._known_properties(component, kind, pointer)
        self._action(component, pointer, is_button=kind == "button")
        check = getattr(self, f"_{kind}", None)
        if check is not None:
            check(component, pointer)

    def _known_properties(self, component: dict[str, Any], kind: str, pointer: str) -> None:
        for name, value in component.items():
            if name not in ALLOWED[kind] or (value is not None and not is_value(kind, name, value)):
                self.fault(f"{pointer}/{name}", UNKNOWN)

    def _action(self, component: dict[str, Any], pointer: str, *, is_button: bool = False) -> None:
        if component.get("action") is None and not is_button:
            return
        problems = Problems()
        check_action(problems, component.get("action"), "action", FLEX_BUTTON if is_button else SURFACE)
        for detail in problems.details:
            place = detail["property"].replace(".", "/")
            self.fault(f"{pointer}/{place}", detail["message"])

    def _box(self, box: dict[str, Any], pointer: str) -> None:
        contents = box.get("contents")
        if "layout" not in box:
            self.fault(f"{pointer}/layout", "must be specified")
        if not isinstance(contents, list):
            self.fault(f"{pointer}/contents", "must be specified")
            return
        background = box.get("background")
        if background is not None and self._is_thing(background, "gradient", f"{pointer}/background"):
            self._gradient(background, f"{pointer}/background")
        kinds = IN_BASELINE if box.get("layout") == "baseline" else IN_BOX
        for number, component in enumerate(contents):
            self._component(component, f"{pointer}/contents/{number}", kinds)

    def _gradient(self, background: dict[str, Any], pointer: str) -> None:
        if background.get("type") != "linearGradient":
            self.fault(f"{pointer}/type", UNKNOWN)
        for name in ("angle", "startColor", "endColor"):
            if name not in background:
                self.fault(f"{pointer}/{name}", "must be specified")

    def _image(self, image: dict[str, Any], pointer: str) -> None:
        self._address(image, "url", pointer)
        self.animated += image.get("animated") is True

    def _icon(self, icon: dict[str, Any], pointer: str) -> None:
        self._address(icon, "url", pointer)

    def _video(self, video: dict[str, Any], pointer: str) -> None:
        self._address(video, "url", pointer)
        self._address(video, "previewUrl", pointer)
        self._component(video.get("altContent"), f"{pointer}/altContent", frozenset({"box", "image"}))

    def _text(self, text: dict[str, Any], pointer: str) -> None:
        spans = text.get("contents")
        if isinstance(spans, list) and spans:
            for number, span in enumerate(spans):
                self._component(span, f"{pointer}/contents/{number}", frozenset({"span"}))
        else:
            self._words(text, pointer)

    def _span(self, span: dict[str, Any], pointer: str) -> None:
        self._words(span, pointer)

    def _words(self, component: dict[str, Any], pointer: str) -> None:
        if not isinstance(component.get("text"), str) or not component["text"]:
            self.fault(f"{pointer}/text", "must be non-empty text")

    def _address(self, component: dict[str, Any], name: str, pointer: str) -> None:
        if not is_web_address(component.get(name), LONGEST_URL):
            self.fault(f"{pointer}/{name}", "invalid uri scheme" if component.get(name) else "must be specified")


def _size(contents: dict[str, Any]) -> int:
    return len(json.dumps(contents, ensure_ascii=False, separators=(",", ":")).encode())
