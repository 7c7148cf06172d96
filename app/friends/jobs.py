"""Actors of friends."""
