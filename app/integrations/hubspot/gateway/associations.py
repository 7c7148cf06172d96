"""Which records belong together. These batches do not count for the limit of ten seconds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from app.core import lenient_json
from app.integrations.hubspot.gateway import paths
from app.integrations.hubspot.gateway.batches import BatchResult, read_batch
from app.integrations.hubspot.gateway.objects import after_of
from app.integrations.hubspot.gateway.requests import CallLimit, HubSpotRequest, nothing

MOST = 1000
# From a contact to its primary company.
PRIMARY_COMPANY = 1


class AssociatedRecord(NamedTuple):
    """A record at the other end, and the types of the association."""

    id: str
    type_ids: frozenset[int]


class AssociatedRecords(NamedTuple):
    """What a record is associated with; with `after`, there is more."""

    from_id: str
    to: list[AssociatedRecord]
    after: str | None

    @property
    def primary_company(self) -> str | None:
        """Return the id of a contact's primary company."""
        return next((one.id for one in self.to if PRIMARY_COMPANY in one.type_ids), None)


def read_many(from_type: str, to_type: str, ids: Iterable[str]) -> HubSpotRequest[BatchResult[AssociatedRecords]]:
    """Read what up to MOST records are associated with; those without any are named as `missing`."""
    return _read(from_type, to_type, [{"id": one} for one in dict.fromkeys(ids)])


def read_more(
    from_type: str, to_type: str, record_id: str, after: str
) -> HubSpotRequest[BatchResult[AssociatedRecords]]:
    """Read what else a record is associated with."""
    return _read(from_type, to_type, [{"id": record_id, "after": after}])


# From a contact to one of its companies, without a label.
COMPANY = 279
MOST_ARCHIVED = 100


def associate(contact_ids: Iterable[str], company_id: str) -> HubSpotRequest[BatchResult[None]]:
    """Tie contacts to a company; those that are tied already stay so."""
    kind = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": COMPANY}]
    inputs = [{"from": {"id": one}, "to": {"id": company_id}, "types": kind} for one in contact_ids]
    path = paths.associations("contacts", "companies", "batch", "create")
    return HubSpotRequest("POST", path, read_batch(nothing), body={"inputs": inputs}, limit=CallLimit.NONE)


def part(contact_ids: Iterable[str], company_id: str) -> HubSpotRequest[None]:
    """Take up to MOST_ARCHIVED contacts and a company apart."""
    inputs = [{"from": {"id": one}, "to": [{"id": company_id}]} for one in contact_ids]
    path = paths.associations("contacts", "companies", "batch", "archive")
    return HubSpotRequest("POST", path, nothing, body={"inputs": inputs}, limit=CallLimit.NONE)


def _read(from_type: str, to_type: str, inputs: list[dict[str, str]]) -> HubSpotRequest[BatchResult[AssociatedRecords]]:
    path = paths.associations(from_type, to_type, "batch", "read")
    return HubSpotRequest("POST", path, read_batch(_read_row), body={"inputs": inputs}, limit=CallLimit.NONE)


def _read_row(body: Any) -> AssociatedRecords:
    to = [_read_end(one) for one in lenient_json.items(body, "to")]
    return AssociatedRecords(lenient_json.id_text(lenient_json.mapping(body, "from"), "id"), to, after_of(body))


def _read_end(body: Any) -> AssociatedRecord:
    types = (lenient_json.number(one, "typeId") for one in lenient_json.items(body, "associationTypes"))
    return AssociatedRecord(
        lenient_json.id_text(body, "toObjectId"), frozenset(one for one in types if one is not None)
    )
