"""The list of time zones."""

from __future__ import annotations

from zoneinfo import available_timezones

from app.team import time_zones


def test_only_real_zones_are_offered_under_modern_names() -> None:
    names = [name for name, _label in time_zones.choices("en")]
    assert set(names) <= available_timezones()
    assert {"Asia/Tokyo", "Asia/Shanghai", "Asia/Jakarta", "America/New_York", "UTC"} <= set(names)
    assert not {"Japan", "Etc/GMT-9", "US/Pacific"} & set(names)


def test_labels_are_in_the_readers_language() -> None:
    assert dict(time_zones.choices("en"))["Asia/Tokyo"] == "GMT+09:00 Tokyo"
    assert "東京" in dict(time_zones.choices("ja"))["Asia/Tokyo"]


def test_case_does_not_matter_when_typing() -> None:
    assert time_zones.find(" asia/tokyo ") == "Asia/Tokyo"
    assert time_zones.find("Japan") == "Japan"
    assert time_zones.find("Asia/Atlantis") is None
