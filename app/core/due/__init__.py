"""Many small rows that wait for their time: claimed in batches, retried with back-off, swept when a wake-up was lost.

A kind of row is registered as a `DueKind`. Its actor calls `process`, which claims rows with SKIP LOCKED, hands them
to a handler in batches and stops after about a second. A worker that dies loses its rows when their lease ends. Long
work that people watch is not this but `core.runs`.
"""
