"""Bring what HubSpot has into Tomoru: read contacts and companies, and apply them to friends."""
