"""Collecting what is wrong with message objects, in LINE's words and with LINE's property paths."""

from collections.abc import Callable
from typing import Any

from sandbox.line import undocumented
from sandbox.line.addresses import is_web_address
from sandbox.line.counting import utf16_units
from sandbox.line.envelope import LineError

EMPTY = "May not be empty"
REQUIRED = "must be specified"
BAD_URI = "invalid uri"
LONGEST_URL = 2000


def invalid_property(name: str) -> LineError:
    """Return the answer to JSON of the wrong shape."""
    return LineError(400, f"The property, '{name}', in the request body is invalid (line: -, column: -)")


def invalid_message(path: str, details: list[dict[str, str]]) -> LineError:
    """Return the answer to a message whose inner structure LINE cannot use."""
    return LineError(400, f"A message ({path}) in the request body is invalid", details=details)


class Problems:
    """What was found so far; each check adds to it, wrong JSON types end the search at once."""

    def __init__(self) -> None:
        self.details: list[dict[str, str]] = []

    def add(self, path: str, message: str) -> None:
        self.details.append({"message": message, "property": path})

    def raise_any(self) -> None:
        """Refuse the request when anything was found."""
        if self.details:
            text = f"The request body has {len(self.details)} error(s)"
            raise LineError(400, text, details=self.details)

    def text(
        self,
        thing: dict[str, Any],
        name: str,
        path: str,
        longest: int,
        *,
        required: str | None = EMPTY,
        count: Callable[[str], int] = utf16_units,
    ) -> str | None:
        """Check a string of limited length; `required` is the complaint about its absence, None makes it optional."""
        value, where = thing.get(name), f"{path}.{name}"
        if value is None or value == "":
            if required is not None:
                self.add(where, required)
            return None
        if not isinstance(value, str):
            raise invalid_property(where)
        if count(value) > longest:
            self.add(where, f"Length must be between 0 and {longest}")
        return value

    def address(self, thing: dict[str, Any], name: str, path: str, *, required: bool = True) -> None:
        """Check that it is an https address."""
        value, where = thing.get(name), f"{path}.{name}"
        if value is None:
            if required:
                self.add(where, EMPTY)
        elif not isinstance(value, str):
            raise invalid_property(where)
        elif len(value) > LONGEST_URL:
            self.add(where, f"Length must be between 0 and {LONGEST_URL}")
        elif not is_web_address(value, LONGEST_URL):
            self.add(where, BAD_URI)

    def number(
        self, thing: dict[str, Any], name: str, path: str, *, lowest: float | None = None, highest: float | None = None
    ) -> None:
        """Check a number that must be there, within bounds where there are any."""
        value, where = thing.get(name), f"{path}.{name}"
        if value is None:
            self.add(where, EMPTY)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            raise invalid_property(where)
        elif (lowest is not None and value < lowest) or (highest is not None and value > highest):
            self.add(
                where,
                f"Must be between {lowest} and {highest}" if highest else undocumented.AT_LEAST.format(lowest=lowest),
            )

    def choice(self, thing: dict[str, Any], name: str, path: str, options: tuple[str, ...]) -> str | None:
        """Check that it is one of the given words."""
        value = thing.get(name)
        if isinstance(value, str) and value in options:
            return value
        self.add(f"{path}.{name}", f"Must be one of the following values: [{', '.join(options)}]")
        return None

    def items(
        self, thing: dict[str, Any], name: str, path: str, lowest: int, highest: int
    ) -> list[tuple[str, dict[str, Any]]]:
        """Check the objects of a list of limited size, each with its path."""
        value, where = thing.get(name), f"{path}.{name}"
        if value is None:
            self.add(where, EMPTY)
            return []
        if not isinstance(value, list):
            raise invalid_property(where)
        if not lowest <= len(value) <= highest:
            self.add(where, f"Size must be between {lowest} and {highest}")
            return []
        return [(f"{where}[{number}]", self.thing(item, f"{where}[{number}]")) for number, item in enumerate(value)]

    def thing(self, value: Any, path: str) -> dict[str, Any]:
        """Check that it is a JSON object."""
        if not isinstance(value, dict):
            raise invalid_property(path)
        return value
