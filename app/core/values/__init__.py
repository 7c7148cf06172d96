"""Readers of values that people type and programs send: one module for each kind, used by forms, conditions and APIs.

A reader returns the value as it is stored, or raises `WrongValue` with a sentence that shows a right example.
"""
