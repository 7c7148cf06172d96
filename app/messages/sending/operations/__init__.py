"""Writes of sending: sends are stored, and what became of them."""
