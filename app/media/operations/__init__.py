"""Storing, deleting and resizing files: the rules."""
