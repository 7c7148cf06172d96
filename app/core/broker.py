"""Dramatiq's Redis broker, which does not enqueue a message whose equal is waiting already.

Sweeps wake every row that is due, again and again. Without this, a backlog would grow with every sweep that finds it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker

# A message counts as waiting while it is stored and no worker has fetched it. So a wake that comes while the actor runs
# leads to another run, and messages that a worker took with it when it died hold nothing up. The marker only finds
# the message; losing it costs one message too many.
ENQUEUE_ONCE = """
local namespace, queue, id, data, wake, ttl = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local list = namespace .. ":" .. queue
local messages, marker = list .. ".msgs", list .. ".wake:" .. wake

local function is_fetched(message)
    for _, worker in ipairs(redis.call("zrange", namespace .. ":__heartbeats__", 0, -1)) do
        if redis.call("sismember", namespace .. ":__acks__." .. worker .. "." .. queue, message) == 1 then
            return true
        end
    end
    return false
end

local waiting = redis.call("get", marker)
if waiting and redis.call("hexists", messages, waiting) == 1 and not is_fetched(waiting) then
    return 0
end
redis.call("set", marker, id, "ex", ttl)
redis.call("hset", messages, id, data)
redis.call("rpush", list, id)
return 1
"""
MARKER_SECONDS = 24 * 60 * 60


class WakingBroker(RedisBroker):
    """A message is a wake: an actor and what it works on. Two equal ones need not wait in the same queue.

    Delayed messages are always kept, since they are meant for another time; they are compared when they become due.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self.scripts["enqueue_once"] = self.client.register_script(ENQUEUE_ONCE)

    def _dispatch(self, command: str) -> Callable[..., Any]:
        """Return how a command is sent; a Redis that does not answer counts as a connection that broke off.

        Dramatiq knows the latter alone: it acknowledges a message until that succeeds, and says in one line what is
        wrong.
        """
        dispatch = super()._dispatch(command)  # type: ignore[no-untyped-call]

        def send(*args: Any) -> Any:
            try:
                return dispatch(*args)
            except redis.TimeoutError as error:
                raise redis.ConnectionError(str(error)) from error

        return send

    def do_enqueue(self, queue_name: str, message_id: str, data: bytes) -> None:
        """Store the message and put it at the end of its queue, as Dramatiq's script does."""
        if queue_name.endswith(".DQ"):
            self._dispatch("enqueue")(queue_name, message_id, data)
            return
        self.scripts["enqueue_once"](
            keys=[self.namespace], args=[queue_name, message_id, data, _wake(data), MARKER_SECONDS]
        )


def _wake(data: bytes) -> str:
    """Return what tells two messages apart: the actor and its arguments."""
    message: dramatiq.Message[Any] = dramatiq.Message.decode(data)
    return f"{message.actor_name}:{json.dumps([message.args, message.kwargs], sort_keys=True, default=str)}"
