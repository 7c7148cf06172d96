"""Definitions of properties and their groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from app.core import lenient_json
from app.core.errors import PermanentFailure
from app.integrations.hubspot.gateway import paths
from app.integrations.hubspot.gateway.client import HubSpotClient
from app.integrations.hubspot.gateway.requests import HubSpotRequest, nothing

# HubSpot takes no more unique properties for a type of record.
MOST_UNIQUE = 10


class PropertyOption(NamedTuple):
    """A choice of an enumeration: what people see, and what is stored."""

    value: str
    label: str
    is_hidden: bool = False


@dataclass(frozen=True)
class HubSpotProperty:
    """A property of a type of record, as HubSpot defines it."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    options: tuple[PropertyOption, ...] = ()
    description: str = ""
    is_unique: bool = False
    is_hidden: bool = False
    is_calculated: bool = False
    is_hubspots: bool = False
    is_read_only: bool = False

    def fits(self, wanted: HubSpotProperty) -> bool:
        """Return whether a property of this name can hold what the wanted one is to hold."""
        return self.type == wanted.type and not (self.is_read_only or self.is_calculated)

    def as_body(self) -> dict[str, Any]:
        """Return the definition as HubSpot takes it."""
        options = _options(self.options)
        body = {"name": self.name, "label": self.label, "type": self.type, "fieldType": self.field_type}
        body |= {"groupName": self.group, "description": self.description}
        return body | {"hasUniqueValue": self.is_unique} | ({"options": options} if options else {})


def list_all(object_type: str) -> HubSpotRequest[list[HubSpotProperty]]:
    """Read all definitions, which come in one answer."""
    return HubSpotRequest("GET", paths.properties(object_type), _read_all)


def create(object_type: str, wanted: HubSpotProperty) -> HubSpotRequest[HubSpotProperty]:
    """Make a property; one of this name that was archived comes back. A name that is taken is a conflict."""
    return HubSpotRequest("POST", paths.properties(object_type), read_property, body=wanted.as_body())


def read(object_type: str, name: str) -> HubSpotRequest[HubSpotProperty]:
    return HubSpotRequest("GET", paths.properties(object_type, name), read_property)


def set_options(object_type: str, name: str, options: Iterable[PropertyOption]) -> HubSpotRequest[HubSpotProperty]:
    """Replace all choices of an enumeration."""
    body = {"options": _options(options)}
    return HubSpotRequest("PATCH", paths.properties(object_type, name), read_property, body=body)


def create_group(object_type: str, name: str, label: str) -> HubSpotRequest[None]:
    body = {"name": name, "label": label, "displayOrder": -1}
    return HubSpotRequest("POST", paths.properties(object_type, "groups"), nothing, body=body)


def list_groups(object_type: str) -> HubSpotRequest[dict[str, str]]:
    """Read the label of each group by its name."""
    return HubSpotRequest("GET", paths.properties(object_type, "groups"), _read_groups)


def ensure_group(client: HubSpotClient, object_type: str, name: str, label: str) -> None:
    """Make the group unless it is there."""
    if name in client.call(list_groups(object_type)):
        return
    try:
        client.call(create_group(object_type, name, label))
    except PermanentFailure as error:
        if error.code != "hubspot.conflict":
            raise


def ensure(client: HubSpotClient, object_type: str, wanted: Sequence[HubSpotProperty]) -> dict[str, HubSpotProperty]:
    """Make the properties that are missing, and return what stands under each name now.

    A customer may have one of that name already: compare with `fits` and `is_unique`. Where HubSpot takes no more
    unique properties, one is made that is not unique.
    """
    known = {one.name: one for one in client.call(list_all(object_type))}
    for one in wanted:
        if one.name not in known:
            is_unique = one.is_unique and sum(other.is_unique for other in known.values()) < MOST_UNIQUE
            known[one.name] = _made(client, object_type, replace(one, is_unique=is_unique))
    return {one.name: known[one.name] for one in wanted}


def read_property(body: Any) -> HubSpotProperty:
    """Read a definition."""
    read_text, flag = lenient_json.text, lenient_json.flag
    return HubSpotProperty(
        name=read_text(body, "name") or "",
        label=read_text(body, "label") or read_text(body, "name") or "",
        type=read_text(body, "type") or "",
        field_type=read_text(body, "fieldType") or "",
        group=read_text(body, "groupName") or "",
        options=tuple(_option(one) for one in lenient_json.items(body, "options")),
        description=read_text(body, "description") or "",
        is_unique=flag(body, "hasUniqueValue"),
        is_hidden=flag(body, "hidden"),
        is_calculated=flag(body, "calculated"),
        is_hubspots=flag(body, "hubspotDefined"),
        is_read_only=flag(lenient_json.mapping(body, "modificationMetadata"), "readOnlyValue"),
    )


def _made(client: HubSpotClient, object_type: str, wanted: HubSpotProperty) -> HubSpotProperty:
    try:
        return client.call(create(object_type, wanted))
    except PermanentFailure as error:
        if error.code != "hubspot.conflict":
            raise
        return client.call(read(object_type, wanted.name))


def _options(options: Iterable[PropertyOption]) -> list[dict[str, Any]]:
    return [
        {"value": one.value, "label": one.label, "displayOrder": place, "hidden": one.is_hidden}
        for place, one in enumerate(options)
    ]


def _option(body: Any) -> PropertyOption:
    value = lenient_json.text(body, "value") or ""
    return PropertyOption(value, lenient_json.text(body, "label") or value, lenient_json.flag(body, "hidden"))


def _read_all(body: Any) -> list[HubSpotProperty]:
    return [read_property(one) for one in lenient_json.items(body, "results")]


def _read_groups(body: Any) -> dict[str, str]:
    groups = lenient_json.items(body, "results")
    return {name: lenient_json.text(one, "label") or name for one in groups if (name := lenient_json.text(one, "name"))}
