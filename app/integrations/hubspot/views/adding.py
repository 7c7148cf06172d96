"""Choose a property of HubSpot, and the field that it is synced with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, url_for

from app.core import error_messages, htmx
from app.core.errors import NotFound, PermanentFailure, RetryLater
from app.core.i18n import _
from app.core.text_folding import fold_all
from app.integrations.hubspot.mapping_forms import KIND_OF_TYPE, NEW, MappingForm, suggested_field
from app.integrations.hubspot.offers import OfferGroup, PropertyOffer, offered_groups
from app.integrations.hubspot.opening import open_portal
from app.integrations.hubspot.queries import get_integration
from app.integrations.hubspot.values import kinds_for
from app.integrations.hubspot.views.blueprint import blueprint
from app.integrations.shared.fields import common_fields, make_everywhere
from app.integrations.shared.mappings import add_mapping, mappings_of
from app.integrations.shared.models import Integration
from app.integrations.shared.queries import accounts_of
from app.team.permissions import Permission, current_actor, requires


@dataclass(frozen=True)
class FieldAnswer:
    """What HubSpot offers, or why it is not known."""

    groups: Sequence[OfferGroup] = ()
    trouble: str = ""

    def find(self, kind: str, name: str) -> PropertyOffer:
        """Return the property; raises NotFound."""
        found = (one for group in self.groups for one in group.offers)
        offer = next((one for one in found if (one.field.kind, one.field.name) == (kind, name)), None)
        if offer is None:
            raise NotFound
        return offer


@blueprint.get("/<int:connection_id>/data/properties")
@requires(Permission.INTEGRATIONS)
def properties(connection_id: int) -> Response:
    connection = get_integration(connection_id, current_actor())
    answer = _ask(connection)
    names = [one.key for group in answer.groups for one in group.offers]
    texts = [f"{one.field.label} {one.field.name}" for group in answer.groups for one in group.offers]
    return htmx.render(
        "integrations/hubspot/properties.html",
        connection=connection,
        groups=answer.groups,
        trouble=answer.trouble,
        folded=dict(zip(names, fold_all(texts), strict=True)),
    )


@blueprint.get("/<int:connection_id>/data/properties/<any(contact,company):kind>/<name>")
@requires(Permission.INTEGRATIONS)
def new_field(connection_id: int, kind: str, name: str) -> Response:
    connection = get_integration(connection_id, current_actor())
    return _form(connection, kind, name, MappingForm(formdata=None), is_first=True)


@blueprint.post("/<int:connection_id>/data/properties/<any(contact,company):kind>/<name>")
@requires(Permission.INTEGRATIONS)
def add_field(connection_id: int, kind: str, name: str) -> Response:
    connection = get_integration(connection_id, current_actor())
    return _form(connection, kind, name, MappingForm())


def _form(connection: Integration, kind: str, name: str, form: MappingForm, *, is_first: bool = False) -> Response:
    """Show the form, or add the field that was posted with it."""
    answer = _ask(connection)
    if answer.trouble:
        return htmx.render(
            "integrations/hubspot/properties.html", connection=connection, trouble=answer.trouble, groups=()
        )
    offer = answer.find(kind, name)
    if offer.is_taken:
        words = _("“%(property)s” is synced already.", property=offer.field.label)
        return htmx.go(url_for("hubspot.data", connection_id=connection.id), toast=words)
    kinds = kinds_for(offer.field.type, offer.field.field_type)
    form.offer(common_fields(connection.id), kinds, [one.field for one in mappings_of(connection.id)])
    may_make = current_actor().may(Permission.FRIENDS)
    if is_first:
        _suggest(form, offer)
    elif form.submit(lambda: _add(connection, offer, form)):
        words = _("“%(property)s” was added. Its values are read by the next sync.", property=offer.field.label)
        return htmx.go(url_for("hubspot.data", connection_id=connection.id), toast=words)
    return htmx.render(
        "integrations/hubspot/new_field.html",
        "integrations/hubspot/_new_field.html",
        status=200 if is_first else 422,
        connection=connection,
        offer=offer,
        form=form,
        may_make=may_make,
    )


def _add(connection: Integration, offer: PropertyOffer, form: MappingForm) -> None:
    name = form.field.data or ""
    if form.is_new:
        account_ids = [covered.account_id for covered, _account in accounts_of(connection.id)]
        name = make_everywhere(account_ids, form.label.data or "", form.kind.data or "", actor=current_actor())
    add_mapping(connection, offer.field, name, actor=current_actor())


def _suggest(form: MappingForm, offer: PropertyOffer) -> None:
    offered = [choice.value for choice in form.field.choices]
    suggested = suggested_field(offer.field.name, offered)
    form.way.data = "existing" if suggested else NEW
    form.field.data = suggested or (offered[0] if offered else None)
    form.label.data, form.kind.data = offer.field.label, KIND_OF_TYPE.get(offer.field.type, "text")


def _ask(connection: Integration) -> FieldAnswer:
    try:
        access, _app_id = open_portal(connection)
        return FieldAnswer(offered_groups(connection, access))
    except (RetryLater, PermanentFailure) as error:
        return FieldAnswer(trouble=error_messages.sentence(error.code, error.params))
