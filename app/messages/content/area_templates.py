"""Templates by which areas are laid out over a picture, the same for Rich Messages and rich menus."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.i18n import Text, _l

# Left, top, width and height in parts of the whole.
Place = tuple[float, float, float, float]
FREE = _l("Free areas")


@dataclass(frozen=True)
class AreaTemplate:
    """A name that members choose, and the places of its areas."""

    label: Text
    places: tuple[Place, ...]


def _grid(columns: int, rows: int, top: float = 0, height: float = 1) -> tuple[Place, ...]:
    wide, high = 1 / columns, height / rows
    return tuple((column * wide, top + row * high, wide, high) for row in range(rows) for column in range(columns))


AREA_TEMPLATES: dict[str, AreaTemplate] = {
    "full": AreaTemplate(_l("Whole image"), _grid(1, 1)),
    "columns_2": AreaTemplate(_l("Two columns"), _grid(2, 1)),
    "columns_3": AreaTemplate(_l("Three columns"), _grid(3, 1)),
    "rows_2": AreaTemplate(_l("Two rows"), _grid(1, 2)),
    "rows_3": AreaTemplate(_l("Three rows"), _grid(1, 3)),
    "quarters": AreaTemplate(_l("Quarters"), _grid(2, 2)),
    "top_and_columns_2": AreaTemplate(_l("One above two"), (*_grid(1, 1, 0, 1 / 2), *_grid(2, 1, 1 / 2, 1 / 2))),
    "top_and_columns_3": AreaTemplate(_l("One above three"), (*_grid(1, 1, 0, 1 / 2), *_grid(3, 1, 1 / 2, 1 / 2))),
    "sixths": AreaTemplate(_l("Six fields"), _grid(3, 2)),
    "ninths": AreaTemplate(_l("Nine fields"), _grid(3, 3)),
}
AREA_TEMPLATE_NAMES: dict[str, Text] = {name: one.label for name, one in AREA_TEMPLATES.items()}


def laid_out(places: Iterable[Place], width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Return the places in pixels of a picture of this size; neighbours share their edges."""
    found = []
    for left, top, wide, high in places:
        x, y = round(left * width), round(top * height)
        found.append((x, y, round((left + wide) * width) - x, round((top + high) * height) - y))
    return found
