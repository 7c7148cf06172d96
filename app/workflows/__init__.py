"""Workflows: what a friend does starts a run, and the run does one step after the other.

`definition` says what a workflow is and decides, from a run and its facts alone, what comes next. `engine` claims runs
that are due, loads facts, lets them be decided, and does what was decided in sets. `triggers` and `actions` are the
kinds of nodes; integrations register their own.
"""
