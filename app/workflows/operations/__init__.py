"""Writes of workflows: saving versions, starting and pausing, and what members do with runs."""
