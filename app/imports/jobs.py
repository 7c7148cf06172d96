"""Actors of imports."""
