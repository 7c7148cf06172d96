"""Reads of workflows and their runs."""
