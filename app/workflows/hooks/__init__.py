"""Incoming webhooks: another program calls a secret address, and a friend enters a workflow."""
