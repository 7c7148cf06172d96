"""Pages of team, one file per noun."""

from __future__ import annotations

from app.team.views import (
    api_keys,
    audit,
    invitations,
    members,
    outbox,
    passkeys,
    password_resets,
    preferences,
    profile,
    proofs,
    setup,
    sign_in,
    text_folding,
    two_factor,
    workspace,
)

BLUEPRINTS = (
    sign_in.blueprint,
    setup.blueprint,
    password_resets.blueprint,
    invitations.blueprint,
    preferences.blueprint,
    text_folding.blueprint,
    profile.blueprint,
    proofs.blueprint,
    two_factor.blueprint,
    passkeys.blueprint,
    members.blueprint,
    workspace.blueprint,
    api_keys.blueprint,
    audit.blueprint,
    outbox.blueprint,
)
