"""The rules of line: connecting accounts, processing events, groups, refreshing what LINE knows."""
