"""All requests to LINE: tokens, rate limits, timeouts, and errors in two kinds (later, never)."""
