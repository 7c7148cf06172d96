"""The actor of conversations' timers."""

from __future__ import annotations

from app.chat.timing import keeping, loading, settling
from app.core.queue import Queue, actor


@actor(Queue.SENDING)
def keep_time() -> None:
    keeping.keep_time()


@actor(Queue.SENDING)
def show_loading(conversation_id: int) -> None:
    loading.show_loading(conversation_id)


@actor()
def settle() -> None:
    settling.settle_all()
