"""Drafts of answers: what can suggest one, and the ranker over kept messages that works without another service."""
