"""Conversations with friends, groups and rooms on record: one row for each message that came in or went out."""
