"""What the history says of a step or a trigger in words. Kinds register sentences for what they write down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.i18n import Text
from app.core.registry import Registry


@dataclass(frozen=True)
class NoteWords:
    """`say(value, note)` returns the sentence for one entry of a step's note; an empty one is left out.

    `is_personal`: it tells something of the friend, which only members see who may see friends.
    """

    say: Callable[[Any, Mapping[str, Any]], Text]
    is_personal: bool = False


# By the name of the entry in `WorkflowStep.note`, in the order in which sentences are shown.
NOTES: Registry[NoteWords] = Registry("words of a note")
# What a trigger of this kind brought, by its kind: `WorkflowRun.trigger` as a sentence.
TRIGGER_WORDS: Registry[Callable[[Mapping[str, Any]], Text]] = Registry("words of a trigger")
