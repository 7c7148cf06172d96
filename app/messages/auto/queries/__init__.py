"""Reads of Auto Send Messages."""
