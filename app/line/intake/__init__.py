"""Intake of webhooks: find the endpoint, check the signature, store every event once, answer."""
