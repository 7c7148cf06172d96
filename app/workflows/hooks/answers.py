"""How calls are answered: a status, a word that programs compare, and a sentence for people."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.i18n import Text, _l


@dataclass(frozen=True)
class HookAnswer:
    """What a caller is told. `started` is whether a run has begun; `call_id` names the call in the log."""

    status: int
    reason: str
    started: bool = False
    call_id: int | None = None

    @property
    def is_accepted(self) -> bool:
        """Return whether the call did, or had done, what it asks for."""
        return self.status < 300

    @property
    def words(self) -> Text:
        """Return the sentence."""
        return REASONS[self.reason]


REASONS: dict[str, Text] = {
    "started": _l("The friend has entered the workflow."),
    "not_wanted": _l("The friend does not enter: the conditions or the re-entry rule of the workflow leave them out."),
    "repeated": _l("This call came before. It has no second effect."),
    "wrong_secret": _l("The key is missing or wrong, or the signature does not fit."),
    "old_signature": _l("The time of the signature is more than 5 minutes away from now."),
    "no_json": _l("The body must be a JSON object."),
    "not_active": _l("The workflow is not active."),
    "no_id": _l("The body holds no ID of a friend at the place that the trigger names."),
    "unknown_friend": _l("No friend of the account has this ID."),
    "several_friends": _l("Several friends of the account have this ID."),
}
