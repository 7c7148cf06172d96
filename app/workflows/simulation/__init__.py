"""What workflows would do: a test run of one friend, step by step, and a replay of stored events.

Decisions are the engine's own. Their effects are pretended on copies of friends that exist for one transaction.
"""
