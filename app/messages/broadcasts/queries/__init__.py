"""Reads of broadcasts: one, its audience, and its ledger."""
