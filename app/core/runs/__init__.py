"""Long work as rows: progress, cancel, resume, retry and history, shared by imports, bulk edits, syncs and broadcasts.

A kind of run is registered with one function that does a bounded slice. A worker leases the run, does slices while it
may, and saves progress in the same transaction as the slice's effect, guarded by the lease. `kill -9` costs one slice.
"""
