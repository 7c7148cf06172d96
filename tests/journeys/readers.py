"""Journeys of which one form is enough, since another width and language would show nothing new."""

from __future__ import annotations

import pytest

# For what is done by keys, waits for others, or is decided by the server.
ON_DESKTOP = pytest.mark.parametrize("reader", [("desktop", "en")], indirect=True, ids="-".join)
# For what the same pages show elsewhere on a desktop.
ON_PHONE = pytest.mark.parametrize("reader", [("phone", "ja")], indirect=True, ids="-".join)
