"""Take the tasks of workflows together that do the same in one account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from app.messages.conversations.of_friends import lock_conversations
from app.team.actors import Actor
from app.workflows.engine.performing import Task, workflow_actor


def together(tasks: Sequence[Task]) -> Iterator[tuple[int, Actor, list[Task]]]:
    """Yield account, acting workflow and tasks of those with the same effect, in a stable order of accounts."""
    groups: defaultdict[tuple[int, int, int], list[Task]] = defaultdict(list)
    effects: dict[object, int] = {}
    for task in tasks:
        number = effects.setdefault(task.effect, len(effects))
        groups[task.account_id, task.workflow_id, number].append(task)
    for (account_id, workflow_id, _number), some in sorted(groups.items()):
        yield account_id, workflow_actor(workflow_id, account_id, some[0].workflow_name), some


def held_together(tasks: Sequence[Task]) -> Iterator[tuple[int, Actor, list[Task]]]:
    """Lock the conversations of all these tasks, then yield as `together` does."""
    lock_conversations(friends_of(tasks))
    yield from together(tasks)


def friends_of(tasks: Sequence[Task]) -> list[int]:
    """Return the friends of these tasks."""
    return [task.friend_id for task in tasks]
