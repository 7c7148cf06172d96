"""What one event says has changed. Pure.

Older apps name the kind of record in the event's type (`contact.deletion`), projects beside it (`object.deletion` and
`objectTypeId`). Values in an event are hints: what is named here is read again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.core import lenient_json
from app.integrations.hubspot.gateway.objects import COMPANIES, CONTACTS, TYPE_IDS
from app.integrations.shared.records import COMPANY, CONTACT

_OF_TYPE_IDS = {TYPE_IDS[CONTACTS]: CONTACT, TYPE_IDS[COMPANIES]: COMPANY}
_MERGE_FIELDS = ("primaryObjectId", "newObjectId")
# The end of an association at which the contact stands.
_CONTACT_END = {"CONTACT_TO_COMPANY": "from", "COMPANY_TO_CONTACT": "to"}


def changed_records(event: Any) -> set[tuple[str, str]]:
    """Return kind and id of each record that is to be read again; none for an event that concerns no record of ours."""
    told = lenient_json.text(event, "subscriptionType") or lenient_json.text(event, "eventType") or ""
    named, _dot, what = told.partition(".")
    if what == "associationChange":
        return {(CONTACT, one) for one in _associated(event) if one}
    kind = _OF_TYPE_IDS.get(lenient_json.text(event, "objectTypeId") or "") if named == "object" else named
    if kind not in (CONTACT, COMPANY):
        return set()
    return {(kind, one) for one in _ids(event, what) if one}


def is_own(event: Any, app_id: str) -> bool:
    """Return whether the app itself made the change."""
    is_ours = bool(app_id) and lenient_json.id_text(event, "sourceId") == app_id
    return is_ours and lenient_json.text(event, "changeSource") == "INTEGRATION"


def _ids(event: Any, what: str) -> Iterator[str]:
    yield lenient_json.id_text(event, "objectId")
    if what == "merge":
        yield from (lenient_json.id_text(event, name) for name in _MERGE_FIELDS)
        yield from (str(one) for one in lenient_json.items(event, "mergedObjectIds") if isinstance(one, int | str))


def _associated(event: Any) -> Iterator[str]:
    """Yield the contact of an association between a contact and a company."""
    end = _CONTACT_END.get(lenient_json.text(event, "associationType") or "")
    if end is not None:
        yield lenient_json.id_text(event, f"{end}ObjectId")
