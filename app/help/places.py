"""Which section of the guide each page of the console leads to."""

from __future__ import annotations

from flask import Flask, request, url_for

# By endpoint where pages of one blueprint need different sections, else by blueprint: page, or page#anchor.
SECTIONS = {
    "home": "start#home",
    "accounts": "accounts",
    "account_settings": "accounts#check",
    "account_settings.ask_credentials": "accounts#reconnect",
    "webhook_events": "accounts#events",
    "business_hours": "settings#business-hours",
    "testers": "messages#test",
    "friend_imports": "import-friends",
    "friends": "friends",
    "friends.show": "friends#friend",
    "friend_activities": "friends#friend",
    "friend_attributes": "friends#friend",
    "friend_id_link": "friends#friend",
    "friend_profile": "friends#friend",
    "friend_tags": "friends#friend",
    "friend_workflows": "friends#friend",
    "friend_export": "friends#export",
    "friend_views": "friends#views",
    "attributes": "friends#attributes",
    "bulk_tags": "tags#many",
    "tags": "tags",
    "segments": "segments",
    "segments.new": "segments#create",
    "segments.edit": "segments#create",
    "segments.show": "segments#page",
    "segments.friends_conditions": "friends#find",
    "segments.save_friends_filter": "friends#find",
    "segments.choose_for_friends": "friends#find",
    "id_links": "id-links",
    "id_link_uploads": "id-links",
    "media": "messages#files",
    "media_uploads": "messages#files",
    "composer": "messages#compose",
    "auto_messages": "messages#auto",
    "message_parts": "messages#items",
    "rich_messages": "messages#items",
    "card_messages": "messages#items",
    "canned_replies": "chat#canned",
    "rich_menus": "rich-menus",
    "broadcasts": "broadcasts",
    "broadcasts.new": "broadcasts#create",
    "broadcasts.edit": "broadcasts#create",
    "broadcasts.review": "broadcasts#review",
    "broadcasts.show": "broadcasts#send",
    "broadcasts.settings": "broadcasts#settings",
    "broadcasts.results": "results",
    "broadcasts.people": "results#people",
    "broadcasts.new_segment": "results#people",
    "broadcasts.comparison": "results#compare",
    "tracked": "results#links",
    "workflows": "workflows",
    "workflows.new": "workflows#create",
    "workflow_runs": "workflows#history",
    "workflow_hooks": "workflows#triggers",
    "qr_codes": "qr-codes",
    "chat": "chat",
    "chat_notes": "chat#notes",
    "chat_settings": "chat#settings",
    "chat_files": "chat#settings",
    "integrations": "hubspot",
    "hubspot": "hubspot",
    "hubspot.data": "hubspot#fields",
    "hubspot.field": "hubspot#fields",
    "hubspot.new_field": "hubspot#fields",
    "hubspot.properties": "hubspot#fields",
    "hubspot.lists": "hubspot#lists",
    "hubspot.settings": "hubspot#settings",
    "hubspot.app": "hubspot#app",
    "hubspot.registration": "hubspot#app",
    "hubspot.inbox": "hubspot-inbox",
    "hubspot.inbox_connect": "hubspot-inbox#connect",
    "members": "members",
    "profile": "members#me",
    "passkeys": "members#me",
    "two_factor": "members#me",
    "proofs": "members#me",
    "sign_in": "members#me",
    "api_keys": "members#keys",
    "audit": "members#audit",
    "outbox": "settings#outbox",
    "workspace": "settings#workspace",
    "text_folding": "segments",
}


def init_app(app: Flask) -> None:
    """Let the layout lead from each page to its section."""
    app.jinja_env.globals["help_url"] = help_url


def section_of(endpoint: str) -> str:
    """Return the section of an endpoint; pages that no one has named lead to the contents."""
    return SECTIONS.get(endpoint) or SECTIONS.get(endpoint.partition(".")[0], "")


def help_url() -> str:
    """Return the address of the section about the page that is shown."""
    page, _hash, anchor = section_of(request.endpoint or "").partition("#")
    return url_for("help.show", page=page, _anchor=anchor or None) if page else url_for("help.index")
