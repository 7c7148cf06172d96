"""The only place that speaks to LINE: tokens, pace, timeouts, and errors in two kinds (later, never)."""
