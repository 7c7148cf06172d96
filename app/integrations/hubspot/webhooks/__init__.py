"""Webhooks of HubSpot: what the app listens to, taking them in, and applying what they tell of."""
