"""One sandbox for all of its own tests; each test opens a channel of its own."""

from collections.abc import Iterator

import pytest

from tests.support.sandbox import SandboxServer


@pytest.fixture(scope="session")
def line_sandbox() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server
