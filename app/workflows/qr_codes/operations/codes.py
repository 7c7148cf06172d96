"""Create, change, copy, archive and delete QR Codes."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import delete, exists, func, select

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import _, _l, listed
from app.core.names import clean_name, copy_name, shown_file_name, unique
from app.core.usage import usages_of
from app.friends.queries.tags import tags_by_id
from app.media.models import Visibility
from app.media.operations.files import add_file
from app.media.operations.references import set_references
from app.media.receiving import Received
from app.messages.content.web_address import WEB, is_openable
from app.messages.tracking.addresses import new_code
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission
from app.workflows.qr_codes.models import QrCode, QrCodeTag
from app.workflows.qr_codes.queries import get_code, message_choices, tags_of, workflows_for
from app.workflows.queries.choices import known_to

OWNER = "qr_code"
LONGEST_ADDRESS = 1000

audit.describe(
    {
        "qr_code.created": _l("created the QR Code %(target)s"),
        "qr_code.changed": _l("changed the QR Code %(target)s"),
        "qr_code.copied": _l("copied the QR Code %(source)s to %(target)s"),
        "qr_code.logo_changed": _l("changed the logo of the QR Code %(target)s"),
        "qr_code.archived": _l("archived the QR Code %(target)s"),
        "qr_code.restored": _l("took the QR Code %(target)s out of the archive"),
        "qr_code.deleted": _l("deleted the QR Code %(target)s"),
    },
    {"qr_code": _l("QR Codes")},
)


@dataclass(frozen=True)
class CodeSettings:
    """What a member sets of a code. `page_url` empty: LINE's chat follows the scan."""

    name: str
    page_url: str = ""
    auto_message_id: int | None = None
    tag_ids: frozenset[int] = frozenset()
    workflow_id: int | None = None


@operation(Permission.WORKFLOWS)
def create_code(account_id: int, settings: CodeSettings, *, actor: Actor) -> QrCode:
    """Make a code with an address of its own; raises InvalidInput for each field that cannot be used."""
    code = QrCode(account_id=account_id, code=new_code(), name="")
    _apply(code, settings, actor)
    with _unique_name():
        db.session.add(code)
    _set_tags(code, settings.tag_ids)
    audit.record(actor, "qr_code.created", target=code, account_id=account_id)
    return code


@operation(Permission.WORKFLOWS)
def change_code(account_id: int, code_id: int, settings: CodeSettings, *, actor: Actor) -> QrCode:
    """Set what a scan does from now on; the address stays. Raises InvalidInput, NotFound."""
    code = get_code(account_id, code_id, for_update=True)
    with _unique_name():
        _apply(code, settings, actor)
    _set_tags(code, settings.tag_ids)
    code.updated_at = now()
    audit.record(actor, "qr_code.changed", target=code, account_id=account_id)
    return code


@operation(Permission.WORKFLOWS)
def copy_code(account_id: int, code_id: int, *, actor: Actor) -> QrCode:
    """Make a second code of the same settings, with an address of its own; raises NotFound."""
    source = get_code(account_id, code_id)
    copy = QrCode(account_id=account_id, code=new_code(), name=_copy_name(source), page_url=source.page_url)
    copy.auto_message_id, copy.logo_id = source.auto_message_id, source.logo_id
    known = known_to(actor, {source.workflow_id} if source.workflow_id else set())
    copy.workflow_id = source.workflow_id if source.workflow_id in known else None
    with _unique_name():
        db.session.add(copy)
    _set_tags(copy, tags_of(source.id))
    _refer(copy)
    audit.record(actor, "qr_code.copied", target=copy, account_id=account_id, source=source.name)
    return copy


@operation(Permission.WORKFLOWS)
def set_logo(account_id: int, code_id: int, received: Received | None, file_name: str, *, actor: Actor) -> QrCode:
    """Put a picture into the middle of the image, or take it out again; raises as `add_file` does, NotFound."""
    get_code(account_id, code_id)
    file_id = None
    if received is not None:
        name = shown_file_name(file_name)
        file_id = add_file(account_id, received, name=name, visibility=Visibility.MEMBERS, actor=actor).id
    code = get_code(account_id, code_id, for_update=True)
    code.logo_id = file_id
    _refer(code)
    audit.record(actor, "qr_code.logo_changed", target=code, account_id=account_id)
    return code


@operation(Permission.WORKFLOWS)
def archive_code(account_id: int, code_id: int, *, actor: Actor) -> QrCode:
    """Let the code lead to the chat and do nothing else; raises NotFound."""
    code = get_code(account_id, code_id, for_update=True)
    if code.archived_at is None:
        code.archived_at = now()
        audit.record(actor, "qr_code.archived", target=code, account_id=account_id)
    return code


@operation(Permission.WORKFLOWS)
def restore_code(account_id: int, code_id: int, *, actor: Actor) -> QrCode:
    """Take the code out of the archive; raises NotFound."""
    code = get_code(account_id, code_id, for_update=True)
    if code.archived_at is not None:
        code.archived_at = None
        audit.record(actor, "qr_code.restored", target=code, account_id=account_id)
    return code


@operation(Permission.WORKFLOWS)
def delete_code(account_id: int, code_id: int, *, actor: Actor) -> QrCode:
    """Delete the code with its scans; raises NotFound, and Conflict by name while something holds it."""
    code = get_code(account_id, code_id, for_update=True)
    holding = [f"{usage.kind}: {usage.name}" for usage in usages_of("qr_code", code.id, actor) if usage.holds]
    if holding:
        raise Conflict(_("This QR Code cannot be deleted while it is used by: %(names)s", names=listed(holding)))
    audit.record(actor, "qr_code.deleted", target=code, account_id=account_id)
    set_references(account_id, OWNER, code.id, [])
    db.session.delete(code)
    return code


def _apply(code: QrCode, settings: CodeSettings, actor: Actor) -> None:
    """Set the fields of a code; raises InvalidInput with all that is wrong at once."""
    wrong: dict[str, object] = {}
    name = ""
    try:
        name = clean_name(settings.name)
    except InvalidInput as refusal:
        wrong.update(refusal.fields)
    if complaint := _wrong_address(settings.page_url):
        wrong["page_url"] = complaint
    known = {message.id for message in message_choices(code.account_id, code.auto_message_id)}
    if settings.auto_message_id is not None and settings.auto_message_id not in known:
        wrong["auto_message"] = _l("Choose one from the list.")
    workflows = dict(workflows_for(code.account_id, actor, code.workflow_id))
    if settings.workflow_id is not None and settings.workflow_id not in workflows:
        wrong["workflow"] = _l("Choose one from the list.")
    if len(tags_by_id(code.account_id, settings.tag_ids)) != len(settings.tag_ids):
        wrong["tags"] = _l("Choose only from the list.")
    if wrong:
        raise InvalidInput(wrong)
    code.name, code.page_url = name, settings.page_url or None
    code.auto_message_id, code.workflow_id = settings.auto_message_id, settings.workflow_id


def _wrong_address(typed: str) -> object:
    if not typed:
        return None
    scheme, _colon, rest = typed.partition("://")
    host = rest.partition("/")[0].partition("?")[0].partition("#")[0].rpartition("@")[2]
    is_fine = scheme.lower() in WEB and is_openable(host) and typed.isprintable() and " " not in typed
    if not is_fine or len(typed) > LONGEST_ADDRESS:
        return _l("Enter a web address, such as https://shop.example/welcome.")
    return None


def _set_tags(code: QrCode, tag_ids: Collection[int]) -> None:
    db.session.execute(delete(QrCodeTag).where(QrCodeTag.qr_code_id == code.id))
    db.session.add_all(QrCodeTag(qr_code_id=code.id, tag_id=tag_id) for tag_id in sorted(tag_ids))
    db.session.flush()


def _refer(code: QrCode) -> None:
    set_references(code.account_id, OWNER, code.id, [code.logo_id] if code.logo_id else [])


def _copy_name(source: QrCode) -> str:
    """Return a name for a copy that the account does not have yet."""

    def is_taken(name: str) -> bool:
        same = func.same_look(QrCode.name) == func.same_look(name)
        return bool(db.session.scalar(select(exists().where(QrCode.account_id == source.account_id, same))))

    if (name := copy_name(source.name, is_taken)) is None:
        raise Conflict(_l("There are too many copies of this QR Code."))
    return name


def _unique_name() -> AbstractContextManager[None]:
    taken = _l("Another QR Code has this name already, or one that looks the same.")
    return unique("uq_qr_codes_name", "name", taken)
