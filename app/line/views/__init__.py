"""Pages of line, and the webhook's address."""

from __future__ import annotations

from flask import Blueprint

from app.line.views import account_settings, accounts, business_hours, webhook_events, webhooks

BLUEPRINTS: tuple[Blueprint, ...] = (
    accounts.blueprint,
    account_settings.blueprint,
    business_hours.blueprint,
    webhook_events.blueprint,
    webhooks.blueprint,
)
