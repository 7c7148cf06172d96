"""The addresses that other programs call, and the buttons that make them."""

from app.workflows.hooks.views import calls, secrets

BLUEPRINTS = (calls.blueprint, secrets.blueprint)
