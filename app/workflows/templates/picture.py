"""A small picture of a graph: boxes with icons from top to bottom, branches side by side, and lines between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import TRIGGERS, kind_of, triggers_of
from app.workflows.definition.structure import in_order

COLUMN, ROW, WIDTH, HEIGHT, MARGIN = 44, 40, 36, 26, 6
UNKNOWN_ICON = "help-circle"


@dataclass(frozen=True)
class Box:
    """A node in the picture, by its left upper corner."""

    x: float
    y: float
    icon: str
    is_trigger: bool


@dataclass(frozen=True)
class Picture:
    """Boxes and lines, and how much room they take."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[str, ...]


def picture_of(graph: Graph) -> Picture:
    """Return the picture of a graph that leads nowhere back."""
    return _Drawing(graph).picture


def icons_of(pictures: Iterable[Picture]) -> list[str]:
    """Return the names of all icons in some pictures."""
    return sorted({box.icon for picture in pictures for box in picture.boxes})


class _Drawing:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.columns: dict[str, float] = {}
        loose = [one for one in graph.nodes if not graph.before(one.id) and one.kind not in TRIGGERS]
        left = 0.0
        for node in (*triggers_of(graph), *loose):
            if node.id not in self.columns:
                left = self._place(node, left)

    def _place(self, node: Node, left: float) -> float:
        """Give a node and those below it columns from `left` on; return where the next column begins."""
        self.columns[node.id] = left
        right = left
        for to in dict.fromkeys(node.exits.values()):
            following = self.graph.node(to)
            if following is not None and to not in self.columns:
                right = self._place(following, right)
        right = max(right, left + 1)
        self.columns[node.id] = (left + right - 1) / 2
        return right

    @cached_property
    def rows(self) -> dict[str, int]:
        """Return the row of each node: below all that lead to it."""
        found: dict[str, int] = {}
        for node_id in in_order(self.graph):
            found[node_id] = max((found[one.id] + 1 for one in self.graph.before(node_id)), default=0)
        return found

    @property
    def picture(self) -> Picture:
        nodes = [one for one in self.graph.nodes if one.id in self.columns]
        boxes = tuple(Box(*self._corner(one.id), _icon(one), one.kind in TRIGGERS) for one in nodes)
        height = (max(self.rows.values(), default=0)) * ROW + HEIGHT + 2 * MARGIN
        width = (max(self.places.values(), default=0) - self.leftmost + 1) * COLUMN + 2 * MARGIN
        return Picture(width, height, boxes, tuple(self._lines()))

    @cached_property
    def places(self) -> dict[str, float]:
        """Return the column of each node; one to which several lead stands in their middle, with all below it."""
        found: dict[str, float] = {}
        for node_id in (one for one in self.rows if one in self.columns):
            before = [one.id for one in self.graph.before(node_id) if one.id in found]
            found[node_id] = self.columns[node_id]
            if len(before) > 1:
                found[node_id] = sum(found[one] for one in before) / len(before)
            elif before:
                found[node_id] += found[before[0]] - self.columns[before[0]]
        return found

    @cached_property
    def leftmost(self) -> float:
        """Return the first column that is taken, since what is joined may move everything below it to either side."""
        return min(self.places.values(), default=0)

    def _corner(self, node_id: str) -> tuple[float, float]:
        x = MARGIN + (self.places[node_id] - self.leftmost) * COLUMN + (COLUMN - WIDTH) / 2
        return x, MARGIN + self.rows[node_id] * ROW

    def _lines(self) -> Iterator[str]:
        for node in self.graph.nodes:
            for to in dict.fromkeys(node.exits.values()):
                if node.id in self.columns and to in self.columns:
                    yield self._line(node.id, to)

    def _line(self, above: str, below: str) -> str:
        (x, y), (other_x, other_y) = self._corner(above), self._corner(below)
        x, y, other_x = x + WIDTH / 2, y + HEIGHT, other_x + WIDTH / 2
        if x == other_x:
            return f"M{x:g} {y:g}V{other_y:g}"
        middle = other_y - (ROW - HEIGHT) / 2
        return (
            f"M{x:g} {y:g}V{middle:g}H{other_x:g}V{other_y:g}"
            if y < middle
            else f"M{x:g} {y:g}L{other_x:g} {other_y:g}"
        )


def _icon(node: Node) -> str:
    kind = kind_of(node)
    return kind.icon if kind else UNKNOWN_ICON


def steps_of(graph: Graph) -> list[Node]:
    """Return the nodes from top to bottom."""
    return [graph.by_id[one] for one in in_order(graph) if one in graph.by_id]
