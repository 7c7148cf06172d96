"""Pages of a library, which each library gets on its own blueprint."""
