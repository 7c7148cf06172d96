"""The event loop of this process in which synchronous callers use the asynchronous client."""

from __future__ import annotations

from app.core.outgoing.background import Background
from app.line.gateway.priority_semaphore import CONNECTIONS

background = Background("line-gateway", CONNECTIONS)
run, start = background.run, background.start
