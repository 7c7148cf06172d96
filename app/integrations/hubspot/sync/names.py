"""Which properties a sync reads, and what of a contact leads to friends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from app.core.db import db
from app.core.values import phones
from app.integrations.hubspot.gateway.objects import MERGED_IDS, MERGED_VIDS, HubSpotRecord
from app.integrations.hubspot.gateway.scopes import COMPANIES_READ
from app.integrations.shared.mappings import working_mappings
from app.integrations.shared.models import FieldMapping, Integration, IntegrationAccount
from app.integrations.shared.records import COMPANY, CONTACT, ReadRecord
from app.line.identifiers import USER_ID

EMAIL, PHONES = "email", ("phone", "mobilephone")
LINE_USER_ID = "line_user_id"


@dataclass(frozen=True)
class WantedNames:
    """Names of properties: those of contacts that are mapped, LINE user ids of the accounts, and those of companies."""

    mapped: tuple[str, ...]
    lines: tuple[str, ...]
    companies: tuple[str, ...]

    @property
    def of_contacts(self) -> tuple[str, ...]:
        """Return what is asked of a contact."""
        return tuple(dict.fromkeys((*self.mapped, *self.lines, EMAIL, *PHONES, MERGED_IDS, MERGED_VIDS)))

    def contact(self, record: HubSpotRecord) -> ReadRecord:
        """Return a contact as it is kept."""
        given = {name: value for name, value in record.properties.items() if value}
        numbers = [given[name] for name in PHONES if name in given]
        return ReadRecord(
            record.id,
            {name: given[name] for name in self.mapped if name in given},
            _written(record),
            [given[name] for name in self.lines if USER_ID.fullmatch(given.get(name, ""))],
            given.get(EMAIL),
            next((form for form in map(phones.normal, numbers) if form.startswith("+")), None),
        )

    def company(self, record: HubSpotRecord) -> ReadRecord:
        """Return a company as it is kept."""
        given = {name: record.properties.get(name) or "" for name in self.companies}
        return ReadRecord(record.id, {name: value for name, value in given.items() if value}, _written(record))


def wanted_names(integration_id: int) -> WantedNames:
    """Return what a sync of this integration reads."""
    mappings = working_mappings(integration_id)
    companies = _names(mappings, COMPANY) if _may_read_companies(integration_id) else ()
    return WantedNames(_names(mappings, CONTACT), tuple(_line_names(integration_id)), companies)


def _may_read_companies(integration_id: int) -> bool:
    """Return whether HubSpot granted companies; where it did not, all others are synced without."""
    granted = db.session.scalar(select(Integration.scopes).where(Integration.id == integration_id))
    return not granted or COMPANIES_READ in granted


def _names(mappings: Iterable[FieldMapping], kind: str) -> tuple[str, ...]:
    return tuple(mapping.remote_name for mapping in mappings if mapping.record_kind == kind)


def _line_names(integration_id: int) -> list[str]:
    """Return the names of the properties with LINE user ids, one for each account."""
    query = select(IntegrationAccount).where(IntegrationAccount.integration_id == integration_id)
    found = []
    for covered in db.session.scalars(query.order_by(IntegrationAccount.number)):
        usual = LINE_USER_ID if covered.number == 1 else f"{LINE_USER_ID}_{covered.number}"
        found.append(covered.properties.get(LINE_USER_ID, {}).get("name") or usual)
    return found


def _written(record: HubSpotRecord) -> str | None:
    return record.updated_at.isoformat() if record.updated_at else None
