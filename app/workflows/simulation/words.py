"""Sentences for what a step would do outside, which the history never says."""

from __future__ import annotations

from app.core.i18n import _
from app.workflows.definition.notes import NOTES, NoteWords
from app.workflows.simulation.effects import HOST

NOTES.add(
    HOST,
    NoteWords(lambda host, _note: _("Would post to %(host)s. The test takes it that the post succeeds.", host=host)),
)
