"""The templates that come with Tomoru, in the language of the member who looks at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.i18n import Text, _, _l
from app.workflows.definition.graph import NEXT, EntryRules, Graph
from app.workflows.definition.occurrences import Around, Every
from app.workflows.models import ReEntry
from app.workflows.templates.parts import Blank, TemplateStep, blanks_of, graph_of, on_date, text, text_with_link, wait

ACCOUNT = _l("Your LINE Official Account")
EVERY_TIME = EntryRules()
AGAIN_DAYS = 90


@dataclass(frozen=True)
class OwnTemplate:
    """A template of ours. `purpose` says in a sentence what it does."""

    key: str
    name: Text
    purpose: Text
    parts: Callable[[], Sequence[TemplateStep]]
    entry: EntryRules = EVERY_TIME

    @property
    def graph(self) -> Graph:
        """Return what a workflow made from it begins with."""
        return graph_of(self.parts(), self.entry)

    @property
    def blanks(self) -> list[Blank]:
        """Return what a member fills in before the workflow can be started."""
        return [Blank(None, ACCOUNT), *blanks_of(self.parts())]


def _after_adding() -> Sequence[TemplateStep]:
    greeting = _("Thank you for adding us! We will let you know here about news and offers.")
    return [
        TemplateStep("friend_add", {"also_unblocked": False}),
        TemplateStep("send_message", text(greeting)),
        TemplateStep("delay", wait(1)),
        TemplateStep(
            "send_message",
            text_with_link(_("Would you like to get to know us better? Here is where to begin."), _("Take a look")),
            _("Where the button of the second message leads"),
        ),
        TemplateStep("delay", wait(3)),
        TemplateStep("send_message", text(_("Do you have a question? Just write it here, and we will answer."))),
    ]


def _coupon() -> Sequence[TemplateStep]:
    words = _("Thank you for being our friend. Here is a coupon for you.")
    return [
        TemplateStep("friend_add", {"also_unblocked": False}),
        TemplateStep("delay", wait(3)),
        TemplateStep("send_message", text_with_link(words, _("Use the coupon")), _("Address of your coupon")),
    ]


def _keyword() -> Sequence[TemplateStep]:
    keywords = [{"match": "contains", "text": ""}]
    return [
        TemplateStep("message", {"any": False, "keywords": keywords}, _("Keyword to which you reply")),
        TemplateStep("send_message", text(""), _("Text of your reply")),
    ]


def _survey() -> Sequence[TemplateStep]:
    answers = [_("From a search"), _("From social media"), _("From a friend")]
    question = {
        **text(_("May we ask: how did you find us?")),
        "kind": "choices",
        "choices": [{"label": one, "value": one} for one in answers],
        "name": _("answer"),
        "field": "",
        "tries": 2,
        "repeat": _("Please choose one of the answers below."),
        "amount": 1,
        "unit": "days",
        "default": "",
        "is_shared": False,
    }
    branches = [_branch(number, one) for number, one in enumerate(answers, 1)]
    tags = [
        TemplateStep("tag", {"change": "add"}, _("Tag for “%(answer)s”", answer=one), {NEXT: len(answers) + 3})
        for one in answers
    ]
    exits = {branch["name"]: number for number, branch in enumerate(branches, 3)}
    return [
        TemplateStep("message", {"any": False, "keywords": [{"match": "equals", "text": _("Survey")}]}),
        TemplateStep("question", question, exits={NEXT: 2}),
        TemplateStep("branch", {"branches": branches}, exits=exits),
        *tags,
        TemplateStep("send_message", text(_("Thank you for your answer!")), exits={}),
    ]


def _branch(number: int, answer: str) -> dict[str, Any]:
    test = {"source": "answer", "name": _("answer"), "operator": "equals", "value": answer}
    return {"name": f"b{number}", "label": answer, "tests": [test]}


def _qr_campaign() -> Sequence[TemplateStep]:
    words = _("Thank you for scanning our code. Here is what we promised you.")
    return [
        TemplateStep("qr_code", {"codes": {}}, _("QR Code that starts it")),
        TemplateStep("tag", {"change": "add"}, _("Tag for those who came by the code")),
        TemplateStep("send_message", text_with_link(words, _("Open")), _("Where the button leads")),
    ]


def _video() -> Sequence[TemplateStep]:
    words = _("Did you like the video? There is more to see here.")
    return [
        TemplateStep("video_watched", {"tracking_id": ""}, _("Tracking ID of the video")),
        TemplateStep("tag", {"change": "add"}, _("Tag for those who watched it to its end")),
        TemplateStep("send_message", text_with_link(words, _("See more")), _("Where the button leads")),
    ]


def _birthday() -> Sequence[TemplateStep]:
    words = _("Happy birthday to you, {{display_name|our friend}}! We wish you a wonderful year.")
    return [
        TemplateStep("date_reached", on_date(Around.ON, "10:00", yearly=True), _("Attribute that holds the birthday")),
        TemplateStep("send_message", text(words)),
    ]


def _win_back() -> Sequence[TemplateStep]:
    words = _("It has been a while! We would be happy to see you again, so here is something for you.")
    clock = {"every": Every.DAY.value, "segments": {}, "time": "11:00", "zone": "", "late": {"policy": "send"}}
    segment = _("Segment of friends who have been silent, such as by the condition “Last message date”")
    return [
        TemplateStep("schedule", clock, segment),
        TemplateStep("send_message", text_with_link(words, _("Take a look")), _("Where the button leads")),
    ]


def _reminder() -> Sequence[TemplateStep]:
    words = _("A short reminder for {{display_name|you}}: your appointment is tomorrow. See you then!")
    return [
        TemplateStep("date_reached", on_date(Around.BEFORE, "18:00", days=1), _("Attribute that holds the date")),
        TemplateStep("send_message", text(words)),
    ]


def _clean_up() -> Sequence[TemplateStep]:
    return [
        TemplateStep("block", {}),
        TemplateStep("tag", {"change": "remove"}, _("Tags to take off")),
        TemplateStep("tag", {"change": "add"}, _("Tag for those who have blocked you")),
    ]


OWN_TEMPLATES: dict[str, OwnTemplate] = {
    one.key: one
    for one in (
        OwnTemplate(
            "friend-add",
            _l("Flow after friend add"),
            _l("Greets new friends, shows them around a day later, and invites questions after four days."),
            _after_adding,
            EntryRules(ReEntry.ONCE.value),
        ),
        OwnTemplate(
            "coupon",
            _l("Coupon three days after friend add"),
            _l("Sends a coupon to new friends three days after they add you, at 10:00."),
            _coupon,
            EntryRules(ReEntry.ONCE.value),
        ),
        OwnTemplate("keyword", _l("Keyword auto-reply"), _l("Replies to messages that contain a keyword."), _keyword),
        OwnTemplate(
            "survey",
            _l("Survey with tags by answer"),
            _l("Asks a question with buttons when a friend writes a keyword, and tags them by their answer."),
            _survey,
            EntryRules(ReEntry.NOT_WHILE_RUNNING.value),
        ),
        OwnTemplate(
            "qr-campaign",
            _l("QR campaign"),
            _l("Tags friends who scan a QR Code, and sends them an offer."),
            _qr_campaign,
        ),
        OwnTemplate(
            "video",
            _l("Video follow-up"),
            _l("Tags friends who have watched a video to its end, and shows them more."),
            _video,
            EntryRules(ReEntry.ONCE.value),
        ),
        OwnTemplate("birthday", _l("Birthday"), _l("Congratulates friends each year on their birthday."), _birthday),
        OwnTemplate(
            "win-back",
            _l("Win-back after silence"),
            _l("Writes to friends who have been silent, to each at most every 90 days."),
            _win_back,
            EntryRules(ReEntry.AFTER_DAYS.value, AGAIN_DAYS),
        ),
        OwnTemplate(
            "reminder",
            _l("Reminder before a date"),
            _l("Reminds friends of an appointment the evening before."),
            _reminder,
        ),
        OwnTemplate(
            "clean-up",
            _l("Block clean-up"),
            _l("Takes tags off friends who block you, and marks them as gone."),
            _clean_up,
        ),
    )
}
