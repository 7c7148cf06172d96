"""Writes of Auto Send Messages."""
