"""Sentences for what steps and triggers write down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.core import error_messages
from app.core.db import db
from app.core.i18n import Text, _, _l, day, listed, ngettext, when
from app.core.values.dates import stored_date
from app.friends.models import Tag
from app.friends.queries.attributes import attribute_definitions
from app.friends.taps import postback_in_words
from app.friends.values import as_typed, fields
from app.team.permissions import reading_actor
from app.workflows.actions.flow import STARTED_BY_WORKFLOW
from app.workflows.actions.waiting import EVENTS
from app.workflows.definition.notes import NOTES, TRIGGER_WORDS, NoteWords
from app.workflows.engine.happenings import QR_CODE_SCANNED, QUESTION_ANSWERED
from app.workflows.qr_codes.models import QrCode
from app.workflows.queries.choices import names_for
from app.workflows.triggers import friends, links, messages

_VIA: dict[str, Text] = {
    "reply": _l("Sent as a reply, which is free of charge."),
    "push": _l("Sent as a push message."),
}


def shown(value: Any) -> str:
    """Return a kept value as it is read: dates as dates, yes and no as words."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if found := stored_date(value):
        return day(found)
    if isinstance(value, list | tuple):
        return listed([shown(one) for one in value])
    return as_typed(value) or "–"


def _tags(names: Any, _note: Mapping[str, Any]) -> Text:
    return _("Tags: %(names)s", names=listed(names))


def _via(via: Any, note: Mapping[str, Any]) -> Text:
    if note.get("state") == "unknown":
        return _("LINE did not say whether it took the message. It is not sent again.")
    return _VIA.get(str(via), "")


def _until(until: Any, note: Mapping[str, Any]) -> Text:
    time = when(datetime.fromisoformat(until), "minute")
    if note.get("is_late"):
        return _("The time was %(time)s. It had passed for too long, so the run ended.", time=time)
    return _("Waited until %(time)s", time=time)


def _late(is_late: Any, note: Mapping[str, Any]) -> Text:
    return _("No answer came in time.") if is_late and "until" not in note else ""


def _event(kind: Any, _note: Mapping[str, Any]) -> Text:
    return _("Came: %(event)s", event=EVENTS[kind][0] if kind in EVENTS else kind)


def _answer(value: Any, _note: Mapping[str, Any]) -> Text:
    return _("Answer: %(value)s", value=shown(value))


def _field(name: Any, note: Mapping[str, Any]) -> Text:
    label = _label(name, note.get("account_id"))
    if note.get("value") is None:
        return _("%(field)s was emptied.", field=label)
    return _("%(field)s: %(value)s", field=label, value=shown(note["value"]))


def _label(name: str, account_id: int | None = None) -> str:
    known = fields(attribute_definitions(account_id)) if account_id else fields(())
    return str(known[name].label) if name in known else name.removeprefix("attributes.")


def _workflow(workflow_id: Any, _note: Mapping[str, Any]) -> Text:
    name = names_for(reading_actor(), [workflow_id]).get(workflow_id)
    return _("Started: %(name)s", name=name) if name else _("Started a workflow that was deleted since.")


def _kept(answers: Any, _note: Mapping[str, Any]) -> Text:
    return "\n".join(_("%(name)s: %(value)s", name=name, value=shown(value)) for name, value in answers.items())


def _code(code: Any, note: Mapping[str, Any]) -> Text:
    return error_messages.sentence(str(code), note.get("values") or {})


for _name, _words in {
    "code": NoteWords(_code),
    "tags": NoteWords(_tags),
    "auto_message": NoteWords(lambda name, _note: _("Auto Send Message: %(name)s", name=name)),
    "via": NoteWords(_via),
    "capped": NoteWords(
        lambda _value, _note: _("Not sent: the friend has been reached as often as the account’s rule allows.")
    ),
    "person_answers": NoteWords(lambda _value, _note: _("Not sent: a person answers this conversation.")),
    "until": NoteWords(_until),
    "is_late": NoteWords(_late),
    "event": NoteWords(_event),
    "answer": NoteWords(_answer, is_personal=True),
    "why": NoteWords(lambda sentence, _note: str(sentence)),
    "field": NoteWords(_field, is_personal=True),
    "status": NoteWords(lambda status, _note: _("The host answered with status %(status)s.", status=status)),
    "answers": NoteWords(_kept, is_personal=True),
    "workflow": NoteWords(_workflow),
    "menu": NoteWords(lambda name, _note: _("Rich menu: %(name)s", name=name)),
    "is_removed": NoteWords(lambda _value, _note: _("The rich menu was removed.")),
    "members": NoteWords(lambda names, _note: _("Told by e-mail: %(names)s", names=listed(names))),
    "most_a_day": NoteWords(
        lambda most, _note: ngettext(
            "Not sent: the members were told %(num)s time today, which is the limit.",
            "Not sent: the members were told %(num)s times today, which is the limit.",
            most,
        )
    ),
}.items():
    NOTES.add(_name, _words)


def _added(data: Mapping[str, Any]) -> Text:
    return _("Added the account as a friend") if data.get("is_first") else _("Took back the block")


def _message(data: Mapping[str, Any]) -> Text:
    text = data.get("text")
    return _("Wrote: %(text)s", text=text) if text else _("Sent a message without text")


def _postback(data: Mapping[str, Any]) -> Text:
    return _("Tapped a button: %(data)s", data=postback_in_words(str(data.get("data", ""))))


def _tag(data: Mapping[str, Any]) -> Text:
    name = db.session.scalars(select(Tag.name).where(Tag.id == data.get("tag_id"))).one_or_none()
    return _("Tag: %(name)s", name=name) if name else _("The tag was deleted since.")


def _fields(data: Mapping[str, Any]) -> Text:
    names = [_label(str(one), data.get("account_id")) for one in data.get("fields") or ()]
    return _("Attributes: %(names)s", names=listed(names))


def _answered(data: Mapping[str, Any]) -> Text:
    return _("Answered “%(name)s”: %(value)s", name=data.get("name"), value=shown(data.get("answer")))


def _scanned(data: Mapping[str, Any]) -> Text:
    name = db.session.scalars(select(QrCode.name).where(QrCode.id == data.get("qr_code_id"))).one_or_none()
    return _("QR Code: %(name)s", name=name) if name else _("The QR Code was deleted since.")


for _kind, _say in {
    friends.FRIEND_ADD: _added,
    friends.TAG_ADDED: _tag,
    friends.TAG_REMOVED: _tag,
    friends.ATTRIBUTE_CHANGED: _fields,
    messages.MESSAGE: _message,
    messages.POSTBACK: _postback,
    messages.VIDEO_WATCHED: lambda data: _("Tracking ID: %(id)s", id=data.get("tracking_id")),
    messages.RICH_MENU_SWITCHED: lambda data: _("Rich menu alias: %(alias)s", alias=data.get("alias")),
    QR_CODE_SCANNED: _scanned,
    links.LINK_CLICKED: lambda data: _("Link: %(address)s", address=data.get("url")),
    QUESTION_ANSWERED: _answered,
    friends.BLOCK: lambda _data: "",
    STARTED_BY_WORKFLOW: lambda _data: "",
}.items():
    TRIGGER_WORDS.add(_kind, _say)
