"""HubSpot as a service of integrations."""

from __future__ import annotations

from app.core.i18n import _l
from app.integrations.shared.services import Service, register

HUBSPOT = "hubspot"

register(
    Service(
        key=HUBSPOT,
        name="HubSpot",
        icon="affiliate",
        summary=_l(
            "Contacts, companies and lists come in from HubSpot, and what is known from LINE is written back to the"
            " contacts."
        ),
        begin="hubspot.connect",
        open="hubspot.dashboard",
        settings="hubspot.settings",
        on_mappings="integrations.hubspot.register",
        on_due="integrations.hubspot.sync.start_due",
    )
)
