"""Pages of line, and the webhook's address."""

from __future__ import annotations

from flask import Blueprint

from app.line.views import webhooks

BLUEPRINTS: tuple[Blueprint, ...] = (webhooks.blueprint,)
