"""Actors of team."""
