"""Runs of workflows: entered by events, claimed when due, decided, and their effects done in sets.

A run stays where its last committed step left it. Every effect has a key that is derived from run and step, so that
what is done again after a worker died has no second effect.
"""
