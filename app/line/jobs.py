"""Actors of line."""
