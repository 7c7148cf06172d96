"""Addresses for e-mail: they begin with PUBLIC_URL, never with the host that a request claims."""

from __future__ import annotations

from flask import current_app, url_for

from app.core.config import Config


def public_url(endpoint: str, token: str) -> str:
    """Return the whole address of the page that this token opens, as others reach it."""
    config: Config = current_app.config["TOMORU"]
    return config.public_url + url_for(endpoint, token=token)
