"""Writes of team: the rules, one file per noun."""
