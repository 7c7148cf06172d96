"""What LINE keeps of an account's rich menus: the menus, who is linked to which, the default, and the aliases."""

from dataclasses import dataclass, field
from typing import Any, Literal

# A batch's progress can be asked for so long.
BATCH_KEPT_SECONDS = 14 * 24 * 3600


@dataclass
class RichMenu:
    """One menu; its image, in base64, can be set once and never changed."""

    menu_id: str
    content: dict[str, Any]
    image: str | None = None
    image_type: str | None = None


@dataclass
class MenuJob:
    """Links that change a while after they were accepted: None unlinks. A batch is known by its request id."""

    request_id: str
    accepted_at: float
    due_at: float
    links: dict[str, str | None]
    is_batch: bool = False
    phase: Literal["ongoing", "succeeded", "failed"] = "ongoing"


@dataclass
class MenuBook:
    """The rich menus of one channel."""

    menus: dict[str, RichMenu] = field(default_factory=dict)
    default: str | None = None
    linked: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    jobs: list[MenuJob] = field(default_factory=list)

    def settle(self, now: float) -> bool:
        """Do the jobs whose time has come; True when a link changed."""
        due = [job for job in self.jobs if job.phase == "ongoing" and job.due_at <= now]
        for job in sorted(due, key=lambda job: job.due_at):
            for user_id, menu_id in job.links.items():
                self._link(user_id, menu_id)
            job.phase = "succeeded"
        self.jobs = [
            job
            for job in self.jobs
            if job.phase == "ongoing" or (job.is_batch and now - job.accepted_at < BATCH_KEPT_SECONDS)
        ]
        return bool(due)

    def _link(self, user_id: str, menu_id: str | None) -> None:
        if menu_id is None:
            self.linked.pop(user_id, None)
        elif menu_id in self.menus:
            self.linked[user_id] = menu_id

    def remove(self, menu_id: str) -> None:
        """Delete a menu with its links; aliases that name it stay, and lead nowhere."""
        del self.menus[menu_id]
        self.linked = {user_id: linked for user_id, linked in self.linked.items() if linked != menu_id}
        if self.default == menu_id:
            self.default = None

    def shown_to(self, user_id: str) -> RichMenu | None:
        """Return the menu that a friend sees: their own before the default."""
        return self.menus.get(self.linked.get(user_id) or self.default or "")
