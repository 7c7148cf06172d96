"""The machinery of the scheduler: a timetable on the monotonic clock, and the lease by which one process leads."""
