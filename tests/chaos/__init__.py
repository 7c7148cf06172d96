"""Hosts that lose each other: two web and two worker hosts as network namespaces, one of them cut off in an import.

`make chaos` runs it. `DURATION` is how many seconds the host is cut off, `SEED` decides which one and when.
"""
