"""Templates of areas cover a picture of any height, each point once."""

from __future__ import annotations

import pytest

from app.messages.content.area_templates import AREA_TEMPLATES
from app.messages.content.kinds.rich import WIDTH, rectangles


@pytest.mark.parametrize("template", AREA_TEMPLATES)
@pytest.mark.parametrize("height", [520, 701, 1_040, 2_000])
def test_the_areas_cover_the_picture_without_overlap(template: str, height: int) -> None:
    areas = rectangles(template, height)
    assert sum(width * high for _x, _y, width, high in areas) == WIDTH * height
    points = {(x, y) for left, top, width, high in areas for x, y in [(left, top), (left + width - 1, top + high - 1)]}
    for x, y in points:
        assert sum(left <= x < left + wide and top <= y < top + high for left, top, wide, high in areas) == 1
