"""A portal for each test, in the one sandbox that all share."""

import pytest

from tests.sandbox.hubspot.portals import Portal
from tests.support.sandbox import SandboxServer


@pytest.fixture
def portal(line_sandbox: SandboxServer) -> Portal:
    """An empty portal of the professional tier, with the app connected and no limits in the way."""
    return Portal.open(line_sandbox, name="Tomoru Coffee")
