"""Leave contacts to the friends who have them: an address that two friends share makes no contact of both."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.errors import PermanentFailure
from app.integrations.hubspot.gateway.bad_values import BadValue
from app.integrations.hubspot.gateway.refused import ADDRESS_TAKEN
from app.integrations.hubspot.writing.planning import Writing
from app.integrations.hubspot.writing.sending import EMAIL, leave_out
from app.integrations.shared.links import linked_places


def leave_to_others(integration_id: int, writings: Sequence[Writing]) -> list[Writing]:
    """Return the writings that are to make a contact after all, without the address that another friend's has."""
    made = [one for one in writings if one.is_creation and one.remote_id and one.error is None]
    met = [one for one in made if not one.kept]
    taken = linked_places(integration_id, {str(one.remote_id) for one in met}) if met else set()
    taken |= {_place(one) for one in made if one.kept}
    again = []
    for one in met:
        place = _place(one)
        if place not in taken:
            taken.add(place)
            continue
        one.remote_id = None
        if leave_out(one, BadValue(EMAIL, "CONFLICT", f"Existing ID: {place[0]}")):
            again.append(one)
        else:
            one.error = PermanentFailure(ADDRESS_TAKEN, contact=place[0])
    return again


def _place(one: Writing) -> tuple[str, int]:
    return str(one.remote_id), one.facts.account_id
