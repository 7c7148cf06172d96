"""Every route says who may use it, and the list of all routes is looked at whenever it changes.

After a change, write the list again and read what has changed: `python -m tests.conventions.test_routes`.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.fernet import Fernet
from flask import Flask

from app.core.config import Config
from app.factory import create_app
from app.team.api_access import SCOPE_LABELS, ApiScope
from app.team.permissions import LABELS, NOT_YET, Permission

STORED = Path(__file__).with_name("routes.txt")
# Open to all: machines, LINE, and people who are about to sign in.
PUBLIC = {
    "downloads.content",
    "downloads.show",
    "healthz",
    "hubspot.action_options",
    "hubspot.send_action",
    "hubspot.take_webhooks",
    "hubspot.take_inbox_webhooks",
    "invitations.accept",
    "invitations.show",
    "liff.enter",
    "liff.tell",
    "liff.visit",
    "qr_scans.page",
    "qr_scans.scan",
    "qr_scans.tell",
    "received_files.show",
    "metrics",
    "passkeys.offer",
    "passkeys.sign_in",
    "preferences.language",
    "preferences.theme",
    "public_media.resized",
    "public_media.show",
    "readyz",
    "statusz",
    "tracked.follow",
    "tracked.image",
    "tracked.resized",
    "webhooks.receive",
    "workflow_hook_calls.receive",
    "workspace.icon",
}
# For members who may see one of its sections; the view decides which.
SECTIONS = {"account_settings.show"}
PUBLIC_ROOMS = {"password_resets", "setup", "sign_in"}
# What a program may do with a key, and no other caller: its routes, and no others, lie below this.
API = "/api/"
KEYS = {f"key:{scope.value}" for scope in ApiScope}
# An empty form, and the lines of a file that its sender has got wrong.
FILES_WITHOUT_PEOPLE = {"id_links.template", "id_links.errors", "id_links.shared"}
# LINE and HubSpot sign what they send; a LIFF page brings a ticket of ours and LINE's token; a file's form is not read
# whole before its token is checked, which the view does itself.
CHECKED_OTHERWISE = {
    "hubspot.action_options",
    "hubspot.send_action",
    "hubspot.take_webhooks",
    "hubspot.take_inbox_webhooks",
    "webhooks.receive",
    "liff.tell",
    "id_link_uploads.create",
    "media_uploads.create",
    "rich_menus.create",
    "rich_menus.change_image",
    "qr_codes.change_logo",
    "qr_scans.tell",
    "workflow_hook_calls.receive",
}


def test_permissions_are_offered_once_a_page_needs_them() -> None:
    """A permission that no page asks for alone belongs to a feature that is not here yet, and no other does."""
    needed = {line.rsplit("  ", 1)[1] for line in STORED.read_text().splitlines()}
    assert {permission for permission in Permission if permission not in needed} == NOT_YET


def routes(app: Flask) -> list[str]:
    """One line a route: method, address, endpoint, and who may use it."""
    lines = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        access = getattr(app.view_functions[rule.endpoint], "access", "none")
        lines.append(f"{rule.rule}  {methods}  {rule.endpoint}  {access}")
    return sorted(lines)


def test_every_route_says_who_may_use_it(migrated_app: Flask) -> None:
    known = {"public", "member", "administrator", *KEYS, *(permission.value for permission in Permission)}
    for line in routes(migrated_app):
        assert set(line.rpartition("  ")[2].split("|")) <= known, line


def test_only_the_ways_in_are_public(migrated_app: Flask) -> None:
    for line in routes(migrated_app):
        _rule, _methods, endpoint, access = line.split("  ")
        if access == "public":
            assert endpoint in PUBLIC or endpoint.partition(".")[0] in PUBLIC_ROOMS, f"{endpoint} is public."


def test_routes_below_an_account_ask_for_a_permission(migrated_app: Flask) -> None:
    for line in routes(migrated_app):
        if "<int:account_id>" in line and line.split("  ")[2] not in SECTIONS:
            assert line.rpartition("  ")[2] not in {"public", "member"}, line


def test_programs_have_addresses_of_their_own(migrated_app: Flask) -> None:
    for line in routes(migrated_app):
        assert line.startswith(API) == (line.rpartition("  ")[2] in KEYS), line


def test_state_changes_only_by_post(migrated_app: Flask) -> None:
    for line in routes(migrated_app):
        assert line.split("  ")[1] in {"GET", "POST", "GET,POST"}, line


def test_every_file_of_people_takes_the_permission_to_export_and_a_fresh_proof(migrated_app: Flask) -> None:
    checked = 0
    for line in routes(migrated_app):
        rule, _methods, endpoint, access = line.split("  ")
        if rule.endswith(".csv") and endpoint not in FILES_WITHOUT_PEOPLE:
            assert access == "export", endpoint
            assert getattr(migrated_app.view_functions[endpoint], "asks_for_proof", False), endpoint
            checked += 1
    assert checked >= 3


def test_the_routes_are_the_stored_ones(migrated_app: Flask) -> None:
    assert routes(migrated_app) == STORED.read_text().splitlines(), __doc__


def test_every_permission_has_a_name() -> None:
    assert set(LABELS) == set(Permission)
    assert set(SCOPE_LABELS) == set(ApiScope)


def test_every_change_is_protected_against_forgery(migrated_app: Flask) -> None:
    """A key stands in a header, which no page of a stranger can make a browser send."""
    exempt = migrated_app.extensions["csrf"]._exempt_views
    for line in routes(migrated_app):
        _rule, _methods, endpoint, access = line.split("  ")
        view = migrated_app.view_functions[endpoint]
        if f"{view.__module__}.{view.__name__}" in exempt:
            assert access in KEYS or endpoint in CHECKED_OTHERWISE, f"{endpoint} checks no token."


def write() -> None:
    """Write the list again."""
    key = Fernet.generate_key().decode()
    required = {"DATABASE_URL": "postgresql://x/x", "REDIS_URL": "redis://x", "SECRET_KEY": "x" * 32}
    app = create_app(Config.from_env({**os.environ, **required, "ENCRYPTION_KEYS": key}))
    STORED.write_text("".join(f"{line}\n" for line in routes(app)))


if __name__ == "__main__":
    write()
