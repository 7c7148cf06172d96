"""All requests to HubSpot: grants, rate limits, timeouts, signatures, and errors in two kinds (later, never)."""
