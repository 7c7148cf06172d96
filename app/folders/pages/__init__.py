"""Pages about folders, which each package adds to its own blueprint."""
