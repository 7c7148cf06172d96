"""Writes of test runs and replays."""
