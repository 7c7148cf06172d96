"""The properties that every portal has, of those HubSpot ships: the ones that our features meet."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot.state import COMPANIES, CONTACTS

READ_ONLY = {"archivable": False, "readOnlyDefinition": True, "readOnlyValue": True, "readOnlyOptions": True}
WRITABLE = {"archivable": False, "readOnlyDefinition": True, "readOnlyValue": False, "readOnlyOptions": True}
MADE_AT = "2020-01-01T00:00:00.000Z"

STAGES = (
    ("subscriber", "Subscriber"),
    ("lead", "Lead"),
    ("marketingqualifiedlead", "Marketing Qualified Lead"),
    ("salesqualifiedlead", "Sales Qualified Lead"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
    ("evangelist", "Evangelist"),
    ("other", "Other"),
)
LANGUAGES = (("en", "English"), ("ja", "Japanese"), ("zh", "Chinese"), ("ko", "Korean"))
INTERESTS = (("coffee", "Coffee"), ("bread", "Bread"), ("events", "Events"))
YES_NO = (("true", "Yes"), ("false", "No"))
OBJECT_GROUPS = {
    CONTACTS: (("contactinformation", "Contact information"), ("emailinformation", "Email information")),
    COMPANIES: (("companyinformation", "Company information"),),
}
INFORMATION = {CONTACTS: "contactinformation", COMPANIES: "companyinformation"}
MODIFIED = {CONTACTS: "lastmodifieddate", COMPANIES: "hs_lastmodifieddate"}
# What a read returns when it names no property, and beside those that it names.
DEFAULTS = {
    CONTACTS: ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
    COMPANIES: ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
}
ALWAYS = {name: ("createdate", "hs_object_id", MODIFIED[name]) for name in (CONTACTS, COMPANIES)}
# name, label, type, field type, options
OF_PEOPLE = (
    ("email", "Email", "string", "text", ()),
    ("firstname", "First Name", "string", "text", ()),
    ("lastname", "Last Name", "string", "text", ()),
    ("phone", "Phone Number", "string", "phonenumber", ()),
    ("mobilephone", "Mobile Phone Number", "string", "phonenumber", ()),
    ("company", "Company Name", "string", "text", ()),
    ("jobtitle", "Job Title", "string", "text", ()),
    ("address", "Street Address", "string", "text", ()),
    ("city", "City", "string", "text", ()),
    ("zip", "Postal Code", "string", "text", ()),
    ("message", "Message", "string", "textarea", ()),
    ("lifecyclestage", "Lifecycle Stage", "enumeration", "radio", STAGES),
    ("hs_language", "Preferred language", "enumeration", "select", LANGUAGES),
    ("interests", "Interests", "enumeration", "checkbox", INTERESTS),
    ("birthday", "Birthday", "date", "date", ()),
    ("member_since", "Member since", "datetime", "date", ()),
    ("points", "Points", "number", "number", ()),
    ("newsletter", "Newsletter", "bool", "booleancheckbox", YES_NO),
)
OF_COMPANIES = (
    ("name", "Company name", "string", "text", ()),
    ("domain", "Company Domain Name", "string", "text", ()),
    ("phone", "Phone Number", "string", "phonenumber", ()),
    ("city", "City", "string", "text", ()),
    ("description", "Description", "string", "textarea", ()),
    ("numberofemployees", "Number of Employees", "number", "number", ()),
    ("lifecyclestage", "Lifecycle Stage", "enumeration", "radio", STAGES),
)
# Set by HubSpot alone.
CALCULATED = (
    ("hs_object_id", "Record ID", "number", "number"),
    ("createdate", "Create Date", "datetime", "date"),
    ("hs_merged_object_ids", "Merged record IDs", "enumeration", "checkbox"),
)


def definition(
    name: str, label: str, kind: str, field_type: str, group: str, choices: tuple[tuple[str, str], ...] = ()
) -> dict[str, Any]:
    """Return a definition as HubSpot answers it."""
    options = [
        {"label": text, "value": value, "displayOrder": place, "hidden": False}
        for place, (value, text) in enumerate(choices)
    ]
    return {
        "name": name,
        "label": label,
        "type": kind,
        "fieldType": field_type,
        "groupName": group,
        "description": "",
        "options": options,
        "displayOrder": -1,
        "calculated": False,
        "externalOptions": False,
        "hasUniqueValue": False,
        "hidden": False,
        "hubspotDefined": True,
        "formField": True,
        "archived": False,
        "dataSensitivity": "non_sensitive",
        "createdAt": MADE_AT,
        "updatedAt": MADE_AT,
        "modificationMetadata": dict(WRITABLE),
    }


def _calculated(name: str, label: str, kind: str, field_type: str, group: str) -> dict[str, Any]:
    return definition(name, label, kind, field_type, group) | {
        "calculated": True,
        "formField": False,
        "externalOptions": name == "hs_merged_object_ids",
        "modificationMetadata": dict(READ_ONLY),
    }


def default_properties(object_type: str) -> dict[str, dict[str, Any]]:
    """Return a new portal's definitions by name; e-mail addresses are unique among contacts."""
    group = INFORMATION[object_type]
    rows = OF_PEOPLE if object_type == CONTACTS else OF_COMPANIES
    made = [definition(name, label, kind, field, group, choices) for name, label, kind, field, choices in rows]
    made += [_calculated(*row, group) for row in CALCULATED]
    made.append(_calculated(MODIFIED[object_type], "Last Modified Date", "datetime", "date", group))
    if object_type == CONTACTS:
        made.append(_calculated("hs_calculated_merged_vids", "Merged vids with timestamps", "string", "text", group))
    return {entry["name"]: entry for entry in made}


def default_groups(object_type: str) -> dict[str, dict[str, Any]]:
    return {
        name: {"name": name, "label": label, "displayOrder": place, "archived": False}
        for place, (name, label) in enumerate(OBJECT_GROUPS[object_type])
    }
