"""Records: contacts and companies. Values are texts as HubSpot gives them; None and "" are both no value."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from app.core import lenient_json
from app.integrations.hubspot.gateway import paths
from app.integrations.hubspot.gateway.batches import BatchResult, read_batch
from app.integrations.hubspot.gateway.requests import CallLimit, HubSpotRequest, nothing

CONTACTS, COMPANIES = "contacts", "companies"
TYPE_IDS = {CONTACTS: "0-1", COMPANIES: "0-2"}
# The property that moves with every write.
MODIFIED = {CONTACTS: "lastmodifieddate", COMPANIES: "hs_lastmodifieddate"}
MOST, MOST_WITH_HISTORY, MOST_FOUND = 100, 50, 200
# Both tell which records were merged into one, and may disagree.
MERGED_IDS, MERGED_VIDS = "hs_merged_object_ids", "hs_calculated_merged_vids"


class ValueChange(NamedTuple):
    """An entry of a property's history: who wrote the value and when."""

    value: str
    at: datetime | None
    source_type: str
    source_id: str

    def is_by(self, app_id: str) -> bool:
        """Return whether this app wrote it."""
        return self.source_type == "INTEGRATION" and self.source_id == app_id


class HubSpotRecord(NamedTuple):
    """A record; `history` has the properties that were asked for with it, newest change first.

    `id` is that of the record that answered: for one that was merged away, the record that remains.
    """

    id: str
    properties: Mapping[str, str | None]
    updated_at: datetime | None
    is_archived: bool
    history: Mapping[str, Sequence[ValueChange]]
    # Whether an upsert made it.
    is_new: bool = False

    @property
    def merged_ids(self) -> frozenset[str]:
        """Return the ids of records that were merged into this one, as far as the properties were asked for."""
        ids = (self.properties.get(MERGED_IDS) or "").split(";")
        vids = (entry.partition(":")[0] for entry in (self.properties.get(MERGED_VIDS) or "").split(";"))
        return frozenset(one.strip() for one in (*ids, *vids) if one.strip()) - {self.id}


class RecordPage(NamedTuple):
    """A page; without `after` it is the last. `total` is known of searches only."""

    records: list[HubSpotRecord]
    after: str | None
    total: int | None = None


def page(
    object_type: str, properties: Iterable[str], after: str | None = None, *, limit: int = MOST, archived: bool = False
) -> HubSpotRequest[RecordPage]:
    """Read records in the order of their ids. Many properties make the address too long: read those in batches."""
    query = {"limit": limit, "properties": ",".join(properties), "archived": str(archived).lower()}
    return HubSpotRequest("GET", paths.objects(object_type), _read_page, query | ({"after": after} if after else {}))


def read_many(
    object_type: str,
    ids: Iterable[str],
    properties: Iterable[str],
    *,
    history: Iterable[str] = (),
    id_property: str | None = None,
    archived: bool = False,
) -> HubSpotRequest[BatchResult[HubSpotRecord]]:
    """Read up to MOST records (MOST_WITH_HISTORY with histories); `missing` names the ids that lead nowhere."""
    body: dict[str, Any] = {
        "inputs": [{"id": one} for one in dict.fromkeys(ids)],
        "properties": list(properties),
        "propertiesWithHistory": list(history),
    }
    body |= {"idProperty": id_property} if id_property else {}
    query = {"archived": "true"} if archived else {}
    return HubSpotRequest("POST", paths.objects(object_type, "batch", "read"), read_batch(read_record), query, body)


def search(
    object_type: str,
    filters: Iterable[Mapping[str, Any]],
    properties: Iterable[str],
    *,
    sort: str = "hs_object_id",
    limit: int = MOST_FOUND,
) -> HubSpotRequest[RecordPage]:
    """Find records that meet all of these filters, in ascending order of `sort`.

    The index lags and knows no archived records. Go on with a greater id among the filters: HubSpot ends after 10,000.
    """
    body = {
        "filterGroups": [{"filters": [dict(one) for one in filters]}],
        "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
        "properties": list(properties),
        "limit": limit,
        "after": "0",
    }
    path = paths.objects(object_type, "search")
    return HubSpotRequest("POST", path, _read_page, body=body, limit=CallLimit.SEARCH)


def where(name: str, operator: str, value: str | Sequence[str]) -> dict[str, Any]:
    """Return a filter for a search: `where("email", "EQ", "a@example.com")`, with several values for IN."""
    given = {"value": value} if isinstance(value, str) else {"values": list(value)}
    return {"propertyName": name, "operator": operator, **given}


def create(object_type: str, properties: Mapping[str, str]) -> HubSpotRequest[HubSpotRecord]:
    """Make a record. Must not be done twice: prefer an upsert."""
    body = {"properties": dict(properties), "associations": []}
    return HubSpotRequest("POST", paths.objects(object_type), read_record, body=body, is_repeatable=False)


def update(object_type: str, record_id: str, properties: Mapping[str, str]) -> HubSpotRequest[HubSpotRecord]:
    """Change a record."""
    body = {"properties": dict(properties)}
    return HubSpotRequest("PATCH", paths.objects(object_type, record_id), read_record, body=body)


def update_many(
    object_type: str, changes: Mapping[str, Mapping[str, str]]
) -> HubSpotRequest[BatchResult[HubSpotRecord]]:
    """Change up to MOST records by their ids."""
    inputs = [{"id": one, "properties": dict(values)} for one, values in changes.items()]
    return _write_many(object_type, "update", inputs)


def upsert_many(
    object_type: str, id_property: str, changes: Mapping[str, Mapping[str, str]]
) -> HubSpotRequest[BatchResult[HubSpotRecord]]:
    """Change up to MOST records by the value of a unique property, and make those that are missing."""
    inputs = [{"id": one, "idProperty": id_property, "properties": dict(values)} for one, values in changes.items()]
    return _write_many(object_type, "upsert", inputs)


def unanswered(answer: BatchResult[HubSpotRecord], asked: Collection[str]) -> set[str]:
    """Return ids of which an answer says nothing: such a record is neither done nor gone.

    One that was merged away answers under another id; where there are such answers, each id may be one of them.
    """
    told = {record.id for record in answer.results}
    if told - set(asked):
        return set()
    return set(asked) - told - {one for failure in answer.failures for one in failure.ids}


def archive(object_type: str, record_id: str) -> HubSpotRequest[None]:
    """Delete a record; people can restore it at HubSpot for a while."""
    return HubSpotRequest("DELETE", paths.objects(object_type, record_id), nothing)


def read_record(body: Any) -> HubSpotRecord:
    """Read one record of an answer."""
    properties = lenient_json.mapping(body, "properties")
    histories = lenient_json.mapping(body, "propertiesWithHistory")
    return HubSpotRecord(
        id=lenient_json.text(body, "id") or "",
        properties=properties,
        updated_at=moment(lenient_json.text(body, "updatedAt")),
        is_archived=lenient_json.flag(body, "archived"),
        history={name: [_change(one) for one in _listed(entries)] for name, entries in histories.items()},
        is_new=lenient_json.flag(body, "new"),
    )


def moment(written: str | None) -> datetime | None:
    """Return a time that HubSpot wrote, in UTC; None for one that cannot be read."""
    try:
        found = datetime.fromisoformat(written or "")
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def after_of(body: Any) -> str | None:
    """Return the cursor of the next page."""
    return lenient_json.text(lenient_json.mapping(lenient_json.mapping(body, "paging"), "next"), "after")


def _write_many(
    object_type: str, verb: str, inputs: list[dict[str, Any]]
) -> HubSpotRequest[BatchResult[HubSpotRecord]]:
    # With a trace on every input, one that is refused does not refuse the others.
    traced = [{**one, "objectWriteTraceId": one["id"]} for one in inputs]
    path = paths.objects(object_type, "batch", verb)
    return HubSpotRequest("POST", path, read_batch(read_record), body={"inputs": traced})


def _read_page(body: Any) -> RecordPage:
    records = [read_record(one) for one in lenient_json.items(body, "results")]
    return RecordPage(records, after_of(body), lenient_json.number(body, "total"))


def _listed(entries: Any) -> list[Any]:
    return entries if isinstance(entries, list) else []


def _change(entry: Any) -> ValueChange:
    read = lenient_json.text
    at = moment(read(entry, "timestamp"))
    return ValueChange(read(entry, "value") or "", at, read(entry, "sourceType") or "", read(entry, "sourceId") or "")
